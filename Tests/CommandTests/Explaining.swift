import Foundation
import ProgramDriver
import Testing

/// What `explain --format json` promises.
struct Report: Decodable {
  struct Layer: Decodable {
    struct Input: Decodable {
      let layer: String
      let relevance: Double
      let magnitude: Double
    }
    let name: String
    let kind: String
    let rule: String
    let relevanceIn: Double
    let relevanceOut: Double
    let absorbedByBias: Double
    let absorbedByStabilizer: Double
    let largestMagnitude: Double
    let nonFiniteCount: Int
    let inputs: [Input]
  }
  struct Settings: Decodable {
    struct Condition: Decodable {
      let layer: String
      let channels: [Int]
    }
    let sumRule: String?
    let stabilizer: String?
    let zeroBias: Bool?
    let through: [Condition]?
    let samples: Int?
    let steps: Int?
    let baseline: String?
    let camLayer: String?
  }
  let input: String
  let prediction: Int
  let predictedClass: String
  let logits: [Double]
  let probabilities: [Double]
  let target: Int?
  let targetClasses: [Int]
  let targetDescription: String
  let start: Double
  let relevanceSum: Double
  let attribution: String
  let composite: String?
  let settings: Settings
  let warnings: [String]
  let completenessError: Double?
  let layers: [Layer]

  func layer(_ name: String) throws -> Layer { try #require(layers.first { $0.name == name }) }
}

/// Runs `explain` in a folder of its own, with the same arguments before all others.
struct Explaining {
  let home: TemporaryFolder
  let program: Program
  let common: [String]

  /// With a small network: three colours of 45 x 52, classes zero, one and two, blocks with shortcuts and the classifier `fc`.
  static func small() throws -> Explaining {
    Explaining(home: try TemporaryFolder(), program: try Program(), common: ["--model", golden("plain.safetensors")])
  }

  /// What PyTorch wrote for the tests of networks; this file is `Tests/CommandTests/Explaining.swift`.
  static func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("NetworksTests/Golden/\(name)").path
  }

  func run(_ arguments: [String]) throws -> Outcome {
    try runTool(program.path, ["explain"] + common + arguments, environment: programEnvironment(home: home), in: home)
  }

  func report(_ arguments: String...) throws -> Report { try decode(Report.self, arguments) }
  func reports(_ arguments: String...) throws -> [Report] { try decode([Report].self, arguments) }
  func reportsOfClasses(_ arguments: String...) throws -> [[Report]] { try decode([[Report]].self, arguments) }

  private func decode<Result: Decodable>(_ type: Result.Type, _ arguments: [String]) throws -> Result {
    let outcome = try run(arguments + ["--format", "json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try snakeCaseDecoder.decode(type, from: outcome.output)
  }

  func relevance(_ arguments: String...) throws -> NPYFile {
    let path = home.file("relevance.npy")
    let outcome = try run(arguments + ["-o", path])
    #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
    return try NPYFile(Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func layers(_ arguments: String...) throws -> [String: NPYFile] {
    let path = home.file("layers.npz")
    let outcome = try run(arguments + ["--keep-layers", path, "--format", "npy", "-o", "/dev/null"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try readNPZ(path)
  }

  /// The golden input of the small network.
  var input: String { Self.golden("plain-input.npy") }

  /// `count` inputs of the small network in one array file, of numbers from -1 to 1 that look random.
  func inputs(_ count: Int) throws -> String {
    var seed: UInt64 = 3
    let values = (0..<count * 3 * 45 * 52).map { _ -> Float in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(seed >> 40) / Float(1 << 23) - 1
    }
    return try home.write("inputs-\(count).npy", NPYFile(shape: [count, 3, 45, 52], values: values).bytes)
  }
}

extension NPYFile {
  var sum: Double { values.reduce(0) { $0 + Double($1) } }
  var largestMagnitude: Float { values.reduce(0) { max($0, abs($1)) } }

  /// Element `index` of the first dimension.
  func element(_ index: Int) -> NPYFile {
    let size = shape.dropFirst().reduce(1, *)
    return NPYFile(shape: Array(shape.dropFirst()), values: Array(values[index * size..<(index + 1) * size]))
  }

  func combined(with other: NPYFile, _ operation: (Float, Float) -> Float) -> NPYFile {
    NPYFile(shape: shape, values: zip(values, other.values).map(operation))
  }
}

/// All numbers differ by at most `tolerance` times the largest of the second array, which has others than zero.
func expectClose(_ one: NPYFile, _ other: NPYFile, tolerance: Float = 1e-5, at location: SourceLocation = #_sourceLocation) {
  #expect(one.shape == other.shape, sourceLocation: location)
  let largest = other.largestMagnitude
  let difference = one.combined(with: other, -).largestMagnitude
  #expect(largest > 0 && difference <= tolerance * largest, "differ by \(difference) of \(largest)", sourceLocation: location)
}
