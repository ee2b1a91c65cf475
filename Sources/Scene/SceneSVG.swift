import Geometry

extension Scene {
  /// The scene as a standalone SVG 1.1 document in UTF-8, one unit a pixel, for any size in print.
  ///
  /// It shows what the renderer draws, with these differences: nothing is moved to whole pixels, and thin lines and small points keep their
  /// width. Letters come from the font "DejaVu Sans" of the reader's machine. What is not made of numbers is left out. Numbers have two
  /// decimals at most. The same scene gives the same document. Costs O(size of the document).
  ///
  /// - Parameters:
  ///   - imageData: the bytes of a PNG file that shows these pixels.
  ///   - fonts: measures text, so that it is cut with an ellipsis as on screen. Without it, text that may be wider than its `maxWidth` gets a
  ///     clip rectangle of that width.
  public func svg(imageData: (PixelBuffer) -> [UInt8], fonts: (any TextBitmaps)? = nil) -> String {
    var writer = SVGWriter(fonts: fonts)
    for item in items { writer.append(item, imageData) }
    return writer.document(size: size, background: background)
  }
}

private struct SVGWriter {
  let fonts: (any TextBitmaps)?
  /// Elements so far; those of one clip stand in a group.
  private var body = ""
  private var openClip: Rect?
  private var clips: [Rect: Int] = [:]
  private var clipElements = ""

  init(fonts: (any TextBitmaps)?) { self.fonts = fonts }

  mutating func append(_ item: Scene.Item, _ imageData: (PixelBuffer) -> [UInt8]) {
    if let clip = item.clip, !clip.isFinite || clip.isEmpty { return }
    if item.clip != openClip {
      if openClip != nil { body += "</g>\n" }
      openClip = item.clip
      if let clip = item.clip { body += "<g \(reference(to: clip))>\n" }
    }
    switch item.primitive {
    case .rectangle(let rectangle): append(rectangle)
    case .disc(let disc): append(disc)
    case .polyline(let line): append(line)
    case .text(let text): append(text)
    case .image(let image): append(image.pixels, in: image.frame, opacity: image.opacity, imageData)
    case .points(let cloud): append(cloud)
    case .thumbnails(let thumbnails): append(thumbnails, imageData)
    }
  }

