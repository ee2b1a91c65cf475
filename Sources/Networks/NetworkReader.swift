import Files

/// Reads a network from a safetensors file: its tensors say what it is, its metadata how pictures are prepared for it.
///
/// Names and shapes are all judged before the first number is read. Cost: the weights once, and one tensor's bytes at a time.
public func readNetwork(from path: String) throws(FileError) -> Network {
  let file = try SafetensorsFile(path)
  var tensors = NamedTensors(path: path)
  for entry in file.entries where !entry.name.hasSuffix("num_batches_tracked") {
    guard entry.type != .int64 else {
      throw tensors.error(entry.name, found: "of type I64", allowed: "weights are F16, BF16, F32 or F64")
    }
    tensors.add(entry.name, shape: entry.shape) { () throws(FileError) in try file.floats(of: entry) }
  }
  return try ResNetBuilder.build(from: &tensors, metadata: file.metadata)
}

/// The weights of a file by name. Each is taken once with the shape that is expected; what is left over is an error.
struct NamedTensors {
  /// A tensor whose name and shape have been judged and whose numbers have not been read.
  struct Pending {
    let name: String
    let shape: [Int]
    /// Reads the numbers.
    let values: () throws(FileError) -> [Float]
  }

  let path: String
  private var tensors: [String: Pending] = [:]

  init(path: String) { self.path = path }

  mutating func add(_ name: String, shape: [Int], values: @escaping () throws(FileError) -> [Float]) {
    tensors[name] = Pending(name: name, shape: shape, values: values)
  }

  func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  func error(_ name: String, found: String, allowed: String? = nil) -> FileError {
    FileError(.badData, path: path, format: "safetensors", field: "tensor \(name)", found: found, allowed: allowed)
  }

  /// Takes a tensor of which `nil` dimensions may have any length.
  mutating func take(_ name: String, shape expected: [Int?]) throws(FileError) -> Pending {
    let wanted = "[" + expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + "]"
    guard let tensor = tensors[name] else { throw error(name, found: "missing", allowed: "shape \(wanted) is expected") }
    guard tensor.shape.count == expected.count, zip(tensor.shape, expected).allSatisfy({ $0 > 0 && ($1 == nil || $0 == $1) }) else {
      throw error(name, found: "of shape \(tensor.shape)", allowed: "\(wanted) is expected")
    }
    tensors[name] = nil
    return tensor
  }

  /// Every tensor must have been taken.
  func finish() throws(FileError) {
    guard let name = tensors.keys.min() else { return }
    throw error(
      name, found: "unknown",
      allowed: "\(tensors.count) tensor\(tensors.count == 1 ? " does" : "s do") not belong to a ResNet with bottlenecks")
  }
}
