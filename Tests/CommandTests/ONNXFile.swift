import Foundation

/// A small network as an ONNX file, written field by field as its protobuf definition says: a strided convolution in two groups, ReLU,
/// mean over the positions, and a dense layer; no biases but of the dense layer, where they are asked for.
struct ONNXFile {
  /// Input [2, 8, 8], classes 0 to 2.
  static let inputShape = [1, 2, 8, 8]

  /// The operator between convolution and pooling.
  var activation = "Relu"
  var bias: [Float] = [0, 0, 0]

  var bytes: [UInt8] {
    let convolution = (0..<36).map { Float(($0 * 7) % 11 - 5) / 8 }
    let dense = (0..<12).map { Float(($0 * 5) % 7 - 3) / 4 }
    let graph =
      node("Conv", ["x", "w"], "a", name: "stem", [ints("strides", [2, 2]), ints("pads", [1, 1, 1, 1]), int("group", 2)])
      + node(activation, ["a"], "b") + node("GlobalAveragePool", ["b"], "c") + node("Flatten", ["c"], "d")
      + node("Gemm", ["d", "v", "u"], "y", [int("transB", 1)]) + field(2, "small")
      + field(5, tensor("w", [4, 1, 3, 3], convolution)) + field(5, tensor("v", [3, 4], dense)) + field(5, tensor("u", [3], bias))
      + field(11, value("x", Self.inputShape)) + field(12, value("y", [1, 3]))
    return number(1, 8) + field(7, graph) + field(8, number(2, 13))
  }

  private func node(_ type: String, _ inputs: [String], _ output: String, name: String = "", _ attributes: [[UInt8]] = []) -> [UInt8] {
    field(
      1, inputs.flatMap { field(1, $0) } + field(2, output) + field(3, name) + field(4, type) + attributes.flatMap { field(5, $0) })
  }

  private func int(_ name: String, _ value: Int) -> [UInt8] { field(1, name) + number(3, value) + number(20, 2) }
  private func ints(_ name: String, _ values: [Int]) -> [UInt8] { field(1, name) + values.flatMap { number(8, $0) } + number(20, 7) }

  private func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    shape.flatMap { number(1, $0) } + number(2, 1) + field(8, name)
      + field(9, values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
  }

  private func value(_ name: String, _ shape: [Int]) -> [UInt8] {
    field(1, name) + field(2, field(1, number(1, 1) + field(2, shape.flatMap { field(1, number(1, $0)) })))
  }

  private func field(_ tag: Int, _ text: String) -> [UInt8] { field(tag, Array(text.utf8)) }
  private func field(_ tag: Int, _ content: [UInt8]) -> [UInt8] { varint(tag << 3 | 2) + varint(content.count) + content }
  private func number(_ tag: Int, _ value: Int) -> [UInt8] { varint(tag << 3) + varint(value) }

  private func varint(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
  }
}
