import COpenGL
import CSDL2TTF
import Datasets
import Files
import Foundation
import Geometry
import Scene

@testable import Platform

/// Pictures of the window that were looked at and found good: what is drawn must be like them.
///
/// `HEATLENS_GOLDEN=write` writes what is drawn instead of comparing it, and `versions.txt` with what it was drawn by:
/// `HEATLENS_GOLDEN=write Scripts/test --filter Golden`. Files that stay the same are not touched, those without a state are removed.
enum GoldenPictures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden").path
  static let isWriting = ProcessInfo.processInfo.environment["HEATLENS_GOLDEN"] == "write"

  static func path(_ name: String) -> String { "\(folder)/\(name).png" }

  /// The names of all pictures that are there.
  static func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }.map { String($0.dropLast(4)) })
  }

  static func write(_ picture: PNGPicture, _ name: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if let known = try? readPNG(path(name)), known == picture { return }
    try writeFileAtomically(pngBytes(picture), to: path(name))
  }

  /// Writes what was drawn, and where it differs, to a temporary folder of this process.
  ///
  /// - Returns: the folder.
  static func keep(_ drawn: PNGPicture, unlike golden: PNGPicture?, _ name: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-golden-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try writeFileAtomically(pngBytes(drawn), to: "\(folder)/\(name).png")
    if let golden, let difference = PictureDifference(drawn, golden) {
      try writeFileAtomically(pngBytes(difference.picture(over: golden)), to: "\(folder)/\(name)-difference.png")
    }
    return folder
  }
}

/// What decides the bytes of a picture besides the program.
struct DrawingVersions: Equatable {
  /// One a line: "OpenGL: 4.5 (Core Profile) Mesa 22.3.6".
  let text: String

  static let path = "\(GoldenPictures.folder)/versions.txt"

  /// Those of this machine. Needs a current OpenGL context.
  static func ofThisMachine() throws -> DrawingVersions {
    func string(_ name: Int32) -> String { glGetString(GLenum(name)).map { String(cString: $0) } ?? "none" }
    func version(_ get: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> Void) -> String {
      var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
      get(&major, &minor, &patch)
      return "\(major).\(minor).\(patch)"
    }
    func digest(_ path: String?) throws -> String { try path.map { SHA256.hexDigest(of: try readFile($0, limit: 64 << 20)) } ?? "none" }
    let library = TTF_Linked_Version().pointee
    let fonts = try FontFiles.find()
    let lines = [
      "OpenGL: \(string(GL_VERSION))", "Driver: \(string(GL_RENDERER))",
      "SDL_ttf: \(library.major).\(library.minor).\(library.patch)", "FreeType: \(version(TTF_GetFreeTypeVersion))",
      "HarfBuzz: \(version(TTF_GetHarfBuzzVersion))", "Regular font: \(try digest(fonts.regular))", "Bold font: \(try digest(fonts.bold))",
    ]
    return DrawingVersions(text: lines.map { $0 + "\n" }.joined())
  }

  /// Those that the golden pictures were drawn by; nil where there is no file.
  static func ofTheFiles() -> DrawingVersions? {
    (try? readFile(path, limit: 1 << 16)).map { DrawingVersions(text: String(decoding: $0, as: UTF8.self)) }
  }

  func write() throws {
    guard self != Self.ofTheFiles() else { return }
    try writeFileAtomically(Array(text.utf8), to: Self.path)
  }

  /// Whether pictures that these drew must have the very bytes of those that `other` drew. llvmpipe computes every pixel on the
  /// processor; its name says with how wide vectors, so which instructions.
  func drawsTheSame(as other: DrawingVersions?) -> Bool { self == other && text.contains("llvmpipe") }
}

/// How two pictures of one size differ.
struct PictureDifference {
  private let width: Int
  private let height: Int
  /// The largest of the three channels' differences, pixel by pixel.
  private let steps: [UInt8]
  /// Over all pixels and channels, of 255.
  let mean: Double

  static let far: UInt8 = 48
  private static let tile = 64

