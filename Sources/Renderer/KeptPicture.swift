import COpenGL
import Scene

/// The window's picture, which outlives the frame: the next scene is drawn over it only where it differs, and then shown.
///
/// What a window's back buffer holds after it was shown is not defined, so the picture is a texture of its own that is copied into it.
/// Where OpenGL runs on the processor that copy costs more than most frames, but there showing is copying, and the back buffer stays as it
/// is; where a look at it proves that, it is the picture.
final class KeptPicture {
  /// Whether what was drawn is still in the back buffer after it was shown.
  var outlivesShowing = false
  private var framebuffer: GLuint = 0
  private var texture: Texture?
  private var drawn: Scene?
  private var size = PixelRect(x: 0, y: 0, width: 0, height: 0)

  init() { glGenFramebuffers(1, &framebuffer) }
  deinit { glDeleteFramebuffers(1, &framebuffer) }

  /// Directs drawing into the picture; gives the parts that must be drawn so that it is the picture of `scene`.
  func begin(_ scene: Scene, window: PixelRect) -> [PixelRect] {
    let before = size == window ? drawn : nil
    drawn = nil
    if !outlivesShowing, !bindTexture(window) { return [window] }
    guard let before, before.background == scene.background else { return [window] }
    return Damage(from: before, to: scene, window: window).parts
  }

  /// Puts the picture into the back buffer, to which drawing is directed again.
  func end(_ scene: Scene, window: PixelRect) {
    if !outlivesShowing {
      guard texture != nil else { return }
      glBindFramebuffer(GLenum(GL_READ_FRAMEBUFFER), framebuffer)
      glBindFramebuffer(GLenum(GL_DRAW_FRAMEBUFFER), 0)
      let (width, height) = (GLint(window.width), GLint(window.height))
      glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, GLbitfield(GL_COLOR_BUFFER_BIT), GLenum(GL_NEAREST))
      glBindFramebuffer(GLenum(GL_FRAMEBUFFER), 0)
    }
    size = window
    drawn = scene.withoutBulk
  }

  /// Directs drawing to the window again, which is not shown the picture.
  func leave() { glBindFramebuffer(GLenum(GL_FRAMEBUFFER), 0) }

  /// False where the driver cannot draw into a texture of this size: then the window itself is drawn to, all of it.
  private func bindTexture(_ window: PixelRect) -> Bool {
    if texture?.width != window.width || texture?.height != window.height {
      texture = Texture(format: .rgba, width: window.width, height: window.height)
      size = PixelRect(x: 0, y: 0, width: 0, height: 0)
      guard let texture else { return false }
      glBindFramebuffer(GLenum(GL_FRAMEBUFFER), framebuffer)
      glFramebufferTexture2D(GLenum(GL_FRAMEBUFFER), GLenum(GL_COLOR_ATTACHMENT0), GLenum(GL_TEXTURE_2D), texture.name, 0)
      guard glCheckFramebufferStatus(GLenum(GL_FRAMEBUFFER)) == GLenum(GL_FRAMEBUFFER_COMPLETE) else {
        glBindFramebuffer(GLenum(GL_FRAMEBUFFER), 0)
        self.texture = nil
        return false
      }
    }
    glBindFramebuffer(GLenum(GL_FRAMEBUFFER), framebuffer)
    return true
  }
}

/// Whether the back buffer still holds what was drawn after `swap` has shown it: six nearly equal colours are shown one after the other and
/// looked for. Buffers that take turns would give back older ones.
func backBufferOutlives(swap: () -> Void) -> Bool {
  for turn in 1...6 {
    let shade = GLubyte(turn)
    glClearColor(GLfloat(shade) / 255, GLfloat(shade) / 255, GLfloat(shade) / 255, 1)
    glClear(GLbitfield(GL_COLOR_BUFFER_BIT))
    swap()
    var pixel: [GLubyte] = [0, 0, 0, 0]
    glPixelStorei(GLenum(GL_PACK_ALIGNMENT), 1)
    glReadPixels(0, 0, 1, 1, GLenum(GL_RGBA), GLenum(GL_UNSIGNED_BYTE), &pixel)
    guard pixel[0] == shade, pixel[1] == shade, pixel[2] == shade else { return false }
  }
  return true
}

extension Scene {
  /// What a scene is compared by: points and pixels are told apart by their revisions, and are not kept.
  fileprivate var withoutBulk: Scene {
    var result = self
    for index in result.items.indices {
      switch result.items[index].primitive {
      case .points(var cloud):
        cloud.positions = []
        cloud.colorIndices = []
        result.items[index].primitive = .points(cloud)
      case .thumbnails(var pictures):
        pictures.pictures = []
        result.items[index].primitive = .thumbnails(pictures)
      default: break
      }
    }
    return result
  }
}
