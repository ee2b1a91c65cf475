import AppCore
import Datasets
import Embedding
import Files
import Foundation

/// A map that was computed elsewhere: float32 or float64 `[N, 2]` as `numpy.save` writes it, one row for every digit, in their order.
public func readMap(_ path: String, for digits: DigitCollection) throws(FileError) -> EmbeddedMap {
  let tensor = try readNPY(path)
  guard tensor.shape == [digits.count, 2] else {
    throw FileError(
      path: path, format: "npy", field: "shape", found: "\(tensor.shape)", allowed: "a map of these digits is [\(digits.count), 2]")
  }
  if let wild = tensor.values.first(where: { abs($0) > largestCoordinate }) {
    throw FileError(path: path, format: "npy", found: "has a coordinate \(wild)", allowed: "up to \(largestCoordinate) are allowed")
  }
  return EmbeddedMap(
    positions: tensor.values,
    labelAgreement: digits.count > 0 ? MapQuality.labelAgreement(positions: tensor.values, labels: digits.labels) : nil)
}

extension MapExport {
  /// The file's bytes: `[N, 2]` float32, or a table with `index,label,prediction,x,y`, in which the prediction is empty where the network
  /// was not asked.
  public var bytes: [UInt8] {
    switch format {
    case .npy: return npyBytes(shape: [labels.count, 2], values: positions)
    case .csv:
      var text = "index,label,prediction,x,y\n"
      text.reserveCapacity(40 * labels.count)
      for index in labels.indices {
        let prediction = predictions[index].map(String.init) ?? ""
        text += "\(index),\(labels[index]),\(prediction),\(positions[2 * index]),\(positions[2 * index + 1])\n"
      }
      return Array(text.utf8)
    }
  }

  /// Writes into a folder under its name; a name that is taken gets a number. Gives the path.
  func write(into folder: String) throws(FileError) -> String {
    try writeUnderFreeName(bytes, name: name, ending: format.rawValue, into: folder)
  }
}

/// Writes into a folder under a name; one that is taken gets a number. Gives the path.
func writeUnderFreeName(_ bytes: [UInt8], name: String, ending: String, into folder: String) throws(FileError) -> String {
  try createFolder(folder)
  let stem = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }.drop { $0 == "." })
  for number in 1...10_000 {
    let path = "\(folder)/\(stem)\(number == 1 ? "" : "-\(number)").\(ending)"
    if FileManager.default.fileExists(atPath: path) { continue }
    try writeFileAtomically(bytes, to: path)
    return path
  }
  throw FileError(.cannotCreate, path: folder, found: "has ten thousand files named \(stem)", allowed: "remove some")
}
