import Scene

/// What the colours of the map's points tell.
public enum PointColoring: String, Sendable, Hashable, CaseIterable {
  case label, prediction, correctness, confidence, split, density

  var title: String {
    switch self {
    case .label: "Label"
    case .prediction: "Prediction"
    case .correctness: "Right or wrong"
    case .confidence: "Confidence"
    case .split: "Split"
    case .density: "Density"
    }
  }

  var needsPredictions: Bool {
    switch self {
    case .prediction, .correctness, .confidence: true
    case .label, .split, .density: false
    }
  }
}

/// Digits that share a colour, with what the legend says of them.
struct PointGroups: Sendable, Equatable {
  private(set) var titles: [String] = []
  private(set) var colors: [Color] = []
  private(set) var counts: [Int] = []
  /// The group of each digit; `none` where it has none.
  private(set) var groupOf: [UInt8]

  static let none = UInt8.max

  /// - Parameter group: of each digit, nil where there is none.
  private init(_ groups: [(title: String, color: Color)], count: Int, group: (Int) -> Int?) {
    titles = groups.map(\.title)
    colors = groups.map(\.color)
    counts = [Int](repeating: 0, count: groups.count)
    groupOf = [UInt8](repeating: Self.none, count: count)
    for index in 0..<count {
      guard let found = group(index), groups.indices.contains(found) else { continue }
      groupOf[index] = UInt8(found)
      counts[found] += 1
    }
  }

  /// Cost: one pass over the digits.
  init(_ coloring: PointColoring, _ data: LoadedData, classNames: [String], grid: SpatialGrid?, palette: [Color] = categoricalPalette) {
    let (digits, predictions) = (data.collection, data.predictions)
    let count = digits.count
    let unknown = (title: "not predicted yet", color: Self.unknown)
    switch coloring {
    case .label:
      self.init((0..<10).map { ("\($0)", palette[$0]) }, count: count) { Int(digits.labels[$0]) }
    case .prediction:
      let shown = Self.mostFrequent(predictions, count: count, classes: classNames.count, most: palette.count)
      let place = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
      var groups = shown.enumerated().map { (title: classNames[$1], color: palette[$0]) }
      if shown.count < classNames.count { groups.append(("others", Self.other)) }
      let (others, missing) = (shown.count, groups.count)
      if !predictions.isComplete { groups.append(unknown) }
      self.init(groups, count: count) { index in predictions[index].map { place[$0.number] ?? others } ?? missing }
    case .correctness:
      var groups = [("right", Self.right), ("wrong", Self.wrong)]
      if !predictions.isComplete { groups.append(unknown) }
      self.init(groups, count: count) { index in predictions[index].map { $0.number == Int(digits.labels[index]) ? 0 : 1 } ?? 2 }
    case .confidence:
      let steps: [(title: String, least: Float)] = [
        ("\u{2265} 99.9 %", 0.999), ("\u{2265} 99 %", 0.99), ("\u{2265} 90 %", 0.9), ("\u{2265} 70 %", 0.7), ("\u{2265} 50 %", 0.5),
        ("less", 0),
      ]
      var groups = steps.enumerated().map { (title: $1.title, color: Self.ramp(1 - Float($0) / Float(steps.count - 1))) }
      if !predictions.isComplete { groups.append(unknown) }
      self.init(groups, count: count) { index in
        guard let confidence = predictions[index]?.confidence else { return steps.count }
        return steps.firstIndex { confidence >= $0.least } ?? steps.count - 1
      }
    case .split:
      let isSplit = digits.trainCount > 0 && digits.trainCount < count
      self.init(
        isSplit ? [("train", palette[0]), ("test", palette[1])] : [("all", palette[0])], count: count
      ) { isSplit && $0 >= digits.trainCount ? 1 : 0 }
    case .density:
      let levels = grid.map { Self.densityLevels($0, count: count) } ?? []
      let titles = ["densest", "dense", "middling", "thin", "thinnest"]
      self.init(titles.enumerated().map { ($1, Self.ramp(1 - Float($0) / 4)) }, count: count) { levels.isEmpty ? nil : levels[$0] }
    }
  }

  /// Ten classes have a colour each; of more, the nine that are predicted most often.
  private static func mostFrequent(_ predictions: Predictions, count: Int, classes: Int, most: Int) -> [Int] {
    guard classes > most else { return Array(0..<classes) }
    var frequencies = [Int](repeating: 0, count: classes)
    for index in 0..<count {
      if let number = predictions[index]?.number, number < classes { frequencies[number] += 1 }
    }
    let order = frequencies.indices.sorted { (frequencies[$0], $1) > (frequencies[$1], $0) }
    return order.prefix(most - 1).sorted()
  }

