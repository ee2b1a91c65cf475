import ArgumentParser
import Networks
import Relevance

/// What is explained: classes, or a unit inside the network.
struct TargetOptions: ParsableArguments {
  @Option(
    // What begins with a hyphen is a wrong class, not another option.
    parsing: .unconditional,
    help: ArgumentHelp(
      "A class by number or name; a-b: why a and not b; all: every class.", valueName: "predicted|runner-up|class|a-b|all"))
  var target: String?
  @Option(
    help: ArgumentHelp(
      "Start at a channel of what this layer gives out, its batch normalization included, instead of at a class.", valueName: "name"))
  var layer: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("With --layer: the channel.", valueName: "n")) var channel: Int?
  @Option(help: ArgumentHelp("With --layer: one position of it; all otherwise.", valueName: "row,column")) var position: PositionArgument?

  func validate() throws {
    guard (layer == nil) == (channel == nil) else { throw ValidationError("--layer and --channel go together.") }
    guard position == nil || layer != nil else { throw ValidationError("--position goes with --layer and --channel.") }
    guard target == nil || layer == nil else { throw ValidationError("Explanations start at a --target or at a --layer, not at both.") }
  }

  /// The targets of every input: one, or each class for `all`.
  func targets(in network: Network) throws -> [Target] {
    if let layer, let channel {
      return [.channel(layer: layer, channel: channel, position: position.map { Target.Position(row: $0.row, column: $0.column) })]
    }
    guard let target else { return [.predicted] }
    return target == "all" ? (0..<network.classCount).map { .class($0) } : [try Self.target(target, in: network)]
  }

  var isEveryClass: Bool { target == "all" }

  private static func target(_ text: String, in network: Network) throws -> Target {
    switch text {
    case "predicted": return .predicted
    case "runner-up": return .runnerUp
    default: break
    }
    if let index = try classIndex(text, in: network) { return .class(index) }
    // Names may have a hyphen themselves: each is tried.
    for hyphen in text.indices where text[hyphen] == "-" {
      if let first = try classIndex(text[..<hyphen], in: network),
        let second = try classIndex(text[text.index(after: hyphen)...], in: network)
      {
        guard first != second else { throw CommandFailure.usage("--target \(text) contrasts a class with itself: nothing is left of it") }
        return .contrast(first, second)
      }
    }
    throw CommandFailure.usage(
      "--target \(text) is neither predicted, runner-up nor all, nor a class or the contrast of two: classes are 0 to "
        + "\(network.classCount - 1)\(namesText(network))")
  }

  /// By number, else by name; nil where it is neither.
  private static func classIndex(_ text: some StringProtocol, in network: Network) throws -> Int? {
    if let number = Int(text), number >= 0 {
      guard number < network.classCount else { throw RelevanceError.noSuchClass(number, classes: network.classCount) }
      return number
    }
    let named = network.classNames.indices.filter { network.classNames[$0] == text }
    guard named.count < 2 else {
      throw CommandFailure.usage(
        "--target \(text) is the name of classes \(named.map(String.init).joined(separator: ", ")); a number says which")
    }
    return named.first
  }

  private static func namesText(_ network: Network) -> String {
    let names = network.classNames
    guard names != names.indices.map(String.init) else { return "" }
    return ", named " + names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
  }
}

/// `3,4`.
struct PositionArgument: ExpressibleByArgument {
  let row: Int
  let column: Int

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let row = parts[0], let column = parts[1], row >= 0, column >= 0 else { return nil }
    (self.row, self.column) = (row, column)
  }
}

extension Target {
  /// For reports: `predicted`, `runner-up`, `class 3`, `contrast 3-5`, `channel 17 of layer1.0.add at 3,4`.
  var text: String {
    switch self {
    case .predicted: "predicted"
    case .runnerUp: "runner-up"
    case .class(let index): "class \(index)"
    case .contrast(let first, let second): "contrast \(first)-\(second)"
    case .channel(let layer, let channel, let position):
      "channel \(channel) of \(layer)" + (position.map { " at \($0.row),\($0.column)" } ?? "")
    }
  }
}
