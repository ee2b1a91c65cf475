import COpenGL

/// Quadrilaterals of one vertex type, sent once a frame and drawn in ranges.
final class QuadBuffer<Vertex> {
  private var vertexArray: GLuint = 0
  private var vertexBuffer: GLuint = 0
  private var indexBuffer: GLuint = 0
  private var indexedQuads = 0

  /// `attributes` are the vertex shader's locations 0, 1, ... as numbers of floats and byte offsets.
  init(attributes: [(floats: Int, offset: Int)]) {
    glGenVertexArrays(1, &vertexArray)
    glGenBuffers(1, &vertexBuffer)
    glGenBuffers(1, &indexBuffer)
    glBindVertexArray(vertexArray)
    glBindBuffer(GLenum(GL_ARRAY_BUFFER), vertexBuffer)
    glBindBuffer(GLenum(GL_ELEMENT_ARRAY_BUFFER), indexBuffer)
    for (location, attribute) in attributes.enumerated() {
      glEnableVertexAttribArray(GLuint(location))
      glVertexAttribPointer(
        GLuint(location), GLint(attribute.floats), GLenum(GL_FLOAT), GLboolean(GL_FALSE),
        GLsizei(MemoryLayout<Vertex>.stride), UnsafeRawPointer(bitPattern: attribute.offset))
    }
    glBindVertexArray(0)
  }

  deinit {
    glDeleteVertexArrays(1, &vertexArray)
    glDeleteBuffers(1, &vertexBuffer)
    glDeleteBuffers(1, &indexBuffer)
  }

  /// Replaces all quadrilaterals; four vertices each, in the order top left, top right, bottom left, bottom right.
  func upload(_ vertices: [Vertex]) {
    guard !vertices.isEmpty else { return }
    glBindVertexArray(vertexArray)
    glBindBuffer(GLenum(GL_ARRAY_BUFFER), vertexBuffer)
    vertices.withUnsafeBytes {
      glBufferData(GLenum(GL_ARRAY_BUFFER), $0.count, $0.baseAddress, GLenum(GL_STREAM_DRAW))
    }
    let quads = vertices.count / 4
    if quads > indexedQuads {
      indexedQuads = max(quads, 2 * indexedQuads, 256)
      let corners: [UInt32] = [0, 1, 2, 2, 1, 3]
      let indices: [UInt32] = (0..<UInt32(indexedQuads)).flatMap { quad in corners.map { 4 * quad + $0 } }
      indices.withUnsafeBytes {
        glBufferData(GLenum(GL_ELEMENT_ARRAY_BUFFER), $0.count, $0.baseAddress, GLenum(GL_STATIC_DRAW))
      }
    }
  }

  func draw(_ quads: Range<Int>) {
    glBindVertexArray(vertexArray)
    glDrawElements(
      GLenum(GL_TRIANGLES), GLsizei(6 * quads.count), GLenum(GL_UNSIGNED_INT),
      UnsafeRawPointer(bitPattern: 6 * quads.lowerBound * MemoryLayout<UInt32>.stride))
  }
}
