import Geometry
import Scene

/// The drawing among the points of the map, with rings around those it is most like.
func drawDrawnPoint(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  let positions = state.map.positions
  let near = state.shownDrawnPlace?.placement.neighbours.prefix(DrawnPlace.neighbours).map(\.index)
  for index in near ?? state.shownNeighbours?.found.map(\.index) ?? [] where 2 * index + 1 < positions.count {
    let point = Point(Double(positions[2 * index]), Double(positions[2 * index + 1]))
    canvas.disc(
      state.map.camera.windowFromEmbedding(point, in: frame), canvas.u(5), border: canvas.theme.text.opacity(0.9), width: canvas.u(1.2))
  }
  guard let shown = state.shownDrawnPlace else { return }
  let place = shown.placement.position
  let point = state.map.camera.windowFromEmbedding(Point(Double(place.x), Double(place.y)), in: frame)
  guard point.x.isFinite, point.y.isFinite else { return }
  // The picture stands beside its point, on the side where there is room.
  let side = canvas.u(34)
  let isRight = point.x + side + canvas.u(22) < frame.maxX
  let isAbove = point.y - side - canvas.u(22) > frame.minY
  let picture = Rect(
    isRight ? point.x + canvas.u(12) : point.x - canvas.u(12) - side, isAbove ? point.y - canvas.u(12) - side : point.y + canvas.u(12),
    side,
    side)
  canvas.line(
    [point, Point(isRight ? picture.minX : picture.maxX, isAbove ? picture.maxY : picture.minY)], canvas.theme.warning, width: canvas.u(1.5)
  )
  canvas.disc(point, canvas.u(6), border: canvas.theme.black.opacity(0.8), width: canvas.u(4))
  canvas.disc(point, canvas.u(5), fill: canvas.theme.warning, border: canvas.theme.black, width: canvas.u(1))
  canvas.fill(picture, canvas.theme.black)
  if let image = state.padPicture { canvas.image(image, in: picture) }
  canvas.box(picture.inset(by: -1), fill: nil, border: canvas.theme.warning, width: canvas.u(1.5))
}
