import Foundation
import ProgramDriver
import Testing

@Suite("explain") struct ExplainTests {
  let home: TemporaryFolder
  let program: Program

  init() throws {
    home = try TemporaryFolder()
    program = try Program()
  }

  private func report(_ arguments: String...) throws -> Report {
    let outcome = try runTool(program.path, ["explain"] + arguments, environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    return try snakeCaseDecoder.decode(Report.self, from: outcome.output)
  }

  private func relevance(_ arguments: String...) throws -> NPYFile {
    let path = home.file("relevance.npy")
    let outcome = try runTool(
      program.path, ["explain"] + arguments + ["--format", "npy", "-o", path], environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.output.isEmpty, "\(outcome.errors)")
    return try NPYFile(Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test("the report holds prediction, logits, their softmax, the target, and every layer with rule and relevance")
  func json() throws {
    let report = try report("--index", "0", "--format", "json")
    #expect(report.logits.count == 10)
    let largest = try #require(report.logits.max())
    #expect(report.prediction == report.logits.firstIndex(of: largest))
    #expect(report.target == report.prediction)
    let exponentials = report.logits.map { exp($0 - largest) }
    let total = exponentials.reduce(0, +)
    for (probability, exponential) in zip(report.probabilities, exponentials) { #expect(abs(probability - exponential / total) < 1e-5) }
    #expect(report.composite == "epsilon-alpha2-beta1-flat")
    #expect(Set(report.layers.map(\.name)).count == report.layers.count)
    // A ResNet50 has 49 convolutions on its spine, 4 in shortcuts, and one classifier.
    #expect(report.layers.filter { $0.name.contains("conv") || $0.name.contains("downsample") || $0.name == "fc" }.count >= 54)
    let classifier = try #require(report.layers.first { $0.name == "fc" })
    // Relevance starts at the target's logit.
    #expect(abs(classifier.relevanceIn - largest) <= 1e-4 * abs(largest))
    #expect(classifier.rule == "epsilon")
    let stem = try #require(report.layers.first { $0.name == "conv1" })
    #expect(stem.rule == "flat")
    // The flat rule passes on all that comes.
    #expect(abs(stem.relevanceOut - stem.relevanceIn) <= 1e-3 * abs(stem.relevanceIn))
    let sum = try relevance("--index", "0").values.reduce(0) { $0 + Double($1) }
    #expect(abs(sum - stem.relevanceOut) <= 1e-4 * abs(sum))
  }

  @Test("the report says what each layer hands to each of its inputs: at every sum both add up, and by magnitudes they share all of it")
  func inputs() throws {
    for rule in ["norm", "ratio-of-magnitudes"] {
      let report = try report("--index", "0", "--sum-rule", rule, "--format", "json")
      let sums = report.layers.filter { $0.kind == "add" }
      // Bottlenecks 3-4-6-3.
      #expect(sums.count == 16)
      for sum in sums {
        #expect(sum.inputs.count == 2 && Set(sum.inputs.map(\.layer)).count == 2)
        let handedOn = sum.inputs.reduce(0) { $0 + $1.relevance }
        #expect(abs(handedOn - sum.relevanceOut) <= 1e-4 * abs(sum.relevanceOut))
        #expect(sum.inputs.allSatisfy { $0.magnitude >= 0.9999 * abs($0.relevance) })
        // What the activation behind the sum hands to it.
        let arriving = try #require(report.layers.first { $0.kind == "relu" && $0.inputs.map(\.layer) == [sum.name] }?.inputs[0])
        #expect(arriving.relevance == sum.relevanceIn)
        let shares = sum.inputs.reduce(0) { $0 + $1.magnitude } / arriving.magnitude
        // Where summands differ in sign, more than all of it goes one way and the rest comes back.
        if rule == "norm" { #expect(shares >= 0.9999) } else { #expect(abs(shares - 1) <= 1e-4) }
      }
      // What arrives at a layer is what those that read it hand to it.
      for layer in report.layers.dropLast() {
        let parts = report.layers.flatMap(\.inputs).filter { $0.layer == layer.name }
        let scale = parts.reduce(0) { $0 + $1.magnitude }
        #expect(abs(parts.reduce(0) { $0 + $1.relevance } - layer.relevanceIn) <= 1e-5 * scale, "\(layer.name)")
      }
    }
  }

  @Test("--target explains that class with the same logits")
  func target() throws {
    let predicted = try report("--index", "0")
    let other = (predicted.prediction + 1) % 10
    let report = try report("--index", "0", "--target", "\(other)")
    #expect(report.target == other)
    #expect(report.prediction == predicted.prediction)
    #expect(report.logits == predicted.logits)
    let classifier = try #require(report.layers.first { $0.name == "fc" })
    #expect(abs(classifier.relevanceIn - report.logits[other]) <= 1e-4 * max(1, abs(report.logits[other])))
  }

  @Test("relevance has the shape of the input; a range of digits gives one each, in its order")
  func shapes() throws {
    let first = try relevance("--index", "0")
    #expect(first.shape == [1, 1, 56, 56])
    #expect(first.values.allSatisfy { $0.isFinite })
    #expect(first.values.contains { $0 != 0 })
    let three = try relevance("--index", "0-2")
    #expect(three.shape == [3, 1, 56, 56])
    let largest = first.values.reduce(0) { max($0, abs($1)) }
    #expect(zip(first.values, three.values).allSatisfy { abs($0 - $1) <= 1e-3 * largest })
    #expect(!zip(first.values, three.values[3136...]).allSatisfy { abs($0 - $1) <= 1e-3 * largest })

    let outcome = try program.run("explain", "--index", "0-2", in: home)
    #expect(try snakeCaseDecoder.decode([Report].self, from: outcome.output).count == 3)
  }

  @Test("a picture and the array that the network's input is made of it are explained alike", .enabled(if: locate("convert") != nil))
  func pictureAndArray() throws {
    let pixels = Self.seven
    let raw = try home.write("seven.gray", pixels)
    let picture = home.file("seven.png")
    try runTool(
      "convert", ["-size", "28x28", "-depth", "8", "gray:\(raw)", "PNG:\(picture)"], environment: ProcessInfo.processInfo.environment,
      in: home)
    let array = try home.write("seven.npy", NPYFile(shape: [1, 1, 56, 56], values: Self.networkInput(pixels)).bytes)

    let (byPicture, byArray) = (try report(picture), try report(array))
    #expect(byPicture.prediction == 7)
    for (one, other) in zip(byPicture.logits, byArray.logits) { #expect(abs(one - other) < 1e-3) }
    let (pictureRelevance, arrayRelevance) = (try relevance(picture), try relevance(array))
    #expect(pictureRelevance.shape == [1, 1, 56, 56] && arrayRelevance.shape == [1, 1, 56, 56])
    let largest = arrayRelevance.values.reduce(0) { max($0, abs($1)) }
    #expect(largest > 0)
    #expect(zip(pictureRelevance.values, arrayRelevance.values).allSatisfy { abs($0 - $1) <= 1e-3 * largest })
  }

  /// A 7 of two soft strokes.
  private static var seven: [UInt8] {
    func distance(_ x: Double, _ y: Double, _ a: (Double, Double), _ b: (Double, Double)) -> Double {
      let (dx, dy) = (b.0 - a.0, b.1 - a.1)
      let share = min(1, max(0, ((x - a.0) * dx + (y - a.1) * dy) / (dx * dx + dy * dy)))
      return hypot(x - a.0 - share * dx, y - a.1 - share * dy)
    }
    return (0..<784).map { index in
      let (x, y) = (Double(index % 28), Double(index / 28))
      let nearest = min(distance(x, y, (8, 7), (19, 7)), distance(x, y, (19, 7), (12, 22)))
      return UInt8(255 * min(1, max(0, 2.2 - nearest)))
    }
  }

  /// Enlarged to 56 x 56: each new pixel centre lies a quarter of an old pixel from the next old one, beyond the edge the edge
  /// repeats. Then normalized.
  private static func networkInput(_ pixels: [UInt8]) -> [Float] {
    func old(_ x: Int, _ y: Int) -> Double { Double(pixels[28 * min(27, max(0, y)) + min(27, max(0, x))]) / 255 }
    return (0..<3136).map { index in
      let (x, y) = (index % 56, index / 56)
      let (nearX, nearY) = (x / 2, y / 2)
      let (farX, farY) = (nearX + (x % 2 == 0 ? -1 : 1), nearY + (y % 2 == 0 ? -1 : 1))
      let value =
        0.5625 * old(nearX, nearY) + 0.1875 * (old(farX, nearY) + old(nearX, farY)) + 0.0625 * old(farX, farY)
      return Float((value - 0.1307) / 0.3081)
    }
  }
}
