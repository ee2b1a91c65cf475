import COpenGL
import Geometry
import Scene

/// Where the pixels of points are computed.
enum PointDrawing: CaseIterable {
  /// By the shaders, from vertices that stay on the graphics card.
  case graphicsCard
  /// By `PointSplatter`: where OpenGL itself runs on the processor, general triangles and shaders cost many times as much as
  /// blending small discs into memory.
  case processor

  /// What suits the current context's driver.
  static var suited: PointDrawing {
    let renderer = Renderer.driver.lowercased()
    return ["llvmpipe", "softpipe", "swr", "software"].contains { renderer.contains($0) } ? .processor : .graphicsCard
  }
}

/// Draws many round points. Each cloud is drawn into a texture of its own and stays there until something about it changes.
final class PointCloudRenderer {
  /// Length of the palette in the shader; points of a higher index are not shown.
  private static let paletteLimit = 32

  private let program: ShaderProgram
  private let uniforms:
    (
      centreHigh: GLint, centreLow: GLint, scale: GLint, frameCentre: GLint, layerSize: GLint, spriteSize: GLint, radius: GLint,
      palette: GLint, paletteCount: GLint
    )
  private let largestSprite: Double
  private let drawing: PointDrawing
  private var layers: [PointLayer] = []
  private var placements: [(x: Int, y: Int)?] = []
  /// How often points were drawn, as against shown from the texture: for tests of the cache.
  private(set) var drawCount = 0

  init(_ drawing: PointDrawing) throws(RendererError) {
    self.drawing = drawing
    program = try ShaderProgram(.pointCloud)
    uniforms = (
      program.location("centreHigh"), program.location("centreLow"), program.location("scale"), program.location("frameCentre"),
      program.location("layerSize"), program.location("spriteSize"), program.location("radius"), program.location("palette"),
      program.location("paletteCount")
    )
    var sizes: [GLfloat] = [1, 1]
    glGetFloatv(GLenum(GL_POINT_SIZE_RANGE), &sizes)
    largestSprite = Double(sizes[1])
  }

  /// Brings the textures of all clouds up to date; afterwards the window's framebuffer is bound again. Clouds are told apart by their
  /// order in the scene.
  func beginFrame(_ scene: Scene, window: PixelRect) {
    let clouds = scene.items.compactMap { item in
      if case .points(let cloud) = item.primitive { cloud } else { nil }
    }
    if layers.count > clouds.count { layers.removeLast(layers.count - clouds.count) }
    while layers.count < clouds.count { layers.append(PointLayer()) }
    placements = zip(clouds, layers).map { cloud, layer in place(cloud, layer, window: window) }
  }

  /// Shows the cloud that is the `ordinal`-th of the scene.
  func draw(_ cloud: PointCloud, ordinal: Int, visible: PixelRect, window: PixelRect, with images: ImageRenderer) {
    guard let placement = placements[ordinal], let texture = layers[ordinal].texture else { return }
    let covered = layers[ordinal].covered
    let shown = PixelRect(centresIn: cloud.frame, within: visible)
    let frame = PixelRect(
      x: covered.x + placement.x, y: covered.y + placement.y, width: covered.width, height: covered.height)
    images.draw(texture, in: frame.rect, visible: shown, opacity: 1)
  }

  private func place(_ cloud: PointCloud, _ layer: PointLayer, window: PixelRect) -> (x: Int, y: Int)? {
    let camera = cloud.camera
    let visible = PixelRect(centresIn: cloud.frame, within: window)
    guard !visible.isEmpty, cloud.frame.isFinite, camera.centre.x.isFinite, camera.centre.y.isFinite, camera.scale.isFinite,
      camera.scale > 0, cloud.pointSize > 0, cloud.opacity > 0
    else { return nil }
    if let displacement = layer.displacement(showing: cloud, visible: visible) { return displacement }
    guard let texture = layer.prepareTexture(for: cloud, visible: visible) else { return nil }
    drawCount += 1
    switch drawing {
    case .graphicsCard:
      guard drawPoints(cloud, layer, window: window) else { return nil }
    case .processor:
      let splatter = PointSplatter(cloud, palette: palette(cloud))
      texture.upload(splatter.picture(of: layer.covered))
    }
    layer.markDrawn(cloud)
    return (0, 0)
  }

  /// The palette as the shaders want it, premultiplied and with the cloud's opacity.
  private func palette(_ cloud: PointCloud) -> [SIMD4<Float>] {
    // Points smaller than a pixel are drawn a pixel large and paler by their area.
    let opacity = Float(min(cloud.opacity, 1) * min(1, cloud.pointSize * cloud.pointSize))
    return cloud.palette.prefix(Self.paletteLimit).map { $0.premultiplied * opacity }
  }

  private func drawPoints(_ cloud: PointCloud, _ layer: PointLayer, window: PixelRect) -> Bool {
    defer {
      glBindFramebuffer(GLenum(GL_FRAMEBUFFER), 0)
      glViewport(0, 0, GLsizei(window.width), GLsizei(window.height))
    }
    guard layer.bindFramebuffer() else { return false }
    glViewport(0, 0, GLsizei(layer.covered.width), GLsizei(layer.covered.height))
    glClearColor(0, 0, 0, 0)
    glClear(GLbitfield(GL_COLOR_BUFFER_BIT))
    let count = layer.bindVertices(cloud)
    guard count > 0 else { return true }
    program.use()
    let centre = cloud.camera.centre
    let (highX, highY) = (Float(centre.x), Float(centre.y))
    glUniform2f(uniforms.centreHigh, highX, highY)
    glUniform2f(uniforms.centreLow, Float(centre.x - Double(highX)), Float(centre.y - Double(highY)))
    glUniform1f(uniforms.scale, Float(cloud.camera.scale))
    let frameCentre = cloud.frame.center
    glUniform2f(
      uniforms.frameCentre, Float(frameCentre.x - Double(layer.covered.x)), Float(frameCentre.y - Double(layer.covered.y)))
    glUniform2f(uniforms.layerSize, Float(layer.covered.width), Float(layer.covered.height))
    let diameter = min(max(cloud.pointSize, 1), largestSprite - 1)
    glUniform1f(uniforms.spriteSize, Float(diameter + 1))
    glUniform1f(uniforms.radius, Float(diameter / 2))
    let palette = palette(cloud).flatMap { [$0.x, $0.y, $0.z, $0.w] }
    glUniform4fv(uniforms.palette, GLsizei(palette.count / 4), palette)
    glUniform1i(uniforms.paletteCount, GLint(palette.count / 4))
    glDrawArrays(GLenum(GL_POINTS), 0, GLsizei(count))
    return true
  }
}
