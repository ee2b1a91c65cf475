import Embedding
import Files
import Foundation
import Networks

/// A finished map with all that new points need, as a safetensors file: `positions` [N, 2], `points` [N, C] along the components, their
/// `mean` [D], `basis` [C, D], `variances` [C] and `scale` [1], and `labels` [N]; float32.
struct ReferenceMap {
  let rows: ProjectedRows
  /// x and y in turn.
  let positions: [Float]
  let labels: [UInt8]

  func write(to path: String) throws {
    let components = rows.components
    let tensors: [(name: String, shape: [Int], values: [Float])] = [
      ("basis", [components.count, components.dimension], components.basis),
      ("labels", [rows.count], labels.map(Float.init)),
      ("mean", [components.dimension], components.mean),
      ("points", [rows.count, components.count], rows.points),
      ("positions", [rows.count, 2], positions),
      ("scale", [1], [components.scale]),
      ("variances", [components.count], components.variances.map { Float($0) }),
    ]
    var offset = 0
    var fields: [String] = []
    for tensor in tensors {
      let end = offset + 4 * tensor.values.count
      fields.append("\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\"__metadata__\":{\"format\":\"heatlens map 1\"},\(fields.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    let file = try AtomicFile(path)
    try file.append(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header)
    for tensor in tensors { try file.append(tensor.values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }) }
    try file.finish()
  }

  init(rows: ProjectedRows, positions: [Float], labels: [UInt8]) {
    self.rows = rows
    self.positions = positions
    self.labels = labels
  }

  init(readingFrom path: String) throws {
    let file = try SafetensorsFile(path)
    func tensor(_ name: String, _ shape: [Int?]) throws(FileError) -> (shape: [Int], values: [Float]) {
      let wanted = "[" + shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + "]"
      guard let entry = file.entries.first(where: { $0.name == name }) else {
        throw FileError(
          .badData, path: path, format: "map", field: "tensor \(name)", found: "missing",
          allowed: "heatlens embed -o file.safetensors writes such a file")
      }
      guard entry.shape.count == shape.count, zip(entry.shape, shape).allSatisfy({ $0 > 0 && ($1 == nil || $0 == $1) }) else {
        throw FileError(
          .badData, path: path, format: "map", field: "tensor \(name)", found: "of shape \(entry.shape)", allowed: "\(wanted) is expected")
      }
      return (entry.shape, try file.floats(of: entry))
    }
    let points = try tensor("points", [nil, nil])
    let (count, width) = (points.shape[0], points.shape[1])
    let mean = try tensor("mean", [nil])
    let basis = try tensor("basis", [width, mean.shape[0]])
    let components = PrincipalComponents(
      mean: mean.values, basis: basis.values, variances: try tensor("variances", [width]).values.map(Double.init),
      scale: try tensor("scale", [1]).values[0])
    rows = ProjectedRows(points: points.values, components: components, count: count)
    positions = try tensor("positions", [count, 2]).values
    labels = try tensor("labels", [count]).values.map { UInt8(max(0, min(255, $0.rounded()))) }
  }
}
