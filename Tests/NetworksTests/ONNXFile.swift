import Tensors

/// Bytes in protocol buffers' wire format, put together by hand, so that every part can be made wrong.
struct Wire {
  var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  mutating func tag(_ field: Int, _ type: UInt64) { bytes += Wire.varint(UInt64(field) << 3 | type) }

  mutating func whole(_ field: Int, _ value: Int) {
    tag(field, 0)
    bytes += Wire.varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: Int, _ value: Float) {
    tag(field, 5)
    bytes += littleEndian([value.bitPattern])
  }

  mutating func data(_ field: Int, _ value: [UInt8]) {
    tag(field, 2)
    bytes += Wire.varint(UInt64(value.count)) + value
  }

  mutating func text(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

  mutating func message(_ field: Int, _ write: (inout Wire) -> Void) {
    var inner = Wire()
    write(&inner)
    data(field, inner.bytes)
  }
}

/// An ONNX model put together by hand.
struct ONNXFile {
  enum Attribute {
    case float(Float)
    case whole(Int)
    case text(String)
    case wholes([Int])
    case tensor(Tensor)
    /// Whatever these bytes say.
    case raw([UInt8])
  }

  struct Node {
    var type: String
    var inputs: [String]
    var outputs: [String]
    var name = ""
    var domain = ""
    var attributes: [(String, Attribute)] = []
    var metadata: [String: String] = [:]
  }

  struct Tensor {
    var name: String
    var shape: [Int]
    var type = 1
    var raw: [UInt8]?
    var floats: [Float] = []
    var wholes: [Int] = []
    var external: [(String, String)] = []

    init(_ name: String, _ shape: [Int], _ floats: [Float]) {
      self.name = name
      self.shape = shape
      raw = littleEndian(floats.map(\.bitPattern))
    }

    init(_ name: String, wholes: [Int]) {
      self.name = name
      shape = [wholes.count]
      type = 7
      self.wholes = wholes
    }

    func write(to wire: inout Wire) {
      for length in shape { wire.whole(1, length) }
      wire.whole(2, type)
      if !floats.isEmpty { wire.data(4, littleEndian(floats.map(\.bitPattern))) }
      if !wholes.isEmpty { wire.data(7, wholes.flatMap { Wire.varint(UInt64(bitPattern: Int64($0))) }) }
      wire.text(8, name)
      if let raw { wire.data(9, raw) }
      for (key, value) in external {
        wire.message(13) {
          $0.text(1, key)
          $0.text(2, value)
        }
      }
      if !external.isEmpty { wire.whole(14, 1) }
    }
  }

  var nodes: [Node] = []
  var initializers: [Tensor] = []
  /// nil for an open length.
  var inputShape: [Int?] = [nil, 2, 4, 4]
  var inputs = ["x"]
  var inputType = 1
  var outputs = ["y"]
  var opset = 17
  var metadata: [String: String] = [:]
  /// Fields at the end of the graph.
  var extra: [UInt8] = []

  mutating func node(_ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [(String, Attribute)] = []) {
    nodes.append(Node(type: type, inputs: inputs, outputs: outputs, attributes: attributes))
  }

  var graph: [UInt8] {
    var wire = Wire()
    for node in nodes { wire.message(1) { Self.write(node, to: &$0) } }
    for tensor in initializers { wire.message(5) { tensor.write(to: &$0) } }
    for name in inputs { wire.message(11) { write(name, inputShape, to: &$0) } }
    for name in outputs { wire.message(12) { write(name, [nil, 3], to: &$0) } }
    return wire.bytes + extra
  }

  var bytes: [UInt8] {
    var wire = Wire()
    wire.whole(1, 8)
    wire.data(7, graph)
    wire.message(8) { $0.whole(2, opset) }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      wire.message(14) {
        $0.text(1, key)
        $0.text(2, value)
      }
    }
    return wire.bytes
  }

  static func write(_ node: Node, to wire: inout Wire) {
    for input in node.inputs { wire.text(1, input) }
    for output in node.outputs { wire.text(2, output) }
    if !node.name.isEmpty { wire.text(3, node.name) }
    wire.text(4, node.type)
    for (name, attribute) in node.attributes {
      wire.message(5) { wire in
        wire.text(1, name)
        switch attribute {
        case .float(let value):
          wire.float(2, value)
          wire.whole(20, 1)
        case .whole(let value):
          wire.whole(3, value)
          wire.whole(20, 2)
        case .text(let value):
          wire.text(4, value)
          wire.whole(20, 3)
        case .wholes(let values):
          for value in values { wire.whole(8, value) }
          wire.whole(20, 7)
        case .tensor(let tensor):
          wire.message(5) { tensor.write(to: &$0) }
          wire.whole(20, 4)
        case .raw(let bytes): wire.bytes += bytes
        }
      }
    }
    if !node.domain.isEmpty { wire.text(7, node.domain) }
    for (key, value) in node.metadata {
      wire.message(9) {
        $0.text(1, key)
        $0.text(2, value)
      }
    }
  }

  private func write(_ name: String, _ shape: [Int?], to wire: inout Wire) {
    wire.text(1, name)
    wire.message(2) {
      $0.message(1) {
        $0.whole(1, inputType)
        $0.message(2) {
          for length in shape {
            $0.message(1) { wire in if let length { wire.whole(1, length) } else { wire.text(2, "N") } }
          }
        }
      }
    }
  }
}

/// Convolution, rectifier, mean, dense layer: something of everything.
func tinyONNX() -> ONNXFile {
  var file = ONNXFile()
  file.node("Conv", ["x", "w", "b"], ["a"], [("kernel_shape", .wholes([3, 3])), ("pads", .wholes([1, 1, 1, 1])), ("group", .whole(1))])
  file.node("LeakyRelu", ["a"], ["r"], [("alpha", .float(0.25))])
  file.node("GlobalAveragePool", ["r"], ["p"])
  file.node("Reshape", ["p", "shape"], ["f"])
  file.node("Gemm", ["f", "m"], ["y"], [("transB", .whole(1))])
  file.initializers = [
    .init("w", [4, 2, 3, 3], (0..<72).map { Float($0 % 7) - 3 }), .init("b", [4], [1, 2, 3, 4]),
    .init("m", [3, 4], (0..<12).map { Float($0 % 5) - 2 }), .init("shape", wholes: [0, -1]),
  ]
  return file
}

extension ONNXFile {
  mutating func change(_ name: String, _ change: (inout Tensor) -> Void) {
    for index in initializers.indices where initializers[index].name == name { change(&initializers[index]) }
  }

  func changed(_ change: (inout ONNXFile) -> Void) -> ONNXFile {
    var result = self
    change(&result)
    return result
  }
}
