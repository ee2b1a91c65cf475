import Scene

/// Lines of text as bitmaps in one texture, kept from frame to frame. A line's colour is not part of it.
final class TextAtlas {
  struct Key: Hashable {
    var string: String
    var size: Int
    var weight: Text.Weight
    /// In whole pixels; nil where the line is not cut.
    var maxWidth: Int?
  }

  struct Slot {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
  }

  private struct Entry {
    /// Nil where there is nothing to draw, or where the atlas has no room.
    var slot: Slot?
    var bitmap: TextBitmap?
    var lastFrame: Int
  }

  static let side = 2048
  let texture: Texture
  private let bitmaps: any TextBitmaps
  private var packer = ShelfPacker(width: TextAtlas.side, height: TextAtlas.side)
  private var entries: [Key: Entry] = [:]
  private var naturalWidths: [Key: Double] = [:]
  private var frame = 0

  init(bitmaps: any TextBitmaps) throws(RendererError) {
    guard let texture = Texture(format: .coverage, width: Self.side, height: Self.side) else {
      throw .unsupportedOpenGL(found: "textures of less than \(Self.side) x \(Self.side)")
    }
    self.texture = texture
    self.bitmaps = bitmaps
  }

  /// Makes room for all lines of a frame. Lines of earlier frames stay as long as there is room.
  func prepare(_ keys: [Key]) {
    frame += 1
    for key in keys { entries[key]?.lastFrame = frame }
    for key in keys where entries[key] == nil {
      let bitmap = bitmaps.bitmap(
        of: key.string, size: Double(key.size), weight: key.weight, maxWidth: Double(min(key.maxWidth ?? Self.side, Self.side)))
      if let bitmap, let slot = place(bitmap) ?? placeAfterRepacking(bitmap) {
        texture.upload(bitmap.coverage, x: slot.x, y: slot.y, width: slot.width, height: slot.height)
        entries[key] = Entry(slot: slot, bitmap: bitmap, lastFrame: frame)
      } else {
        entries[key] = Entry(slot: nil, bitmap: nil, lastFrame: frame)
      }
    }
    // Lines without a bitmap take no room in the texture and so would never be evicted.
    if entries.count > 8192 { entries = entries.filter { $0.value.lastFrame == frame || $0.value.slot != nil } }
  }

  /// Where a prepared line lies; nil where there is nothing to draw.
  func slot(_ key: Key) -> Slot? { entries[key]?.slot }

  /// What stands for a text in the atlas; nil for text that cannot be seen.
  func key(for text: Text) -> Key? {
    guard !text.string.isEmpty, text.size >= 1, text.size < 1000, text.color.alpha > 0 else { return nil }
    var key = Key(string: text.string, size: Int(text.size.rounded()), weight: text.weight, maxWidth: nil)
    if let maxWidth = text.maxWidth {
      guard maxWidth >= 1 else { return nil }
      // Only lines that are cut depend on the room they have: a moving splitter does not draw all labels anew.
      if naturalWidth(key) > maxWidth { key.maxWidth = Int(min(maxWidth, Double(Self.side))) }
    }
    return key
  }

  private func naturalWidth(_ key: Key) -> Double {
    if let known = naturalWidths[key] { return known }
    if naturalWidths.count > 8192 { naturalWidths.removeAll() }
    let width = bitmaps.width(of: key.string, size: Double(key.size), weight: key.weight)
    naturalWidths[key] = width
    return width
  }

  private func place(_ bitmap: TextBitmap) -> Slot? {
    packer.place(width: bitmap.width, height: bitmap.height).map {
      Slot(x: $0.x, y: $0.y, width: bitmap.width, height: bitmap.height)
    }
  }

  /// Drops what this frame does not need and packs the rest anew, highest first.
  private func placeAfterRepacking(_ bitmap: TextBitmap) -> Slot? {
    packer = ShelfPacker(width: Self.side, height: Self.side)
    let needed = entries.filter { $0.value.lastFrame == frame }
    entries.removeAll(keepingCapacity: true)
    for (key, entry) in needed.sorted(by: { ($0.value.bitmap?.height ?? 0) > ($1.value.bitmap?.height ?? 0) }) {
      var moved = entry
      moved.slot = entry.bitmap.flatMap { place($0) }
      if let bitmap = entry.bitmap, let slot = moved.slot {
        texture.upload(bitmap.coverage, x: slot.x, y: slot.y, width: slot.width, height: slot.height)
      }
      entries[key] = moved
    }
    return place(bitmap)
  }
}
