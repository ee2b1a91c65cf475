import Files

/// The metadata of a network's file: `input_size` "[C, H, W]", `mean`, `std` "[...]" and `classes` "[...]", each JSON in a text.
struct NetworkMetadata {
  let path: String
  let metadata: [String: String]

  private func error(_ key: String, found: String, allowed: String) -> FileError {
    FileError(.badData, path: path, format: "safetensors", field: "metadata \(key)", found: found, allowed: allowed)
  }

  func preprocessing(channels: Int, sides: ClosedRange<Int>) throws(FileError) -> Preprocessing {
    let size = try numbers("input_size", count: 3, otherwise: [Double(channels), 224, 224])
    guard size[0] == Double(channels) else {
      throw error("input_size", found: "\(size)", allowed: "the first convolution reads \(channels) channel\(channels == 1 ? "" : "s")")
    }
    guard let height = Int(exactly: size[1]), let width = Int(exactly: size[2]), sides.contains(height), sides.contains(width) else {
      throw error("input_size", found: "\(size)", allowed: "height and width from \(sides.lowerBound) to \(sides.upperBound) are allowed")
    }
    let mean = try numbers("mean", count: channels, otherwise: [Double](repeating: 0, count: channels)).map { Float($0) }
    let std = try numbers("std", count: channels, otherwise: [Double](repeating: 1, count: channels)).map { Float($0) }
    guard mean.allSatisfy(\.isFinite) else { throw error("mean", found: "\(mean)", allowed: "means are finite 32-bit numbers") }
    guard std.allSatisfy({ $0.isNormal && $0 > 0 }) else {
      throw error("std", found: "\(std)", allowed: "deviations are positive 32-bit numbers")
    }
    return Preprocessing(channels: channels, height: height, width: width, mean: mean, std: std)
  }

  func classNames(count: Int) throws(FileError) -> [String] {
    guard let value = try json("classes") else { return (0..<count).map(String.init) }
    guard case .array(let elements) = value else { throw error("classes", found: "not a list", allowed: "a list of texts is expected") }
    var names: [String] = []
    for case .string(let name) in elements { names.append(name) }
    guard names.count == elements.count else {
      throw error("classes", found: "a list with other things than texts", allowed: "a list of texts is expected")
    }
    guard names.count == count else { throw error("classes", found: "\(names.count) texts", allowed: "the network has \(count) classes") }
    return names
  }

  private func json(_ key: String) throws(FileError) -> JSONValue? {
    guard let text = metadata[key] else { return nil }
    do { return try JSONReader.read(Array(text.utf8)[...]) } catch {
      throw self.error(key, found: "not JSON", allowed: error.problem)
    }
  }

  private func numbers(_ key: String, count: Int, otherwise: [Double]) throws(FileError) -> [Double] {
    guard let value = try json(key) else { return otherwise }
    var elements: [JSONValue] = []
    if case .array(let found) = value { elements = found }
    let result = elements.compactMap(\.finiteNumber)
    guard elements.count == count, result.count == count else {
      throw error(key, found: metadata[key] ?? "", allowed: "\(count) numbers are expected")
    }
    return result
  }
}
