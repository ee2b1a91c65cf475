#version 330 core
layout(location = 0) in vec2 embedded;
layout(location = 1) in uint colorIndex;

// The camera's centre as the sum of two floats: at deep zoom one alone is off by pixels.
uniform vec2 centreHigh;
uniform vec2 centreLow;
uniform float scale;
uniform vec2 frameCentre;  // in pixels of the layer
uniform vec2 layerSize;
uniform float spriteSize;
uniform vec4 palette[32];  // premultiplied
uniform int paletteCount;

flat out vec4 pointColor;

void main() {
  vec2 fromCentre = (embedded - centreHigh) - centreLow;
  vec2 inLayer = frameCentre + vec2(fromCentre.x, -fromCentre.y) * scale;
  // The layer's first row is its top one, as in a picture.
  vec2 clip = 2.0 * inLayer / layerSize - 1.0;
  int index = int(colorIndex);
  pointColor = index < paletteCount ? palette[index] : vec4(0.0);
  gl_PointSize = spriteSize;
  // Written so that a position that is not a number fails the test and is left out.
  bool isShown = pointColor.a > 0.0 && abs(clip.x) <= 1.0 && abs(clip.y) <= 1.0;
  gl_Position = isShown ? vec4(clip, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
}
