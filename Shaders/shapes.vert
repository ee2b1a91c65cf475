#version 330 core
// Boxes (rectangles, discs) and line segments: see ShapeVertices.swift for what each attribute holds.
layout(location = 0) in vec4 geometry;
layout(location = 1) in vec4 style;
layout(location = 2) in vec4 fill;
layout(location = 3) in vec4 edge;
layout(location = 4) in vec2 position;

uniform vec2 windowSize;

flat out vec4 shapeGeometry;
flat out vec4 shapeStyle;
flat out vec4 shapeFill;
flat out vec4 shapeEdge;

void main() {
  shapeGeometry = geometry;
  shapeStyle = style;
  shapeFill = fill;
  shapeEdge = edge;
  gl_Position = vec4(2.0 * position.x / windowSize.x - 1.0, 1.0 - 2.0 * position.y / windowSize.y, 0.0, 1.0);
}
