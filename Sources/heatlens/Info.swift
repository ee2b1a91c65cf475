import ArgumentParser
import Foundation
import Networks

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a network's file holds: layers, shapes, parameters, operations, metadata.")

  @Argument(help: "A ResNet as safetensors file.") var file: String
  @Option(help: "How to print.") var format: ReportFormat = .text
  @OptionGroup var output: OutputOption

  func run() throws {
    let report = NetworkReport(try readNetwork(from: file))
    try output.write(format == .json ? jsonText(report) : report.text)
  }
}

private struct NetworkReport: Encodable {
  struct LayerReport: Encodable {
    let name: String
    let kind: String
    let shape: [Int]
    let parameters: Int
    let multiplyAccumulates: Int

    enum CodingKeys: String, CodingKey {
      case name, kind, shape, parameters
      case multiplyAccumulates = "macs"
    }
  }

  let inputShape: [Int]
  let classes: [String]
  let parameters: Int
  let multiplyAccumulates: Int
  let metadata: [String: String]
  let layers: [LayerReport]

  enum CodingKeys: String, CodingKey {
    case classes, parameters, metadata, layers
    case inputShape = "input_shape"
    case multiplyAccumulates = "macs"
  }

  init(_ network: Network) {
    inputShape = network.layers[0].outputShape
    classes = network.classNames
    metadata = network.metadata
    layers = network.layers.map { layer in
      LayerReport(
        name: layer.name, kind: layer.operation.kind, shape: layer.outputShape,
        parameters: layer.linear.map { $0.weights.count + $0.bias.count } ?? 0,
        multiplyAccumulates: layer.linear?.geometry.multiplyAccumulates ?? 0)
    }
    parameters = layers.reduce(0) { $0 + $1.parameters }
    multiplyAccumulates = layers.reduce(0) { $0 + $1.multiplyAccumulates }
  }

  var text: String {
    let rows = layers.map { layer in
      let shape = layer.shape.map(String.init).joined(separator: "x")
      return [
        layer.name.padding(toLength: 26, withPad: " ", startingAt: 0), layer.kind.padding(toLength: 14, withPad: " ", startingAt: 0),
        shape.padding(toLength: 14, withPad: " ", startingAt: 0), String(format: "%10d", layer.parameters),
        String(format: "%12d", layer.multiplyAccumulates),
      ].joined()
    }
    let header =
      "layer".padding(toLength: 26, withPad: " ", startingAt: 0) + "kind".padding(toLength: 14, withPad: " ", startingAt: 0)
      + "shape".padding(toLength: 14, withPad: " ", startingAt: 0) + "parameters".leftPadded(10) + "MACs".leftPadded(12)
    let described = metadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return
      ([header] + rows + ["\(layers.count) layers, \(parameters) parameters, \(multiplyAccumulates) multiply-accumulates a picture"]
      + described)
      .joined(separator: "\n")
  }
}

extension String {
  fileprivate func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
