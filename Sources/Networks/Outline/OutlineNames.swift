/// Names for groups by the names of their layers.
///
/// `layer1.0.conv1` and `layer1.0.add` are in `layer1.0`, if no layer outside of the group is; a stage of `inception3a` and `inception3b`
/// is `inception3`. Otherwise a unit is named as its layer with weights, and a block or a stage by its number among its like.
struct OutlineNames {
  private let sketch: [LayerSketch]
  /// Of all layers, sorted.
  private let sorted: [[UInt8]]
  private var used: Set<String> = []
  private var counts: [NetworkOutline.Kind: Int] = [:]

  init(_ sketch: [LayerSketch]) {
    self.sketch = sketch
    sorted = sketch.map { Array($0.name.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// A name that no group has had yet.
  mutating func name(of group: OutlineGroup) -> String {
    counts[group.kind, default: 0] += 1
    let number = counts[group.kind, default: 0]
    let shared = sharedName(of: group).map { [$0] } ?? []
    let candidates: [String] =
      switch group.kind {
      case .stage: shared + ["stage \(number)"]
      case .block: shared + ["block \(number)"]
      case .unit: shared + [headName(of: group)]
      }
    if let name = candidates.first(where: { !used.contains($0) }) {
      used.insert(name)
      return name
    }
    var name = candidates[candidates.count - 1]
    var repeats = 1
    let wanted = name
    while !used.insert(name).inserted {
      repeats += 1
      name = "\(wanted) (\(repeats))"
    }
    return name
  }

  private func headName(of unit: OutlineGroup) -> String {
    let head =
      unit.layers.first { sketch[$0].hasWeights } ?? unit.layers.first { OutlineRole(sketch[$0]) == .head } ?? unit.layers[0]
    return sketch[head].name
  }

  /// The longest beginning that the names of its layers share and no other layer's has.
  private func sharedName(of group: OutlineGroup) -> String? {
    let core = group.core.map { Array(sketch[$0].name.utf8) }
    let all = group.layers.map { Array(sketch[$0].name.utf8) }
    var shared = core[0]
    for name in core.dropFirst() { shared = Array(zip(shared, name).prefix { $0 == $1 }.map(\.0)) }
    let dot = UInt8(ascii: ".")
    let isWhole = core.allSatisfy { $0.count == shared.count || $0[shared.count] == dot }
    func isOwn(_ path: [UInt8]) -> Bool {
      !path.isEmpty && all.count { $0 == path || $0.starts(with: path + [dot]) } == count(path + [dot]) + count(of: path)
    }
    var path = isWhole ? shared : Array(shared.prefix(upTo: shared.lastIndex(of: dot) ?? 0))
    if isOwn(path) {
      // A module that holds nothing else has the better name: features.2 of features.2.conv. In layer4.0 the number counts blocks.
      while let end = path.lastIndex(of: dot), !path[(end + 1)...].allSatisfy(Self.isDigit), isOwn(Array(path[..<end])) {
        path = Array(path[..<end])
      }
      return String(decoding: path, as: UTF8.self)
    }
    // Of a stage the beginning of a part too, if it does not end within a number.
    guard group.kind == .stage, let last = shared.last, Self.isLetterOrDigit(last), !isWhole else { return nil }
    let cutsNumber = Self.isDigit(last) && core.contains { $0.count > shared.count && Self.isDigit($0[shared.count]) }
    guard !cutsNumber, all.count(where: { $0.starts(with: shared) }) == count(shared) else { return nil }
    return String(validating: shared, as: UTF8.self)
  }

  /// How many layers' names start so.
  private func count(_ beginning: [UInt8]) -> Int {
    firstIndex { !$0.lexicographicallyPrecedes(beginning) }
      .distance(to: firstIndex { !$0.starts(with: beginning) && !$0.lexicographicallyPrecedes(beginning) })
  }

  private func count(of name: [UInt8]) -> Int {
    firstIndex { !$0.lexicographicallyPrecedes(name) }.distance(to: firstIndex { name.lexicographicallyPrecedes($0) })
  }

  /// The first sorted name from which on `holds` is true.
  private func firstIndex(where holds: ([UInt8]) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if holds(sorted[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
