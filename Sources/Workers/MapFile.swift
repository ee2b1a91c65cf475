import AppCore
import Files

/// A map as a file: "HEATMAP2", the key (64 hexadecimal digits), the count, the bounds (x and y, least and greatest, Float), the quality
/// (divergence, neighbours kept, label agreement, Float; not a number where unknown), then two 16-bit steps between the bounds per point,
/// then the SHA-256 of all of this. Numbers are little endian.
///
/// A step is 1/65535 of the map's width: a fiftieth of a pixel on a 1300-pixel map.
public enum MapFile {
  private static let magic = "HEATMAP2"
  private static let headerLength = KeyedFile.headerLength + 8 + 16 + 12

  public static func write(_ map: EmbeddedMap, key: MapKey, to path: String) throws(FileError) {
    let positions = map.positions
    let count = positions.count / 2
    var bytes: [UInt8] = []
    bytes.reserveCapacity(headerLength + 4 * count)
    KeyedFile.append(UInt64(count), to: &bytes)
    var bounds: [(least: Float, greatest: Float)] = []
    for axis in 0..<2 {
      let values = stride(from: axis, to: positions.count, by: 2).lazy.map { positions[$0] }
      bounds.append((values.min() ?? 0, values.max() ?? 0))
    }
    for bound in bounds {
      KeyedFile.append(bound.least.bitPattern, to: &bytes)
      KeyedFile.append(bound.greatest.bitPattern, to: &bytes)
    }
    for value in [map.divergence, map.neighboursKept, map.labelAgreement] {
      KeyedFile.append((value.map { Float($0) } ?? .nan).bitPattern, to: &bytes)
    }
    for index in 0..<2 * count {
      let bound = bounds[index % 2]
      let width = bound.greatest - bound.least
      let share = width > 0 ? (positions[index] - bound.least) / width : 0
      KeyedFile.append(UInt16((min(max(share, 0), 1) * 65535).rounded()), to: &bytes)
    }
    try KeyedFile.write(magic, key: key.digest, bytes, to: path)
  }

  public static func read(_ path: String, key: MapKey, count: Int) throws(FileError) -> EmbeddedMap {
    func wrong(_ found: String) -> FileError { FileError(.badData, path: path, format: "map", found: found) }
    let length = headerLength + 4 * count
    let bytes = try KeyedFile.read(path, magic: magic, key: key.digest, format: "map", limit: length)
    guard bytes.count == length else { throw wrong("is not a map of \(count) points") }
    guard KeyedFile.integer(bytes, at: 72, as: UInt64.self) == UInt64(count) else { throw wrong("has another number of points") }
    var positions: [Float] = []
    positions.reserveCapacity(2 * count)
    let bounds = (0..<4).map { Float(bitPattern: KeyedFile.integer(bytes, at: 80 + 4 * $0, as: UInt32.self)) }
    guard bounds.allSatisfy(\.isFinite) else { throw wrong("has bounds that are no numbers") }
    for index in 0..<2 * count {
      let (least, greatest) = (bounds[index % 2 * 2], bounds[index % 2 * 2 + 1])
      let step = KeyedFile.integer(bytes, at: headerLength + 2 * index, as: UInt16.self)
      positions.append(least + Float(step) / 65535 * (greatest - least))
    }
    func quality(_ place: Int) -> Double? {
      let value = Float(bitPattern: KeyedFile.integer(bytes, at: 96 + 4 * place, as: UInt32.self))
      return value.isFinite ? Double(value) : nil
    }
    return EmbeddedMap(positions: positions, divergence: quality(0), neighboursKept: quality(1), labelAgreement: quality(2))
  }
}
