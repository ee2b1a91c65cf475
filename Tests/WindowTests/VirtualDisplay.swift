import Foundation
import ProgramDriver

/// An X server without a screen that ends with this value.
final class VirtualDisplay {
  /// The usual size in pixels.
  static let width = 1280
  static let height = 800
  /// Whether what these tests need is installed.
  static let isPossible = ["Xvfb", "xdotool", "import"].allSatisfy { locate($0) != nil }

  let name: String
  let folder: TemporaryFolder
  private let (width, height): (Int, Int)
  private let server: RunningProcess

  init(width: Int = width, height: Int = height) throws {
    (self.width, self.height) = (width, height)
    folder = try TemporaryFolder()
    guard let executable = locate("Xvfb") else { throw DriverFailure("Xvfb is not installed") }
    let numberFile = folder.file("display")
    // The server chooses a free number and writes it down when it is ready. It goes when its last client has gone.
    server = try RunningProcess(
      executable, ["-displayfd", "1", "-screen", "0", "\(width)x\(height)x24", "-nolisten", "tcp", "-terminate"],
      output: numberFile,
      errors: nil)
    let deadline = Date(timeIntervalSinceNow: 60)
    while true {
      let text = (try? String(contentsOfFile: numberFile, encoding: .utf8)) ?? ""
      if text.hasSuffix("\n"), let number = Int(text.dropLast()) {
        name = ":\(number)"
        return
      }
      guard Date() < deadline, server.isRunning else {
        server.end()
        throw DriverFailure("Xvfb does not start")
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  deinit { server.end(grace: 5) }

  /// Runs an X program on this display; it must end well.
  @discardableResult
  func run(_ tool: String, _ arguments: [String]) throws -> Data {
    var environment = ProcessInfo.processInfo.environment
    environment["DISPLAY"] = name
    let outcome = try runTool(tool, arguments, environment: environment, in: folder, seconds: 60)
    guard outcome.status == 0 else {
      throw DriverFailure("\(tool) \(arguments.joined(separator: " ")): status \(outcome.status), \(outcome.errors)")
    }
    return outcome.output
  }

  /// What is on the screen now.
  func picture() throws -> ScreenPicture {
    let bytes = try run("import", ["-window", "root", "-depth", "8", "rgb:-"])
    guard bytes.count == 3 * width * height else { throw DriverFailure("a picture of \(bytes.count) bytes") }
    return ScreenPicture(width: width, height: height, rgb: [UInt8](bytes))
  }
}

/// Pixels of the screen or a part of it.
struct ScreenPicture: Equatable {
  let width: Int
  let height: Int
  let rgb: [UInt8]

  /// Red, green and blue.
  subscript(x: Int, y: Int) -> (UInt8, UInt8, UInt8) {
    let start = 3 * (y * width + x)
    return (rgb[start], rgb[start + 1], rgb[start + 2])
  }

  func part(_ area: Area) -> ScreenPicture {
    let rows = (area.y..<area.y + area.height).map { y in rgb[3 * (y * width + area.x)..<3 * (y * width + area.x + area.width)] }
    return ScreenPicture(width: area.width, height: area.height, rgb: rows.flatMap { $0 })
  }

  /// The largest square that begins with rows of pure black within `area`: the drawing pad, on a window that is nowhere else black.
  func blackSquare(in area: Area) -> Area? {
    var rows: [(x: Int, y: Int, length: Int)] = []
    for y in area.y..<area.y + area.height {
      var longest = (x: area.x, y: y, length: 0)
      var start = area.x
      for x in area.x...area.x + area.width {
        if x < area.x + area.width, self[x, y] == (0, 0, 0) { continue }
        if x - start > longest.length { longest = (start, y, x - start) }
        start = x + 1
      }
      rows.append(longest)
    }
    guard let widest = rows.max(by: { $0.length < $1.length }), widest.length > 50 else { return nil }
    let same = rows.filter { $0.x == widest.x && $0.length == widest.length }
    guard let first = same.first, let last = same.last else { return nil }
    return Area(x: first.x, y: first.y, width: first.length, height: last.y - first.y + 1)
  }
}

/// Part of the screen, in pixels.
struct Area: Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  /// A point by shares of the sides.
  func point(_ x: Double, _ y: Double) -> ScreenPoint {
    ScreenPoint(x: self.x + Int((x * Double(width)).rounded()), y: self.y + Int((y * Double(height)).rounded()))
  }
}

struct ScreenPoint: Hashable {
  var x: Int
  var y: Int
}
