import Datasets
import Files
import Foundation
import Networks
import Tensors

/// The inputs of `explain`, each read when its turn comes.
final class ExplainInputs {
  private enum Source {
    case digit(Int)
    case picture(String)
    case row(Int, of: String, rows: Int)
  }

  private let network: Network
  private let digits: DigitCollection?
  private let sources: [Source]
  /// The array that was read last.
  private var array: (path: String, tensor: Tensor)?

  /// Digits of a data set.
  init(_ indices: ClosedRange<Int>, of digits: DigitCollection, for network: Network) {
    self.network = network
    self.digits = digits
    sources = indices.map { .digit($0) }
  }

  /// Pictures, arrays, and folders of pictures, which stand for their .png files in the order of their names. Shapes are judged here.
  init(_ paths: [String], for network: Network) throws {
    self.network = network
    digits = nil
    var sources: [Source] = []
    for path in paths {
      if Self.isFolder(path) {
        sources += try Self.pictures(in: path).map { .picture($0) }
      } else if try path.lowercased().hasSuffix(".npy") || InputFile(path).read(6) == [0x93] + Array("NUMPY".utf8) {
        let shape = try npyShape(path)
        guard shape.count == 4, Array(shape.dropFirst()) == network.layers[0].outputShape else {
          throw FileError(
            .badData, path: path, format: "npy", field: "shape", found: "\(shape)",
            allowed: "[N] + \(network.layers[0].outputShape) is expected")
        }
        sources += (0..<shape[0]).map { .row($0, of: path, rows: shape[0]) }
      } else {
        sources.append(.picture(path))
      }
    }
    self.sources = sources
  }

  var count: Int { sources.count }

  /// What reports call it: `digit 7`, `seven.png`, `inputs.npy[3]`.
  func name(_ index: Int) -> String {
    switch sources[index] {
    case .digit(let number): "digit \(number)"
    case .picture(let path): path
    case .row(let row, let path, let rows): rows == 1 ? path : "\(path)[\(row)]"
    }
  }

  /// `[n, C, H, W]`.
  func inputs(_ range: Range<Int>) throws -> Tensor {
    var values: [Float] = []
    for index in range { values += try input(sources[index]) }
    return Tensor(shape: [range.count] + network.layers[0].outputShape, values: values)
  }

  private func input(_ source: Source) throws -> [Float] {
    let preprocessing = network.preprocessing
    switch source {
    case .digit(let index):
      guard let digits else { preconditionFailure("digits come from a data set") }
      return preprocessing.input(fromGray: Array(digits.picture(index)), width: digits.width, height: digits.height).values
    case .picture(let path):
      let picture = try readPNG(path)
      return preprocessing.channels == 3 && picture.channels == 3
        ? preprocessing.input(fromRGB: picture.pixels, width: picture.width, height: picture.height).values
        : preprocessing.input(fromGray: picture.gray.pixels, width: picture.width, height: picture.height).values
    case .row(let row, let path, let rows):
      let tensor: Tensor
      if let array, array.path == path {
        tensor = array.tensor
      } else {
        array = nil
        tensor = try readNPY(path)
        array = (path, tensor)
      }
      guard tensor.shape == [rows] + network.layers[0].outputShape else {
        throw FileError(.inputOutput, path: path, found: "became another while it was read")
      }
      return tensor.element(row).values
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  static func pictures(in folder: String) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw FileError(.noInput, path: folder, found: "cannot be listed")
    }
    let pictures = names.filter { $0.lowercased().hasSuffix(".png") && !$0.hasPrefix(".") }.sorted()
    guard !pictures.isEmpty else { throw FileError(.noInput, path: folder, found: "has no .png files") }
    return pictures.map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
  }
}
