import Embedding
import Files

/// What maps of a layer are made of, as a file: "HEATROW1", the key (64 hexadecimal digits), rows, components, numbers of the layer (64
/// bits each), the scale, mean, basis and points (Float), the variances (Double), then the SHA-256 of all of this. Numbers are little
/// endian.
enum RowsFile {
  private static let magic = Array("HEATROW1".utf8)
  private static let headerLength = 8 + 64 + 24 + 4
  private static let digestLength = 64
  /// Larger ones are no files of ours.
  private static let most = 1 << 30

  static func write(_ rows: ProjectedRows, key: RepresentationKey, to path: String) throws(FileError) {
    let components = rows.components
    var bytes = magic + Array(key.digest.utf8)
    bytes.reserveCapacity(length(count: rows.count, components: components.count, dimension: components.dimension))
    for number in [rows.count, components.count, components.dimension] { append(UInt64(number).littleEndian, to: &bytes) }
    append(components.scale.bitPattern.littleEndian, to: &bytes)
    for values in [components.mean, components.basis, rows.points] { values.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    components.variances.withUnsafeBytes { bytes.append(contentsOf: $0) }
    bytes += Array(SHA256.hexDigest(of: bytes).utf8)
    try writeFileAtomically(bytes, to: path)
  }

  static func read(_ path: String, key: RepresentationKey, count: Int) throws(FileError) -> ProjectedRows {
    func wrong(_ found: String) -> FileError { FileError(.badData, path: path, format: "rows", found: found) }
    let bytes = try readFile(path, limit: most)
    guard bytes.count > headerLength + digestLength, bytes.starts(with: magic) else { throw wrong("is no file of rows") }
    guard bytes[8..<72].elementsEqual(key.digest.utf8) else { throw wrong("is of other data") }
    let numbers = (0..<3).map { number(bytes, at: 72 + 8 * $0, as: UInt64.self).littleEndian }
    guard numbers[0] == UInt64(count), (1...4096).contains(numbers[1]), (1...100_000_000).contains(numbers[2]) else {
      throw wrong("has other sizes")
    }
    let (components, dimension) = (Int(numbers[1]), Int(numbers[2]))
    guard bytes.count == length(count: count, components: components, dimension: dimension) else { throw wrong("was cut") }
    guard bytes.suffix(digestLength).elementsEqual(SHA256.hexDigest(of: Array(bytes.dropLast(digestLength))).utf8) else {
      throw wrong("was changed")
    }
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
    let variances = (0..<components).map { Double(bitPattern: number(bytes, at: offset + 8 * $0, as: UInt64.self).littleEndian) }
    let scale = Float(bitPattern: number(bytes, at: 96, as: UInt32.self).littleEndian)
    guard scale.isFinite, points.allSatisfy(\.isFinite), basis.allSatisfy(\.isFinite), mean.allSatisfy(\.isFinite) else {
      throw wrong("has numbers that are none")
    }
    return ProjectedRows(
      points: points, components: PrincipalComponents(mean: mean, basis: basis, variances: variances, scale: scale), count: count)
  }

  private static func length(count: Int, components: Int, dimension: Int) -> Int {
    headerLength + 4 * (dimension + components * dimension + count * components) + 8 * components + digestLength
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  private static func number<Integer: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int, as type: Integer.Type) -> Integer {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }
}
