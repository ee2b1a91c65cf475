import Embedding
import Files

/// What maps of a layer are made of, as a file: "HEATROW1", the key (64 hexadecimal digits), rows, components, numbers of the layer (64
/// bits each), the scale, mean, basis and points (Float), the variances (Double), then the SHA-256 of all of this. Numbers are little
/// endian.
enum RowsFile {
  private static let magic = "HEATROW1"
  private static let headerLength = KeyedFile.headerLength + 24 + 4
  /// Larger ones are no files of ours.
  private static let most = 1 << 30

  static func write(_ rows: ProjectedRows, key: RepresentationKey, to path: String) throws(FileError) {
    let components = rows.components
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length(count: rows.count, components: components.count, dimension: components.dimension))
    for number in [rows.count, components.count, components.dimension] { KeyedFile.append(UInt64(number), to: &bytes) }
    KeyedFile.append(components.scale.bitPattern, to: &bytes)
    for values in [components.mean, components.basis, rows.points] { values.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    components.variances.withUnsafeBytes { bytes.append(contentsOf: $0) }
    try KeyedFile.write(magic, key: key.digest, bytes, to: path)
  }

  static func read(_ path: String, key: RepresentationKey, count: Int) throws(FileError) -> ProjectedRows {
    func wrong(_ found: String) -> FileError { FileError(.badData, path: path, format: "rows", found: found) }
    let bytes = try KeyedFile.read(path, magic: magic, key: key.digest, format: "rows", limit: most)
    guard bytes.count > headerLength else { throw wrong("was cut") }
    let numbers = (0..<3).map { KeyedFile.integer(bytes, at: 72 + 8 * $0, as: UInt64.self) }
    guard numbers[0] == UInt64(count), (1...4096).contains(numbers[1]), (1...100_000_000).contains(numbers[2]) else {
      throw wrong("has other sizes")
    }
    let (components, dimension) = (Int(numbers[1]), Int(numbers[2]))
    guard bytes.count == length(count: count, components: components, dimension: dimension) else { throw wrong("was cut") }
    var offset = headerLength
    func floats(_ count: Int) -> [Float] {
      let values = [Float](unsafeUninitializedCapacity: count) { result, size in
        bytes.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(result).copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + 4 * count]))
        }
        size = count
      }
      offset += 4 * count
      return values
    }
    let (mean, basis, points) = (floats(dimension), floats(components * dimension), floats(count * components))
    let variances = (0..<components).map { Double(bitPattern: KeyedFile.integer(bytes, at: offset + 8 * $0, as: UInt64.self)) }
    let scale = Float(bitPattern: KeyedFile.integer(bytes, at: 96, as: UInt32.self))
    guard scale.isFinite, points.allSatisfy(\.isFinite), basis.allSatisfy(\.isFinite), mean.allSatisfy(\.isFinite) else {
      throw wrong("has numbers that are none")
    }
    return ProjectedRows(
      points: points, components: PrincipalComponents(mean: mean, basis: basis, variances: variances, scale: scale), count: count)
  }

  private static func length(count: Int, components: Int, dimension: Int) -> Int {
    headerLength + 4 * (dimension + components * dimension + count * components) + 8 * components
  }
}
