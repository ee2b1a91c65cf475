import Foundation
import ProgramDriver
import Testing

@Suite("evaluate, embed, info, render, data") struct ReportTests {
  let home: TemporaryFolder
  let program: Program

  init() throws {
    home = try TemporaryFolder()
    program = try Program()
  }

  private func json<Report: Decodable>(_ arguments: String..., as type: Report.Type) throws -> Report {
    try json(arguments, as: type)
  }

  private func json<Report: Decodable>(_ arguments: [String], as type: Report.Type) throws -> Report {
    let outcome = try runTool(program.path, arguments + ["--format", "json"], environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try snakeCaseDecoder.decode(type, from: outcome.output)
  }

  @Test("evaluate counts every digit once, under its label")
  func evaluate() throws {
    struct Report: Decodable {
      let accuracy: Double
      let count: Int
      let confusion: [[Int]]
      let imagesPerSecond: Double
    }
    let report = try json("evaluate", "--limit", "50", as: Report.self)
    #expect(report.count == 50)
    #expect(report.confusion.count == 10 && report.confusion.allSatisfy { $0.count == 10 })
    #expect(report.confusion.joined().reduce(0, +) == 50)
    let right = (0..<10).reduce(0) { $0 + report.confusion[$1][$1] }
    #expect(abs(report.accuracy - Double(right) / 50) < 1e-9)
    #expect(report.imagesPerSecond > 0)
    if let digits = try TestDigits(firstOfTestSplit: 50) {
      for label in 0..<10 { #expect(report.confusion[label].reduce(0, +) == digits.labels.filter { $0 == label }.count) }
    }
  }

  @Test("evaluate --explanations measures the main composites beside noise and pixels, or the method that is named")
  func explanations() throws {
    struct Row: Decodable {
      let map: String
      let onDigit: Double
      let largestPatch: Double
      let flipping: Double
    }
    let data = try SmallData.shared.get().arguments
    let main = try json(["evaluate", "--explanations", "--limit", "2"] + data, as: [Row].self)
    #expect(
      main.map(\.map) == [
        "epsilon-alpha2-beta1-flat", "epsilon-alpha2-beta1", "epsilon-plus-flat", "epsilon-plus", "epsilon-plus-box", "epsilon-gamma-box",
        "random", "pixel value",
      ])
    #expect(main.allSatisfy { (0...1).contains($0.onDigit) && (0...1).contains($0.largestPatch) && $0.flipping.isFinite })
    let one = try json(
      ["evaluate", "--explanations", "--limit", "2", "--attribution", "occlusion", "--window", "8"] + data, as: [Row].self)
    #expect(one.map(\.map) == ["occlusion", "random", "pixel value"])
    let named = try json(["evaluate", "--explanations", "--limit", "2", "--composite", "epsilon-plus"] + data, as: [Row].self)
    #expect(named.map(\.map) == ["epsilon-plus", "random", "pixel value"])
    #expect(named[0].onDigit == main[3].onDigit)
    #expect(try program.run("evaluate", "--attribution", "gradient", in: home).status == 64)
  }

  @Test("embed writes a finite point per digit, tells the divergence, and repeats itself bit for bit")
  func embed() throws {
    struct Report: Decodable {
      let klDivergence: Double
      let seconds: [String: Double]
    }
    var files: [Data] = []
    for name in ["one.npy", "two.npy"] {
      let path = home.file(name)
      let report = try json("embed", "--limit", "300", "--iterations", "50", "--seed", "5", "-o", path, as: Report.self)
      #expect(report.klDivergence.isFinite && report.klDivergence > 0)
      #expect(report.seconds.count >= 4 && report.seconds.values.allSatisfy { $0 >= 0 })
      files.append(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    let map = try NPYFile(files[0])
    #expect(map.shape == [300, 2])
    #expect(map.values.allSatisfy { $0.isFinite })
    #expect(Set(map.values).count > 300)
    #expect(files[0] == files[1])
  }

  @Test("info lists the layers of the shipped ResNet50 with as many parameters as its architecture has")
  func info() throws {
    struct Report: Decodable {
      struct Layer: Decodable {
        let name: String
        let shape: [Int]
        let parameters: Int
      }
      let inputShape: [Int]
      let parameters: Int
      let macs: Int
      let layers: [Layer]
    }
    let assets = ProcessInfo.processInfo.environment["HEATLENS_ASSETS"] ?? Self.assetsOfCheckout
    let report = try json("info", "\(assets)/resnet50-mnist.safetensors", as: Report.self)
    // Bottlenecks 3-4-6-3; a batch normalization has two numbers for each output channel.
    var parameters = 64 * 49 + 2 * 64
    var operations = 28 * 28 * 64 * 49
    var channels = 64
    for (stage, blocks) in [3, 4, 6, 3].enumerated() {
      let width = 64 << stage
      let area = [14 * 14, 7 * 7, 4 * 4, 2 * 2]
      for block in 0..<blocks {
        let first = channels * width
        let rest = 9 * width * width + 4 * width * width
        let shortcut = block == 0 ? 4 * channels * width : 0
        parameters += first + rest + shortcut + 2 * (2 * width + 4 * width + (block == 0 ? 4 * width : 0))
        // The first convolution of a stage still works at the size of the stage before; its 3 x 3 convolution halves that.
        operations += area[block == 0 && stage > 0 ? stage - 1 : stage] * first + area[stage] * (rest + shortcut)
        channels = 4 * width
      }
    }
    parameters += 2048 * 10 + 10
    operations += 2048 * 10
    #expect(report.inputShape == [1, 56, 56])
    #expect(report.parameters == parameters)
    #expect(report.macs == operations)
    #expect(report.layers.reduce(0) { $0 + $1.parameters } == parameters)
    #expect(report.layers.first { $0.name == "conv1" }?.shape == [64, 28, 28])
    #expect(report.layers.last?.shape == [10])
  }

  @Test("render writes a picture of the size that was asked for, with that digit explained")
  func render() throws {
    let data = try SmallData.shared.get()
    let path = home.file("window.png")
    let outcome = try runTool(
      program.path, ["render", "--size", "800x500", "--index", "3", "-o", path] + data.arguments,
      environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("digit 3: predicted"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
    func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { 256 * $0 + Int($1) } }
    #expect(number(at: 16) == 800 && number(at: 20) == 500)
    #expect(bytes.count > 10_000)
  }

  @Test("data says how many digits there are and of which label")
  func data() throws {
    struct Report: Decodable {
      let count: Int
      let train: Int
      let test: Int
      let labels: [Int]
    }
    let report = try json("data", as: Report.self)
    #expect(report.count == (try TestDigits.countOfDefaultData()))
    #expect(report.train + report.test == report.count)
    #expect(report.labels.count == 10)
    #expect(report.labels.reduce(0, +) == report.count)
  }

  /// This file is `Tests/CommandTests/ReportTests.swift`.
  private static var assetsOfCheckout: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Assets").path
  }
}
