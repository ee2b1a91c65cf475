import Foundation
import ProgramDriver
import Testing

/// Many inputs at once, and what is wrong with arguments, on a small network.
@Suite("explain: inputs and arguments") struct ExplainInputTests {
  let explain: Explaining

  init() throws { explain = try .small() }

  @Test("several arrays are explained in their order, as each alone is, also beyond a batch")
  func arrays() throws {
    let (many, one) = (try explain.inputs(18), explain.input)
    let together = try explain.relevance(many, one, "--composite", "epsilon-plus")
    #expect(together.shape == [19, 3, 45, 52])
    let alone = try explain.relevance(many, "--composite", "epsilon-plus")
    let last = try explain.relevance(one, "--composite", "epsilon-plus")
    for row in [0, 15, 16, 17] { expectClose(together.element(row), alone.element(row)) }
    expectClose(together.element(18), last.element(0))
    let reports = try explain.reports(many, one, "--composite", "epsilon-plus")
    #expect(reports.map(\.input) == (0..<18).map { "\(many)[\($0)]" } + [one])
  }

  @Test("a folder stands for its pictures in the order of their names", .enabled(if: locate("convert") != nil))
  func folder() throws {
    let folder = explain.home.file("pictures")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    for (name, color) in [("b.png", "red"), ("a.PNG", "blue"), ("c.png", "gray(40%)")] {
      try runTool(
        "convert", ["-size", "30x20", "xc:\(color)", "PNG:\(folder)/\(name)"], environment: ProcessInfo.processInfo.environment,
        in: explain.home)
    }
    try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(folder)/notes.txt"))
    let reports = try explain.reports(folder)
    #expect(reports.map(\.input) == ["a.PNG", "b.png", "c.png"].map { "\(folder)/\($0)" })
    let alone = try explain.report("\(folder)/b.png")
    for (one, other) in zip(alone.logits, reports[1].logits) { #expect(abs(one - other) <= 1e-4 * max(1, abs(other))) }
    // Blue alone is (0 - 0.1) / 0.5, (0 - 0.2) / 0.6, (1 - 0.3) / 0.7 everywhere.
    let plane = { (value: Float) in [Float](repeating: value, count: 45 * 52) }
    let blue = try explain.home.write(
      "blue.npy", NPYFile(shape: [1, 3, 45, 52], values: plane(-0.2) + plane(-1 / 3) + plane(1)).bytes)
    let byArray = try explain.report(blue)
    for (one, other) in zip(byArray.logits, reports[0].logits) { #expect(abs(one - other) <= 1e-3 * max(1, abs(other))) }
  }

  @Test("preprocessing that is given replaces the file's: its classes, and what black and white are")
  func preprocessing() throws {
    let classes = #"{"classes": ["cat", "dog", "T-shirt"], "mean": [0, 0, 0], "std": [1, 1, 1]}"#
    let report = try explain.report(explain.input, "--preprocess", classes, "--target", "T-shirt-cat")
    #expect(report.targetClasses == [2, 0] && ["cat", "dog", "T-shirt"].contains(report.predictedClass))
    let file = try explain.home.write("classes.json", classes.utf8)
    let box = ["--composite", "epsilon-plus-box"]
    let given = try explain.relevance(explain.input, "--preprocess", file, box[0], box[1])
    expectClose(given, try explain.relevance(explain.input, box[0], box[1], "--low", "0", "--high", "1"))
    // On the command line itself it is no file: not one of its names, nor a number of channels that the network does not have.
    for text in ["{\"means\": [0]}", "{\"mean\": [0, 0]}", "{\"size\": [20, 20]}"] {
      #expect(try explain.run([explain.input, "--preprocess", text]).status == 64, "\(text)")
    }
    #expect(try explain.run([explain.input, "--preprocess", explain.home.file("none.json")]).status == 66)
    #expect(try explain.run([explain.input, "--preprocess", try explain.home.write("bad.json", "{".utf8)]).status == 65)
  }

  @Test("methods other than relevance tell their parameters in the report, and no layers")
  func otherMethods() throws {
    let gradient = try explain.relevance(explain.input, "--attribution", "gradient")
    let input = try NPYFile(Data(contentsOf: URL(fileURLWithPath: explain.input)))
    expectClose(
      try explain.relevance(explain.input, "--attribution", "input-x-gradient"), gradient.combined(with: input, *))
    expectClose(
      try explain.relevance(explain.input, "--attribution", "gradient-absolute"), gradient.combined(with: gradient) { one, _ in abs(one) })
    expectClose(try explain.relevance(explain.input, "--attribution", "gradient-squared"), gradient.combined(with: gradient, *))
    let report = try explain.report(explain.input, "--attribution", "gradient")
    #expect(report.attribution == "gradient" && report.composite == nil && report.layers.isEmpty && report.settings.sumRule == nil)
    // A composite's name is a method too.
    expectClose(
      try explain.relevance(explain.input, "--attribution", "epsilon-plus"),
      try explain.relevance(explain.input, "--composite", "epsilon-plus"), tolerance: 0)
  }

  @Test(
    "what is wrong with arguments is a usage error that names it",
    arguments: [
      (["--attribution", "gradient", "--samples", "3"], "--samples"),
      (["--attribution", "gradient", "--composite", "epsilon"], "--composite"),
      (["--attribution", "occlusion", "--noise", "0.1"], "--window"),
      (["--samples", "3"], "--samples"),
      (["--attribution", "gradient", "--through", "fc:1"], "--through"),
      (["--attribution", "epsilon-plus", "--composite", "epsilon"], "--composite"),
      (["--attribution", "gradient", "--keep-layers", "a.npz"], "--keep-layers"),
      (["--attribution", "epsilonPlus"], "epsilonPlus"),
      (["--composite", "zPlus"], "zPlus"),
      (["--sum-rule", "quarter"], "quarter"),
      (["--stabilizer", "-1"], "--stabilizer"), (["--stabilizer", "clap:1"], "clap:1"), (["--stabilizer", "clip:clip:1"], "clip:clip:1"),
      (["--low", "nan"], "nan"), (["--low", "1,,2"], "1,,2"),
      (["--composite", "epsilon-plus-box", "--low", "1,2"], "3 channels"),
      (["--through", "fc"], "fc"), (["--through", "nowhere:1"], "nowhere"), (["--through", "fc:3"], "channel 3"),
      (["--layer", "fc"], "--channel"), (["--channel", "1"], "--layer"), (["--position", "1,1"], "--position"),
      (["--layer", "fc", "--channel", "1", "--target", "1"], "--target"),
      (["--layer", "nowhere", "--channel", "1"], "nowhere"), (["--layer", "fc", "--channel", "3"], "channel 3"),
      (["--layer", "layer4.0.relu3", "--channel", "3", "--position", "2,0"], "position 2, 0"),
      (["--layer", "fc", "--channel", "1", "--position", "1"], "--position"),
      (["--target", "three"], "zero, one, two"), (["--target", "3"], "3 is not a class"), (["--target", "0-3"], "3 is not a class"),
      (["--attribution", "smooth-grad", "--samples", "0"], "--samples"), (["--attribution", "smooth-grad", "--noise", "-1"], "--noise"),
      (["--attribution", "occlusion", "--baseline", "green"], "green"), (["--index", "0"], "--index"),
    ])
  func usage(_ arguments: [String], _ word: String) throws {
    let outcome = try explain.run([explain.input] + arguments)
    #expect(outcome.status == 64, "\(outcome.status): \(outcome.errors)")
    #expect(outcome.errors.contains(word), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(!outcome.errors.contains("fatalError") && !FileManager.default.fileExists(atPath: explain.home.file("a.npz")))
  }

  @Test("layers that cannot be written: 73, and no result either")
  func cannotCreate() throws {
    let path = explain.home.file("no-such-folder/layers.npz")
    let result = explain.home.file("result.npy")
    let outcome = try explain.run([explain.input, "--keep-layers", path, "-o", result])
    #expect(outcome.status == 73 && outcome.complaints.count == 1 && outcome.errors.contains("no-such-folder"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: result))
  }

  @Test("a folder without pictures, and one file among several that is not there: 66")
  func missing() throws {
    let empty = explain.home.file("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    #expect(try explain.run([empty]).status == 66)
    let outcome = try explain.run([explain.input, explain.home.file("nowhere.png")])
    #expect(outcome.status == 66 && outcome.errors.contains("nowhere.png"), "\(outcome.errors)")
  }
}
