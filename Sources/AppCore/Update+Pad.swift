import Datasets
import Scene

/// Pictures on the pad.
extension AppState {
  /// Puts the selected digit on the pad, where it can be changed.
  mutating func editSelected() -> [Effect] {
    guard let data, let selected, selected < data.collection.count else {
      message = Message(kind: .notice, text: "Select a digit in the map first: it is put on the pad")
      return []
    }
    return edit(data.picture(selected), title: "#\(selected)")
  }

  /// Puts a picture on the pad and explains it; its target is that of the pad.
  mutating func edit(_ picture: GrayPicture, title: String) -> [Effect] {
    guard picture.width == picture.height else {
      message = Message(kind: .error, text: "\(title): \(picture.width) x \(picture.height) is not square: it cannot be put on the pad")
      return []
    }
    if case .drawing = gesture { gesture = nil }
    logitTrail = LogitTrail()
    sketch.lay(Sketch.Ground(picture: picture, title: title))
    tab = .draw
    refreshPad()
    drawnPlace.isBehind = true
    return explainSketch() + placeSketchIfFree()
  }

  /// Saves what the network sees.
  mutating func saveDrawing() -> [Effect] {
    guard tab == .draw, !sketch.isEmpty else { return [] }
    return [.savePNG(name: "drawing", Pictures.gray(sketch.picture))]
  }
}
