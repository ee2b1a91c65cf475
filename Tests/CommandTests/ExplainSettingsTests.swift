import Foundation
import ProgramDriver
import Testing

/// The settings of relevance, and relevance layer by layer, on a small network.
@Suite("explain: settings of relevance") struct ExplainSettingsTests {
  let explain: Explaining

  init() throws { explain = try .small() }

  @Test("at every layer what arrives is what goes on and what is absorbed", arguments: ["epsilon", "epsilon-plus", "gamma", "preset-b"])
  func conservation(_ composite: String) throws {
    let report = try explain.report(explain.input, "--composite", composite)
    #expect(report.composite == composite && report.attribution == "relevance")
    for layer in report.layers where layer.kind != "input" {
      let balance = layer.relevanceOut + layer.absorbedByBias + layer.absorbedByStabilizer
      let scale = max(abs(layer.relevanceIn), abs(layer.relevanceOut), abs(layer.absorbedByBias), 1)
      #expect(abs(layer.relevanceIn - balance) <= 1e-4 * scale, "\(layer)")
      #expect(layer.nonFiniteCount == 0)
    }
    #expect(try report.layer("fc").relevanceIn == report.start)
    #expect(abs(report.start - report.logits[report.prediction]) < 1e-5)
    let relevance = try explain.relevance(explain.input, "--composite", composite)
    #expect(abs(report.relevanceSum - relevance.sum) <= 1e-4 * Double(relevance.largestMagnitude))
  }

