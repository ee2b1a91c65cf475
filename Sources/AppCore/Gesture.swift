import Geometry

/// What the pointer rests on in the map.
struct Hover: Sendable {
  static let delay = Duration.milliseconds(120)
  let index: Int
  let image: ImageAsset
  /// The first clock event after the pointer came.
  var since: Duration?
}

/// A press in the graph: on a node that a click would choose, or on nothing.
struct GraphPress: Sendable {
  let button: PointerButton
  let pressedAt: Point
  var last: Point
  let clicks: Int
  let action: Action?
  var isDragging = false
}

/// What pressed buttons are doing.
enum Gesture: Sendable {
  case map(pressedAt: Point, last: Point, button: PointerButton, isDragging: Bool)
  case lasso(Lasso)
  case drawing(button: PointerButton)
  case splitter(Splitter, offset: Point)
  case graph(GraphPress)
  case overview
  case storySlider
  /// The knob that goes from layer to layer.
  case stageSlider

  /// A press that moves less than this many pixels is a click.
  static let clickTolerance = 3.0
}
