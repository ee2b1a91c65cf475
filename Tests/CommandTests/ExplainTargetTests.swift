import Foundation
import ProgramDriver
import Testing

/// What `explain` starts at, on a small network.
@Suite("explain: targets") struct ExplainTargetTests {
  let explain: Explaining

  init() throws { explain = try .small() }

  @Test("classes have names and numbers; the runner-up is the class with the second largest logit")
  func classes() throws {
    let predicted = try explain.report(explain.input)
    #expect(predicted.targetDescription == "predicted" && predicted.targetClasses == [predicted.prediction])
    let order = predicted.logits.indices.sorted { predicted.logits[$0] > predicted.logits[$1] }
    let second = try explain.report(explain.input, "--target", "runner-up")
    #expect(second.target == order[1] && second.targetDescription == "runner-up")
    #expect(abs(second.start - second.logits[order[1]]) < 1e-5)
    let named = try explain.report(explain.input, "--target", "two")
    #expect(named.target == 2 && named.targetDescription == "class 2")
    #expect(named.predictedClass == ["zero", "one", "two"][named.prediction])
    let runnerUp = try explain.relevance(explain.input, "--target", "runner-up")
    expectClose(runnerUp, try explain.relevance(explain.input, "--target", "\(order[1])"), tolerance: 0)
  }

  @Test("a contrast starts at the difference of two logits, and its gradient is the difference of their gradients")
  func contrast() throws {
    let gradients = try ["two", "0", "two-zero"].map {
      try explain.relevance(explain.input, "--attribution", "gradient", "--target", $0)
    }
    expectClose(gradients[2], gradients[0].combined(with: gradients[1], -))
    let report = try explain.report(explain.input, "--target", "2-zero")
    #expect(report.targetClasses == [2, 0] && report.target == 2)
    #expect(abs(report.start - (report.logits[2] - report.logits[0])) < 1e-5)
    #expect(abs(try report.layer("fc").relevanceIn - report.start) < 1e-4)
  }

  @Test("--target all explains every class of every input as single runs do")
  func all() throws {
    let inputs = try explain.inputs(2)
    let all = try explain.relevance(inputs, "--target", "all")
    #expect(all.shape == [2, 3, 3, 45, 52])
    let reports = try explain.reportsOfClasses(inputs, "--target", "all")
    #expect(reports.map { $0.map(\.target) } == [[0, 1, 2], [0, 1, 2]])
    for target in 0..<3 {
      let single = try explain.relevance(inputs, "--target", "\(target)")
      for input in 0..<2 { expectClose(all.element(input).element(target), single.element(input)) }
      for input in 0..<2 { #expect(abs(reports[input][target].start - reports[input][target].logits[target]) < 1e-5) }
    }
    // One input is a list of classes, an array of the same rank.
    #expect(try explain.reportsOfClasses(inputs, "--target", "all").count == 2)
    #expect(try explain.reports(explain.input, "--target", "all").count == 3)
    #expect(try explain.relevance(explain.input, "--target", "all").shape == [1, 3, 3, 45, 52])
  }

  @Test("a channel of a layer is the sum of its positions, and a unit of the classifier is its class")
  func units() throws {
    let epsilon = ["--composite", "epsilon"]
    func relevance(_ arguments: String...) throws -> NPYFile {
      let path = explain.home.file("unit.npy")
      let outcome = try explain.run([explain.input, "-o", path] + epsilon + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try NPYFile(Data(contentsOf: URL(fileURLWithPath: path)))
    }
    expectClose(try relevance("--layer", "fc", "--channel", "1"), try relevance("--target", "1"), tolerance: 0)
    // layer4.0.relu3 has 12 channels of 2 x 2.
    let whole = try relevance("--layer", "layer4.0.relu3", "--channel", "3")
    var sum = NPYFile(shape: whole.shape, values: [Float](repeating: 0, count: whole.values.count))
    for position in ["0,0", "0,1", "1,0", "1,1"] {
      sum = sum.combined(with: try relevance("--layer", "layer4.0.relu3", "--channel", "3", "--position", position), +)
    }
    expectClose(sum, whole)
    let report = try explain.report(explain.input, "--layer", "layer4.0.relu3", "--channel", "3", "--position", "1,0")
    #expect(report.target == nil && report.targetClasses.isEmpty && report.targetDescription == "channel 3 of layer4.0.relu3 at 1,0")
    #expect(try report.layer("fc").relevanceIn == 0)
    #expect(try abs(report.layer("layer4.0.relu3").relevanceIn - report.start) < 1e-5)
  }

  @Test("through all channels of a layer is through none; through a part and the rest adds up to the whole")
  func through() throws {
    let layer = "layer4.0.relu3"
    let whole = try explain.relevance(explain.input, "--composite", "epsilon")
    let all = try explain.relevance(explain.input, "--composite", "epsilon", "--through", layer + ":0,1,2,3,4,5,6,7,8,9,10,11")
    expectClose(all, whole, tolerance: 0)
    let some = try explain.relevance(explain.input, "--composite", "epsilon", "--through", layer + ":0,3,5")
    // Named twice, a layer keeps the channels of both.
    let rest = try explain.relevance(
      explain.input, "--composite", "epsilon", "--through", layer + ":1,2,4", "--through", layer + ":6,7,8,9,10,11")
    expectClose(some.combined(with: rest, +), whole)
    #expect(some.combined(with: whole, -).largestMagnitude > 0.01 * whole.largestMagnitude)
    let report = try explain.report(explain.input, "--through", layer + ":0,3,5")
    #expect(report.settings.through?.map(\.layer) == [layer] && report.settings.through?.map(\.channels) == [[0, 3, 5]])
  }

  @Test("the picture of all classes is a row of the input and one map for each", .enabled(if: locate("convert") != nil))
  func picture() throws {
    let path = explain.home.file("all.png")
    let outcome = try explain.run([try explain.inputs(2), "--target", "all", "-o", path])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { 256 * $0 + Int($1) } }
    // Four pictures of 45 x 52, enlarged by a whole factor, with gaps of 4; two rows.
    let factor = (number(at: 16) + 4) / 4 / 52
    #expect(number(at: 16) == 4 * (52 * factor + 4) - 4 && number(at: 20) == 2 * (45 * factor + 4) - 4)
  }
}
