/// What a key, a button or a click asks for.
enum Action: Sendable, Hashable {
  case fitMap
  case panLeft, panRight, panUp, panDown
  case zoomIn, zoomOut
  case nextPoint, previousPoint, nearestNeighbour
  /// Closes the top layer: help, a message, the selection, a running embedding.
  case dismiss
  case target(Int)
  case nextComposite
  case composite(String)
  case nextPictureMode
  case nextColormap
  case tab(Tab)
  case toggleDraw
  case undo, redo, clearDrawing
  case pen, eraser, toggleEraser
  case smallerBrush, largerBrush
  case nextNode, previousNode
  case node(String)
  case closeNode
  case maximize(Panel)
  case help
  case dismissMessage
  case stopEmbedding
  case quit
}

/// What the right panel shows.
public enum Tab: Sendable, Hashable { case explanation, draw }
