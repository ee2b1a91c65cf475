import Files
import Foundation
import Networks
import OneDNNKernels
import Tensors
import Testing

@testable import Relevance

/// Files of the repository that tests read.
enum TestFiles {
  static let golden = Bundle.module.resourceURL?.appendingPathComponent("Golden").path ?? "Golden"
  static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Assets/resnet50-mnist.safetensors").path

  /// The field of a JSON file.
  static func json<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: try Data(contentsOf: URL(fileURLWithPath: "\(golden)/\(path)")))
  }

  static func numbers(_ path: String) throws -> Tensor { try readNPY("\(golden)/\(path).npy") }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(golden)/\(path)") }
}

private struct Targets: Decodable {
  let targets: [Int]
}

/// The shipped ResNet50 on test digits against Zennit, Captum and PyTorch in double precision; `Golden/README.md` says how the files were
/// made. One test after another: each packs the network's weights.
@Suite("The shipped ResNet50", .serialized) struct ShippedNetworkTests {
  private static let folder = "resnet50-mnist"

  /// Where single precision costs Zennit itself more than this share of the largest number, nobody's single numbers say anything: the
  /// relevance of a few places where a sum cancels almost to zero outweighs all others.
  private static let illConditioned = 1e-3

  /// How far Zennit in single precision is from the file, for each digit.
  private func conditioning(_ name: String) throws -> [Double] {
    try #require(try TestFiles.json("\(Self.folder)/conditioning.json", as: [String: [Double]].self)[name])
  }

