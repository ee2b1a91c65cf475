import Files
import Testing

@testable import Networks

/// Networks that can be shown though they cannot run.
@Suite struct ONNXShowingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ file: ONNXFile) throws -> Network { try readNetwork(from: folder.file("net.onnx", file.bytes)) }

  private func reason(_ layer: Layer) -> String {
    if case .unsupported(_, let reason) = layer.operation { reason } else { "" }
  }

  @Test("An unknown operator is a layer of its own, with all that comes after it")
  func unknown() throws {
    let network = try read(tinyONNX().changed { $0.nodes[1] = .init(type: "Swirl", inputs: ["a"], outputs: ["r"], name: "the swirl") })
    #expect(network.layers.map(\.name) == ["input", "conv_0", "the swirl", "global-average-pool_2", "gemm_4"])
    #expect(network.layers.map(\.operation.kind) == ["input", "convolution", "unsupported", "unsupported", "dense"])
    #expect(network.layers.map(\.outputShape) == [[2, 4, 4], [4, 4, 4], [], [], []])
    #expect(network.layers.map(\.inputs) == [[], [0], [1], [2], [3]])
    #expect(network.unsupported.map(\.name) == ["the swirl"], "the pooling would run if the swirl did")
    #expect(network.unsupported.map(reason) == ["no such operator is known"])
    #expect(network.classNames == ["0", "1", "2"], "the file says how many classes there are")
  }

  @Test("An operator of another domain is unknown, whatever its name")
  func domain() throws {
    let network = try read(tinyONNX().changed { $0.nodes[1].domain = "com.example" })
    #expect(network.unsupported.map(reason) == ["no operator of com.example is known"])
  }

  @Test("What no output depends on does not matter")
  func unused() throws {
    let network = try read(
      tinyONNX().changed {
        $0.node("Swirl", ["a"], ["nowhere"])
        $0.initializers.append(.init("unused", [2], [.nan, 1]))
      })
    #expect(network.unsupported.isEmpty)
    #expect(network.layers.count == 6)
  }

  @Test("Another output that cannot be computed does not keep the logits from being")
  func otherOutput() throws {
    let network = try read(
      tinyONNX().changed {
        $0.node("Swirl", ["a"], ["z"])
        $0.outputs = ["z", "y"]
      })
    #expect(network.unsupported.isEmpty && network.layers.last?.outputShape == [3])
  }

  @Test(
    "What is right in ONNX and cannot be computed says why",
    arguments: [
      ("Mul", ["a", "a"], "both of its inputs are computed"), ("Sub", ["a", "a"], "both of its inputs are computed"),
      ("Div", ["b", "a"], "it divides by what is computed"), ("Mul", ["a", "w"], "does not fit an input of [4, 4, 4]"),
      ("Transpose", ["a"], "it mixes pictures"), ("MatMul", ["a", "m"], "rank 4"), ("Softmax", ["a"], "it is not the last operator"),
      ("Flatten", ["a"], ""), ("Conv", ["a", "a"], "its weights are computed"), ("Squeeze", ["a"], ""), ("PRelu", ["a", "b"], "one slope"),
      ("Add", ["a", "x"], "it adds [4, 4, 4] and [2, 4, 4]"), ("Concat", ["a", "b"], ""), ("LRN", ["a"], "no such operator"),
      ("ReduceMean", ["a"], "over pictures"), ("AveragePool", ["a"], ""), ("Cast", ["a"], "whole ones"),
      ("Gather", ["a", "shape"], "picked"),
    ])
  func reasons(type: String, inputs: [String], expected: String) throws {
    var file = tinyONNX()
    file.nodes[1] = .init(type: type, inputs: inputs, outputs: ["r"], name: "odd")
    // The message where the file itself is wrong belongs to another test.
    guard let network = try? read(file), !expected.isEmpty else { return }
    let layer = try #require(network.layers.first { $0.name == "odd" })
    #expect(reason(layer).contains(expected), "\(reason(layer))")
    #expect(network.unsupported.first?.name == "odd")
  }

  @Test("The second output of a pooling is never computed")
  func secondOutput() throws {
    let network = try read(
      tinyONNX().changed {
        $0.nodes[1] = .init(type: "MaxPool", inputs: ["a"], outputs: ["q", "places"], attributes: [("kernel_shape", .wholes([2, 2]))])
        $0.node("Relu", ["places"], ["r"])
      })
    #expect(network.unsupported.map(reason) == ["it reads places, which is never computed"])
  }

  @Test("A window that holds padding alone cannot be pooled")
  func emptyWindows() throws {
    for (attributes, isRefused) in [
      ([("kernel_shape", [2, 2]), ("pads", [1, 1, 1, 1])], false), ([("kernel_shape", [2, 2]), ("pads", [2, 0, 0, 0])], true),
      ([("kernel_shape", [2, 2]), ("pads", [0, 0, 0, 2])], true),
      ([("kernel_shape", [2, 2]), ("dilations", [3, 3]), ("pads", [3, 3, 3, 3])], false),
      ([("kernel_shape", [2, 2]), ("dilations", [5, 5]), ("pads", [5, 5, 5, 5])], true),
    ] as [([(String, [Int])], Bool)] {
      let network = try read(
        tinyONNX().changed {
          $0.nodes[1] = .init(type: "MaxPool", inputs: ["a"], outputs: ["r"], attributes: attributes.map { ($0.0, .wholes($0.1)) })
        })
      #expect(network.unsupported.isEmpty != isRefused, "\(attributes)")
    }
  }

  @Test(
    "Groups, dilations and padding give the shapes of ONNX's formulas",
    arguments: [
      ([("pads", [0, 0, 0, 0])], "", [4, 7, 9]), ([("pads", [1, 2, 3, 4])], "", [4, 11, 15]), ([("strides", [2, 3])], "", [4, 4, 3]),
      ([("dilations", [2, 4])], "", [4, 5, 3]), ([("strides", [2, 2])], "SAME_UPPER", [4, 5, 6]),
      ([("strides", [2, 2])], "SAME_LOWER", [4, 5, 6]),
      ([("strides", [3, 2])], "VALID", [4, 3, 5]), ([("dilations", [3, 2]), ("strides", [2, 1])], "SAME_UPPER", [4, 5, 11]),
    ] as [([(String, [Int])], String, [Int])])
  func windows(attributes: [(String, [Int])], mode: String, expected: [Int]) throws {
    let network = try read(
      tinyONNX().changed {
        $0.inputShape = [nil, 4, 9, 11]
        $0.nodes[0].attributes = attributes.map { ($0.0, .wholes($0.1)) } + [("group", .whole(2)), ("auto_pad", .text(mode))]
      })
    #expect(network.layers[1].outputShape == expected)
    #expect(network.layers[1].linear?.geometry.groups == 2)
  }

  @Test("The batch may be open, fixed, or written as 0 or -1; height and width may be open", arguments: [nil, 1, 3, 0, -1])
  func batch(size: Int?) throws {
    #expect(try read(tinyONNX().changed { $0.inputShape[0] = size }).unsupported.isEmpty)
    let open = try read(tinyONNX().changed { $0.inputShape = [size, 2, nil, nil] })
    #expect(open.layers[0].outputShape == [2, 224, 224])
    let sized = try read(
      tinyONNX().changed {
        $0.inputShape = [size, 2, nil, 7]
        $0.metadata["input_size"] = "[2, 6, 7]"
      })
    #expect(sized.layers[0].outputShape == [2, 6, 7])
  }

  @Test("Control characters of a name are escaped, long names are cut, equal names are told apart")
  func names() throws {
    let network = try read(
      tinyONNX().changed {
        for index in $0.nodes.indices { $0.nodes[index].name = "same\u{1B}[31m" }
        $0.nodes[2].name = String(repeating: "x", count: 1000)
      })
    #expect(network.layers.map(\.name)[1...2] == ["same\\u{1b}[31m", "same\\u{1b}[31m_1"])
    #expect(network.layers[3].name.count == 160)
  }

  @Test("An input that takes part as a name of a layer keeps its own")
  func inputName() throws {
    let network = try read(tinyONNX().changed { $0.nodes[0].name = "input" })
    #expect(network.layers.map(\.name)[0...1] == ["input", "input_1"])
  }

  @Test("Nodes that are out of order are put in order")
  func outOfOrder() throws {
    let network = try read(tinyONNX().changed { $0.nodes.reverse() })
    #expect(network.layers.map(\.operation.kind) == ["input", "convolution", "leaky-relu", "average-pool", "reshape", "dense"])
  }

  @Test("Initializers listed among the inputs, as old files do, are no inputs")
  func listedInitializers() throws {
    #expect(try read(tinyONNX().changed { $0.inputs += ["w", "b", "m", "shape"] }).layers.count == 6)
  }
}
