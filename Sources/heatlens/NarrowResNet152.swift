import Foundation
import Tensors

/// A ResNet-152 (He et al. 2016, table 1: 3, 8, 36 and 3 bottlenecks) with an eighth of the channels and random weights, in a file whose
/// tensors have torchvision's names: as many operations as the usual one has, at little cost. Always the same.
struct NarrowResNet152 {
  private static let stem = 8
  private static let blocks = [3, 8, 36, 3]
  private static let classes = 10
  private var random = SplitMix64(seed: 0x152)
  private var members = [#""__metadata__": {"input_size": "[1, 224, 224]"}"#]
  private var payload: [UInt8] = []

  static func write(to path: String) throws { try Data(NarrowResNet152().bytes).write(to: URL(fileURLWithPath: path)) }

  private init() {
    convolution("conv1", [Self.stem, 1, 7, 7])
    normalization("bn1", Self.stem)
    var inputs = Self.stem
    for (stage, count) in Self.blocks.enumerated() {
      let width = Self.stem << stage
      for block in 0..<count {
        let name = "layer\(stage + 1).\(block)"
        convolution("\(name).conv1", [width, inputs, 1, 1])
        normalization("\(name).bn1", width)
        convolution("\(name).conv2", [width, width, 3, 3])
        normalization("\(name).bn2", width)
        convolution("\(name).conv3", [4 * width, width, 1, 1])
        // So that what fifty sums add up to stays of one size.
        normalization("\(name).bn3", 4 * width, factor: 0.2)
        if block == 0 {
          convolution("\(name).downsample.0", [4 * width, inputs, 1, 1])
          normalization("\(name).downsample.1", 4 * width)
        }
        inputs = 4 * width
      }
    }
    uniform("fc.weight", [Self.classes, inputs], fanIn: inputs)
    constant("fc.bias", Self.classes, 0)
  }

  /// The length of the header, the header, the numbers.
  private var bytes: [UInt8] {
    let header = Array("{\(members.joined(separator: ", "))}".utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + payload
  }

  private mutating func convolution(_ name: String, _ shape: [Int]) {
    uniform("\(name).weight", shape, fanIn: shape.dropFirst().reduce(1, *))
  }

  private mutating func normalization(_ name: String, _ channels: Int, factor: Float = 1) {
    constant("\(name).weight", channels, factor)
    constant("\(name).bias", channels, 0)
    constant("\(name).running_mean", channels, 0)
    constant("\(name).running_var", channels, 1)
  }

  /// As large as keeps what comes out as large as what went in (He et al. 2015).
  private mutating func uniform(_ name: String, _ shape: [Int], fanIn: Int) {
    let bound = (6 / Float(fanIn)).squareRoot()
    add(name, shape, (0..<shape.reduce(1, *)).map { _ in bound * (Float(random.next() >> 40) * 0x1p-23 - 1) })
  }

  private mutating func constant(_ name: String, _ count: Int, _ value: Float) {
    add(name, [count], [Float](repeating: value, count: count))
  }

  private mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
    let start = payload.count
    for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { payload += $0 } }
    members.append(#""\#(name)": {"dtype": "F32", "shape": \#(shape), "data_offsets": [\#(start), \#(payload.count)]}"#)
  }
}
