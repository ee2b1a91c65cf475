import CSDL2TTF
import Scene

/// Draws lines of text into bitmaps with SDL_ttf. Used from one thread; needs no window.
public final class TextRasterizer: TextBitmaps {
  private struct Face: Hashable {
    var size: Int32
    var weight: Text.Weight
  }

  /// Longer lines are cut before they are measured: no window shows as many letters.
  private static let longestLine = 2000
  private static let fontsKept = 48

  private let files: FontFiles
  private var fonts: [Face: OpaquePointer] = [:]
  private var order: [Face] = []

  /// Finds the font: the file in the environment variable `HEATLENS_FONT`, else DejaVu Sans or Inter as Debian installs them.
  public convenience init() throws(PlatformError) { try self.init(files: FontFiles.find()) }

  init(files: FontFiles) throws(PlatformError) {
    self.files = files
    guard TTF_Init() == 0 else { throw .fontUnreadable(path: files.regular, reason: String(cString: SDL_GetError())) }
    // Opening one face now turns a broken file into an error at the start instead of a window without letters.
    for weight in [Text.Weight.regular, .bold] where font(size: 13, weight) == nil {
      let reason = String(cString: SDL_GetError())
      let path = weight == .bold ? files.bold ?? files.regular : files.regular
      closeFonts()
      TTF_Quit()
      throw .fontUnreadable(path: path, reason: reason)
    }
  }

  deinit {
    closeFonts()
    TTF_Quit()
  }

  public func width(of string: String, size: Double, weight: Text.Weight) -> Double {
    guard let font = font(size: size, weight) else { return 0 }
    return Double(Self.width(of: Self.printable(string), font))
  }

  public func bitmap(of string: String, size: Double, weight: Text.Weight, maxWidth: Double?) -> TextBitmap? {
    guard let font = font(size: size, weight) else { return nil }
    var line = Self.printable(string)
    if let maxWidth {
      guard maxWidth >= 1, let cut = Self.cut(line, to: Int32(min(maxWidth, 32767)), font) else { return nil }
      line = cut
    }
    // SDL_ttf has no bitmap for a line without width.
    guard Self.width(of: line, font) > 0 else { return nil }
    guard let surface = TTF_RenderUTF8_Blended(font, line, SDL_Color(r: 255, g: 255, b: 255, a: 255)) else { return nil }
    defer { SDL_FreeSurface(surface) }
    return Self.coverage(surface, ascent: Int(TTF_FontAscent(font)))
  }

  private func font(size: Double, _ weight: Text.Weight) -> OpaquePointer? {
    guard size >= 1, size <= 1000 else { return nil }
    let face = Face(size: Int32(size.rounded()), weight: weight)
    if let open = fonts[face] { return open }
    let path = weight == .bold ? files.bold ?? files.regular : files.regular
    guard let font = TTF_OpenFont(path, face.size) else { return nil }
    TTF_SetFontHinting(font, Int32(TTF_HINTING_LIGHT))
    if weight == .bold && files.bold == nil { TTF_SetFontStyle(font, Int32(TTF_STYLE_BOLD)) }
    if order.count >= Self.fontsKept, let oldest = fonts.removeValue(forKey: order.removeFirst()) { TTF_CloseFont(oldest) }
    fonts[face] = font
    order.append(face)
    return font
  }

  private func closeFonts() {
    for font in fonts.values { TTF_CloseFont(font) }
    fonts = [:]
    order = []
  }

  /// One line without characters that a C string or a line of text cannot hold.
  private static func printable(_ string: String) -> String {
    String(String.UnicodeScalarView(string.unicodeScalars.prefix(longestLine).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }

  private static func width(of line: String, _ font: OpaquePointer) -> Int32 {
    var width: Int32 = 0
    return TTF_SizeUTF8(font, line, &width, nil) == 0 ? width : 0
  }

  /// The line, or as much of it as fits with an ellipsis behind it; nil where not even the ellipsis fits.
  private static func cut(_ line: String, to maxWidth: Int32, _ font: OpaquePointer) -> String? {
    guard width(of: line, font) > maxWidth else { return line }
    let ellipsis = "\u{2026}"
    guard width(of: ellipsis, font) <= maxWidth else { return nil }
    var fitting: Int32 = 0
    var extent: Int32 = 0
    guard TTF_MeasureUTF8(font, line, maxWidth, &extent, &fitting) == 0 else { return nil }
    var kept = Substring(String(line.unicodeScalars.prefix(Int(max(0, fitting)))))
    while true {
      while kept.last == " " { kept.removeLast() }
      if width(of: kept + ellipsis, font) <= maxWidth { return kept + ellipsis }
      kept.removeLast()
    }
  }

  private static func coverage(_ surface: UnsafeMutablePointer<SDL_Surface>, ascent: Int) -> TextBitmap? {
    let (width, height, pitch) = (Int(surface.pointee.w), Int(surface.pointee.h), Int(surface.pointee.pitch))
    guard width > 0, height > 0, let pixels = surface.pointee.pixels, surface.pointee.format.pointee.BytesPerPixel == 4 else {
      return nil
    }
    let shift = UInt32(surface.pointee.format.pointee.Ashift)
    var coverage = [UInt8](repeating: 0, count: width * height)
    for row in 0..<height {
      let source = (pixels + row * pitch).assumingMemoryBound(to: UInt32.self)
      for column in 0..<width { coverage[row * width + column] = UInt8(truncatingIfNeeded: source[column] >> shift) }
    }
    return TextBitmap(width: width, height: height, ascent: ascent, coverage: coverage)
  }
}
