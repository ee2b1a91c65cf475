#version 330 core
in vec2 inPicture;

uniform sampler2D picture;  // premultiplied, first row on top, nearest neighbour
uniform float opacity;

out vec4 color;

void main() {
  color = texture(picture, inPicture) * opacity;
}
