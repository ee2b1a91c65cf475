/// What an ONNX file says, weights left in the file.
///
/// Messages and their fields: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
struct ONNXModel {
  /// The version of the standard operators.
  var opset = 0
  var metadata: [String: String] = [:]
  var graph = ONNXGraph()
}

struct ONNXGraph {
  var nodes: [ONNXNode] = []
  var initializers: [String: ONNXTensor] = [:]
  var inputs: [ONNXValueInfo] = []
  var outputs: [ONNXValueInfo] = []
}

/// The name, type and shape of an input or output.
struct ONNXValueInfo {
  enum Dimension: Equatable {
    case known(Int)
    case symbolic
  }

  var name = ""
  var elementType = 0
  /// nil where the file gives none.
  var shape: [Dimension]?
  var isTensor = true
  let offset: Int
}

struct ONNXNode {
  var name = ""
  var type = ""
  var domain = ""
  /// An empty name stands for an optional input that is left out.
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [ONNXAttribute] = []
  /// PyTorch's newer exporter writes here in which modules the node arose.
  var scopes: String?
  /// Where the node stands in the graph.
  let position: Int
  let offset: Int

  /// For messages: its name, or what it makes, and where it stands.
  var title: String {
    if !name.isEmpty { return "node \(name)" }
    return outputs.first.map { "node \(position), which makes \($0)" } ?? "node \(position)"
  }
}

struct ONNXAttribute {
  enum Value {
    case float(Float)
    case integer(Int)
    case text(String)
    case tensor(ONNXTensor)
    case floats([Float])
    case integers([Int])
    /// Texts, graphs and what else no operator that can be read asks for.
    case other(String)
  }

  var name = ""
  var value: Value
  let offset: Int
}

/// A tensor whose shape has been compared with its data and whose numbers have not been read.
struct ONNXTensor {
  enum Contents {
    case none
    /// Numbers in memory's layout, little endian.
    case raw(Range<Int>)
    /// Numbers in a typed field, one after another in these parts of the file.
    case typed(TypedField, [Range<Int>])
    case external(ONNXExternalData.Part)
  }

  enum TypedField: Int {
    case floats = 4
    case int32s = 5
    case int64s = 7
    case doubles = 10
    case uint64s = 11
  }

  var name = ""
  var type: ONNXElementType?
  var shape: [Int] = []
  var count = 1
  var contents = Contents.none
  let offset: Int
}

/// The types of tensors that can be read.
enum ONNXElementType: Int {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case float64 = 11
  case uint32 = 12
  case uint64 = 13
  case bfloat16 = 16

  var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// nil where the numbers are whole.
  var format: FloatFormat? {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    default: nil
    }
  }

  /// The field that holds such numbers where they are not raw.
  var typedField: ONNXTensor.TypedField {
    switch self {
    case .float32: .floats
    case .float64: .doubles
    case .int64: .int64s
    case .uint32, .uint64: .uint64s
    case .uint8, .int8, .uint16, .int16, .int32, .bool, .float16, .bfloat16: .int32s
    }
  }

  /// The specification's word.
  var word: String {
    switch self {
    case .float32: "FLOAT"
    case .float64: "DOUBLE"
    default: "\(self)".uppercased()
    }
  }
}
