import Foundation
import ProgramDriver

/// The program with its window on a display of its own, an empty home and a state file. Ends with this value.
final class HeatlensWindow {
  /// Where panels stand in a window of 1280 x 800 that nobody has changed.
  static let map = Area(x: 6, y: 36, width: 761, height: 472)
  static let mapMiddle = (x: 386.5, y: 272.0)
  static let explanation = Area(x: 774, y: 37, width: 498, height: 470)
  static let network = Area(x: 6, y: 544, width: 1268, height: 231)
  /// The status line's middle: nothing there answers the pointer.
  static let aside = ScreenPoint(x: 700, y: 790)
  /// Covers the legend in the map's corner.
  private static let legend = Area(x: 6, y: 277, width: 170, height: 231)

  /// Covers the neighbours of a selected digit, in another corner.
  private static let neighbours = Area(x: 6, y: 37, width: 370, height: 96)

  let display: VirtualDisplay
  let home: TemporaryFolder
  let secondsToFirstState: Double
  private let process: RunningProcess
  private let stateFile: String
  private let errorFile: String

  /// - Parameters:
  ///   - cache: `XDG_CACHE_HOME`, where maps of earlier tests may lie; nil: none.
  ///   - withoutMNIST: also where the environment names it.
  ///   - display: one of the usual size otherwise.
  ///   - stateHome: `XDG_STATE_HOME`, where sessions of earlier tests may lie; nil: none.
  init(
    _ arguments: [String] = [], cache: String? = nil, withoutMNIST: Bool = false, display: VirtualDisplay? = nil,
    stateHome: String? = nil
  ) throws {
    self.display = try display ?? VirtualDisplay()
    home = try TemporaryFolder()
    stateFile = home.file("state.json")
    errorFile = home.file("errors")
    var environment = programEnvironment(home: home)
    environment["DISPLAY"] = self.display.name
    environment["XDG_CACHE_HOME"] = cache
    environment["XDG_STATE_HOME"] = stateHome
    if withoutMNIST { environment["HEATLENS_MNIST"] = nil }
    let start = Date()
    process = try RunningProcess(
      Program().path, ["view", "--state-file", stateFile] + arguments, environment: environment, output: nil, errors: errorFile)
    while !FileManager.default.fileExists(atPath: stateFile), process.isRunning, Date() < start + 60 {
      Thread.sleep(forTimeInterval: 0.01)
    }
    secondsToFirstState = Date().timeIntervalSince(start)
    _ = try state()
    // Without a window manager nobody else gives the window the keyboard.
    try self.display.run("xdotool", ["search", "--sync", "--onlyvisible", "--name", "Heatlens", "windowfocus", "--sync"])
    try move(to: Self.aside)
  }

  deinit { process.end() }

  var isRunning: Bool { process.isRunning }

  func state() throws -> WindowState {
    guard let data = FileManager.default.contents(atPath: stateFile) else {
      throw DriverFailure("no state file; \(process.isRunning ? "the program runs" : "the program ended"): \(errors)")
    }
    return try snakeCaseDecoder.decode(WindowState.self, from: data)
  }

