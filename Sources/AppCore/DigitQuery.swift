/// What digits are searched for: all of several conditions.
public struct DigitQuery: Sendable, Equatable {
  enum Condition: Sendable, Equatable {
    case labels(Set<Int>)
    case predictions(Set<Int>)
    case index(Int)
    case right, wrong
    case confidence(Comparison, Float)
    case train, test
  }

  enum Comparison: String, Sendable {
    case less = "<"
    case atMost = "<="
    case more = ">"
    case atLeast = ">="
  }

  /// What cannot be understood, and what can.
  public struct Problem: Error, Equatable {
    public let text: String
  }

  private(set) var conditions: [Condition] = []

  var needsPredictions: Bool {
    conditions.contains {
      switch $0 {
      case .predictions, .right, .wrong, .confidence: true
      case .labels, .index, .train, .test: false
      }
    }
  }

  /// Words that must all hold: `7` or `label:7`, `pred:1,7`, `#12345`, `wrong`, `right`, `conf<0.6`, `train`, `test`.
  init(_ text: String) throws(Problem) {
    for word in Self.joined(text.lowercased()).split(separator: " ") { conditions.append(try Self.condition(String(word))) }
  }

  /// Without spaces around the signs that join a word: `conf > 0.9` is one.
  private static func joined(_ text: String) -> String {
    var result = ""
    for character in text {
      let joins: Set<Character> = ["<", ">", "=", ":", ","]
      if joins.contains(character) { while result.last == " " { result.removeLast() } }
      if character == " ", let last = result.last, joins.contains(last) { continue }
      result.append(character)
    }
    return result
  }

  /// Throws where a text is no query.
  public static func check(_ text: String) throws(Problem) { _ = try DigitQuery(text) }

  private static func condition(_ word: String) throws(Problem) -> Condition {
    switch word {
    case "right", "correct": return .right
    case "wrong": return .wrong
    case "train": return .train
    case "test": return .test
    default: break
    }
    if word.hasPrefix("#") {
      guard let index = Int(word.dropFirst()), index >= 0 else {
        throw Problem(text: "#12 is a digit's number, \u{201C}\(word)\u{201D} is not")
      }
      return .index(index)
    }
    if let at = word.firstIndex(of: ":") {
      let numbers = try numbers(word[word.index(after: at)...], in: word)
      switch word[..<at] {
      case "label": return .labels(numbers)
      case "pred", "prediction": return .predictions(numbers)
      default: throw Problem(text: "\u{201C}\(word[..<at]):\u{201D} is unknown; there are label: and pred:")
      }
    }
    if word.hasPrefix("conf") { return try confidence(word) }
    if word.first?.isNumber == true { return .labels(try numbers(word[...], in: word)) }
    throw Problem(text: "\u{201C}\(word)\u{201D} is unknown: try 7, pred:1, #12, wrong, right, conf<0.6, train or test")
  }

  private static func numbers(_ list: Substring, in word: String) throws(Problem) -> Set<Int> {
    let parts = list.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard !parts.isEmpty, parts.allSatisfy({ ($0 ?? -1) >= 0 }) else {
      throw Problem(text: "\u{201C}\(word)\u{201D} needs a class, or several: label:4,9")
    }
    return Set(parts.compactMap(\.self))
  }

  private static func confidence(_ word: String) throws(Problem) -> Condition {
    let rest = word.hasPrefix("confidence") ? word.dropFirst(10) : word.dropFirst(4)
    for comparison in [Comparison.atMost, .atLeast, .less, .more] where rest.hasPrefix(comparison.rawValue) {
      let number = rest.dropFirst(comparison.rawValue.count)
      let isPercent = number.hasSuffix("%")
      if let value = Float(isPercent ? number.dropLast() : number), value.isFinite {
        return .confidence(comparison, isPercent ? value / 100 : value)
      }
    }
    throw Problem(text: "\u{201C}\(word)\u{201D} needs a comparison: conf<0.6, conf>=0.9")
  }

  /// Whether a digit meets all conditions; what is not predicted yet meets none that is about predictions.
  func matches(_ index: Int, _ data: LoadedData) -> Bool {
    let label = Int(data.collection.labels[index])
    let prediction = data.predictions[index]
    return conditions.allSatisfy { condition in
      switch condition {
      case .labels(let wanted): return wanted.contains(label)
      case .predictions(let wanted): return prediction.map { wanted.contains($0.number) } ?? false
      case .index(let wanted): return index == wanted
      case .right: return prediction?.number == label
      case .wrong: return prediction.map { $0.number != label } ?? false
      case .train: return index < data.collection.trainCount
      case .test: return index >= data.collection.trainCount
      case .confidence(let comparison, let limit):
        guard let confidence = prediction?.confidence else { return false }
        return switch comparison {
        case .less: confidence < limit
        case .atMost: confidence <= limit
        case .more: confidence > limit
        case .atLeast: confidence >= limit
        }
      }
    }
  }
}
