#version 330 core
flat in vec4 textColor;
in vec2 atlasTexel;

uniform sampler2D atlas;  // coverage in the red channel

out vec4 color;

void main() {
  color = textColor * texelFetch(atlas, ivec2(floor(atlasTexel)), 0).r;
}
