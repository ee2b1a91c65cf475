/// What a name in the graph stands for while the graph is read.
enum ONNXValue {
  case activation(ONNXActivation)
  case constant(ONNXConstant)
  /// A second output of a node, such as the positions of a max pooling, which is never computed.
  case unavailable
}

/// The output of a layer, as the graph sees it.
struct ONNXActivation {
  var layer: Int
  /// Without the batch; nil where it is unknown. It may differ from the layer's own where the graph has reshaped it since.
  var shape: [Int]?
  /// The node that reshaped it last.
  var reshapedBy: Int?
  /// Whether anything else reads what this was made of, so that the layer cannot be changed for this reader alone.
  var isShared: Bool
}

/// Numbers that do not depend on the picture.
struct ONNXConstant {
  enum Contents {
    /// In the file still, in the order of a matrix's columns if transposed.
    case tensor(ONNXTensor, isTransposed: Bool)
    case numbers([ONNXNumber])
  }

  var shape: [Int]
  var contents: Contents

  var count: Int {
    switch contents {
    case .tensor(let tensor, _): tensor.count
    case .numbers(let numbers): numbers.count
    }
  }
}

/// An element of arithmetic on shapes.
enum ONNXNumber: Equatable {
  case whole(Int)
  case real(Double)
  /// The number of pictures, which the graph leaves open.
  case batch

  var real: Double? {
    switch self {
    case .whole(let number): Double(number)
    case .real(let number): number
    case .batch: nil
    }
  }

  var whole: Int? {
    guard case .whole(let number) = self else { return nil }
    return number
  }
}
