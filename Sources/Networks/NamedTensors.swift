import Files

/// The weights of a file by name. Each is taken once with the shape that is expected; what is left over is an error.
struct NamedTensors {
  /// A tensor whose name and shape have been judged and whose numbers have not been read.
  struct Pending {
    /// As the file has it.
    let name: String
    let shape: [Int]
    /// Reads the numbers.
    let values: () throws(FileError) -> [Float]
  }

  let path: String
  /// By the names that torchvision gives them.
  private var tensors: [String: Pending] = [:]
  /// How the file names what torchvision names otherwise.
  private(set) var naming = ResNetNaming.torchvision(prefix: "")

  init(path: String) { self.path = path }

  mutating func add(_ name: String, shape: [Int], values: @escaping () throws(FileError) -> [Float]) {
    tensors[name] = Pending(name: name, shape: shape, values: values)
  }

  /// Finds out how the file names its tensors, and names them as torchvision does. A name that fits no scheme stays.
  mutating func adoptTorchvisionNames() {
    naming = ResNetNaming.of(tensors.keys)
    var renamed: [String: Pending] = [:]
    // Two names for one tensor: the second keeps its own, and is found to belong to nothing.
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let wanted = naming.torchvisionName(of: name) ?? name
      renamed[renamed[wanted] == nil ? wanted : "\(name) too"] = tensor
    }
    tensors = renamed
  }

  var names: some Collection<String> { tensors.keys }

  func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  func error(_ name: String, found: String, allowed: String? = nil) -> FileError {
    let name = tensors[name]?.name ?? naming.name(ofTorchvision: name)
    return FileError(.badData, path: path, format: "safetensors", field: "tensor \(name)", found: found, allowed: allowed)
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
      name, found: "unknown", allowed: "\(tensors.count) tensor\(tensors.count == 1 ? " does" : "s do") not belong to a ResNet")
  }
}
