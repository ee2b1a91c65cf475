import Geometry

/// What the pointer rests on in the map.
struct Hover: Sendable {
  static let delay = Duration.milliseconds(120)
  let index: Int
  let image: ImageAsset
  /// The first clock event after the pointer came.
  var since: Duration?
}

/// What pressed buttons are doing.
enum Gesture: Sendable {
  case map(pressedAt: Point, last: Point, button: PointerButton, isDragging: Bool)
  case lasso(Lasso)
  case drawing(button: PointerButton)
  case splitter(Splitter, offset: Point)
  /// The knob that goes from layer to layer.
  case stageSlider

  /// A press that moves less than this many pixels is a click.
  static let clickTolerance = 3.0
}
