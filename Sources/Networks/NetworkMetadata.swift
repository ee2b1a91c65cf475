import Files

/// The metadata of a network's file: `input_size` "[C, H, W]", `mean`, `std` "[...]" and `classes` "[...]", each JSON in a text;
/// and what the user says instead.
struct NetworkMetadata {
  let path: String
  let format: String
  let metadata: [String: String]
  let override: PreprocessingOverride?
  static let mostClasses = 65_536
  /// Of an input, as of a picture in a file. What layers give out in all is bounded besides.
  static let mostSide = 16_384

  private func error(_ key: String, found: String, allowed: String) -> FileError {
    FileError(.badData, path: path, format: format, field: "metadata \(key)", found: found, allowed: allowed)
  }

  private func wrong(_ override: PreprocessingOverride, _ key: String, found: String, allowed: String) -> FileError {
    FileError(.badData, path: override.source, format: "JSON", field: key, found: found, allowed: allowed)
  }

  /// - Parameters:
  ///   - height: where the network takes no other; likewise the width.
  func preprocessing(
    channels: Int, height fixedHeight: Int? = nil, width fixedWidth: Int? = nil, sides: ClosedRange<Int>
  ) throws(FileError) -> Preprocessing {
    if let override, let wanted = override.channels, wanted != channels {
      throw wrong(override, "channels", found: "\(wanted)", allowed: "the network reads \(channels)")
    }
    let (height, width) = try size(channels, fixedHeight, fixedWidth, sides)
    return Preprocessing(channels: channels, height: height, width: width, mean: try mean(channels), std: try std(channels))
  }

  private func size(
    _ channels: Int, _ fixedHeight: Int?, _ fixedWidth: Int?, _ sides: ClosedRange<Int>
  ) throws(FileError) -> (height: Int, width: Int) {
    let range = "height and width from \(sides.lowerBound) to \(sides.upperBound) are allowed"
    func fits(_ height: Int, _ width: Int) -> Bool { height == fixedHeight ?? height && width == fixedWidth ?? width }
    let fixed = "the network reads \(fixedHeight.map(String.init) ?? "any") x \(fixedWidth.map(String.init) ?? "any")"
    if let override, let size = override.size {
      guard size.allSatisfy(sides.contains) else { throw wrong(override, "size", found: "\(size)", allowed: range) }
      guard fits(size[0], size[1]) else { throw wrong(override, "size", found: "\(size)", allowed: fixed) }
      return (size[0], size[1])
    }
    let otherwise = [channels, fixedHeight ?? 224, fixedWidth ?? 224].map { Double($0) }
    let size = try numbers("input_size", count: 3, otherwise: otherwise)
    guard size[0] == Double(channels) else {
      throw error("input_size", found: "\(size)", allowed: "the first convolution reads \(channels) channel\(channels == 1 ? "" : "s")")
    }
    guard let height = Int(exactly: size[1]), let width = Int(exactly: size[2]), sides.contains(height), sides.contains(width) else {
      throw error("input_size", found: "\(size)", allowed: range)
    }
    guard fits(height, width) else { throw error("input_size", found: "\(size)", allowed: fixed) }
    return (height, width)
  }

  private func mean(_ channels: Int) throws(FileError) -> [Float] {
    if let override, let mean = override.mean { return try fitting(mean, channels, "mean", override) }
    let mean = try numbers("mean", count: channels, otherwise: [Double](repeating: 0, count: channels)).map { Float($0) }
    guard mean.allSatisfy(\.isFinite) else { throw error("mean", found: "\(mean)", allowed: "means are finite 32-bit numbers") }
    return mean
  }

  private func std(_ channels: Int) throws(FileError) -> [Float] {
    if let override, let std = override.std { return try fitting(std, channels, "std", override) }
    let std = try numbers("std", count: channels, otherwise: [Double](repeating: 1, count: channels)).map { Float($0) }
    guard std.allSatisfy({ $0.isNormal && $0 > 0 }) else {
      throw error("std", found: "\(std)", allowed: "deviations are positive 32-bit numbers")
    }
    return std
  }

  private func fitting(
    _ numbers: [Float], _ channels: Int, _ key: String, _ override: PreprocessingOverride
  ) throws(FileError) -> [Float] {
    guard numbers.count == channels else {
      throw wrong(override, key, found: "\(numbers.count) numbers long", allowed: "the network reads \(channels) channels")
    }
    return numbers
  }

  /// - Parameter count: 0 where the network cannot say.
  func classNames(count: Int) throws(FileError) -> [String] {
    guard count <= Self.mostClasses else {
      throw FileError(
        .badData, path: path, format: format, field: "number of classes", found: "\(count)",
        allowed: "at most \(Self.mostClasses) are allowed")
    }
    if let override, let classes = override.classes {
      guard count == 0 || classes.count == count else {
        throw wrong(override, "classes", found: "\(classes.count) texts", allowed: "the network has \(count) classes")
      }
      return classes
    }
    guard let value = try json("classes") else { return (0..<count).map(String.init) }
    guard case .array(let elements) = value else { throw error("classes", found: "not a list", allowed: "a list of texts is expected") }
    var names: [String] = []
    for case .string(let name) in elements { names.append(name) }
    guard names.count == elements.count else {
      throw error("classes", found: "a list with other things than texts", allowed: "a list of texts is expected")
    }
    guard count == 0 || names.count == count else {
      throw error("classes", found: "\(names.count) texts", allowed: "the network has \(count) classes")
    }
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