  /// Nil where the sizes differ.
  init?(_ a: PNGPicture, _ b: PNGPicture) {
    guard a.width == b.width, a.height == b.height, a.channels == b.channels else { return nil }
    (width, height) = (a.width, a.height)
    var steps = [UInt8](repeating: 0, count: width * height)
    var sum = 0
    for (place, (one, other)) in zip(a.pixels, b.pixels).enumerated() {
      let step = one > other ? one - other : other - one
      steps[place / a.channels] = max(steps[place / a.channels], step)
      sum += Int(step)
    }
    self.steps = steps
    mean = Double(sum) / Double(max(1, a.pixels.count))
  }

  /// How many pixels differ at all.
  var count: Int { steps.count { $0 > 0 } }

  /// The share of pixels that are far off.
  var farShare: Double { Double(steps.count { $0 > Self.far }) / Double(max(1, steps.count)) }

  /// The largest share of pixels that are far off, of all squares of 64 x 64 pixels.
  var worstTile: (share: Double, x: Int, y: Int) {
    var worst = (share: 0.0, x: 0, y: 0)
    for y in stride(from: 0, to: height, by: Self.tile) {
      for x in stride(from: 0, to: width, by: Self.tile) {
        var count = 0
        for row in y..<min(height, y + Self.tile) {
          for column in x..<min(width, x + Self.tile) where steps[row * width + column] > Self.far { count += 1 }
        }
        let share = Double(count) / Double(Self.tile * Self.tile)
        if share > worst.share { worst = (share, x, y) }
      }
    }
    return worst
  }

  /// The picture pale, and red where it differs, the more the redder.
  func picture(over golden: PNGPicture) -> PNGPicture {
    let pixels = steps.indices.flatMap { place -> [UInt8] in
      let start = place * golden.channels
      let gray = golden.pixels[start..<start + golden.channels].reduce(0) { $0 + Int($1) } / golden.channels / 3
      return steps[place] == 0 ? [UInt8](repeating: UInt8(gray), count: 3) : [UInt8(min(255, 120 + Int(steps[place]))), 0, 40]
    }
    return PNGPicture(width: width, height: height, channels: 3, pixels: pixels)
  }
}

/// How a picture is compared with the golden one.
enum PictureComparison {
  /// Byte by byte: the same versions draw the same.
  case exact
  /// Another driver puts the edge of a disc or a line a fraction of a pixel elsewhere and covers the pixels along it by some shades more or
  /// less, another FreeType does so along the edges of letters: many pixels differ by little, few by much, and those few lie apart. So the
  /// mean difference must stay below 2 of 255, pixels that are off by more than 48 below 1 % of the picture, and below 5 % of each square
  /// of 64 x 64 pixels: a word that is missing or elsewhere is next to nothing of a window, but much of such a square.
  case tolerant

  /// What is wrong; nil where nothing is.
  func problem(_ drawn: PNGPicture, _ golden: PNGPicture) -> String? {
    guard let difference = PictureDifference(drawn, golden) else {
      return "\(drawn.width) x \(drawn.height) pixels where there were \(golden.width) x \(golden.height)"
    }
    switch self {
    case .exact:
      let count = difference.count
      return count == 0 ? nil : "\(count) pixels differ, \(difference.mean) of 255 on the average"
    case .tolerant:
      if difference.mean >= 2 { return "pixels differ by \(difference.mean) of 255 on the average" }
      if difference.farShare >= 0.01 { return "\(difference.farShare * 100) % of the pixels are far off" }
      let worst = difference.worstTile
      return worst.share < 0.05 ? nil : "\(worst.share * 100) % of the 64 x 64 pixels at (\(worst.x), \(worst.y)) are far off"
    }
  }
}

extension PixelBuffer {
  /// A part of the picture, as it goes into a file.
  func part(_ frame: Rect) -> PNGPicture {
    let (left, top) = (max(0, Int(frame.minX.rounded(.down))), max(0, Int(frame.minY.rounded(.down))))
    let (right, bottom) = (min(width, Int(frame.maxX.rounded(.up))), min(height, Int(frame.maxY.rounded(.up))))
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * (right - left) * (bottom - top))
    for y in top..<bottom {
      for x in left..<right { pixels += rgba[4 * (y * width + x)..<4 * (y * width + x) + 3] }
    }
    return PNGPicture(width: right - left, height: bottom - top, channels: 3, pixels: pixels)
  }
}
