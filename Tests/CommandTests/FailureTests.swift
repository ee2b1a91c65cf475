import Foundation
import ProgramDriver
import Testing

let commands = ["view", "explain", "embed", "evaluate", "info", "render", "data", "bench"]

/// How commands end when something is wrong: the code of sysexits.h and one sentence that names the file.
@Suite("Failures") struct FailureTests {
  let home: TemporaryFolder
  let program: Program

  init() throws {
    home = try TemporaryFolder()
    program = try Program()
  }

  /// One line on standard error with all of `words`, nothing on standard output.
  private func expectFailure(_ outcome: Outcome, _ status: Int32, names words: String..., at location: SourceLocation = #_sourceLocation) {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.complaints.count == 1, "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.output.isEmpty, sourceLocation: location)
    for word in words { #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: location) }
  }

  @Test("every command explains itself with --help and ends with 0", arguments: commands)
  func help(_ command: String) throws {
    let outcome = try program.run(command, "--help", in: home)
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("USAGE: heatlens \(command)"))
    #expect(outcome.errors.isEmpty)
  }

  @Test("the program's own help names every command")
  func helpOfAll() throws {
    let outcome = try program.run("--help", in: home)
    #expect(outcome.status == 0)
    for command in commands { #expect(outcome.text.contains("\n  \(command) ")) }
  }

  @Test("an option that does not exist is a usage error, 64, and is named", arguments: commands)
  func unknownOption(_ command: String) throws {
    // With what the command needs, so that nothing else is wrong.
    let needed = ["explain": ["digit.png"], "embed": ["-o", "map.npy"], "info": ["network.safetensors"]][command] ?? []
    let outcome = try runTool(
      program.path, [command] + needed + ["--no-such-option"], environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--no-such-option"))
    #expect(outcome.output.isEmpty)
  }

  @Test(
    "a file that is not there: 66",
    arguments: [
      ["info", "FILE"], ["explain", "FILE"], ["explain", "--data", "SMALL", "--index", "0", "--model", "FILE"],
      ["evaluate", "--model", "FILE"],
      ["evaluate", "--data", "FILE"], ["embed", "--data", "FILE", "-o", "OUT"],
      ["render", "--data", "SMALL", "--model", "FILE", "-o", "OUT"],
      ["render", "--data", "FILE", "-o", "OUT"], ["data", "--data", "FILE"], ["bench", "--data", "FILE"],
    ])
  func missing(_ arguments: [String]) throws {
    let outcome = try run(arguments, file: home.file("nowhere.bin"))
    expectFailure(outcome, 66, names: "nowhere.bin")
    #expect(!FileManager.default.fileExists(atPath: home.file("out")))
  }

  @Test(
    "a file with something else in it: 65",
    arguments: [
      ["info", "FILE"], ["explain", "FILE"], ["explain", "--data", "SMALL", "--index", "0", "--model", "FILE"],
      ["evaluate", "--model", "FILE"],
      ["data", "--data", "FILE"], ["embed", "--data", "FILE", "-o", "OUT"], ["render", "--data", "SMALL", "--model", "FILE", "-o", "OUT"],
      ["render", "--data", "FILE", "-o", "OUT"],
    ])
  func garbage(_ arguments: [String]) throws {
    var seed: UInt64 = 7
    let bytes = (0..<5000).map { _ -> UInt8 in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(seed >> 56)
    }
    let outcome = try run(arguments, file: try home.write("noise.bin", bytes))
    expectFailure(outcome, 65, names: "noise.bin")
    #expect(!FileManager.default.fileExists(atPath: home.file("out")))
  }

  @Test("files that are cut short: 65, each by its name")
  func cut() throws {
    let network = try home.write("cut.safetensors", [0, 16, 0, 0, 0, 0, 0, 0] + Array("{\"fc.weight\":".utf8))
    expectFailure(try program.run("info", network, in: home), 65, names: "cut.safetensors")

    let array = NPYFile(shape: [1, 1, 56, 56], values: [Float](repeating: 0, count: 3136))
    let input = try home.write("cut.npy", array.bytes.dropLast(4))
    expectFailure(try program.run("explain", input, in: home), 65, names: "cut.npy")

    let picture = try home.write("cut.png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0])
    expectFailure(try program.run("explain", picture, in: home), 65, names: "cut.png")

    let folder = try TemporaryFolder()
    _ = try folder.write("t10k-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28] + [UInt8](repeating: 9, count: 784))
    _ = try folder.write("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 7, 3])
    expectFailure(try program.run("data", "--data", folder.path, in: home), 65, names: "t10k-images-idx3-ubyte")
  }

  @Test("an input of a wrong shape or with values that are no numbers: 65")
  func wrongInputs() throws {
    let small = try home.write("small.npy", NPYFile(shape: [1, 1, 28, 28], values: [Float](repeating: 0, count: 784)).bytes)
    expectFailure(try program.run("explain", small, in: home), 65, names: "small.npy", "28")
    let infinite = NPYFile(shape: [1, 1, 56, 56], values: [Float](repeating: .infinity, count: 3136))
    let path = try home.write("infinite.npy", infinite.bytes)
    expectFailure(try program.run("explain", path, in: home), 65, names: "infinite.npy")
  }

  @Test("digits and classes that are not there: 64")
  func outOfRange() throws {
    expectFailure(try program.run("explain", "--index", "70000000", in: home), 64, names: "70000000")
    expectFailure(try program.run("explain", "--index", "0", "--target", "10", in: home), 64, names: "10")
    #expect(try program.run("explain", "--index", "5-3", in: home).status == 64)
    #expect(try program.run("explain", in: home).status == 64)
    #expect(try program.run("render", "--size", "0x5", in: home).status == 64)
  }

  @Test("no display: 69")
  func noDisplay() throws {
    expectFailure(try program.run("view", in: home), 69, names: "DISPLAY")
    expectFailure(try program.run(in: home), 69, names: "DISPLAY")
  }

  @Test("a result that cannot be created: 73; a full disk: 74")
  func output() throws {
    let path = home.file("no-such-folder/result")
    expectFailure(try program.run("data", "-o", path, in: home), 73, names: "no-such-folder/result")
    expectFailure(try program.run("explain", "--index", "0", "-o", path, in: home), 73, names: "no-such-folder/result")
    expectFailure(try program.run("data", in: home, output: "/dev/full"), 74, names: "standard output")
  }

  private func run(_ arguments: [String], file: String) throws -> Outcome {
    // A short table, so that nothing but the file takes time.
    let zeros = [String](repeating: ",0", count: 784).joined()
    let small = try home.write("small.csv", "7\(zeros)\n3\(zeros)\n".utf8)
    let words = ["FILE": file, "OUT": home.file("out"), "SMALL": small]
    let named = arguments.map { words[$0] ?? $0 }
    return try runTool(program.path, named, environment: programEnvironment(home: home), in: home)
  }
}
