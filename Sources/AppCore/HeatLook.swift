import Scene

/// How heatmaps are shown: what numbers the ends of the colours stand for, which colours, and what lies over and under them.
struct HeatLook: Sendable, Hashable {
  /// What the ends of the colour bar stand for. Zero is always in the middle: a colour says the sign.
  enum Normalization: String, Sendable, Hashable, CaseIterable {
    /// The largest |R| of the picture itself.
    case symmetric
    /// The |R| that 99 % of the pixels stay below: a few large ones do not leave the others pale.
    case robust
    /// The same numbers for all pictures, classes and methods, as they were when the scale was locked.
    case locked
  }

  static let strengths = 0.25...4.0

  /// Nil: the theme's own.
  var colormap: Colormap?
  var normalization = Normalization.symmetric
  /// The end of the locked scale; nil until something was explained.
  var lockedEnd: Float?
  /// How much of the digit the overlay covers: 1 as it is at first.
  var strength = 1.0
  /// Whether the digit's outline lies over its heatmap.
  var showsOutline = false

  /// The number at the ends of the colour bar for planes on one scale.
  func end(of planes: [HeatPlane]) -> Float {
    let largest = planes.reduce(0) { max($0, $1.largest) }
    switch normalization {
    case .symmetric: return largest
    case .robust: return HeatPlane.quantile(planes, 0.99) ?? largest
    case .locked: return lockedEnd ?? largest
    }
  }
}

extension HeatPlane {
  /// The smallest magnitude that at least `share` of the values do not exceed; nil where that is zero or nothing is finite.
  static func quantile(_ planes: [HeatPlane], _ share: Double) -> Float? {
    var magnitudes = planes.flatMap { $0.values.compactMap { $0.isFinite ? abs($0) : nil } }
    guard !magnitudes.isEmpty else { return nil }
    magnitudes.sort()
    let place = min(magnitudes.count - 1, max(0, Int((Double(magnitudes.count) * share).rounded(.up)) - 1))
    return magnitudes[place] > 0 ? magnitudes[place] : nil
  }
}

extension AppState {
  var colormap: Colormap { heatLook.colormap ?? theme.colormap }

  /// For numbers whose sign must be told by colour.
  var signColormap: Colormap { colormap.showsSign ? colormap : theme.colormap }

  mutating func changeColormap() {
    let all = Colormap.all
    let here = all.firstIndex(of: colormap) ?? 0
    heatLook.colormap = all[(here + 1) % all.count]
    message = Message(
      kind: .notice, text: "Colours: \(colormap.name)" + (colormap.showsSign ? "" : ", which do not show the sign to everybody"))
    recolourAll()
  }

  mutating func changeNormalization() {
    let all = HeatLook.Normalization.allCases
    let here = all.firstIndex(of: heatLook.normalization) ?? 0
    // What is on screen decides the numbers that stay.
    let end = activeSlot.shown.map { showsAllClasses && !$0.classes.isEmpty ? $0.classesEnd : $0.end }
    heatLook.normalization = all[(here + 1) % all.count]
    heatLook.lockedEnd = heatLook.normalization == .locked ? end.flatMap { $0 > 0 ? $0 : nil } : nil
    recolourAll()
  }

  mutating func changeOverlayStrength(by factor: Double) {
    let range = HeatLook.strengths
    heatLook.strength = min(range.upperBound, max(range.lowerBound, heatLook.strength * factor))
    recolourAll()
  }

  /// Colours everything on screen anew.
  mutating func recolourAll() {
    if let shown = digit.shown { digit.shown = recolour(shown) }
    if let shown = drawing.shown { drawing.shown = recolour(shown) }
    refreshLayerMaps(recolour: true)
    // Made anew in the new colours as they are drawn next.
    view.pictures = [:]
    view.inspector.filters = nil
    recolourAverage()
  }
}
