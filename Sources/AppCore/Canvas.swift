import Geometry
import Scene

/// What a press reaches.
enum HitAction: Sendable, Hashable {
  /// Stops here: nothing behind it is reached.
  case none
  case map
  case pad
  case splitter(Splitter)
  case stageSlider
  case graph
  case overview
  case storySlider
  case featureMap(channel: Int)
  case header(Panel)
  case perform(Action)
}

struct Hit: Sendable {
  let rect: Rect
  let action: HitAction
  /// Lines of a tooltip.
  var hint: [String] = []
}

/// Collects what is on screen together with what can be pressed there, so that both always agree.
struct Canvas {
  let unit: Double
  let theme: Theme
  let pointer: Point?
  var items: [Scene.Item] = []
  var hits: [Hit] = []
  var clip: Rect?
  /// The numbers of the pixel that is pointed at.
  var readout: PixelReadout?

  init(unit: Double, theme: Theme, pointer: Point?) {
    self.unit = unit
    self.theme = theme
    self.pointer = pointer
  }

  /// Units of the layout in pixels.
  func u(_ value: Double) -> Double { value * unit }

  mutating func add(_ primitive: Primitive) { items.append(Scene.Item(primitive, clip: clip)) }

  mutating func fill(_ frame: Rect, _ color: Color, radius: Double = 0) {
    guard !frame.isEmpty else { return }
    add(.rectangle(Rectangle(frame, fill: color, cornerRadius: u(radius))))
  }

  mutating func box(_ frame: Rect, fill: Color?, border: Color, width: Double = 1, radius: Double = 0) {
    guard !frame.isEmpty else { return }
    add(.rectangle(Rectangle(frame, fill: fill, border: border, borderWidth: width, cornerRadius: u(radius))))
  }

  mutating func line(_ points: [Point], _ color: Color, width: Double = 1, isDashed: Bool = false) {
    add(.polyline(Polyline(points, color: color, width: width, isDashed: isDashed)))
  }

  mutating func disc(_ centre: Point, _ radius: Double, fill: Color? = nil, border: Color? = nil, width: Double = 1) {
    add(.disc(Disc(centre: centre, radius: radius, fill: fill, border: border, borderWidth: width)))
  }

  /// `size` in units of the layout; vertically centred in `frame`.
  mutating func text(
    _ string: String, in frame: Rect, size: Double = 12, _ color: Color? = nil, _ alignment: Text.Alignment = .left,
    weight: Text.Weight = .regular
  ) {
    guard !string.isEmpty, frame.width > 0 else { return }
    let x =
      switch alignment {
      case .left: frame.minX
      case .center: frame.center.x
      case .right: frame.maxX
      }
    add(
      .text(
        Text(
          string, at: Point(x, frame.center.y), size: u(size), color: color ?? theme.text, alignment: alignment, weight: weight,
          maxWidth: frame.width)))
  }

  mutating func image(_ asset: ImageAsset, in frame: Rect, opacity: Double = 1) {
    guard !frame.isEmpty else { return }
    add(.image(asset.image(in: frame, opacity: opacity)))
  }

  mutating func hit(_ rect: Rect, _ action: HitAction, hint: [String] = []) {
    let seen = clip.map { rect.intersection($0) } ?? rect
    // What is out of sight cannot be pressed.
    guard clip == nil || !seen.isEmpty else { return }
    hits.append(Hit(rect: seen, action: action, hint: hint))
  }

  func isHovered(_ frame: Rect) -> Bool { pointer.map { frame.contains($0) } ?? false }

  mutating func button(
    _ title: String, in frame: Rect, isOn: Bool = false, isEnabled: Bool = true, size: Double = 11.5, hint: String = "", _ action: Action
  ) {
    let lit = isEnabled && isHovered(frame)
    let ground = isOn ? theme.accentFill : lit ? theme.hovered : theme.raised
    box(frame, fill: ground, border: isOn ? theme.accent : lit ? theme.strongBorder : theme.border, radius: 5)
    text(
      title, in: frame.inset(dx: u(5), dy: 0), size: size, isEnabled ? isOn ? theme.text : theme.secondary : theme.strongBorder, .center)
    hit(frame, isEnabled ? .perform(action) : .none, hint: hint.isEmpty ? [] : [hint])
  }

  mutating func progressBar(in frame: Rect, fraction: Double?) {
    fill(frame, theme.raised, radius: 3)
    let share = fraction ?? 0
    fill(Rect(frame.x, frame.y, max(frame.height, frame.width * share), frame.height), theme.accent, radius: 3)
  }

  /// As many of the parts, from the first on, as there is room for: a number is there as a whole or not at all.
  func joined(_ parts: [String], by separator: String, size: Double, width: Double) -> String {
    for count in stride(from: parts.count, through: 1, by: -1) {
      let line = parts.prefix(count).joined(separator: separator)
      if self.width(of: line, size: size) <= width { return line }
    }
    let first = parts.first.map { fitted($0, size: size, width: width) } ?? ""
    return self.width(of: first, size: size) <= width ? first : ""
  }

  /// The text in lines that fit, cut at spaces; a word that is longer than a line loses its middle.
  func lines(_ string: String, size: Double, width: Double) -> [String] {
    var lines: [String] = []
    for word in string.split(separator: " ").map({ fitted(String($0), size: size, width: width) }) {
      if let last = lines.last, self.width(of: last + " " + word, size: size) <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(word)
      }
    }
    return lines
  }

  /// The text, without its end where it would be wider.
  func begun(_ string: String, size: Double, width: Double) -> String {
    guard self.width(of: string, size: size) > width else { return string }
    var kept = string
    while !kept.isEmpty, self.width(of: kept + "\u{2026}", size: size) > width { kept.removeLast() }
    return kept.isEmpty ? "" : kept + "\u{2026}"
  }

  /// The text, without its middle where it would be wider: names differ at both ends.
  func fitted(_ string: String, size: Double, width: Double) -> String {
    guard self.width(of: string, size: size) > width else { return string }
    var kept = string.count - 1
    while kept > 3 {
      let tail = kept / 2
      let shortened = "\(string.prefix(kept - tail))\u{2026}\(string.suffix(tail))"
      if self.width(of: shortened, size: size) <= width { return shortened }
      kept -= 1
    }
    return string
  }

  /// How wide text is at most.
  func width(of string: String, size: Double, weight: Text.Weight = .regular) -> Double {
    string.isEmpty ? 0 : TextWidths.width(of: string, em: u(size), weight) * 1.02 + 1
  }
}
