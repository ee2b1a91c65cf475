import Foundation
import Scene

/// Where the program's fonts lie: a regular and a bold face.
struct FontFiles: Equatable {
  var regular: String
  /// Nil where only one file was given: bold is then made from the regular face.
  var bold: String?

  private static let candidates = [
    FontFiles(
      regular: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", bold: "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
    FontFiles(
      regular: "/usr/share/fonts/opentype/inter/Inter-Regular.otf", bold: "/usr/share/fonts/opentype/inter/Inter-Bold.otf"),
    FontFiles(regular: "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf", bold: "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf"),
    FontFiles(regular: "/usr/share/fonts/TTF/DejaVuSans.ttf", bold: "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf"),
  ]

  /// The file that the environment variable `HEATLENS_FONT` names, else the first packaged font that is installed.
  static func find(environment: [String: String] = ProcessInfo.processInfo.environment) throws(PlatformError) -> FontFiles {
    if let path = environment["HEATLENS_FONT"], !path.isEmpty {
      guard isReadable(path) else { throw .fontUnreadable(path: path, reason: "HEATLENS_FONT names no readable file") }
      return FontFiles(regular: path, bold: nil)
    }
    for candidate in candidates where isReadable(candidate.regular) {
      return FontFiles(regular: candidate.regular, bold: candidate.bold.flatMap { isReadable($0) ? $0 : nil })
    }
    throw .fontMissing(searched: candidates.map(\.regular))
  }

  private static func isReadable(_ path: String) -> Bool { FileManager.default.isReadableFile(atPath: path) }
}
