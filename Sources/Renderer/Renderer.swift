import COpenGL
import Geometry
import Scene

/// Draws scenes with OpenGL 3.3 into the current context's window.
///
/// Made, used and released on the thread on which the context is current. Items are drawn in their order; neighbours of one kind and
/// one clip share a draw call. Items that are empty, off screen or not made of numbers are left out.
public final class Renderer {
  private let shapes: ShapeRenderer
  private let images: ImageRenderer
  private let text: TextRenderer
  private let points: PointCloudRenderer
  private let thumbnails: ThumbnailRenderer
  private let kept = KeptPicture()
  private var window = PixelRect(x: 0, y: 0, width: 0, height: 0)
  /// What the scene that is drawn is made of, apart from pictures, points and areas.
  private var pieces: [QuadPiece] = []

  /// Compiles the shaders. Throws where no OpenGL 3.3 context is current.
  public convenience init(text bitmaps: any TextBitmaps) throws(RendererError) {
    try self.init(text: bitmaps, pointDrawing: nil)
  }

  /// `pointDrawing`: nil for what suits the driver.
  init(text bitmaps: any TextBitmaps, pointDrawing: PointDrawing?) throws(RendererError) {
    var (major, minor): (GLint, GLint) = (0, 0)
    guard let version = glGetString(GLenum(GL_VERSION)) else { throw .unsupportedOpenGL(found: "no context") }
    glGetIntegerv(GLenum(GL_MAJOR_VERSION), &major)
    glGetIntegerv(GLenum(GL_MINOR_VERSION), &minor)
    guard (major, minor) >= (3, 3) else { throw .unsupportedOpenGL(found: String(cString: version)) }
    shapes = try ShapeRenderer()
    images = try ImageRenderer()
    text = try TextRenderer(bitmaps: bitmaps)
    thumbnails = try ThumbnailRenderer()
    points = try PointCloudRenderer(pointDrawing ?? .suited)
    glEnable(GLenum(GL_PROGRAM_POINT_SIZE))
    glEnable(GLenum(GL_BLEND))
    glBlendFunc(GLenum(GL_ONE), GLenum(GL_ONE_MINUS_SRC_ALPHA))
    glDisable(GLenum(GL_DEPTH_TEST))
    glDisable(GLenum(GL_DITHER))
    glDisable(GLenum(GL_FRAMEBUFFER_SRGB))
  }

  /// What draws, as the driver calls it.
  public static var driver: String { glGetString(GLenum(GL_RENDERER)).map { String(cString: $0) } ?? "none" }

  /// How often point clouds were drawn point by point, as against shown from the texture that keeps them.
  public var pointLayerDrawCount: Int { points.drawCount }

  /// How many of the map's small pictures are kept.
  public var thumbnailCount: Int { thumbnails.heldCount }

  /// How many pictures are kept as textures.
  public var imageTextureCount: Int { images.textureCount }

  /// Pixels that were drawn for the last scene, as against kept from the one before.
  public private(set) var drawnPixelCount = 0

  /// Looks whether the back buffer outlives being shown, where that would save a copy of the window: where OpenGL runs on the processor.
  ///
  /// - Parameter swap: shows the back buffer.
  public func learn(swap: () -> Void) {
    guard PointDrawing.suited == .processor else { return }
    glDisable(GLenum(GL_SCISSOR_TEST))
    kept.outlivesShowing = backBufferOutlives(swap: swap)
  }

  /// Draws the scene into the back buffer, only what differs from the last scene; the caller swaps. Does nothing for a scene without a
  /// pixel.
  public func draw(_ scene: Scene) {
    window = Self.pixels(of: scene.size)
    guard !window.isEmpty else { return }
    paint(scene, on: kept)
    kept.end(scene, window: window)
  }

  /// A scene's picture by itself, of whatever size OpenGL can draw; what the window shows is left alone.
  public func picture(of scene: Scene) -> PixelBuffer {
    let before = window
    defer { window = before }
    window = Self.pixels(of: scene.size)
    guard !window.isEmpty else { return PixelBuffer(width: 0, height: 0, rgba: []) }
    let beside = KeptPicture()
    paint(scene, on: beside)
    defer { beside.leave() }
    return readPixels()
  }

  private func paint(_ scene: Scene, on kept: KeptPicture) {
    glDisable(GLenum(GL_SCISSOR_TEST))
    points.beginFrame(scene, window: window)
    glViewport(0, 0, GLsizei(window.width), GLsizei(window.height))
    shapes.beginFrame()
    images.beginFrame(scene, window: window)
    text.beginFrame(scene)
    thumbnails.beginFrame()
    let runs = record(scene)
    shapes.upload(window: window)
    text.upload(window: window)
    thumbnails.upload(window: window)
    let parts = kept.begin(scene, window: window)
    drawnPixelCount = parts.reduce(0) { $0 + $1.width * $1.height }
    glEnable(GLenum(GL_SCISSOR_TEST))
    for part in parts {
      part.applyAsScissor(windowHeight: window.height)
      clear(scene.background.premultiplied)
      for run in runs { draw(run, within: part) }
    }
    glDisable(GLenum(GL_SCISSOR_TEST))
  }

