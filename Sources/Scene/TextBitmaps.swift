/// Turns one line of text into a bitmap: how the renderer gets at letters without knowing a font library.
///
/// Fonts are handed out by a library with state, so an implementation is used from one thread.
public protocol TextBitmaps: AnyObject {
  /// The line as coverage, cut with an ellipsis where it would be wider than `maxWidth` pixels.
  ///
  /// Nil where there is nothing to draw: no characters, only characters without ink or width, or no room even for the ellipsis.
  /// `size` is the font's em in pixels and is rounded to whole pixels.
  func bitmap(of string: String, size: Double, weight: Text.Weight, maxWidth: Double?) -> TextBitmap?

  /// Width of the uncut line in pixels; 0 for empty text.
  func width(of string: String, size: Double, weight: Text.Weight) -> Double
}

/// Coverage of a line of text, one byte a pixel, rows from the top; the full line height of the font.
public struct TextBitmap: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// Pixels from the top to the baseline.
  public let ascent: Int
  public let coverage: [UInt8]

  public init(width: Int, height: Int, ascent: Int, coverage: [UInt8]) {
    precondition(coverage.count == width * height, "\(coverage.count) bytes are not \(width) x \(height) pixels")
    self.width = width
    self.height = height
    self.ascent = ascent
    self.coverage = coverage
  }
}
