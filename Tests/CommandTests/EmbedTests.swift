import Foundation
import ProgramDriver
import Testing

@Suite("embed") struct EmbedTests {
  let home: TemporaryFolder
  let program: Program

  /// 400 pictures: a spot whose place tells its label, over noise.
  private let pictures: [[UInt8]]
  private let table: String

  init() throws {
    home = try TemporaryFolder()
    program = try Program()
    var seed: UInt64 = 5
    func noise() -> Double {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(seed >> 40) / Double(1 << 24)
    }
    pictures = (0..<400).map { index in
      let (x, y) = (Double(5 + index % 10 % 4 * 6) + noise(), Double(5 + index % 10 / 4 * 7) + noise())
      return (0..<784).map { pixel in
        let (dx, dy) = (Double(pixel % 28) - x, Double(pixel / 28) - y)
        return UInt8(230 * exp(-(dx * dx + dy * dy) / 8) + 20 * noise())
      }
    }
    let lines = pictures.enumerated().map { index, picture in ([UInt8(index % 10)] + picture).map(String.init).joined(separator: ",") }
    table = try home.write("spots.csv", Array(lines.joined(separator: "\n").utf8))
  }

  private struct Report: Decodable {
    let count: Int
    let klDivergence: Double
    let perplexity: Double
    let iterations: Int?
    let neighboursKept: Double
    let labelAgreement: Double
    let forceError: Double?
    let seconds: [String: Double]
    let peakMegabytes: Double
    let messages: [String]
  }

  private struct Placed: Decodable {
    struct Neighbour: Decodable {
      let index: Int
      let label: Int
      let distance: Double
    }
    let name: String
    let x: Float
    let y: Float
    let neighbours: [Neighbour]
  }

