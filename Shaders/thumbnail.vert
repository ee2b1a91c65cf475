#version 330 core
layout(location = 0) in vec4 ink;       // straight colour of the ink; alpha is the picture's opacity
layout(location = 1) in vec2 position;  // window pixels
layout(location = 2) in vec2 texel;     // atlas pixels

uniform vec2 windowSize;

flat out vec4 inkColor;
out vec2 atlasTexel;

void main() {
  inkColor = ink;
  atlasTexel = texel;
  gl_Position = vec4(2.0 * position.x / windowSize.x - 1.0, 1.0 - 2.0 * position.y / windowSize.y, 0.0, 1.0);
}
