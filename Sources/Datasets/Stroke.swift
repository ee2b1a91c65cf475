/// One line of the pen on the drawing pad, or of its eraser.
public struct Stroke: Sendable, Hashable {
  /// A place on the pad, x to the right and y downwards, in the pad's units.
  public struct Point: Sendable, Hashable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The way of the pen's middle; a single point is a dot.
  public var points: [Point]
  /// Half the width of the line, in the pad's units.
  public var radius: Double
  /// Removes ink that was drawn before it.
  public var isErasing: Bool

  public init(points: [Point], radius: Double, isErasing: Bool = false) {
    self.points = points
    self.radius = radius
    self.isErasing = isErasing
  }
}
