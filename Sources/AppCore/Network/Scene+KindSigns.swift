import Geometry
import Scene

/// The colour of a kind of node.
func kindColor(_ kind: String, _ theme: Theme) -> Color {
  switch kind {
  case "convolution": theme.palette[0]
  case "dense": theme.palette[2]
  case "max-pool", "average-pool": theme.palette[3]
  case "block", "stage": theme.palette[4]
  case "input": theme.palette[8]
  case "unsupported": theme.bad
  default: theme.palette[9]
  }
}

/// A small drawing that tells the kind without its colour.
func drawKindSign(_ kind: String, _ place: Rect, _ ink: Color, on canvas: inout Canvas) {
  let width = max(1, place.width / 9)
  func point(_ x: Double, _ y: Double) -> Point { Point(place.x + place.width * x, place.y + place.height * y) }
  func draw(_ points: [Point]) { canvas.line(points, ink, width: width) }
  switch kind {
  case "convolution":
    // A window in a grid.
    canvas.box(place, fill: nil, border: ink)
    canvas.fill(Rect(place.x, place.y, place.width * 0.6, place.height * 0.6), ink)
  case "dense":
    for (a, b) in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)] { draw([point(0, a), point(1, b)]) }
  case "max-pool", "average-pool": draw([point(0, 0), point(1, 0), point(0.5, 1), point(0, 0)])
  case "block", "stage":
    canvas.box(Rect(place.x, place.y + place.height * 0.25, place.width * 0.75, place.height * 0.75), fill: nil, border: ink)
    draw([point(0.25, 0.25), point(0.25, 0), point(1, 0), point(1, 0.75), point(0.75, 0.75)])
  case "input":
    canvas.box(place, fill: nil, border: ink)
    draw([point(0.1, 0.9), point(0.4, 0.4), point(0.6, 0.65), point(0.75, 0.5), point(0.95, 0.9)])
  case "unsupported": draw([point(0.5, 0), point(0.5, 0.65), point(0.5, 0.65)])
  default: draw([point(0, 0.85), point(0.5, 0.85), point(1, 0.1)])
  }
}
