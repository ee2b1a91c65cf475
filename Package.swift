// swift-tools-version: 6.1
import PackageDescription

// The arrows of the architecture: a target may import only what stands in its dependencies.
let package = Package(
  name: "heatlens",
  products: [.executable(name: "heatlens", targets: ["heatlens"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // Pure values
    .target(name: "Geometry"),
    .target(name: "Tensors"),
    .target(name: "Networks", dependencies: ["Tensors", "Files"]),
    .target(name: "Relevance", dependencies: ["Networks", "Tensors", "Files"]),
    .target(name: "Embedding", dependencies: ["Tensors", "CEmbeddingKernels"]),
    .target(name: "GraphLayout", dependencies: ["Geometry"]),
    .target(name: "Scene", dependencies: ["Geometry"]),
    .target(
      name: "AppCore",
      dependencies: ["Geometry", "GraphLayout", "Tensors", "Datasets", "Networks", "Relevance", "Embedding", "Scene"]),

    // Edges: files, arithmetic, window, drawing
    .target(name: "Files", dependencies: ["Tensors", "CZlib", "CCrypto"]),
    .target(name: "Datasets", dependencies: ["Tensors", "Files", "CZlib", "CPNG"]),
    .target(name: "OneDNNKernels", dependencies: ["Networks", "Tensors", "COneDNN"]),
    .target(name: "FusedKernels", dependencies: ["Networks", "Tensors", "OneDNNKernels", "CFusedKernels"]),
    .target(
      name: "Workers",
      dependencies: [
        "AppCore", "Datasets", "Networks", "Relevance", "Embedding", "GraphLayout", "Scene", "Tensors", "Files", "CMalloc",
      ]),
    .target(
      name: "ShaderSources", path: "Shaders",
      resources: [
        .embedInCode("shapes.vert"), .embedInCode("shapes.frag"),
        .embedInCode("image.vert"), .embedInCode("image.frag"),
        .embedInCode("text.vert"), .embedInCode("text.frag"),
        .embedInCode("point_cloud.vert"), .embedInCode("point_cloud.frag"),
        .embedInCode("thumbnail.vert"), .embedInCode("thumbnail.frag"),
      ]),
    .target(name: "Renderer", dependencies: ["Scene", "Geometry", "ShaderSources", "COpenGL"]),
    .target(name: "Platform", dependencies: ["Scene", "Geometry", "CSDL2", "CSDL2TTF"]),
    .executableTarget(
      name: "heatlens",
      dependencies: [
        "AppCore", "Workers", "Renderer", "Platform", "OneDNNKernels", "FusedKernels", "Datasets", "Networks", "Relevance",
        "Embedding", "Files", "Tensors", "Scene", "Geometry",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Kernels of our own, with run-time dispatch
    .target(name: "CFusedKernels"),
    .target(name: "CEmbeddingKernels"),

    // C libraries, as Debian packages them
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .systemLibrary(name: "CSDL2", providers: [.apt(["libsdl2-dev"])]),
    .systemLibrary(name: "CSDL2TTF", providers: [.apt(["libsdl2-ttf-dev"])]),
    .systemLibrary(name: "COpenGL", providers: [.apt(["libgl-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CMalloc"),

    // Tests
    .testTarget(name: "GeometryTests", dependencies: ["Geometry"]),
    .testTarget(name: "GraphLayoutTests", dependencies: ["GraphLayout", "Geometry"]),
    .testTarget(name: "SceneTests", dependencies: ["Scene", "Geometry"]),
    .testTarget(
      name: "AppCoreTests",
      dependencies: [
        "AppCore", "Geometry", "GraphLayout", "Tensors", "Datasets", "Networks", "Relevance", "Embedding", "Scene", "Platform",
        "TestSupport",
      ]),
    .testTarget(name: "EmbeddingTests", dependencies: ["Embedding", "CEmbeddingKernels", "Tensors"]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "Tensors"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Files", "CZlib"]),
    .testTarget(
      name: "RelevanceTests",
      dependencies: ["Relevance", "Networks", "OneDNNKernels", "FusedKernels", "Files", "Tensors", "TestSupport"],
      resources: [.copy("Golden")]),
    .testTarget(
      name: "WorkersTests",
      dependencies: ["Workers", "AppCore", "Datasets", "Embedding", "Files", "Networks", "Relevance", "TestSupport"]),
    .target(
      name: "TestSupport", dependencies: ["Networks", "Tensors"], path: "Tests/TestSupport", resources: [.copy("Outlines")]),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "Tensors", "Files", "TestSupport"], resources: [.copy("Golden")]),
    .testTarget(
      name: "KernelsTests", dependencies: ["FusedKernels", "OneDNNKernels", "Networks", "Tensors", "TestSupport"]),
    // What drives the built program from outside knows none of its modules.
    .target(name: "ProgramDriver", path: "Tests/ProgramDriver"),
    .testTarget(name: "CommandTests", dependencies: ["ProgramDriver"]),
    .testTarget(name: "WindowTests", dependencies: ["ProgramDriver"]),
    .testTarget(
      name: "RendererTests",
      dependencies: [
        "Renderer", "Platform", "AppCore", "Datasets", "Embedding", "Files", "GraphLayout", "Networks", "Relevance", "Scene", "Geometry",
        "Tensors",
        "ShaderSources", "TestSupport", "COpenGL", "CSDL2", "CSDL2TTF",
      ],
      // Read and written where they are.
      exclude: ["Golden"]),
  ],
  swiftLanguageModes: [.v6]
)
