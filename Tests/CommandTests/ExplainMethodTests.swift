import Foundation
import ProgramDriver
import Testing

/// Composites of one's own, and the methods that are no relevance, on a small network.
@Suite("explain: composites from files and other methods") struct ExplainMethodTests {
  let explain: Explaining

  init() throws { explain = try .small() }

  private func composite(_ rows: String) throws -> String {
    try explain.home.write("mine.json", "{\"name\": \"mine\", \"rows\": [\(rows)]}".utf8)
  }

  @Test("a composite from a file does what the same composite does that is built in")
  func file() throws {
    let path = try composite(
      #"""
      {"layers": "first", "rule": "flat"}, {"layers": "convolution", "rule": "z-plus"}, {"layers": {"name": "f*"}, "rule": "epsilon"}
      """#)
    expectClose(
      try explain.relevance(explain.input, "--composite-file", path),
      try explain.relevance(explain.input, "--composite", "epsilon-plus-flat"), tolerance: 0)
    let report = try explain.report(explain.input, "--composite-file", path, "--sum-rule", "half")
    #expect(report.composite == "mine" && report.settings.sumRule == "half")
    #expect(try report.layer("conv1").rule == "flat" && report.layer("layer2.0.conv2").rule == "z-plus")
  }

  @Test("files that are no composite, or leave a layer without a rule: 65, with the file's name; none: 66; two composites: 64")
  func wrongFiles() throws {
    for (rows, word) in [
      (#"{"layers": "convolution", "rule": "z-plus"}"#, "fc"), (#"{"layers": "all", "rule": "zPlus"}"#, "zPlus"),
      (#"{"layers": "all", "rule": "z-box", "low": [1, 2], "high": 3}"#, "channels"), ("", "rows"),
    ] {
      let outcome = try explain.run([explain.input, "--composite-file", try composite(rows)])
      #expect(outcome.status == 65 && outcome.complaints.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("mine.json: ") && outcome.errors.contains(word), "\(outcome.errors)")
    }
    #expect(try explain.run([explain.input, "--composite-file", explain.home.file("none.json")]).status == 66)
    let path = try composite(#"{"layers": "all", "rule": "epsilon"}"#)
    #expect(try explain.run([explain.input, "--composite-file", path, "--composite", "epsilon"]).status == 64)
    #expect(try explain.run([explain.input, "--composite-file", path, "--attribution", "gradient"]).status == 64)
  }

  @Test("one step of integrated gradients from zero is input times gradient, and the completeness error is what its sum lacks")
  func integratedGradients() throws {
    let arguments = ["--attribution", "integrated-gradients", "--baseline", "zero", "--target", "1"]
    let product = try explain.relevance(explain.input, "--attribution", "input-x-gradient", "--target", "1")
    expectClose(
      try explain.relevance(explain.input, arguments[0], arguments[1], arguments[2], arguments[3], "--target", "1", "--steps", "1"), product
    )
    let outcome = try explain.run([explain.input, "--format", "json", "--steps", "7"] + arguments)
    let report = try snakeCaseDecoder.decode(Report.self, from: outcome.output)
    #expect(report.settings.steps == 7 && report.settings.baseline == "zero" && report.attribution == "integrated-gradients")
    let zeros = try explain.home.write(
      "zeros.npy", NPYFile(shape: [1, 3, 45, 52], values: [Float](repeating: 0, count: 7020)).bytes)
    let atBaseline = try explain.report(zeros, "--target", "1")
    let lack = report.relevanceSum - (report.logits[1] - atBaseline.logits[1])
    let error = try #require(report.completenessError)
    #expect(abs(abs(error) - abs(lack)) < 1e-3, "\(error) and \(lack)")
  }

  @Test("SmoothGrad without noise is the gradient; with it the seed decides")
  func smoothGrad() throws {
    let gradient = try explain.relevance(explain.input, "--attribution", "gradient")
    let name = "smooth-grad"
    expectClose(try explain.relevance(explain.input, "--attribution", name, "--noise", "0", "--samples", "3"), gradient)
    let noisy = try explain.relevance(explain.input, "--attribution", name, "--samples", "4", "--seed", "5")
    expectClose(try explain.relevance(explain.input, "--attribution", name, "--samples", "4", "--seed", "5"), noisy, tolerance: 0)
    let other = try explain.relevance(explain.input, "--attribution", name, "--samples", "4", "--seed", "6")
    #expect(other.combined(with: noisy, -).largestMagnitude > 0.01 * noisy.largestMagnitude)
  }

  @Test("a window over the whole picture takes away what the baseline lacks")
  func occlusion() throws {
    // Made square, so that one window covers it.
    let square = ["--preprocess", #"{"size": [45, 45]}"#]
    func input(_ name: String, _ value: (Int) -> Float) throws -> String {
      try explain.home.write(name, NPYFile(shape: [1, 3, 45, 45], values: (0..<6075).map(value)).bytes)
    }
    let some = try input("some.npy") { Float($0 * 31 % 17) / 8 - 1 }
    let zeros = try input("zeros.npy") { _ in 0 }
    let drop =
      try explain.report(some, square[0], square[1]).logits[0] - explain.report(zeros, square[0], square[1]).logits[0]
    let map = try explain.relevance(
      some, square[0], square[1], "--attribution", "occlusion", "--window", "45", "--stride", "45", "--baseline", "zero", "--target", "0")
    #expect(abs(drop) > 0.1 && map.values.allSatisfy { abs(Double($0) - drop) < 1e-3 }, "\(drop) and \(map.values[0])")
  }

  @Test("Grad-CAM has one channel of the input's size for all; its layer can be chosen")
  func gradCAM() throws {
    let map = try explain.relevance(explain.input, "--attribution", "grad-cam")
    #expect(map.shape == [1, 1, 45, 52] && map.values.allSatisfy { $0 >= 0 })
    let early = try explain.relevance(explain.input, "--attribution", "grad-cam", "--cam-layer", "layer1.0.relu3")
    #expect(early.shape == map.shape && early.values != map.values)
    #expect(try explain.run([explain.input, "--attribution", "grad-cam", "--cam-layer", "nowhere"]).status == 64)
    #expect(try explain.report(explain.input, "--attribution", "grad-cam").settings.camLayer == "layer4.0.relu3")
    let path = explain.home.file("cam.png")
    #expect(try explain.run([explain.input, "--attribution", "grad-cam", "-o", path]).status == 0)
    let all = try explain.relevance(explain.input, "--attribution", "grad-cam", "--target", "all")
    #expect(all.shape == [1, 3, 1, 45, 52])
  }

  @Test("every method explains every class as alone", arguments: ["guided-backpropagation", "deconvnet", "random", "edges"])
  func others(_ name: String) throws {
    let all = try explain.relevance(explain.input, "--attribution", name, "--target", "all")
    for target in 0..<3 {
      let one = try explain.relevance(explain.input, "--attribution", name, "--target", "\(target)")
      expectClose(all.element(0).element(target), one.element(0))
    }
  }

  @Test("prediction difference learns from the data set what patches look like")
  func predictionDifference() throws {
    // 40 pictures of 28 x 28 with a bright square in one of 16 places.
    let rows = (0..<40).map { number in
      (["\(number % 3)"] + (0..<784).map { $0 / 28 / 7 == number % 4 && $0 % 28 / 7 == number / 4 % 4 ? "255" : "\($0 % 7 * 9)" })
        .joined(separator: ",")
    }
    let data = try explain.home.write("table.csv", (rows.joined(separator: "\n") + "\n").utf8)
    let arguments = [
      "--attribution", "prediction-difference", "--data", data, "--window", "12", "--stride", "10", "--padding", "1", "--samples", "2",
    ]
    let path = explain.home.file("difference.npy")
    let outcome = try explain.run(["--index", "3", "-o", path] + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let map = try NPYFile(Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(map.shape.suffix(2) == [45, 52] && map.values.allSatisfy(\.isFinite) && map.largestMagnitude > 0)
    // A patch that fits into no picture.
    let wide = try explain.run(["--index", "3", "--attribution", "prediction-difference", "--data", data, "--window", "60"])
    #expect(wide.status == 64 && wide.complaints.count == 1, "\(wide.errors)")
  }
}
