import AppCore
import ArgumentParser
import Files
import Relevance

/// How the window explains at first; everything can be changed there.
struct WindowMethodOptions: ParsableArguments {
  @Option(help: "Composite that explanations start with.") var composite: Composite?
  @Option(help: ArgumentHelp("A composite of one's own that they start with, as JSON.", valueName: "file"), completion: .file())
  var compositeFile: String?
  @Option(
    help: ArgumentHelp("Method that explanations start with: a composite or another attribution.", valueName: "name"),
    completion: .list(Self.methodNames), transform: Self.attribution) var attribution: Attribution?
  @Option(
    help: ArgumentHelp("A second method beside it.", valueName: "name"), completion: .list(Self.methodNames), transform: Self.attribution)
  var compare: Attribution?
  @Option(
    help: ArgumentHelp("What is explained: predicted, runner-up, a class, or one class and not another.", valueName: "class|a-b"),
    transform: Self.target) var target: Target = .predicted
  @Flag(help: "The heatmaps of all classes on one scale.") var allClasses = false

  func validate() throws {
    guard [composite != nil, compositeFile != nil, attribution != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("Name one of --composite, --composite-file and --attribution.")
    }
    guard compare == nil || !allClasses else { throw ValidationError("Either --compare or --all-classes.") }
  }

  func query() throws -> Query {
    let file = try compositeFile.map { try Composite(fromFile: $0) }
    let chosen = (file ?? composite).map { Attribution.relevance(RelevanceSettings(composite: $0)) } ?? attribution ?? .standard
    return Query(chosen, target: target)
  }

  private static var methodNames: [String] { Composite.builtIn.map(\.name) + Attribution.others.map(\.name) }

  private static func attribution(_ name: String) throws -> Attribution {
    guard let found = Attribution.named(name) else {
      throw ValidationError("there is no method '\(name)'; there are \(methodNames.joined(separator: ", "))")
    }
    return found
  }

  private static func target(_ text: String) throws -> Target {
    switch text {
    case "predicted": return .predicted
    case "runner-up": return .runnerUp
    default: break
    }
    let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    if numbers.count == 1, let number = numbers[0], number >= 0 { return .class(number) }
    if numbers.count == 2, let first = numbers[0], let second = numbers[1], first >= 0, second >= 0 { return .contrast(first, second) }
    throw ValidationError("'\(text)' is no target: predicted, runner-up, a class such as 3, or 4-9 for 4 and not 9")
  }
}

/// How the map's points look at first.
struct PointOptions: ParsableArguments {
  @Option(help: "What the colours of the map's points tell.") var colorBy: PointColoring = .label
  @Option(
    help: ArgumentHelp(
      "Digits that stand out: 7, pred:1, #12, wrong, right, conf<0.6, train, test, or several of these.", valueName: "words"))
  var search: String?

  func validate() throws {
    guard let search else { return }
    do { try DigitQuery.check(search) } catch { throw ValidationError(error.text) }
  }
}

extension PointColoring: ExpressibleByArgument {}

/// A map that was computed elsewhere.
struct MapOption: ParsableArguments {
  @Option(
    name: .customLong("map"),
    help: ArgumentHelp("Show this map instead: float32 [N, 2], one row for every digit of the data.", valueName: "file.npy"),
    completion: .file()) var path: String?

  /// The path of a file that is there: one that is not has an exit code of its own.
  func checked() throws -> String? {
    if let path { _ = try InputFile(path) }
    return path
  }
}