  /// Waits until the state is as wanted; how long it may take is no matter of these tests but for its end.
  @discardableResult
  func wait(for what: String, seconds: Double = 60, until condition: (WindowState) throws -> Bool) throws -> WindowState {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
      let isLast = Date() >= deadline || !process.isRunning
      let state = try state()
      if try condition(state) { return state }
      if isLast {
        throw DriverFailure("\(what): not after \(seconds) s, \(process.isRunning ? "" : "the program ended, ")\(state) \(errors)")
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  /// Waits until the screen shows what is wanted.
  @discardableResult
  func waitForPicture(
    _ what: String, of area: Area = Area(x: 0, y: 0, width: VirtualDisplay.width, height: VirtualDisplay.height),
    until condition: (ScreenPicture) -> Bool
  ) throws -> ScreenPicture {
    let deadline = Date(timeIntervalSinceNow: 60)
    while true {
      let isLast = Date() >= deadline
      let picture = try display.picture().part(area)
      if condition(picture) { return picture }
      if isLast { throw DriverFailure("\(what): not on the screen after 60 s") }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// A picture that the program has stopped changing: two in a row are equal, and so are their frame numbers.
  func settledPicture(of area: Area = Area(x: 0, y: 0, width: VirtualDisplay.width, height: VirtualDisplay.height)) throws -> ScreenPicture
  {
    var last: (ScreenPicture, Int)?
    for _ in 0..<100 {
      let now = (try display.picture().part(area), try state().frame)
      if let last, last == now { return now.0 }
      last = now
      Thread.sleep(forTimeInterval: 0.2)
    }
    throw DriverFailure("the picture does not settle")
  }

  /// Waits until all points are on the map and nothing is being loaded or computed.
  @discardableResult
  func waitUntilReady(points: Int) throws -> WindowState {
    try wait(for: "\(points) points, nothing under way", seconds: 240) { $0.points == points && $0.progress == nil }
  }

  func key(_ chord: String) throws { try display.run("xdotool", ["key", chord]) }
  func type(_ text: String) throws { try display.run("xdotool", ["type", "--delay", "20", text]) }
  /// Holds a key such as "shift" down while `work` goes on.
  func holding(_ key: String, _ work: () throws -> Void) throws {
    try display.run("xdotool", ["keydown", key])
    defer { _ = try? display.run("xdotool", ["keyup", key]) }
    try work()
  }
  func move(to point: ScreenPoint) throws { try display.run("xdotool", ["mousemove", "\(point.x)", "\(point.y)"]) }
  func press() throws { try display.run("xdotool", ["mousedown", "1"]) }
  func release() throws { try display.run("xdotool", ["mouseup", "1"]) }
  func click(at point: ScreenPoint) throws { try display.run("xdotool", ["mousemove", "\(point.x)", "\(point.y)", "click", "1"]) }
  func doubleClick(at point: ScreenPoint) throws {
    try display.run("xdotool", ["mousemove", "\(point.x)", "\(point.y)", "click", "--repeat", "2", "--delay", "60", "1"])
  }
  func click() throws { try display.run("xdotool", ["click", "1"]) }
  /// Away from whoever sits before the window: zooms in.
  func turnWheel(notches: Int) throws { try display.run("xdotool", ["click", "--repeat", "\(notches)", "--delay", "20", "4"]) }

  /// Of all its threads, user and system.
  func processorSeconds() throws -> Double {
    let line = try String(contentsOfFile: "/proc/\(process.identifier)/stat", encoding: .utf8)
    guard let end = line.lastIndex(of: ")") else { throw DriverFailure("no times in \(line)") }
    let fields = line[line.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      throw DriverFailure("no times in \(line)")
    }
    return (user + system) / 100
  }

  func exitStatus() throws -> Int32 {
    guard let status = process.wait(seconds: 60) else { throw DriverFailure("the program does not end") }
    return status
  }

  /// Starts a run of the map that takes long enough for whatever a test does meanwhile, and waits until its map is seen.
  func startLongRun() throws {
    let before = try wait(for: "a map", seconds: 300) { $0.points > 0 && $0.progress == nil }
    try key("i")
    try wait(for: "the editor") { $0.overlay == "map" }
    for _ in 0..<3 { try key("Down") }
    try display.run("xdotool", ["type", "--delay", "30", "100000"])
    try key("Return")
    try key("ctrl+r")
    try wait(for: "a run", seconds: 120) { $0.map.phase == "running" && $0.map.order != before.map.order && ($0.map.iteration ?? 0) > 5 }
    try key("i")
    try wait(for: "a closed editor") { $0.overlay == nil }
  }

  var errors: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }
}

extension HeatlensWindow {
  /// A place in the map with the digit that the program names there.
  struct Find: Equatable {
    let place: ScreenPoint
    let index: Int
  }

  /// Looks for coloured dots on the screen and rests the pointer on them, until `count` different digits were named.
  func findDigits(_ count: Int) throws -> [Find] {
    let picture = try settledPicture()
    var finds: [Find] = []
    // Steps coprime to the panel's sides scatter the places.
    for step in 0..<4000 {
      let x = Self.map.x + 12 + (step * 353) % (Self.map.width - 24)
      let y = Self.map.y + 12 + (step * 211) % (Self.map.height - 24)
      if x < Self.legend.x + Self.legend.width && y > Self.legend.y { continue }
      if x < Self.neighbours.x + Self.neighbours.width && y < Self.neighbours.y + Self.neighbours.height { continue }
      let (red, green, blue) = picture[x, y]
      guard max(red, green, blue) - min(red, green, blue) > 60 else { continue }
      // From nothing to something: an answer to an earlier place cannot be taken for this one's.
      try move(to: Self.aside)
      try wait(for: "no digit under the status line") { $0.hovered == nil }
      try move(to: ScreenPoint(x: x, y: y))
      let state = try wait(for: "a digit under a coloured dot") { $0.hovered != nil }
      guard let index = state.hovered, !finds.contains(where: { $0.index == index }) else { continue }
      finds.append(Find(place: ScreenPoint(x: x, y: y), index: index))
      if finds.count == count { return finds }
    }
    throw DriverFailure("only \(finds.count) digits found on the map, \(count) wanted")
  }
}
