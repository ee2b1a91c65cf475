#version 330 core
// A rectangle without a vertex buffer: its corners follow from the number of the vertex.
uniform vec2 windowSize;
uniform vec4 quad;   // left, top, right, bottom in window pixels
uniform vec4 frame;  // where the whole picture lies: left, top, width, height in window pixels

out vec2 inPicture;

void main() {
  vec2 position = vec2((gl_VertexID & 1) == 0 ? quad.x : quad.z, (gl_VertexID & 2) == 0 ? quad.y : quad.w);
  inPicture = (position - frame.xy) / frame.zw;
  gl_Position = vec4(2.0 * position.x / windowSize.x - 1.0, 1.0 - 2.0 * position.y / windowSize.y, 0.0, 1.0);
}