  @Test("--keep-layers has the relevance whose sums the report tells, with the inputs first where there are several")
  func layers() throws {
    let arguments = ["--composite", "epsilon-plus"]
    let inputs = try explain.inputs(3)
    let arrays = try explain.layers(inputs, "--composite", "epsilon-plus")
    let reports = try explain.reports(inputs, "--composite", "epsilon-plus")
    #expect(Set(arrays.keys) == Set(reports[0].layers.map(\.name)))
    #expect(arrays["layer4.0.relu3"]?.shape == [3, 12, 2, 2] && arrays["fc"]?.shape == [3, 3])
    for (row, report) in reports.enumerated() {
      for layer in report.layers {
        let relevance = try #require(arrays[layer.name]).element(row)
        #expect(abs(relevance.sum - layer.relevanceIn) <= 1e-5 * max(1, abs(layer.relevanceIn)), "\(layer)")
        #expect(abs(Double(relevance.largestMagnitude) - layer.largestMagnitude) <= 1e-5 * layer.largestMagnitude, "\(layer)")
      }
    }
    expectClose(try #require(arrays["input"]), try explain.relevance(inputs, "--composite", "epsilon-plus"), tolerance: 0)
    let single = try explain.layers(explain.input, "--composite", "epsilon-plus")
    #expect(single["fc"]?.shape == [3] && single["input"]?.shape == [3, 45, 52])
    let path = explain.home.file("classes.npz")
    #expect(try explain.run([inputs, "--target", "all", "--keep-layers", path, "-o", "/dev/null"] + arguments).status == 0)
    #expect(try readNPZ(path)["layer4.0.relu3"]?.shape == [3, 3, 12, 2, 2])
  }

  @Test("the stabilizer takes its part of the logit: z - z z / s(z), for each kind")
  func stabilizer() throws {
    let standard = try explain.report(explain.input, "--composite", "epsilon", "--target", "0")
    #expect(standard.settings.stabilizer == nil && standard.settings.zeroBias == false && standard.settings.sumRule == "norm")
    let z = standard.logits[0]
    let sign = z < 0 ? -1.0 : 1
    let norm = (standard.logits.reduce(0) { $0 + $1 * $1 } / 3).squareRoot()
    for (argument, stabilized) in [
      ("0.5", z + 0.5 * sign), ("clip:0.5", sign * max(abs(z), 0.5)), ("clip:40.0", sign * 40), ("norm:0.25", z + 0.25 * norm * sign),
      ("clip:norm:3.0", sign * max(abs(z), 3 * norm)),
    ] {
      let report = try explain.report(explain.input, "--composite", "epsilon", "--target", "0", "--stabilizer", argument)
      let absorbed = try report.layer("fc").absorbedByStabilizer
      #expect(abs(absorbed - (z - z * z / stabilized)) < 1e-4, "\(argument): \(absorbed)")
      #expect(report.settings.stabilizer == argument)
    }
  }

  @Test("without biases none absorbs anything")
  func zeroBias() throws {
    for composite in ["epsilon", "epsilon-plus", "epsilon-alpha2-beta1"] {
      let report = try explain.report(explain.input, "--composite", composite, "--zero-bias")
      #expect(report.settings.zeroBias == true)
      #expect(report.layers.allSatisfy { $0.absorbedByBias == 0 })
      #expect(try explain.report(explain.input, "--composite", composite).layers.contains { abs($0.absorbedByBias) > 1e-3 })
    }
  }

  @Test("the sum rule decides what the branch of a block and its shortcut get")
  func sumRule() throws {
    // The sum of layer4.0 adds layer4.0.conv3 and layer4.0.downsample.0.
    func parts(_ rule: String) throws -> (sum: NPYFile, branch: NPYFile, shortcut: NPYFile) {
      let arrays = try explain.layers(explain.input, "--composite", "epsilon-plus", "--sum-rule", rule)
      return (
        try #require(arrays["layer4.0.add"]), try #require(arrays["layer4.0.conv3"]), try #require(arrays["layer4.0.downsample.0"])
      )
    }
    let shortcutOnly = try parts("shortcut-only")
    expectClose(shortcutOnly.shortcut, shortcutOnly.sum, tolerance: 0)
    #expect(shortcutOnly.branch.largestMagnitude == 0)
    let branchOnly = try parts("branch-only")
    expectClose(branchOnly.branch, branchOnly.sum, tolerance: 0)
    #expect(branchOnly.shortcut.largestMagnitude == 0)
    let half = try parts("half")
    expectClose(half.branch, half.sum.combined(with: half.sum) { one, _ in one / 2 }, tolerance: 0)
    expectClose(half.shortcut, half.branch, tolerance: 0)
    let ratio = try parts("ratio-of-magnitudes")
    expectClose(ratio.branch.combined(with: ratio.shortcut, +), ratio.sum)
    // No share is negative.
    #expect(zip(ratio.branch.values, ratio.sum.values).allSatisfy { $0 * $1 >= 0 })
    #expect(try explain.report(explain.input, "--sum-rule", "half").settings.sumRule == "half")
  }

  @Test("bounds of z-box are those of the network's preprocessing unless others are given, one or one per channel")
  func bounds() throws {
    // Means 0.1, 0.2, 0.3 and deviations 0.5, 0.6, 0.7 make these of black and white.
    let low = (0..<3).map { "\(-(0.1 + 0.1 * Double($0)) / (0.5 + 0.1 * Double($0)))" }.joined(separator: ",")
    let high = (0..<3).map { "\((0.9 - 0.1 * Double($0)) / (0.5 + 0.1 * Double($0)))" }.joined(separator: ",")
    let box = ["--composite", "epsilon-plus-box"]
    let standard = try explain.relevance(explain.input, box[0], box[1])
    expectClose(try explain.relevance(explain.input, box[0], box[1], "--low", low, "--high", high), standard)
    let other = try explain.relevance(explain.input, box[0], box[1], "--low", "-3", "--high", "3")
    #expect(other.combined(with: standard, -).largestMagnitude > 0.01 * standard.largestMagnitude)
    expectClose(other, try explain.relevance(explain.input, box[0], box[1], "--low", "-3,-3,-3", "--high", "3,3,3"), tolerance: 0)
  }

  @Test("numbers that are not finite are counted, told as a warning in the report and once on standard error, and end nothing")
  func warnings() throws {
    // Numbers so large that sums of them are infinite.
    let huge = { (count: Int) in NPYFile(shape: [count, 3, 45, 52], values: (0..<count * 7020).map { $0 % 3 == 0 ? 3e38 : -3e38 }) }
    let one = try explain.run([try explain.home.write("huge-1.npy", huge(1).bytes)])
    #expect(one.status == 0)
    #expect(one.complaints.contains { $0.hasPrefix("heatlens: warning: ") && $0.contains("not finite") }, "\(one.errors)")
    let object = try #require(try JSONSerialization.jsonObject(with: one.output) as? [String: Any])
    #expect((object["warnings"] as? [String])?.contains { $0.contains("not finite") } == true)
    let input = try #require((object["layers"] as? [[String: Any]])?.first)
    #expect(input["name"] as? String == "input" && (input["non_finite_count"] as? Int ?? 0) > 0)
    let several = try explain.run([try explain.home.write("huge-3.npy", huge(3).bytes)])
    #expect(several.status == 0)
    #expect(several.complaints.count { $0.contains("not finite") } == 1)
    #expect(several.errors.contains("huge-3.npy[0]: ") && several.errors.contains("(and the like in 2 more)"), "\(several.errors)")
  }
}