  private func json<Value: Decodable>(_ arguments: [String], as type: Value.Type) throws -> Value {
    let outcome = try runTool(
      program.path, ["embed"] + arguments + ["--format", "json"], environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try snakeCaseDecoder.decode(type, from: outcome.output)
  }

  private var short: [String] { ["--data", table, "--early-iterations", "60", "--iterations", "60"] }

  @Test("a table and an array hold the same map, and the same map given back is judged the same")
  func judged() throws {
    let (array, list) = (home.file("map.npy"), home.file("map.csv"))
    let made = try json(short + ["-o", array, "-o", list, "--check-forces"], as: Report.self)
    #expect(made.count == 400 && made.iterations == 120 && made.messages.isEmpty)
    #expect(made.neighboursKept > 0.2 && made.labelAgreement > 0.9)
    #expect(made.peakMegabytes > 10)
    let error = try #require(made.forceError)
    #expect(error > 0 && error < 0.02)
    let map = try NPYFile(try Data(contentsOf: URL(fileURLWithPath: array)))
    let lines = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 401 && lines[0] == "index,label,prediction,x,y")
    for (index, line) in lines.dropFirst().enumerated() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(fields.count == 5 && Int(fields[0]) == index && fields[2].isEmpty)
      #expect(Float(fields[3]) == map.values[2 * index] && Float(fields[4]) == map.values[2 * index + 1])
    }
    let judged = try json(["--data", table, "--map", array], as: Report.self)
    #expect(judged.iterations == nil && judged.seconds["optimization"] == nil)
    #expect(abs(judged.klDivergence - made.klDivergence) < 1e-3)
    #expect(judged.neighboursKept == made.neighboursKept && judged.labelAgreement == made.labelAgreement)
    let wrong = try program.run("embed", "--data", table, "--limit", "300", "--map", array, in: home)
    #expect(wrong.status == 65 && wrong.errors.contains("map.npy") && wrong.errors.contains("shape"))
  }

  @Test("a picture of the map, added to it, lands where it is and is its own nearest neighbour")
  func placed() throws {
    let (file, array) = (home.file("map.safetensors"), home.file("map.npy"))
    _ = try json(short + ["-o", file, "-o", array], as: Report.self)
    let map = try NPYFile(try Data(contentsOf: URL(fileURLWithPath: array)))
    let chosen = [3, 77]
    let bytes = npy(shape: [2, 28, 28], chosen.flatMap { pictures[$0].map(Float.init) })
    let added = try home.write("added.npy", bytes)
    let found = try json(["--into", file, "--add", added, "-o", home.file("placed.csv")], as: [Placed].self)
    #expect(found.count == 2)
    let span = (map.values.max() ?? 0) - (map.values.min() ?? 0)
    for (index, placed) in zip(chosen, found) {
      #expect(placed.neighbours.count == 10 && placed.neighbours[0].index == index)
      #expect(placed.neighbours[0].distance < 1e-3 && placed.neighbours[0].label == index % 10)
      let (dx, dy) = (placed.x - map.values[2 * index], placed.y - map.values[2 * index + 1])
      #expect((dx * dx + dy * dy).squareRoot() < 0.2 * span)
    }
    #expect(try String(contentsOfFile: home.file("placed.csv"), encoding: .utf8).split(separator: "\n").count == 3)
    let other = try home.write("other.npy", npy(shape: [1, 5], [1, 2, 3, 4, 5]))
    let wrong = try program.run("embed", "--into", file, "--add", other, in: home)
    #expect(wrong.status == 65 && wrong.errors.contains("other.npy") && wrong.errors.contains("784"))
    let noMap = try program.run("embed", "--into", added, "--add", added, in: home)
    #expect(noMap.status == 65 && noMap.errors.contains("added.npy"))
  }

  @Test("an output that cannot be written is told before anything is computed, and - is standard output")
  func outputs() throws {
    let refused = try runTool(
      program.path, ["embed"] + short + ["-o", home.file("ok.csv"), "-o", "/nonexistent/map.npy"],
      environment: programEnvironment(home: home), in: home)
    #expect(refused.status == 73 && refused.errors.contains("/nonexistent/map.npy") && !refused.errors.contains("components"))
    #expect(!FileManager.default.fileExists(atPath: home.file("ok.csv")))
    let outcome = try runTool(
      program.path, ["embed"] + short + ["--limit", "20", "-o", "-"], environment: programEnvironment(home: home), in: home)
    #expect(try NPYFile(outcome.output).shape == [20, 2] && !FileManager.default.fileExists(atPath: home.file("-")))
  }

  @Test("pictures whose grey values were divided are refused with what to do")
  func dividedValues() throws {
    let file = home.file("map.safetensors")
    _ = try json(short + ["-o", file], as: Report.self)
    let divided = try home.write("divided.npy", npy(shape: [1, 28, 28], pictures[3].map { Float($0) / 255 }))
    let wrong = try program.run("embed", "--into", file, "--add", divided, in: home)
    #expect(wrong.status == 65 && wrong.errors.contains("divided.npy") && wrong.errors.contains("multiply by 255"))
  }

  @Test("an interrupted run ends as a shell expects, leaves no file and no trace, wherever it is")
  func interrupted() throws {
    for pause in stride(from: 0.02, to: 0.3, by: 0.04) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: program.path)
      process.arguments = ["embed", "--data", table, "--iterations", "100000", "-o", home.file("never.npy")]
      process.environment = programEnvironment(home: home)
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.run()
      Thread.sleep(forTimeInterval: pause)
      process.interrupt()
      process.waitUntilExit()
      // Before it watches for signals the signal ends it, as it ends any program.
      let isBefore = process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT
      #expect(isBefore || process.terminationStatus == 130 && process.terminationReason == .exit, "after \(pause) s")
      #expect(!FileManager.default.fileExists(atPath: home.file("never.npy")))
    }
  }

  @Test("fewer pictures than the perplexity needs lower it and say so")
  func fewPictures() throws {
    for count in [1, 2, 20] {
      let report = try json(["--data", table, "--limit", "\(count)", "--iterations", "20", "-o", home.file("few.npy")], as: Report.self)
      #expect(report.count == count && report.perplexity <= max(1, Double(count - 1) / 3))
      #expect(report.messages.count == 1 && report.messages[0].contains("perplexity"))
    }
  }

  @Test(
    "options that make no sense together are usage errors, 64",
    arguments: [
      ["--into", "a.safetensors"], ["--add", "a.png"], ["--into", "a", "--add", "b", "--map", "c"], ["-o", "x.npy", "--perplexity", "0"],
      ["-o", "x.npy", "--learning-rate", "-1"], ["-o", "x.npy", "--threads", "0"], ["-o", "x.npy", "--components", "0"], [],
      ["-o", "x.npy", "--predict"],
    ])
  func usage(_ arguments: [String]) throws {
    let outcome = try runTool(program.path, ["embed"] + arguments, environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 64 && outcome.output.isEmpty && !outcome.errors.isEmpty)
  }

  private func npy(shape: [Int], _ values: [Float]) -> [UInt8] {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape.map { "\($0), " }.joined())), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
      + values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }
  }
}
