import Files
import Networks

/// The fields of one JSON object of a composite's file. Each is taken once; what is left over is an error.
struct CompositeFields {
  private let path: String
  /// "row 2"; empty for the file's outermost object.
  private let place: String
  private var members: [(name: String, value: JSONValue)]

  init(_ value: JSONValue, path: String, place: String) throws(FileError) {
    self.path = path
    self.place = place
    guard case .object(let members) = value else {
      throw FileError(
        path: path, format: "composite", field: place.isEmpty ? "the file" : place, found: value.kindOfValue,
        allowed: "an object in braces is expected")
    }
    self.members = members
  }

  func error(_ field: String, found: String, allowed: String) -> FileError {
    FileError(
      path: path, format: "composite", field: place.isEmpty ? field : "\(field) of \(place)", found: found, allowed: allowed)
  }

  mutating func optional(_ name: String) -> JSONValue? {
    members.firstIndex { $0.name == name }.map { members.remove(at: $0).value }
  }

  mutating func take(_ name: String, allowed: String) throws(FileError) -> JSONValue {
    guard let value = optional(name) else { throw error(name, found: "missing", allowed: allowed) }
    return value
  }

  mutating func optionalText(_ name: String) throws(FileError) -> String? {
    guard let value = optional(name) else { return nil }
    guard case .string(let text) = value else { throw error(name, found: value.kindOfValue, allowed: "a text is expected") }
    return text
  }

  mutating func text(_ name: String) throws(FileError) -> String {
    guard let text = try optionalText(name) else { throw error(name, found: "missing", allowed: "a text is expected") }
    return text
  }

  mutating func optionalNumber(_ name: String) throws(FileError) -> Float? {
    guard let value = optional(name) else { return nil }
    guard let number = value.float else { throw error(name, found: value.kindOfValue, allowed: "a finite 32-bit number is expected") }
    return number
  }

  private mutating func optionalNumbers(_ name: String) throws(FileError) -> [Float]? {
    guard let value = optional(name) else { return nil }
    if let number = value.float { return [number] }
    guard case .array(let elements) = value, !elements.isEmpty else {
      throw error(name, found: value.kindOfValue, allowed: "a finite number, or a list of one for each channel, is expected")
    }
    let numbers = elements.compactMap(\.float)
    guard numbers.count == elements.count else {
      let index = elements.firstIndex { $0.float == nil } ?? 0
      throw error("number \(index + 1) in \(name)", found: elements[index].kindOfValue, allowed: "a finite 32-bit number is expected")
    }
    return numbers
  }

  private mutating func optionalFlag(_ name: String) throws(FileError) -> Bool? {
    guard let value = optional(name) else { return nil }
    guard case .bool(let flag) = value else { throw error(name, found: value.kindOfValue, allowed: "true or false is expected") }
    return flag
  }

  /// Nothing may be left.
  func finish(of whose: String = "") throws(FileError) {
    guard let name = members.first?.name else { return }
    throw error(
      "\"\(name)\"", found: "unknown",
      allowed: "\(whose.isEmpty ? "" : "\(whose) has no such field; ")the README shows the form of composites")
  }

  mutating func row() throws(FileError) -> Composite.Row {
    let layers = try selector()
    let name = try text("rule")
    let rule = try rule(named: name)
    let ignoresBias = try optionalFlag("zero_bias") ?? false
    try finish(of: "rule \(name)")
    do { try rule.check() } catch { throw self.error("rule", found: name, allowed: error.description) }
    return Composite.Row(layers, rule, ignoresBias: ignoresBias)
  }

  private mutating func rule(named name: String) throws(FileError) -> Rule {
    switch name {
    case "lrp0": return .lrp0
    case "epsilon": return .epsilon(try optionalNumber("epsilon") ?? 1e-6)
    case "gamma": return .gamma(try optionalNumber("gamma") ?? 0.25)
    case "z-plus": return .zPlus
    case "alpha-beta":
      let (alpha, beta) = (try optionalNumber("alpha"), try optionalNumber("beta"))
      if alpha == nil && beta == nil { return .alphaBeta(alpha: 2, beta: 1) }
      guard let alpha else { throw error("alpha", found: "missing", allowed: "beta is there, so alpha is needed too") }
      guard let beta else { throw error("beta", found: "missing", allowed: "alpha is there, so beta is needed too") }
      return .alphaBeta(alpha: alpha, beta: beta)
    case "z-box": return .zBox(low: try optionalNumbers("low"), high: try optionalNumbers("high"))
    case "w-square": return .wSquare
    case "flat": return .flat
    case "pass": return .pass
    default:
      throw error(
        "rule", found: "\"\(name)\"",
        allowed: "lrp0, epsilon, gamma, z-plus, alpha-beta, z-box, w-square, flat and pass are allowed")
    }
  }

  private mutating func selector() throws(FileError) -> LayerSelector {
    let allowed = "first, last, all, convolution, dense, affine or an object with name, kind or positions is expected"
    let value = try take("layers", allowed: allowed)
    switch value {
    case .string("first"): return .first
    case .string("last"): return .last
    case .string("all"): return .all
    case .string(let kind):
      guard LayerSelector.kinds.contains(kind) else { throw error("layers", found: "\"\(kind)\"", allowed: allowed) }
      return .kind(kind)
    case .object(let members):
      guard members.count == 1, let member = members.first else {
        throw error("layers", found: "an object with \(members.count) fields", allowed: "one of name, kind and positions is expected")
      }
      return try selector(member.name, member.value)
    default: throw error("layers", found: value.kindOfValue, allowed: allowed)
    }
  }

  private func selector(_ name: String, _ value: JSONValue) throws(FileError) -> LayerSelector {
    switch (name, value) {
    case ("name", .string(let pattern)):
      guard !pattern.isEmpty else { throw error("name in layers", found: "empty", allowed: "a layer's name is expected, * and ? in it") }
      return .name(pattern)
    case ("kind", .string(let kind)):
      guard LayerSelector.kinds.contains(kind) else {
        throw error("kind in layers", found: "\"\(kind)\"", allowed: "\(LayerSelector.kinds.joined(separator: ", ")) are allowed")
      }
      return .kind(kind)
    case ("positions", _):
      var ends: [JSONValue] = [value, value]
      if case .array(let elements) = value { ends = elements }
      guard ends.count == 2, let first = ends[0].wholeNumber, let last = ends[1].wholeNumber, first <= last else {
        throw error(
          "positions in layers", found: value.kindOfValue,
          allowed: "a whole number, or two in a list with the smaller one first, is expected")
      }
      return .positions(first...last)
    case ("name", _), ("kind", _): throw error("\(name) in layers", found: value.kindOfValue, allowed: "a text is expected")
    default: throw error("\"\(name)\" in layers", found: "unknown", allowed: "name, kind and positions are allowed")
    }
  }
}

extension JSONValue {
  /// As the nearest Float, where that is finite.
  fileprivate var float: Float? {
    guard case .number(let text) = self, let number = Float(text), number.isFinite else { return nil }
    return number
  }

  /// What a message calls it.
  var kindOfValue: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let text): text
    case .string(let text): "the text \"\(text)\""
    case .array(let elements): elements.isEmpty ? "an empty list" : "a list of \(elements.count)"
    case .object: "an object"
    }
  }
}
