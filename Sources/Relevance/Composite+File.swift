import Files
import Networks

/// A user's composite as a JSON file:
///
/// ```json
/// {
///   "name": "mine",
///   "summary": "gamma low, epsilon high",
///   "rows": [
///     {"layers": "first", "rule": "z-box"},
///     {"layers": {"name": "layer4.*"}, "rule": "alpha-beta", "alpha": 1, "beta": 0, "zero_bias": true},
///     {"layers": {"positions": [0, 9]}, "rule": "gamma", "gamma": 0.5},
///     {"layers": "convolution", "rule": "gamma"},
///     {"layers": "all", "rule": "epsilon", "epsilon": 0.01}
///   ]
/// }
/// ```
///
/// - `name`: 1 to 64 characters without spaces at the ends; `summary` may be left out.
/// - `rows`: 1 to 1000; for each layer the first that matches decides. `layers` is
///   - `"first"`, `"last"` or `"all"` of the layers with weights,
///   - a kind: `"convolution"`, `"dense"` or `"affine"` (a normalization that nothing takes up), or `{"kind": "dense"}`,
///   - `{"name": "layer3.*"}`: names, with `*` for any text and `?` for any character,
///   - `{"positions": [0, 3]}`: the layers with weights from one to another, counted from 0; `{"positions": 3}` is one.
/// - `rule` is `"lrp0"`, `"epsilon"` (with `epsilon`), `"gamma"` (`gamma`), `"z-plus"`, `"alpha-beta"` (`alpha` and `beta`: both or none;
///   alpha - beta = 1, both at least 0), `"z-box"` (`low`, `high`: a number, or a list of one for each channel; without them black and
///   white of the network's input), `"w-square"`, `"flat"` or, for affine layers, `"pass"`. Parameters that are left out are the usual
///   ones. `zero_bias`: whether the rule takes the layer's bias as 0.
///
/// Fields that are unknown, appear twice or do not belong to the rule are errors, as are numbers that a rule has no meaning for.
extension Composite {
  static let largestFile = 1 << 20

  /// Reads a composite's file of at most 1 MiB. An error names the row (counted from 1), the field and what is allowed.
  public init(fromFile path: String) throws(FileError) {
    let bytes = try readFile(path, limit: Self.largestFile)
    try self.init(json: bytes, path: path)
  }

  /// Reads a composite from the bytes of a file.
  ///
  /// - Parameter path: what errors name.
  public init(json bytes: [UInt8], path: String) throws(FileError) {
    let value: JSONValue
    do { value = try JSONReader.read(bytes[...]) } catch {
      throw FileError(path: path, format: "composite", offset: error.offset, found: "is not JSON: \(error.problem)")
    }
    var fields = try CompositeFields(value, path: path, place: "")
    name = try fields.text("name")
    summary = try fields.optionalText("summary") ?? ""
    let rows = try fields.take("rows", allowed: "a list of rows is expected")
    try fields.finish()
    let trimmed = name.unicodeScalars.first?.properties.isWhitespace == false && name.unicodeScalars.last?.properties.isWhitespace == false
    guard trimmed, name.count <= 64 else {
      throw fields.error("name", found: "\"\(name)\"", allowed: "1 to 64 characters without spaces at the ends are allowed")
    }
    guard case .array(let elements) = rows, (1...1000).contains(elements.count) else {
      throw fields.error("rows", found: rows.kindOfValue, allowed: "a list of 1 to 1000 rows is expected")
    }
    self.rows = []
    for (index, element) in elements.enumerated() {
      var fields = try CompositeFields(element, path: path, place: "row \(index + 1)")
      self.rows.append(try fields.row())
    }
  }

  /// The text of a file that reads back as this composite, where its rules and kinds can stand in one.
  public var json: String {
    let lines = rows.map { row in
      var fields = ["\"layers\": \(row.layers.json)", "\"rule\": \(row.rule.name.json)"] + row.rule.jsonParameters
      if row.ignoresBias { fields.append("\"zero_bias\": true") }
      return "    {" + fields.joined(separator: ", ") + "}"
    }
    let summaryLine = summary.isEmpty ? "" : "  \"summary\": \(summary.json),\n"
    return "{\n  \"name\": \(name.json),\n\(summaryLine)  \"rows\": [\n\(lines.joined(separator: ",\n"))\n  ]\n}\n"
  }
}

extension LayerSelector {
  /// Kinds of layers that a row can say something about.
  static let kinds = ["convolution", "dense", "affine"]

  fileprivate var json: String {
    switch self {
    case .first: "\"first\""
    case .last: "\"last\""
    case .all: "\"all\""
    case .positions(let range): "{\"positions\": [\(range.lowerBound), \(range.upperBound)]}"
    case .kind(let kind): kind.json
    case .name(let pattern): "{\"name\": \(pattern.json)}"
    }
  }
}

extension Rule {
  fileprivate var jsonParameters: [String] {
    func bounds(_ name: String, _ values: [Float]?) -> [String] {
      values.map { ["\"\(name)\": [" + $0.map { "\($0)" }.joined(separator: ", ") + "]"] } ?? []
    }
    return switch self {
    case .epsilon(let epsilon): ["\"epsilon\": \(epsilon)"]
    case .gamma(let gamma): ["\"gamma\": \(gamma)"]
    case .alphaBeta(let alpha, let beta): ["\"alpha\": \(alpha)", "\"beta\": \(beta)"]
    case .zBox(let low, let high): bounds("low", low) + bounds("high", high)
    case .lrp0, .zPlus, .wSquare, .flat, .norm, .pass, .winnerTakesAll: []
    }
  }
}

extension String {
  /// In quotation marks, with what JSON wants escaped.
  fileprivate var json: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
