import Files

/// What a user says about how pictures are prepared, instead of what the network's file says.
///
/// Written as `{"size": [224, 224], "channels": 3, "mean": [0.485, ...], "std": [...], "classes": ["...", ...]}`, all of it optional and
/// nothing else allowed: a file, or the text itself. How many numbers fit shows when it meets a network.
public struct PreprocessingOverride: Sendable, Equatable {
  /// Where it was read, for messages.
  public let source: String
  /// Height and width.
  public var size: [Int]?
  /// What the network must read.
  public var channels: Int?
  /// One for each channel, in units of pixels scaled to 0...1.
  public var mean: [Float]?
  public var std: [Float]?
  public var classes: [String]?

  public init(
    source: String = "preprocessing", size: [Int]? = nil, channels: Int? = nil, mean: [Float]? = nil, std: [Float]? = nil,
    classes: [String]? = nil
  ) {
    self.source = source
    self.size = size
    self.channels = channels
    self.mean = mean
    self.std = std
    self.classes = classes
  }

  static let largestFile = 1 << 20
  /// The source of what stands on the command line itself.
  public static let optionName = "--preprocess"

  /// From the text of an option: JSON if it starts with a brace, else the path of a file that holds JSON.
  public init(argument: String) throws(FileError) {
    if argument.first(where: { !$0.isWhitespace }) == "{" {
      guard argument.utf8.count <= Self.largestFile else {
        throw FileError(path: Self.optionName, field: "length", found: "\(argument.utf8.count)", allowed: "at most \(Self.largestFile)")
      }
      try self.init(json: Array(argument.utf8), source: Self.optionName)
    } else {
      try self.init(json: try readFile(argument, limit: Self.largestFile), source: argument)
    }
  }

  /// - Parameter source: what messages call the text.
  public init(json: [UInt8], source: String) throws(FileError) {
    self.init(source: source)
    func wrong(_ field: String?, _ offset: Int? = nil, found: String, allowed: String) -> FileError {
      FileError(path: source, format: "JSON", field: field, offset: offset, found: found, allowed: allowed)
    }
    let value: JSONValue
    do { value = try JSONReader.read(json[...]) } catch {
      throw wrong("text", error.offset, found: "not valid JSON", allowed: error.problem)
    }
    guard case .object(let members) = value else {
      throw wrong(nil, found: "is not a JSON object", allowed: "{\"mean\": [...]} is expected")
    }
    for (name, value) in members {
      guard ["size", "channels", "mean", "std", "classes"].contains(name) else {
        throw wrong(name, found: "unknown", allowed: "size, channels, mean, std and classes are allowed")
      }
      if name == "channels" {
        guard let number = value.wholeNumber, (1...16).contains(number) else {
          throw wrong(name, found: "not a number of channels", allowed: "1 to 16 is expected")
        }
        channels = number
        continue
      }
      guard case .array(let elements) = value else { throw wrong(name, found: "not a list", allowed: "a list is expected") }
      switch name {
      case "size":
        let sides = elements.compactMap(\.wholeNumber)
        guard sides.count == 2, elements.count == 2, sides.allSatisfy({ (1...NetworkMetadata.mostSide).contains($0) }) else {
          throw wrong(name, found: "not two lengths", allowed: "[height, width], from 1 to \(NetworkMetadata.mostSide), is expected")
        }
        size = sides
      case "mean", "std":
        let numbers = elements.compactMap(\.finiteNumber).map { Float($0) }
        guard numbers.count == elements.count, (1...16).contains(numbers.count), numbers.allSatisfy(\.isFinite) else {
          throw wrong(name, found: "not a list of numbers", allowed: "one finite number for each channel is expected")
        }
        if name == "mean" {
          mean = numbers
          continue
        }
        guard numbers.allSatisfy({ $0.isNormal && $0 > 0 }) else {
          throw wrong(name, found: "\(numbers)", allowed: "deviations are positive 32-bit numbers")
        }
        std = numbers
      default:
        var names: [String] = []
        for case .string(let name) in elements { names.append(name) }
        guard names.count == elements.count, (1...NetworkMetadata.mostClasses).contains(names.count) else {
          throw wrong(name, found: "not a list of texts", allowed: "1 to \(NetworkMetadata.mostClasses) texts are expected")
        }
        classes = names
      }
    }
  }
}

extension Network {
  /// Whether nobody says what black and white are: neither the network's file nor the user, nor arithmetic that the network begins with.
  /// Then black is 0 and white is 1.
  public func guessesPreprocessing(besides override: PreprocessingOverride?) -> Bool {
    if layers.count > 1, case .affine = layers[1].operation { return false }
    return metadata["mean"] == nil && metadata["std"] == nil && override?.mean == nil && override?.std == nil
  }
}