  func document(size: Size, background: Color) -> String {
    let (width, height) = (number(size.width), number(size.height))
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" width="\(width)" \
      height="\(height)" viewBox="0 0 \(width) \(height)" font-family="DejaVu Sans, Verdana, sans-serif" xml:space="preserve">
      \(clipElements.isEmpty ? "" : "<defs>\n\(clipElements)</defs>\n")\
      <rect width="\(width)" height="\(height)" \(paint(background, as: "fill"))/>
      \(body)\(openClip == nil ? "" : "</g>\n")</svg>

      """
  }

  /// The attribute that clips at a rectangle, which is defined when it is used first.
  private mutating func reference(to clip: Rect) -> String {
    let index = clips[clip] ?? clips.count + 1
    if clips[clip] == nil {
      clips[clip] = index
      clipElements += "<clipPath id=\"clip\(index)\"><rect \(attributes(of: clip))/></clipPath>\n"
    }
    return "clip-path=\"url(#clip\(index))\""
  }
}

// MARK: Shapes

extension SVGWriter {
  private mutating func append(_ rectangle: Rectangle) {
    let frame = rectangle.frame
    guard frame.isFinite, !frame.isEmpty else { return }
    let radius = rectangle.cornerRadius.isFinite ? min(max(rectangle.cornerRadius, 0), min(frame.width, frame.height) / 2) : 0
    appendBox(
      fill: rectangle.fill, border: rectangle.border, borderWidth: rectangle.borderWidth, side: min(frame.width, frame.height)
    ) { inset in
      let corner = radius > inset ? " rx=\"\(number(radius - inset))\"" : ""
      return "rect \(attributes(of: frame.inset(by: inset)))\(corner)"
    }
  }

  private mutating func append(_ disc: Disc) {
    guard disc.centre.isFinite, disc.radius.isFinite, disc.radius > 0 else { return }
    appendBox(fill: disc.fill, border: disc.border, borderWidth: disc.borderWidth, side: 2 * disc.radius) { inset in
      "circle cx=\"\(number(disc.centre.x))\" cy=\"\(number(disc.centre.y))\" r=\"\(number(disc.radius - inset))\""
    }
  }

  /// A shape whose border lies inside it. SVG's strokes lie on both sides of the outline, which is moved inwards by half of their width.
  private mutating func appendBox(
    fill: Color?, border: Color?, borderWidth: Double, side: Double, _ element: (_ inset: Double) -> String
  ) {
    let width = border != nil && borderWidth > 0 ? borderWidth : 0
    guard let border, width > 0 else {
      if let fill { body += "<\(element(0)) \(paint(fill, as: "fill"))/>\n" }
      return
    }
    // Nothing but border, where it is as wide as this.
    guard 2 * width < side else {
      body += "<\(element(0)) \(paint(border, as: "fill"))/>\n"
      return
    }
    let stroke = "\(paint(border, as: "stroke")) stroke-width=\"\(number(width))\""
    if let fill, border.alpha >= 1 {
      body += "<\(element(width / 2)) \(paint(fill, as: "fill")) \(stroke)/>\n"
    } else {
      // The inside must not be seen through the border.
      if let fill { body += "<\(element(width)) \(paint(fill, as: "fill"))/>\n" }
      body += "<\(element(width / 2)) fill=\"none\" \(stroke)/>\n"
    }
  }

  /// Dashes are four widths long, gaps three; a point that is not made of numbers interrupts the line, a single point is a dot.
  private mutating func append(_ line: Polyline) {
    guard line.width > 0, line.width.isFinite else { return }
    let dash = max(line.width, 1)
    let ends =
      line.isDashed
      ? "stroke-dasharray=\"\(number(4 * dash)) \(number(3 * dash))\" stroke-linejoin=\"round\""
      : "stroke-linecap=\"round\" stroke-linejoin=\"round\""
    for run in line.points.split(omittingEmptySubsequences: true, whereSeparator: { !$0.isFinite }) {
      let points = run.map { "\(number($0.x)),\(number($0.y))" }
      if let first = run.first, run.allSatisfy({ $0 == first }) {
        append(Disc(centre: first, radius: line.width / 2, fill: line.color))
      } else {
        body += "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" \(paint(line.color, as: "stroke")) "
        body += "stroke-width=\"\(number(line.width))\" \(ends)/>\n"
      }
    }
  }
}

// MARK: Text

extension SVGWriter {
  /// From the middle of DejaVu Sans' line to the baseline, in em: ascent 1901 and descent 483 of 2048 units.
  private static let baseline = (1901.0 - 483.0) / 2 / 2048
  /// No letter of DejaVu Sans Bold that is likely to occur is wider, in em.
  private static let widestLetter = 1.2

  private mutating func append(_ text: Text) {
    // The renderer's fonts come in whole sizes.
    let size = text.size.rounded()
    guard text.anchor.isFinite, size.isFinite, size >= 1, !text.string.isEmpty else { return }
    if let maxWidth = text.maxWidth, !(maxWidth >= 1) { return }
    guard let string = fitting(text) else { return }
    let anchor =
      switch text.alignment {
      case .left: ""
      case .center: " text-anchor=\"middle\""
      case .right: " text-anchor=\"end\""
      }
    let weight = text.weight == .bold ? " font-weight=\"bold\"" : ""
    var clip = ""
    if fonts == nil, let maxWidth = text.maxWidth, Double(text.string.unicodeScalars.count) * Self.widestLetter * size > maxWidth {
      let left =
        switch text.alignment {
        case .left: text.anchor.x
        case .center: text.anchor.x - maxWidth / 2
        case .right: text.anchor.x - maxWidth
        }
      clip = " \(reference(to: Rect(left, text.anchor.y - size, maxWidth, 2 * size)))"
    }
    body += "<text x=\"\(number(text.anchor.x))\" y=\"\(number(text.anchor.y + Self.baseline * size))\" font-size=\"\(number(size))\""
    body += "\(anchor)\(weight)\(clip) \(paint(text.color, as: "fill"))>\(escaped(string))</text>\n"
  }

  /// The text, or as much of it as fits with an ellipsis behind it; nil where not even the ellipsis fits.
  private func fitting(_ text: Text) -> String? {
    guard let fonts, let maxWidth = text.maxWidth else { return text.string }
    func fits(_ string: String) -> Bool { fonts.width(of: string, size: text.size, weight: text.weight) <= maxWidth }
    if fits(text.string) { return text.string }
    let letters = Array(text.string)
    // The most letters that fit: none do at `high`.
    var (low, high) = (-1, letters.count)
    func cut(_ count: Int) -> String {
      var kept = letters[..<count]
      while kept.last == " " { kept.removeLast() }
      return String(kept) + "\u{2026}"
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      if fits(cut(middle)) { low = middle } else { high = middle }
    }
    return low < 0 ? nil : cut(low)
  }
}

// MARK: Pictures and points

extension SVGWriter {
  private mutating func append(
    _ pixels: PixelBuffer, in frame: Rect, opacity: Double, _ imageData: (PixelBuffer) -> [UInt8]
  ) {
    guard frame.isFinite, !frame.isEmpty, opacity > 0 else { return }
    let fading = opacity < 1 ? " opacity=\"\(number(opacity))\"" : ""
    // The first is SVG 1.1's word, the second CSS's; a reader takes the last that it knows.
    body += "<image \(attributes(of: frame)) preserveAspectRatio=\"none\"\(fading) "
    body += "style=\"image-rendering:optimizeSpeed;image-rendering:pixelated\" "
    body += "xlink:href=\"data:image/png;base64,\(base64(imageData(pixels)))\"/>\n"
  }

  private mutating func append(_ cloud: PointCloud) {
    guard cloud.frame.isFinite, !cloud.frame.isEmpty, cloud.pointSize > 0, cloud.opacity > 0 else { return }
    let radius = cloud.pointSize / 2
    let near = cloud.frame.inset(by: -radius)
    let paints = cloud.palette.map { paint($0.opacity(min(cloud.opacity, 1)), as: "fill") }
    body += "<g \(reference(to: cloud.frame))>\n"
    for index in 0..<min(cloud.positions.count / 2, cloud.colorIndices.count) {
      let position = Point(Double(cloud.positions[2 * index]), Double(cloud.positions[2 * index + 1]))
      let centre = cloud.camera.windowFromEmbedding(position, in: cloud.frame)
      let color = Int(cloud.colorIndices[index])
      guard near.contains(centre), color < paints.count else { continue }
      body += "<circle cx=\"\(number(centre.x))\" cy=\"\(number(centre.y))\" r=\"\(number(radius))\" \(paints[color])/>\n"
    }
    body += "</g>\n"
  }

  private mutating func append(_ thumbnails: Thumbnails, _ imageData: (PixelBuffer) -> [UInt8]) {
    let (width, height, side) = (thumbnails.width, thumbnails.height, thumbnails.side)
    guard thumbnails.frame.isFinite, !thumbnails.frame.isEmpty, width > 0, height > 0, side >= 1, side.isFinite else { return }
    body += "<g \(reference(to: thumbnails.frame))>\n"
    for mark in thumbnails.marks {
      let frame = Rect(mark.centre.x - side / 2, mark.centre.y - side / 2, side, side)
      let first = Int(mark.index) * width * height
      guard frame.isFinite, frame.intersects(thumbnails.frame), Int(mark.color) < thumbnails.palette.count, first >= 0,
        first + width * height <= thumbnails.pictures.count
      else { continue }
      let pixels = picture(
        thumbnails.pictures[first..<first + width * height], width: width, height: height, thumbnails.palette[Int(mark.color)],
        ground: thumbnails.ground)
      append(pixels, in: frame, opacity: Double(min(mark.opacity, 1)), imageData)
    }
    body += "</g>\n"
  }

  /// The ink in its colour with a rim of one pixel in the colour of the ground, as `thumbnail.frag` mixes it.
  private func picture(_ ink: ArraySlice<UInt8>, width: Int, height: Int, _ color: Color, ground: Color) -> PixelBuffer {
    var rgba: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        let own = Float(ink[ink.startIndex + row * width + column]) / 255
        var rim = own
        for y in max(0, row - 1)...min(height - 1, row + 1) {
          for x in max(0, column - 1)...min(width - 1, column + 1) {
            rim = max(rim, Float(ink[ink.startIndex + y * width + x]) / 255)
          }
        }
        func mix(_ a: Float, _ b: Float) -> Float { a + (b - a) * own }
        rgba += [
          mix(ground.red, color.red), mix(ground.green, color.green), mix(ground.blue, color.blue), max(own, 0.8 * rim),
        ].map(byte)
      }
    }
    return PixelBuffer(width: width, height: height, rgba: rgba)
  }
}

// MARK: Attributes

/// With two decimals at most, without needless zeros. What is far outside of any picture comes nearer.
private func number(_ value: Double) -> String {
  let hundredths = Int((min(max(value, -1e9), 1e9) * 100).rounded())
  let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
  let sign = hundredths < 0 ? "-" : ""
  if rest == 0 { return "\(sign)\(whole)" }
  return rest.isMultiple(of: 10) ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
}

private func attributes(of rect: Rect) -> String {
  "x=\"\(number(rect.x))\" y=\"\(number(rect.y))\" width=\"\(number(rect.width))\" height=\"\(number(rect.height))\""
}

/// A colour as the attributes `fill` and `fill-opacity`, or `stroke` and `stroke-opacity`.
private func paint(_ color: Color, as name: String) -> String {
  let digits = [color.red, color.green, color.blue].map { value in
    let text = String(byte(value), radix: 16)
    return text.count < 2 ? "0\(text)" : text
  }
  let alpha = color.alpha > 0 ? min(color.alpha, 1) : 0
  return "\(name)=\"#\(digits.joined())\"" + (alpha < 1 ? " \(name)-opacity=\"\(number(Double(alpha)))\"" : "")
}

/// 0...1 as 0...255; what is no number is 0.
private func byte(_ value: Float) -> UInt8 { value > 0 ? UInt8((min(value, 1) * 255).rounded()) : 0 }

/// Text for between two tags. Control characters become spaces, as on screen; what XML 1.0 cannot hold becomes U+FFFD.
private func escaped(_ string: String) -> String {
  var result = ""
  for scalar in string.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case _ where scalar.value < 32 || scalar.value == 127: result += " "
    case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// RFC 4648, section 4.
private func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var result: [UInt8] = []
  result.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let count = min(3, bytes.count - start)
    let group = (0..<3).reduce(0) { $0 << 8 | ($1 < count ? Int(bytes[start + $1]) : 0) }
    for digit in 0..<4 {
      result.append(digit <= count ? alphabet[group >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: result, as: UTF8.self)
}

extension Point {
  fileprivate var isFinite: Bool { x.isFinite && y.isFinite }
}

extension Rect {
  fileprivate var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite }
}