  /// Everything is laid out as if all of it were drawn, so that a part of the picture has the very bytes that the whole would have there.
  private func draw(_ run: Run, within part: PixelRect) {
    let pixels = run.visible.intersection(part)
    guard !pixels.isEmpty else { return }
    pixels.applyAsScissor(windowHeight: window.height)
    switch run.content {
    case .area(let color): clear(color)
    case .quads(let kind, let pieces):
      for quads in self.pieces[pieces].quads(reaching: pixels) {
        switch kind {
        case .shapes: shapes.draw(quads)
        case .text: text.draw(quads)
        case .thumbnails: thumbnails.draw(quads)
        }
      }
    case .image(let image):
      if !PixelRect(centresIn: image.frame, within: pixels).isEmpty { images.draw(image, visible: run.visible) }
    case .points(let cloud, let ordinal):
      points.draw(cloud, ordinal: ordinal, visible: run.visible, window: window, with: images)
    }
  }

  /// The scene drawn last, top row first, opaque. Called before the buffers are swapped.
  public func readPixels() -> PixelBuffer {
    guard !window.isEmpty else { return PixelBuffer(width: 0, height: 0, rgba: []) }
    let rowBytes = 4 * window.width
    var bottomUp = [UInt8](repeating: 0, count: rowBytes * window.height)
    glPixelStorei(GLenum(GL_PACK_ALIGNMENT), 1)
    glReadPixels(
      0, 0, GLsizei(window.width), GLsizei(window.height), GLenum(GL_RGBA), GLenum(GL_UNSIGNED_BYTE), &bottomUp)
    var rgba = [UInt8]()
    rgba.reserveCapacity(bottomUp.count)
    for row in (0..<window.height).reversed() { rgba += bottomUp[row * rowBytes..<(row + 1) * rowBytes] }
    for alpha in stride(from: 3, to: rgba.count, by: 4) { rgba[alpha] = 255 }
    return PixelBuffer(width: window.width, height: window.height, rgba: rgba)
  }

  private func clear(_ color: SIMD4<Float>) {
    glClearColor(color.x, color.y, color.z, 1)
    glClear(GLbitfield(GL_COLOR_BUFFER_BIT))
  }

  private enum QuadKind { case shapes, text, thumbnails }

  private struct Run {
    enum Content {
      /// All of the visible pixels in one opaque colour.
      case area(SIMD4<Float>)
      /// Of `pieces`.
      case quads(QuadKind, Range<Int>)
      case image(Image)
      case points(PointCloud, ordinal: Int)
    }
    var content: Content
    var visible: PixelRect
  }

  /// Turns the items into vertices and a list of draw calls.
  private func record(_ scene: Scene) -> [Run] {
    var runs: [Run] = []
    var clouds = 0
    pieces.removeAll(keepingCapacity: true)
    for item in scene.items {
      let visible = item.clip.map { PixelRect(centresIn: $0, within: window) } ?? window
      if visible.isEmpty {
        if case .points = item.primitive { clouds += 1 }
        continue
      }
      let (shapesBefore, textBefore, picturesBefore) = (shapes.quadCount, text.quadCount, thumbnails.quadCount)
      switch item.primitive {
      case .rectangle(let rectangle):
        if let area = OpaqueArea(of: rectangle, visible: visible) {
          runs.append(Run(content: .area(area.color), visible: area.pixels))
          for rim in area.rims { shapes.record(rectangle, visible: rim) }
        } else {
          shapes.record(rectangle, visible: visible)
        }
      case .disc(let disc): shapes.record(disc, visible: visible)
      case .polyline(let line): shapes.record(line, visible: visible)
      case .text(let line): text.record(line, visible: visible)
      case .thumbnails(let pictures): thumbnails.record(pictures, visible: PixelRect(centresIn: pictures.frame, within: visible))
      case .image(let image): runs.append(Run(content: .image(image), visible: visible))
      case .points(let cloud):
        runs.append(Run(content: .points(cloud, ordinal: clouds), visible: visible))
        clouds += 1
      }
      takeQuads(.shapes, shapesBefore..<shapes.quadCount, of: item, visible: visible, into: &runs)
      takeQuads(.text, textBefore..<text.quadCount, of: item, visible: visible, into: &runs)
      takeQuads(.thumbnails, picturesBefore..<thumbnails.quadCount, of: item, visible: visible, into: &runs)
    }
    return runs
  }

  /// What was recorded of an item joins the last run where that is of its kind and clip.
  private func takeQuads(_ kind: QuadKind, _ quads: Range<Int>, of item: Scene.Item, visible: PixelRect, into runs: inout [Run]) {
    guard !quads.isEmpty else { return }
    pieces.append(QuadPiece(quads: quads, reach: item.pixels(in: window)))
    if let last = runs.last, case .quads(kind, let run) = last.content, last.visible == visible {
      runs[runs.count - 1].content = .quads(kind, run.lowerBound..<pieces.count)
    } else {
      runs.append(Run(content: .quads(kind, pieces.count - 1..<pieces.count), visible: visible))
    }
  }

  /// The window's pixels; none where the size is not made of numbers. Sides are bounded by what OpenGL can draw.
  private static func pixels(of size: Size) -> PixelRect {
    guard size.width >= 0.5, size.height >= 0.5 else { return PixelRect(x: 0, y: 0, width: 0, height: 0) }
    var limits: [GLint] = [0, 0]
    glGetIntegerv(GLenum(GL_MAX_VIEWPORT_DIMS), &limits)
    return PixelRect(
      x: 0, y: 0, width: Int(min(size.width.rounded(), Double(limits[0]))),
      height: Int(min(size.height.rounded(), Double(limits[1]))))
  }
}