  /// The fifth, 0 the densest, in which each digit is by how many others lie about it in the map.
  private static func densityLevels(_ grid: SpatialGrid, count: Int) -> [Int] {
    let around = grid.countsAround(count: count)
    let sorted = around.sorted(by: >)
    let limits = (1..<5).map { sorted[min(sorted.count - 1, sorted.count * $0 / 5)] }
    return around.map { number in limits.firstIndex { number >= $0 } ?? 4 }
  }

  private static let unknown = Color(hex: 0x5A6577)
  private static let other = Color(hex: 0x8792A3)
  private static let right = Color(hex: 0x3A78E0)
  private static let wrong = Color(hex: 0xF5C451)

  /// From dark violet over blue-green to yellow, evenly lighter.
  private static func ramp(_ share: Float) -> Color {
    let stops = [Color(hex: 0x7B4FA3), Color(hex: 0x5B7FD0), Color(hex: 0x35A79C), Color(hex: 0x86C95A), Color(hex: 0xF7E35B)]
    let place = min(max(share, 0), 1) * Float(stops.count - 1)
    let lower = min(Int(place), stops.count - 2)
    let part = place - Float(lower)
    func mix(_ a: Float, _ b: Float) -> Float { a + (b - a) * part }
    let (a, b) = (stops[lower], stops[lower + 1])
    return Color(mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue))
  }
}

/// How the map's points look.
struct PointLook: Sendable {
  var coloring: PointColoring
  /// Groups of the colouring that are not shown.
  var hidden: Set<Int> = []
  private(set) var groups: PointGroups?
  /// Of each digit its group, beyond the palette where it is not shown.
  private(set) var indices: [UInt8] = []
  /// The same of those alone that stand out; nil where none does.
  private(set) var emphasized: [UInt8]?
  private(set) var emphasizedCount = 0
  private(set) var revision = 0

  init(_ coloring: PointColoring) { self.coloring = coloring }

  var palette: [Color] { groups?.colors ?? [] }

  func isShown(_ index: Int) -> Bool {
    guard let groups, groups.groupOf.indices.contains(index) else { return true }
    return !hidden.contains(Int(groups.groupOf[index]))
  }

  mutating func forget() {
    groups = nil
    indices = []
    emphasized = nil
    hidden = []
    revision += 1
  }

  /// Takes new groups, or those that are there.
  ///
  /// - Parameter emphasis: which digits stand out; nil where none does.
  mutating func refresh(_ new: PointGroups? = nil, emphasis: [Bool]?) {
    if let new { groups = new }
    guard let groups else { return }
    var isHidden = [Bool](repeating: false, count: 256)
    for group in hidden { isHidden[group] = true }
    isHidden[Int(PointGroups.none)] = true
    indices = groups.groupOf.map { isHidden[Int($0)] ? PointGroups.none : $0 }
    emphasized = emphasis.map { zip(indices, $0).map { $1 ? $0 : PointGroups.none } }
    emphasizedCount = emphasized?.count { $0 != PointGroups.none } ?? 0
    revision += 1
  }
}

extension AppState {
  /// Computes the groups anew: another colouring, other predictions, another map.
  mutating func regroupPoints() {
    guard let data else { return }
    map.look.refresh(
      PointGroups(map.look.coloring, data, classNames: network?.network.classNames ?? [], grid: map.grid, palette: theme.palette),
      emphasis: selection?.isMember ?? search?.matches)
    refreshHover()
  }

  /// Which digits are shown or stand out has changed.
  mutating func refreshLook() {
    map.look.refresh(emphasis: selection?.isMember ?? search?.matches)
    refreshHover()
  }

  mutating func color(by coloring: PointColoring) {
    map.look.coloring = coloring
    map.look.hidden = []
    if coloring.needsPredictions { declinesPredictions = false }
    regroupPoints()
  }

  mutating func stepColoring(by offset: Int) {
    let all = PointColoring.allCases
    let here = all.firstIndex(of: map.look.coloring) ?? 0
    color(by: all[(here + offset + all.count) % all.count])
  }

  /// Shows or hides a group of the legend.
  mutating func toggleGroup(_ group: Int) {
    map.look.hidden.formSymmetricDifference([group])
    refreshLook()
  }

  /// Shows a group alone; all again where it is alone.
  mutating func showOnly(_ group: Int) {
    guard let count = map.look.groups?.titles.count else { return }
    let others = Set(0..<count).subtracting([group])
    map.look.hidden = map.look.hidden == others ? [] : others
    refreshLook()
  }

  mutating func predictionsChanged() {
    if map.look.coloring.needsPredictions { regroupPoints() }
    if search?.query?.needsPredictions == true { searchAgain() }
    if let data { selection?.tally(data) }
  }
}
