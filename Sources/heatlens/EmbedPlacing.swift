import AppCore
import Datasets
import Embedding
import Files
import Foundation
import Tensors

/// `heatlens embed --into`: puts pictures into a finished map.
struct EmbedPlacing {
  let path: String
  let format: ReportFormat
  let outputs: [String]

  func run(adding inputs: [String], neighbours k: Int) throws {
    let map = try ReferenceMap(readingFrom: path)
    let pictures = try inputs.flatMap { try Self.pictures($0, dimension: map.rows.components.dimension) }
    let placer = PointPlacer(rows: map.rows, positions: map.positions)
    let clock = ContinuousClock()
    var placed: [PlacedPicture] = []
    for picture in pictures {
      let start = clock.now
      let query = picture.values.withUnsafeBufferPointer { map.rows.components.project(row: $0) }
      let placement = placer.place(query, k: min(k, map.rows.count))
      placed.append(PlacedPicture(picture.name, placement, map, milliseconds: 1000 * (clock.now - start).seconds))
    }
    for path in outputs {
      switch EmbedOutput(path) {
      case .table(.csv): try writeFileAtomically(Array(PlacedPicture.table(placed).utf8), to: path)
      case .table(.npy):
        try writeFileAtomically(npyBytes(shape: [placed.count, 2], values: placed.flatMap { [$0.x, $0.y] }), to: path)
      case .safetensors: throw CommandFailure.usage("\(path): pictures that are added are a table or an array; the map stays as it is")
      }
    }
    print(format == .json ? try jsonText(placed) : placed.map(\.text).joined(separator: "\n"))
  }

  /// A picture, those of a folder, or the rows of an array, each with as many numbers as the map's pictures have.
  private static func pictures(_ path: String, dimension: Int) throws -> [(name: String, values: [Float])] {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      return try ExplainInputs.pictures(in: path).flatMap { try pictures($0, dimension: dimension) }
    }
    if try InputFile(path).read(6) == [0x93] + Array("NUMPY".utf8) {
      let array = try readNPY(path)
      let size = array.shape.dropFirst().reduce(1, *)
      guard array.shape.count >= 2, size == dimension else {
        throw FileError(
          .badData, path: path, format: "npy", field: "shape", found: "\(array.shape)",
          allowed: "[N, ...] with \(dimension) numbers a row is expected")
      }
      // What was divided by 255 would come to lie among the palest pictures, wherever it belongs.
      let largest = array.values.max() ?? 0
      guard largest > 1 || array.values.allSatisfy({ $0 == $0.rounded() }) else {
        throw FileError(
          .badData, path: path, format: "npy", found: "has numbers up to \(largest)",
          allowed: "pictures are grey values from 0 to 255: multiply by 255")
      }
      return (0..<array.shape[0]).map { ("\(path)[\($0)]", Array(array.values[$0 * size..<($0 + 1) * size])) }
    }
    let picture = try readPNG(path).gray
    guard picture.width * picture.height == dimension else {
      throw FileError(
        .badData, path: path, format: "png", field: "size", found: "\(picture.width) x \(picture.height)",
        allowed: "the map is of pictures of \(dimension) pixels")
    }
    return [(path, picture.pixels.map(Float.init))]
  }
}

/// Where a picture came to lie, and near whom.
private struct PlacedPicture: Encodable {
  struct Neighbour: Encodable {
    let index: Int
    let label: Int
    let distance: Float
  }

  let name: String
  let x: Float
  let y: Float
  let neighbours: [Neighbour]
  let milliseconds: Double

  init(_ name: String, _ placement: Placement, _ map: ReferenceMap, milliseconds: Double) {
    self.name = name
    x = placement.position.x
    y = placement.position.y
    neighbours = placement.neighbours.map { Neighbour(index: $0.index, label: Int(map.labels[$0.index]), distance: $0.distance) }
    self.milliseconds = milliseconds
  }

  var text: String {
    let near = neighbours.map { "\($0.index) (\($0.label))" }.joined(separator: ", ")
    return "\(name): \(decimal(Double(x), 3)) \(decimal(Double(y), 3)), near \(near)"
  }

  static func table(_ placed: [PlacedPicture]) -> String {
    // As RFC 4180 wants it: a name may have commas, quotes and line breaks.
    let lines = placed.map { "\"\($0.name.replacingOccurrences(of: "\"", with: "\"\""))\",\($0.x),\($0.y)" }
    return (["name,x,y"] + lines).joined(separator: "\n") + "\n"
  }
}
