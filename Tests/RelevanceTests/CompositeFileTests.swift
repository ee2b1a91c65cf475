import Files
import Foundation
import Networks
import TestSupport
import Testing

@testable import Relevance

private func read(_ text: String) throws(FileError) -> Composite { try Composite(json: Array(text.utf8), path: "mine.json") }
private func row(_ fields: String) -> String { "{\"name\": \"mine\", \"rows\": [{\(fields)}]}" }

@Suite("Files of composites") struct CompositeFileTests {
  @Test(
    "A row says layers, a rule and its parameters",
    arguments: [
      (#""layers": "first", "rule": "z-box""#, .init(.first, .zBox(low: nil, high: nil))),
      (#""layers": "last", "rule": "lrp0""#, .init(.last, .lrp0)),
      (#""rule": "epsilon", "layers": "all""#, .init(.all, .epsilon(1e-6))),
      (#""layers": "convolution", "rule": "epsilon", "epsilon": 0.25"#, .init(.kind("convolution"), .epsilon(0.25))),
      (#""layers": "dense", "rule": "gamma""#, .init(.kind("dense"), .gamma(0.25))),
      (#""layers": {"kind": "dense"}, "rule": "gamma", "gamma": 3e-1"#, .init(.kind("dense"), .gamma(0.3))),
      (#""layers": "affine", "rule": "pass""#, .init(.kind("affine"), .pass)),
      (#""layers": {"name": "layer3.*"}, "rule": "z-plus", "zero_bias": true"#, .init(.name("layer3.*"), .zPlus, ignoresBias: true)),
      (#""layers": {"name": "caf\u00e9 ?"}, "rule": "flat", "zero_bias": false"#, .init(.name("café ?"), .flat)),
      (#""layers": {"positions": [0, 3]}, "rule": "w-square""#, .init(.positions(0...3), .wSquare)),
      (#""layers": {"positions": 7}, "rule": "alpha-beta""#, .init(.positions(7...7), .alphaBeta(alpha: 2, beta: 1))),
      (#""layers": "all", "rule": "alpha-beta", "alpha": 1.3, "beta": 0.3"#, .init(.all, .alphaBeta(alpha: 1.3, beta: 0.3))),
      (#""layers": "all", "rule": "alpha-beta", "beta": 0, "alpha": 1"#, .init(.all, .alphaBeta(alpha: 1, beta: 0))),
      (#""layers": "all", "rule": "z-box", "low": -1, "high": [1, 2.5, 3]"#, .init(.all, .zBox(low: [-1], high: [1, 2.5, 3]))),
      (#""layers": "all", "rule": "z-box", "high": [0]"#, .init(.all, .zBox(low: nil, high: [0]))),
    ] as [(String, Composite.Row)])
  func rows(fields: String, expected: Composite.Row) throws {
    let composite = try read(row(fields))
    #expect(composite == Composite(name: "mine", rows: [expected]))
    #expect(try read(composite.json) == composite)
  }

  @Test("What is written reads back equal", arguments: Composite.builtIn)
  func builtIn(composite: Composite) throws { #expect(try read(composite.json) == composite) }

  @Test("Texts with everything in them and numbers of all sizes are written so that they read back equal")
  func awkward() throws {
    let composite = Composite(
      name: "\"\\/\u{1}\u{1F}\u{7F}é😀", summary: "two\nlines\tand a \"quote\"",
      rows: [
        .init(.name("a\"b\\*\n"), .epsilon(.leastNonzeroMagnitude)), .init(.all, .gamma(.greatestFiniteMagnitude)),
        .init(.last, .zBox(low: [-0.1, 1e-20], high: [0.3333333, 16_777_216]), ignoresBias: true), .init(.positions(0...0), .epsilon(0)),
      ])
    #expect(try read(composite.json) == composite)
  }

  @Test("Rows that decide nothing are named, but for those about a kind whose layers all have rows by name")
  func idleRows() {
    let network = tinyNetwork()
    func idle(_ rows: [Composite.Row]) -> [LayerSelector] { Composite(name: "mine", rows: rows).idleRows(in: network).map(\.layers) }
    let general: [Composite.Row] = [.init(.kind("convolution"), .zPlus), .init(.kind("dense"), .epsilon(1e-6))]
    #expect(idle(general).isEmpty)
    #expect(idle([.init(.name("layer9"), .lrp0)] + general) == [.name("layer9")])
    #expect(idle([.init(.name("*"), .lrp0)] + general).isEmpty)
    #expect(idle([.init(.name("*"), .lrp0), .init(.name("fc"), .lrp0)] + general) == [.name("fc")])
    #expect(idle([.init(.all, .lrp0)] + general) == [.kind("convolution"), .kind("dense")])
    #expect(idle(general + [.init(.kind("affine"), .pass)]) == [.kind("affine")])
  }

  @Test("Of several layers that read the input the first in topological order is the first layer; the others have the rule of their kind")
  func severalStems() throws {
    let one = ConvolutionGeometry(inputChannels: 1, inputHeight: 1, inputWidth: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1)
    func convolution(_ name: String, _ input: Int) -> Layer {
      Layer(
        name: name, operation: .convolution(Convolution(geometry: one, weights: [1], bias: [0])), inputs: [input], outputShape: [1, 1, 1])
    }
    let network = Network(
      layers: [
        Layer(name: "input", operation: .input, inputs: [], outputShape: [1, 1, 1]),
        Layer(name: "relu", operation: .relu, inputs: [0], outputShape: [1, 1, 1]), convolution("a", 1), convolution("b", 1),
        Layer(name: "add", operation: .add, inputs: [2, 3], outputShape: [1, 1, 1]), convolution("c", 4),
      ], preprocessing: Preprocessing(channels: 1, height: 1, width: 1, mean: [0], std: [1]), classNames: ["one"])
    let rules = try Composite.epsilonPlusFlat.rules(for: network).map(\.rule)
    #expect(rules[2] == .flat && rules[3] == .zPlus && rules[5] == .zPlus)
  }

  @Test("The example in the documentation is a composite for the network with its layers")
  func example() throws {
    let composite = try read(
      """
      {
        "name": "mine",
        "summary": "gamma low, epsilon high",
        "rows": [
          {"layers": "first", "rule": "z-box"},
          {"layers": {"name": "layer1.*"}, "rule": "alpha-beta", "alpha": 1, "beta": 0, "zero_bias": true},
          {"layers": "all", "rule": "epsilon", "epsilon": 0.01}
        ]
      }
      """)
    #expect(composite.summary == "gamma low, epsilon high")
    let network = tinyNetwork()
    let rules = Dictionary(uniqueKeysWithValues: zip(network.layers.map(\.name), try composite.rules(for: network)))
    #expect(rules["conv1"]?.rule == .zBox(low: nil, high: nil))
    #expect(rules["layer1.0.conv2"]?.rule == .alphaBeta(alpha: 1, beta: 0))
    #expect(rules["layer1.0.conv2"]?.ignoresBias == true)
    #expect(rules["fc"]?.rule == .epsilon(0.01))
  }

  @Test(
    "Everything else is refused with the field, its row and what is allowed",
    arguments: [
      ("", "is not JSON: ends too early (offset 0)"),
      ("{\"name\": \"a\", \"name\": \"b\", \"rows\": []}", "appears twice"),
      ("[]", "the file is an empty list; an object"),
      ("null", "the file is null"),
      ("{\"rows\": []}", "name is missing; a text is expected"),
      ("{\"name\": 3, \"rows\": []}", "name is 3; a text is expected"),
      ("{\"name\": \"\", \"rows\": [{}]}", "1 to 64 characters"),
      ("{\"name\": \" a\", \"rows\": [{}]}", "without spaces at the ends"),
      ("{\"name\": \"\(String(repeating: "a", count: 65))\", \"rows\": [{}]}", "1 to 64 characters"),
      ("{\"name\": \"a\", \"summary\": null, \"rows\": [{}]}", "summary is null; a text is expected"),
      ("{\"name\": \"a\"}", "rows is missing"),
      ("{\"name\": \"a\", \"rows\": {}}", "rows is an object; a list of 1 to 1000 rows"),
      ("{\"name\": \"a\", \"rows\": []}", "rows is an empty list"),
      ("{\"name\": \"a\", \"rows\": [\(Array(repeating: "1", count: 1001).joined(separator: ","))]}", "rows is a list of 1001"),
      ("{\"name\": \"a\", \"row\": [], \"rows\": [{}]}", "\"row\" is unknown"),
      ("{\"name\": \"a\", \"rows\": [3]}", "row 1 is 3; an object"),
      ("{\"name\": \"a\", \"rows\": [{\"layers\": \"all\", \"rule\": \"flat\"}, {\"layers\": \"all\"}]}", "rule of row 2 is missing"),
      (row(#""rule": "flat""#), "layers of row 1 is missing; first, last, all"),
      (row(#""layers": "some", "rule": "flat""#), "layers of row 1 is \"some\""),
      (row(#""layers": "relu", "rule": "flat""#), "layers of row 1 is \"relu\""),
      (row(#""layers": 3, "rule": "flat""#), "layers of row 1 is 3"),
      (row(#""layers": {}, "rule": "flat""#), "an object with 0 fields"),
      (row(#""layers": {"name": "a", "kind": "dense"}, "rule": "flat""#), "an object with 2 fields; one of name, kind and positions"),
      (row(#""layers": {"names": "a"}, "rule": "flat""#), "\"names\" in layers of row 1 is unknown"),
      (row(#""layers": {"name": ""}, "rule": "flat""#), "name in layers of row 1 is empty"),
      (row(#""layers": {"name": 1}, "rule": "flat""#), "name in layers of row 1 is 1; a text"),
      (row(#""layers": {"kind": "relu"}, "rule": "flat""#), "kind in layers of row 1 is \"relu\"; convolution, dense, affine"),
      (row(#""layers": {"positions": [3, 2]}, "rule": "flat""#), "positions in layers of row 1"),
      (row(#""layers": {"positions": [1]}, "rule": "flat""#), "positions in layers of row 1 is a list of 1"),
      (row(#""layers": {"positions": [-1, 2]}, "rule": "flat""#), "a whole number"),
      (row(#""layers": {"positions": [0.5, 2]}, "rule": "flat""#), "a whole number"),
      (row(#""layers": "all", "rule": 3"#), "rule of row 1 is 3; a text"),
      (row(#""layers": "all", "rule": "norm""#), "rule of row 1 is \"norm\"; lrp0, epsilon, gamma"),
      (row(#""layers": "all", "rule": "zPlus""#), "rule of row 1 is \"zPlus\""),
      (row(#""layers": "all", "rule": "flat", "epsilon": 1"#), "\"epsilon\" of row 1 is unknown; rule flat has no such field"),
      (row(#""layers": "all", "rule": "gamma", "gama": 1"#), "\"gama\" of row 1 is unknown"),
      (row(#""layers": "all", "rule": "gamma", "gamma": "1""#), "gamma of row 1 is the text \"1\"; a finite 32-bit number"),
      (row(#""layers": "all", "rule": "gamma", "gamma": -1"#), "gamma is -1.0; a number of at least 0"),
      (row(#""layers": "all", "rule": "gamma", "gamma": 1e39"#), "gamma of row 1 is 1e39"),
      (row(#""layers": "all", "rule": "epsilon", "epsilon": -1e-9"#), "a number of at least 0"),
      (row(#""layers": "all", "rule": "alpha-beta", "alpha": 2"#), "beta of row 1 is missing"),
      (row(#""layers": "all", "rule": "alpha-beta", "beta": 2"#), "alpha of row 1 is missing"),
      (row(#""layers": "all", "rule": "alpha-beta", "alpha": 2, "beta": 2"#), "alpha - beta must be 1"),
      (row(#""layers": "all", "rule": "alpha-beta", "alpha": 0.5, "beta": -0.5"#), "alpha - beta must be 1, and both at least 0"),
      (row(#""layers": "all", "rule": "z-box", "low": []"#), "low of row 1 is an empty list"),
      (row(#""layers": "all", "rule": "z-box", "low": [1, null]"#), "number 2 in low of row 1 is null"),
      (row(#""layers": "all", "rule": "z-box", "low": 2, "high": 1"#), "low 2.0 of z-box is above its high 1.0"),
      (row(#""layers": "all", "rule": "z-box", "low": [1, 2], "high": [3, 4, 5]"#), "as many of both"),
      (row(#""layers": "all", "rule": "flat", "zero_bias": 1"#), "zero_bias of row 1 is 1; true or false"),
      (row(#""layers": "all", "rule": "flat", "rule": "flat""#), "appears twice"),
    ])
  func refused(text: String, problem: String) {
    do throws(FileError) {
      _ = try read(text)
      Issue.record("read \(text)")
    } catch {
      #expect(error.description.contains(problem), "\(error)")
      #expect(error.description.hasPrefix("mine.json: "))
      #expect(error.category == .badData)
    }
  }

  @Test("Files are read from their path; missing and oversized ones are errors")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("composite-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("mine.json").path
    try Data(Composite.epsilonGammaBox.json.utf8).write(to: URL(fileURLWithPath: path))
    let composite = try Composite(fromFile: path)
    #expect(composite == .epsilonGammaBox)
    #expect(throws: FileError.self) { try Composite(fromFile: path + ".not") }
    try Data(repeating: 0x20, count: (1 << 20) + 1).write(to: URL(fileURLWithPath: path))
    do throws(FileError) {
      _ = try Composite(fromFile: path)
      Issue.record("read")
    } catch { #expect(error.description.contains("at most 1048576")) }
  }
}
