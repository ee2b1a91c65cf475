import Foundation
import ProgramDriver
import Testing

/// Networks from ONNX files, on the command line.
@Suite("ONNX") struct ONNXTests {
  struct Info: Decodable {
    struct Layer: Decodable {
      struct Window: Decodable {
        let kernel: [Int]
        let stride: [Int]
        let padding: [Int]
        let groups: Int
      }
      let name: String
      let kind: String
      let shape: [Int]
      let inputs: [Int]
      let parameters: Int
      let window: Window?
      let unsupported: String?
    }
    let inputShape: [Int]
    let canRun: Bool
    let layers: [Layer]
  }

  let home: TemporaryFolder
  let program: Program

  init() throws {
    home = try TemporaryFolder()
    program = try Program()
  }

  @Test("info tells kernel, stride and groups of a convolution")
  func info() throws {
    let path = try home.write("small.onnx", ONNXFile().bytes)
    let outcome = try program.run("info", path, "--format", "json", in: home)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let info = try snakeCaseDecoder.decode(Info.self, from: outcome.output)
    #expect(info.inputShape == [2, 8, 8] && info.canRun)
    let stem = try #require(info.layers.first { $0.kind == "convolution" })
    #expect(stem.shape == [4, 4, 4] && stem.inputs == [0] && stem.parameters == 36)
    let window = try #require(stem.window)
    #expect(window.kernel == [3, 3] && window.stride == [2, 2] && window.padding == [1, 1, 1, 1] && window.groups == 2)
    #expect(info.layers.last?.shape == [3] && info.layers.last?.window == nil)
    let text = try program.run("info", path, in: home).text
    #expect(text.contains("3x3/2 in 2 groups") && !text.contains("cannot run"))
  }

  @Test("a network with an unknown operator is listed, and whatever would run it says why it cannot: 65")
  func unsupported() throws {
    let path = try home.write("swirl.onnx", ONNXFile(activation: "Swirl").bytes)
    let outcome = try program.run("info", path, "--format", "json", in: home)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let info = try snakeCaseDecoder.decode(Info.self, from: outcome.output)
    #expect(!info.canRun)
    #expect(info.layers.contains { $0.kind == "unsupported" && $0.unsupported?.hasPrefix("Swirl: ") == true && $0.shape.isEmpty })
    #expect(try program.run("info", path, in: home).text.contains("cannot run: "))
    for command in [["explain", "--index", "0"], ["evaluate", "--limit", "1"]] {
      let refused = try runTool(program.path, command + ["--model", path], environment: programEnvironment(home: home), in: home)
      #expect(refused.status == 65 && refused.complaints.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("swirl.onnx: cannot run") && refused.errors.contains("Swirl"), "\(refused.errors)")
    }
  }

  @Test("explain computes its logits, and without biases relevance sums to the logit")
  func explained() throws {
    let values = (0..<128).map { Float(($0 * 37) % 23 - 11) / 10 }
    let input = try home.write("input.npy", NPYFile(shape: ONNXFile.inputShape, values: values).bytes)
    let explain = Explaining(home: home, program: program, common: ["--model", try home.write("small.onnx", ONNXFile().bytes)])
    let logits = Self.logits(values)
    let report = try explain.report(input, "--composite", "lrp0")
    #expect(report.logits.count == 3 && zip(report.logits, logits).allSatisfy { abs($0 - $1) < 1e-5 })
    for target in ["0", "1", "2"] {
      let relevance = try explain.relevance(input, "--composite", "lrp0", "--target", target)
      #expect(abs(relevance.sum - logits[try #require(Int(target))]) < 1e-5)
      expectClose(relevance, try explain.relevance(input, "--attribution", "input-x-gradient", "--target", target))
    }
  }

  /// By definition, in double precision.
  private static func logits(_ x: [Float]) -> [Double] {
    let means = (0..<4).map { (channel: Int) -> Double in
      var sum = 0.0
      for y in 0..<4 {
        for column in 0..<4 {
          var value = 0.0
          for r in 0..<3 {
            for s in 0..<3 where (0..<8).contains(2 * y - 1 + r) && (0..<8).contains(2 * column - 1 + s) {
              let weight = Double((channel * 9 + r * 3 + s) * 7 % 11 - 5) / 8
              value += weight * Double(x[channel / 2 * 64 + (2 * y - 1 + r) * 8 + 2 * column - 1 + s])
            }
          }
          sum += max(0, value)
        }
      }
      return sum / 16
    }
    return (0..<3).map { row in
      var logit = 0.0
      for (channel, mean) in means.enumerated() { logit += Double((row * 4 + channel) * 5 % 7 - 3) / 4 * mean }
      return logit
    }
  }
}
