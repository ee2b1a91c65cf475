import ArgumentParser
import Datasets
import Files
import Foundation
import Networks
import Relevance
import Workers

/// What files of networks are called, for shells that complete their names.
let networkExtensions = ["safetensors", "onnx"]

/// Options that several commands share.
struct DataOption: ParsableArguments {
  @Option(
    name: .customLong("data"), help: ArgumentHelp("Folder with MNIST's files, or a CSV file.", valueName: "folder"), completion: .file())
  var path: String?

  func load() throws -> DigitCollection { try Places().digits(path) }
}

struct ModelOption: ParsableArguments {
  @Option(
    name: .customLong("model"),
    help: ArgumentHelp("A ResNet as safetensors, or a network as ONNX; the shipped one otherwise.", valueName: "file"),
    completion: .file(extensions: networkExtensions))
  var path: String?

  /// A network that can run.
  func load(preprocessing: PreprocessingOverride? = nil) throws -> Network {
    let file = try Places().network(path)
    let network = try readNetwork(from: file, preprocessing: preprocessing)
    if let problem = network.problem {
      throw CommandFailure(message: "\(file): \(problem); heatlens info lists all layers", exitCode: EX_DATAERR)
    }
    return network
  }
}

struct PreprocessOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How pictures are prepared, instead of what the network's file says: {\"size\": [224, 224], \"channels\": 3, \"mean\": [...], \"std\": [...], \"classes\": [...]}, or a file with it.",
      valueName: "json|file"), completion: .file()) var preprocess: String?

  func read() throws -> PreprocessingOverride? {
    try preprocess.map { text throws(FileError) in try PreprocessingOverride(argument: text) }
  }
}

enum ReportFormat: String, CaseIterable, ExpressibleByArgument { case text, json }

extension Composite: ExpressibleByArgument {
  public init?(argument: String) {
    guard let composite = Composite.named(argument) else { return nil }
    self = composite
  }

  public var defaultValueDescription: String { name }
  public static var allValueStrings: [String] { builtIn.map(\.name) }
  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

/// `5` or `10-19`.
struct IndexRange: ExpressibleByArgument {
  let indices: ClosedRange<Int>

  init?(argument: String) {
    let ends = argument.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
    guard let first = ends[0], let last = ends.count == 2 ? ends[1] : first, first >= 0, first <= last else { return nil }
    indices = first...last
  }

  func checked(against digits: DigitCollection) throws -> ClosedRange<Int> {
    guard indices.upperBound < digits.count else {
      throw CommandFailure.usage("there is no digit \(indices.upperBound): the data set has \(digits.count), 0 to \(digits.count - 1)")
    }
    return indices
  }
}

/// `1280x800`.
struct SizeArgument: ExpressibleByArgument {
  let width: Int
  let height: Int

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1], (200...16384).contains(width), (200...16384).contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  var defaultValueDescription: String { "\(width)x\(height)" }
}
