/// Places rectangles of text in a larger one: shelves from the top, each as high as the first line put on it.
struct ShelfPacker {
  let width: Int
  let height: Int
  private var shelves: [(y: Int, height: Int, used: Int)] = []

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Top left corner of free room; nil where there is none. Cost: linear in the number of shelves.
  mutating func place(width itemWidth: Int, height itemHeight: Int) -> (x: Int, y: Int)? {
    guard itemWidth > 0, itemHeight > 0, itemWidth <= width, itemHeight <= height else { return nil }
    for index in shelves.indices {
      let shelf = shelves[index]
      // A shelf much higher than the item is left to higher items.
      if itemHeight <= shelf.height, shelf.height <= itemHeight + itemHeight / 2, shelf.used + itemWidth <= width {
        shelves[index].used += itemWidth
        return (shelf.used, shelf.y)
      }
    }
    let top = shelves.last.map { $0.y + $0.height } ?? 0
    guard top + itemHeight <= height else { return nil }
    shelves.append((y: top, height: itemHeight, used: itemWidth))
    return (0, top)
  }
}
