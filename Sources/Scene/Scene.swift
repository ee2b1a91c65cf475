import Geometry

/// What is on screen, as a value: drawn in order, later items over earlier ones. Units are window pixels, origin top left.
public struct Scene: Sendable, Equatable {
  public var size: Size
  public var background: Color
  public var items: [Item]

  public init(size: Size, background: Color, items: [Item] = []) {
    self.size = size
    self.background = background
    self.items = items
  }

  /// One primitive and the rectangle outside which nothing of it may appear.
  public struct Item: Sendable, Equatable {
    public var primitive: Primitive
    public var clip: Rect?

    public init(_ primitive: Primitive, clip: Rect? = nil) {
      self.primitive = primitive
      self.clip = clip
    }
  }
}

public enum Primitive: Sendable, Equatable {
  case rectangle(Rectangle)
  case disc(Disc)
  case polyline(Polyline)
  case text(Text)
  case image(Image)
  case points(PointCloud)
  case thumbnails(Thumbnails)
}

public struct Rectangle: Sendable, Equatable {
  public var frame: Rect
  public var fill: Color?
  public var border: Color?
  public var borderWidth: Double
  public var cornerRadius: Double

  public init(_ frame: Rect, fill: Color? = nil, border: Color? = nil, borderWidth: Double = 1, cornerRadius: Double = 0) {
    self.frame = frame
    self.fill = fill
    self.border = border
    self.borderWidth = borderWidth
    self.cornerRadius = cornerRadius
  }
}

/// A filled circle, or a ring where only `border` is given.
public struct Disc: Sendable, Equatable {
  public var centre: Point
  public var radius: Double
  public var fill: Color?
  public var border: Color?
  public var borderWidth: Double

  public init(centre: Point, radius: Double, fill: Color? = nil, border: Color? = nil, borderWidth: Double = 1) {
    self.centre = centre
    self.radius = radius
    self.fill = fill
    self.border = border
    self.borderWidth = borderWidth
  }
}

public struct Polyline: Sendable, Equatable {
  public var points: [Point]
  public var color: Color
  public var width: Double
  public var isDashed: Bool

  public init(_ points: [Point], color: Color, width: Double = 1, isDashed: Bool = false) {
    self.points = points
    self.color = color
    self.width = width
    self.isDashed = isDashed
  }
}

/// One line of text; cut with an ellipsis where it is wider than `maxWidth`.
public struct Text: Sendable, Equatable {
  public enum Alignment: Sendable { case left, center, right }
  public enum Weight: Sendable { case regular, bold }

  public var string: String
  /// Where the text is anchored: horizontally by `alignment`, vertically at the middle of the line.
  public var anchor: Point
  /// Height of the font in pixels (its em).
  public var size: Double
  public var color: Color
  public var alignment: Alignment
  public var weight: Weight
  public var maxWidth: Double?

  public init(
    _ string: String, at anchor: Point, size: Double = 13, color: Color, alignment: Alignment = .left,
    weight: Weight = .regular, maxWidth: Double? = nil
  ) {
    self.string = string
    self.anchor = anchor
    self.size = size
    self.color = color
    self.alignment = alignment
    self.weight = weight
    self.maxWidth = maxWidth
  }
}

/// A picture with its colours, enlarged by nearest neighbour. The renderer uploads it when `key` is new or `revision` changed.
public struct Image: Sendable, Equatable {
  public var key: String
  public var revision: Int
  public var pixels: PixelBuffer
  public var frame: Rect
  public var opacity: Double

  public init(key: String, revision: Int, pixels: PixelBuffer, frame: Rect, opacity: Double = 1) {
    self.key = key
    self.revision = revision
    self.pixels = pixels
    self.frame = frame
    self.opacity = opacity
  }

  /// Two images are equal when they show the same revision of the same thing, of the same size, in the same place: pixels are not compared.
  public static func == (a: Image, b: Image) -> Bool {
    a.key == b.key && a.revision == b.revision && a.frame == b.frame && a.opacity == b.opacity && a.pixels.width == b.pixels.width
      && a.pixels.height == b.pixels.height
  }
}

/// RGBA bytes, four a pixel, rows from the top.
public struct PixelBuffer: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var rgba: [UInt8]

  public init(width: Int, height: Int, rgba: [UInt8]) {
    precondition(rgba.count == 4 * width * height, "\(rgba.count) bytes are not \(width) x \(height) RGBA pixels")
    self.width = width
    self.height = height
    self.rgba = rgba
  }
}

/// Many small round points, coloured by a palette.
public struct PointCloud: Sendable, Equatable {
  /// x and y in turn, in embedding units. Uploaded when `positionsRevision` changes.
  public var positions: [Float]
  public var positionsRevision: Int
  /// One palette index a point. Uploaded when `colorsRevision` changes.
  public var colorIndices: [UInt8]
  public var colorsRevision: Int
  public var palette: [Color]
  public var camera: Camera
  public var frame: Rect
  /// Diameter in pixels.
  public var pointSize: Double
  public var opacity: Double

  public init(
    positions: [Float], positionsRevision: Int, colorIndices: [UInt8], colorsRevision: Int, palette: [Color], camera: Camera,
    frame: Rect, pointSize: Double, opacity: Double
  ) {
    self.positions = positions
    self.positionsRevision = positionsRevision
    self.colorIndices = colorIndices
    self.colorsRevision = colorsRevision
    self.palette = palette
    self.camera = camera
    self.frame = frame
    self.pointSize = pointSize
    self.opacity = opacity
  }

  public static func == (a: PointCloud, b: PointCloud) -> Bool {
    a.positionsRevision == b.positionsRevision && a.colorsRevision == b.colorsRevision && a.palette == b.palette
      && a.camera == b.camera && a.frame == b.frame && a.pointSize == b.pointSize && a.opacity == b.opacity
  }
}
