#version 330 core
flat in vec4 pointColor;

uniform float spriteSize;
uniform float radius;

out vec4 color;

void main() {
  float fromCentre = distance(gl_PointCoord, vec2(0.5)) * spriteSize;
  color = pointColor * clamp(radius + 0.5 - fromCentre, 0.0, 1.0);
}
