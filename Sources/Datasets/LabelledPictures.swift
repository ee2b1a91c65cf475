import Files
import Glibc

/// One split of a data set as it was read from one or two files.
struct LabelledPictures {
  let width: Int
  let height: Int
  let pixels: [UInt8]
  let labels: [UInt8]
  /// Where the pictures came from, for messages.
  let path: String
  var warnings: [String]

  /// The largest side of a picture that the program works with.
  static let largestSide = 512

  var count: Int { labels.count }

  /// Reads pictures and labels from IDX files, headers first, so that files that do not belong together are refused at once.
  init(picturesAt picturePath: String, labelsAt labelPath: String) throws(FileError) {
    let pictures = try IDXFile(picturePath, kind: .pictures)
    for axis in 1...2 where pictures.dimensions[axis] > LabelledPictures.largestSide {
      throw FileError(
        path: picturePath, format: "IDX", field: "dimension \(axis)", offset: 4 + 4 * axis, found: "\(pictures.dimensions[axis])",
        allowed: "at most \(LabelledPictures.largestSide) is allowed")
    }
    let names = try IDXFile(labelPath, kind: .labels)
    guard names.dimensions[0] == pictures.dimensions[0] else {
      throw FileError(
        path: picturePath, format: "IDX", field: "dimension 0", offset: 4, found: "\(pictures.dimensions[0])",
        allowed: "\(displayText(labelPath, limit: 80, keepingEnd: true)) has \(names.dimensions[0]) labels")
    }
    // The labels first: they are few, and a wrong one is found before the pictures are read.
    let (labels, labelWarnings) = try names.payload()
    if let index = labels.firstIndex(where: { $0 > 9 }) {
      throw FileError(
        path: labelPath, format: "IDX", field: "label \(index)", offset: 8 + index, found: "\(labels[index])",
        allowed: "0 to 9 are allowed")
    }
    let (pixels, pictureWarnings) = try pictures.payload()
    self.init(
      width: pictures.dimensions[2], height: pictures.dimensions[1], pixels: pixels, labels: labels, path: picturePath,
      warnings: pictureWarnings + labelWarnings)
  }

  /// Adds what is odd about the content to `warnings`.
  init(width: Int, height: Int, pixels: [UInt8], labels: [UInt8], path: String, warnings: [String]) {
    self.width = width
    self.height = height
    self.pixels = pixels
    self.labels = labels
    self.path = path
    let name = displayText(path, limit: 110, keepingEnd: true)
    var found = warnings
    if labels.count == 1 {
      found.append("\(name): there is only one picture")
    } else if let first = labels.first, allEqual(labels) {
      found.append("\(name): all labels are \(first)")
    }
    if pixels.first == 0, allEqual(pixels) { found.append("\(name): all pixels are 0") }
    self.warnings = found
  }
}

/// Whether each byte equals the next one; by the C library, since these can be a gigabyte.
private func allEqual(_ bytes: [UInt8]) -> Bool {
  bytes.withUnsafeBytes { buffer in
    guard let start = buffer.baseAddress, buffer.count > 1 else { return true }
    return memcmp(start, start + 1, buffer.count - 1) == 0
  }
}
