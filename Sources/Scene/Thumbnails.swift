import Geometry

/// Small grey pictures in a plane: the ink of each in its colour, with a rim of one pixel in the colour of the ground.
public struct Thumbnails: Sendable, Equatable {
  public struct Mark: Sendable, Equatable {
    /// Which of the pictures.
    public var index: Int32
    /// In window pixels.
    public var centre: Point
    /// Of the palette.
    public var color: UInt8
    public var opacity: Float

    public init(index: Int32, centre: Point, color: UInt8, opacity: Float) {
      self.index = index
      self.centre = centre
      self.color = color
      self.opacity = opacity
    }
  }

  /// `count x height x width` bytes, 0 is ground. Those that are drawn are uploaded; anew when `picturesRevision` changes.
  public var pictures: [UInt8]
  public var picturesRevision: Int
  public var width: Int
  public var height: Int
  /// Later ones over earlier ones.
  public var marks: [Mark]
  /// Of each on screen, in pixels.
  public var side: Double
  public var palette: [Color]
  public var ground: Color
  public var frame: Rect

  public init(
    pictures: [UInt8], picturesRevision: Int, width: Int, height: Int, marks: [Mark], side: Double, palette: [Color], ground: Color,
    frame: Rect
  ) {
    self.pictures = pictures
    self.picturesRevision = picturesRevision
    self.width = width
    self.height = height
    self.marks = marks
    self.side = side
    self.palette = palette
    self.ground = ground
    self.frame = frame
  }

  /// Pixels are told apart by their revision.
  public static func == (a: Thumbnails, b: Thumbnails) -> Bool {
    a.picturesRevision == b.picturesRevision && a.width == b.width && a.height == b.height && a.side == b.side && a.frame == b.frame
      && a.ground == b.ground && a.palette == b.palette && a.marks == b.marks
  }
}