  /// The cosine of the angle between two maps.
  private func similarity(_ a: Tensor, _ b: Tensor) -> Double {
    func product(_ a: Tensor, _ b: Tensor) -> Double { zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
  }

  private func compare(_ query: Query, file: String, _ explainer: Explainer, map: (Explanation) -> Tensor?) throws {
    let inputs = try TestFiles.numbers("\(Self.folder)/inputs")
    let logits = try TestFiles.numbers("\(Self.folder)/logits")
    let expected = try TestFiles.numbers("\(Self.folder)/\(file)")
    let targets = try TestFiles.json("\(Self.folder)/digits.json", as: Targets.self).targets
    let explanations = try #require(try explainer.explain(batch: inputs, query, keepsLayers: false))
    #expect(inputs.shape == [4, 1, 56, 56] && explanations.count == 4)
    for (index, cost) in try conditioning(file).enumerated() {
      let explanation = explanations[index]
      #expect(explanation.targetClass == targets[index])
      for (ours, theirs) in zip(explanation.logits, logits.element(index).values) { #expect(abs(ours - theirs) <= 1e-4) }
      let ours = try #require(map(explanation))
      if cost > Self.illConditioned {
        #expect(similarity(ours, expected.element(index)) >= 0.99, "\(file), digit \(index)")
      } else {
        #expect(Small.difference(ours, expected.element(index)) <= max(1e-4, 4 * cost), "\(file), digit \(index)")
      }
    }
  }

  @Test("Relevance of the input agrees with Zennit's for every composite to 1e-4 of its largest number, or what single precision lets")
  func composites() throws {
    let network = try readNetwork(from: TestFiles.model)
    for (index, kernels) in fastKernels.enumerated() {
      let explainer = Explainer(network, kernels: kernels)
      // The fastest kernels explain by every composite, the others by a few that differ most.
      let isFastest = index == fastKernels.count - 1
      for composite in isFastest ? Composite.builtIn : [.epsilonAlpha2Beta1Flat, .epsilonGammaBox, .epsilonPlus] {
        try compare(Query(composite), file: composite.name, explainer) { $0.relevance }
      }
    }
  }

  @Test("Other attributions agree with Captum's and PyTorch's")
  func attributions() throws {
    let explainer = Explainer(try readNetwork(from: TestFiles.model), kernels: fastKernels[fastKernels.count - 1])
    for attribution in [
      .gradient(.raw), .inputTimesGradient, .integratedGradients(baseline: .brightness(0), steps: 20), .guidedBackpropagation, .deconvnet,
      .occlusion(window: 8, stride: 4, baseline: .brightness(0)),
    ] as [Attribution] {
      try compare(Query(attribution), file: "attributions/\(attribution.name)", explainer) { $0.relevance }
    }
    try compare(Query(.gradCAM(layer: nil)), file: "attributions/grad-cam", explainer) { $0.coarseMap?.map }
  }

  @Test("Relevance in is relevance out and what bias and stabilizer absorb, at every layer, for every composite and rule of sums")
  func conservation() throws {
    let network = try readNetwork(from: TestFiles.model)
    let input = try TestFiles.numbers("\(Self.folder)/inputs").element(0)
    let explainer = Explainer(network, kernels: fastKernels[fastKernels.count - 1])
    for composite in Composite.builtIn {
      let rules: [SumRule] = composite == .standard || composite == .epsilonGammaBox ? SumRule.allCases : [.norm]
      for rule in rules {
        let query = Query(.relevance(RelevanceSettings(composite: composite, sumRule: rule)))
        let explanation = try #require(try explainer.explain(input, query))
        Conservation.check(explanation, network)
        #expect(abs((explanation.layers.last?.relevanceIn ?? 0) - Double(explanation.logits[explanation.targetClass])) <= 1e-6)
      }
    }
  }
}

/// Small networks of other families, from files as other programs write them.
@Suite("Small networks against Zennit") struct SmallNetworkTests {
  private static let networks = [
    "resnet-bottleneck", "resnet-basic", "vgg", "squeezenet", "densenet", "mobilenet", "inception",
  ]

  private func network(_ name: String) throws -> Network {
    let path = ["model.safetensors", "model.onnx"].first { TestFiles.exists("\(name)/\($0)") }
    return try readNetwork(from: "\(TestFiles.golden)/\(name)/\(try #require(path))")
  }

  @Test("Logits, gradients and relevance of the input agree to 1e-4 of the largest number", arguments: networks)
  func inputs(name: String) throws {
    let network = try network(name)
    let inputs = try TestFiles.numbers("\(name)/input")
    let logits = try TestFiles.numbers("\(name)/logits")
    let targets = try TestFiles.json("\(name)/targets.json", as: Targets.self).targets
    let attributions = [Attribution.gradient(.raw)] + Composite.builtIn.map { .relevance(RelevanceSettings(composite: $0)) }
    for kernels in fastKernels {
      let explainer = Explainer(network, kernels: kernels)
      var compared = 0
      for attribution in attributions where TestFiles.exists("\(name)/\(attribution.name).npy") {
        let expected = try TestFiles.numbers("\(name)/\(attribution.name)")
        compared += 1
        for (index, target) in targets.enumerated() {
          let explanation = try #require(try explainer.explain(inputs.element(index), Query(attribution, target: .class(target))))
          #expect(Small.difference(Tensor(shape: [5], values: explanation.logits), logits.element(index)) <= 1e-5)
          #expect(Small.difference(explanation.relevance, expected.element(index)) <= 1e-4, "\(attribution.name), picture \(index)")
          if case .relevance = attribution { Conservation.check(explanation, network) }
        }
      }
      #expect(compared == 6)
    }
  }

  @Test("Relevance agrees at every layer with weights and every sum", arguments: ["resnet-bottleneck", "resnet-basic"])
  func layers(name: String) throws {
    let network = try network(name)
    let inputs = try TestFiles.numbers("\(name)/input")
    let targets = try TestFiles.json("\(name)/targets.json", as: Targets.self).targets
    for kernels in fastKernels {
      let explainer = Explainer(network, kernels: kernels)
      for composite in [Composite.epsilonPlus, .epsilonAlpha2Beta1] {
        for (index, target) in targets.enumerated() {
          let explanation = try #require(try explainer.explain(inputs.element(index), Query(composite, target: .class(target))))
          var compared = 0
          for layer in explanation.layers where TestFiles.exists("\(name)/\(composite.name)/\(layer.name).npy") {
            let expected = try TestFiles.numbers("\(name)/\(composite.name)/\(layer.name)")
            #expect(Small.difference(layer.relevance, expected.element(index)) <= 1e-4, "\(composite.name), \(layer.name)")
            compared += 1
          }
          let files = try FileManager.default.contentsOfDirectory(atPath: "\(TestFiles.golden)/\(name)/\(composite.name)")
          #expect(compared == files.count)
        }
      }
    }
  }
}
