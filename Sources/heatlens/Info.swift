import ArgumentParser
import Foundation
import Networks

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a network's file holds: layers, shapes, parameters, operations, metadata.",
    discussion: "Also tells what keeps a network from running, where it has operators that are not known.")

  @Argument(help: "A ResNet as safetensors, or a network as ONNX.", completion: .file(extensions: networkExtensions)) var file: String
  @OptionGroup var preprocessing: PreprocessOption
  @Option(help: "How to print.") var format: ReportFormat = .text
  @OptionGroup var output: OutputOption

  func run() throws {
    let report = NetworkReport(try readNetwork(from: file, preprocessing: try preprocessing.read()))
    try output.write(format == .json ? jsonText(report) : report.text)
  }
}

private struct NetworkReport: Encodable {
  struct LayerReport: Encodable {
    let name: String
    let kind: String
    /// Empty where it is unknown, after an operator that cannot run.
    let shape: [Int]
    /// Positions of the layers that it reads.
    let inputs: [Int]
    let parameters: Int
    let multiplyAccumulates: Int
    let window: WindowReport?
    /// The operator's name in the file, and why it cannot run.
    let unsupported: String?

    enum CodingKeys: String, CodingKey {
      case name, kind, shape, inputs, parameters, window, unsupported
      case multiplyAccumulates = "macs"
    }
  }

  /// Of a convolution or pooling: heights before widths.
  struct WindowReport: Encodable {
    let kernel: [Int]
    let stride: [Int]
    let dilation: [Int]
    /// Top, left, bottom, right.
    let padding: [Int]
    let groups: Int

    init(_ window: SlidingWindow, groups: Int) {
      kernel = [window.kernelHeight, window.kernelWidth]
      stride = [window.strideHeight, window.strideWidth]
      dilation = [window.dilationHeight, window.dilationWidth]
      padding = [window.padding.top, window.padding.left, window.padding.bottom, window.padding.right]
      self.groups = groups
    }

    /// `3x3/2`, with groups and dilation where there are any.
    var text: String {
      func sides(_ pair: [Int]) -> String { pair[0] == pair[1] ? "\(pair[0])" : "\(pair[0])x\(pair[1])" }
      return "\(kernel[0])x\(kernel[1])" + (stride == [1, 1] ? "" : "/\(sides(stride))")
        + (dilation == [1, 1] ? "" : " dilated \(sides(dilation))") + (groups == 1 ? "" : " in \(groups) groups")
    }
  }

  let inputShape: [Int]
  let classes: [String]
  let parameters: Int
  let multiplyAccumulates: Int
  let metadata: [String: String]
  let canRun: Bool
  let layers: [LayerReport]
  private let problems: [String]

  enum CodingKeys: String, CodingKey {
    case classes, parameters, metadata, layers
    case inputShape = "input_shape"
    case multiplyAccumulates = "macs"
    case canRun = "can_run"
  }

  init(_ network: Network) {
    inputShape = network.layers[0].outputShape
    classes = network.classNames
    metadata = network.metadata
    layers = network.layers.map { layer in
      LayerReport(
        name: layer.name, kind: layer.operation.kind, shape: layer.outputShape, inputs: layer.inputs, parameters: layer.parameterCount,
        multiplyAccumulates: layer.multiplyAccumulates, window: layer.window.map { WindowReport($0, groups: layer.groups) },
        unsupported: layer.problem)
    }
    parameters = layers.reduce(0) { $0 + $1.parameters }
    multiplyAccumulates = layers.reduce(0) { $0 + $1.multiplyAccumulates }
    canRun = network.unsupported.isEmpty
    problems = network.unsupported.compactMap { layer in layer.problem.map { "cannot run: \(layer.name): \($0)" } }
  }

  var text: String {
    func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
    let nameWidth = max(26, (layers.map(\.name.count).max() ?? 0) + 2)
    let rows = layers.map { layer in
      padded(layer.name, nameWidth) + padded(layer.kind, 14)
        + padded(layer.shape.isEmpty ? "?" : layer.shape.map(String.init).joined(separator: "x"), 14)
        + padded(layer.window?.text ?? "", 12) + "\(layer.parameters)".leftPadded(10) + "\(layer.multiplyAccumulates)".leftPadded(13)
    }
    let header =
      padded("layer", nameWidth) + padded("kind", 14) + padded("shape", 14) + padded("window", 12) + "parameters".leftPadded(10)
      + "MACs".leftPadded(13)
    let described = metadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return
      ([header] + rows + ["\(layers.count) layers, \(parameters) parameters, \(multiplyAccumulates) multiply-accumulates a picture"]
      + problems + described)
      .joined(separator: "\n")
  }
}

extension Layer {
  fileprivate var problem: String? {
    if case .unsupported(let name, let reason) = operation { "\(name): \(reason)" } else { nil }
  }
}

extension String {
  fileprivate func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
