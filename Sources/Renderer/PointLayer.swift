import COpenGL
import Geometry
import Scene

/// One point cloud on the graphics card: its vertices, and the texture in which it was drawn last.
///
/// The texture reaches some pixels beyond the visible frame on all sides: so far that points half inside the frame are not lost, and,
/// where it may be panned next, `margin`, so that moving the view by whole pixels shows another part of it instead of drawing every point
/// again. While points move or the view is zoomed, every frame is drawn anyway.
final class PointLayer {
  static let margin = 96

  private var vertexArray: GLuint = 0
  private var positionBuffer: GLuint = 0
  private var colorBuffer: GLuint = 0
  private var framebuffer: GLuint = 0
  private var positionsHeld: (revision: Int, count: Int)?
  private var colorsHeld: (revision: Int, count: Int)?
  private(set) var texture: Texture?
  /// Pixels of the window that the texture covers, as of the last drawing.
  private(set) var covered = PixelRect(x: 0, y: 0, width: 0, height: 0)
  private var drawn: PointCloud?
  private var drawnCounts = 0

  init() {
    glGenVertexArrays(1, &vertexArray)
    glGenBuffers(1, &positionBuffer)
    glGenBuffers(1, &colorBuffer)
    glGenFramebuffers(1, &framebuffer)
  }

  deinit {
    glDeleteVertexArrays(1, &vertexArray)
    glDeleteBuffers(1, &positionBuffer)
    glDeleteBuffers(1, &colorBuffer)
    glDeleteFramebuffers(1, &framebuffer)
  }

  /// Displacement, in whole pixels, by which the texture must be shown to be the picture of `cloud`; nil where it must be drawn anew.
  func displacement(showing cloud: PointCloud, visible: PixelRect) -> (x: Int, y: Int)? {
    guard var last = drawn, texture != nil, drawnCounts == cloud.drawableCount, last.camera.scale == cloud.camera.scale
    else { return nil }
    let x = (last.camera.centre.x - cloud.camera.centre.x) * cloud.camera.scale
    let y = (cloud.camera.centre.y - last.camera.centre.y) * cloud.camera.scale
    last.camera = cloud.camera
    let limit = Double(Self.margin) * 2
    guard last == cloud, abs(x) <= limit, abs(y) <= limit, abs(x - x.rounded()) < 1e-3, abs(y - y.rounded()) < 1e-3 else {
      return nil
    }
    let (dx, dy) = (Int(x.rounded()), Int(y.rounded()))
    // Points outside the texture whose rims reach into it are missing there.
    let rim = Self.rim(cloud)
    let isCovered =
      covered.x + dx + rim <= visible.x && covered.y + dy + rim <= visible.y
      && covered.x + covered.width + dx - rim >= visible.x + visible.width
      && covered.y + covered.height + dy - rim >= visible.y + visible.height
    return isCovered ? (dx, dy) : nil
  }

  /// A texture of the right size, in which `cloud` is to be drawn now; nil where it cannot be had.
  func prepareTexture(for cloud: PointCloud, visible: PixelRect) -> Texture? {
    let isMoving = drawn.map { $0.positionsRevision != cloud.positionsRevision || $0.camera.scale != cloud.camera.scale } ?? false
    let margin = isMoving ? min(Self.margin, Self.rim(cloud)) : Self.margin
    covered = PixelRect(
      x: visible.x - margin, y: visible.y - margin, width: visible.width + 2 * margin, height: visible.height + 2 * margin)
    drawn = nil
    if texture?.width != covered.width || texture?.height != covered.height {
      texture = Texture(format: .rgba, width: covered.width, height: covered.height)
    }
    return texture
  }

  /// How far a point reaches.
  private static func rim(_ cloud: PointCloud) -> Int { Int((min(cloud.pointSize, 1e4) / 2).rounded(.up)) + 1 }

  /// Directs drawing into the texture; false where the driver cannot.
  func bindFramebuffer() -> Bool {
    guard let texture else { return false }
    glBindFramebuffer(GLenum(GL_FRAMEBUFFER), framebuffer)
    glFramebufferTexture2D(
      GLenum(GL_FRAMEBUFFER), GLenum(GL_COLOR_ATTACHMENT0), GLenum(GL_TEXTURE_2D), texture.name, 0)
    return glCheckFramebufferStatus(GLenum(GL_FRAMEBUFFER)) == GLenum(GL_FRAMEBUFFER_COMPLETE)
  }

  /// Sends the vertices that are new; the number of points there are.
  func bindVertices(_ cloud: PointCloud) -> Int {
    glBindVertexArray(vertexArray)
    if positionsHeld?.revision != cloud.positionsRevision || positionsHeld?.count != cloud.positions.count {
      glBindBuffer(GLenum(GL_ARRAY_BUFFER), positionBuffer)
      cloud.positions.withUnsafeBytes {
        glBufferData(GLenum(GL_ARRAY_BUFFER), $0.count, $0.baseAddress, GLenum(GL_DYNAMIC_DRAW))
      }
      glEnableVertexAttribArray(0)
      glVertexAttribPointer(0, 2, GLenum(GL_FLOAT), GLboolean(GL_FALSE), 8, nil)
      positionsHeld = (cloud.positionsRevision, cloud.positions.count)
    }
    if colorsHeld?.revision != cloud.colorsRevision || colorsHeld?.count != cloud.colorIndices.count {
      glBindBuffer(GLenum(GL_ARRAY_BUFFER), colorBuffer)
      cloud.colorIndices.withUnsafeBytes {
        glBufferData(GLenum(GL_ARRAY_BUFFER), $0.count, $0.baseAddress, GLenum(GL_DYNAMIC_DRAW))
      }
      glEnableVertexAttribArray(1)
      glVertexAttribIPointer(1, 1, GLenum(GL_UNSIGNED_BYTE), 1, nil)
      colorsHeld = (cloud.colorsRevision, cloud.colorIndices.count)
    }
    return cloud.drawableCount
  }

  /// Remembers what the texture now shows; the arrays themselves are not kept.
  func markDrawn(_ cloud: PointCloud) {
    drawnCounts = cloud.drawableCount
    var description = cloud
    description.positions = []
    description.colorIndices = []
    drawn = description
  }
}

extension PointCloud {
  /// Points that have both coordinates and a colour.
  var drawableCount: Int { min(positions.count / 2, colorIndices.count) }
}
