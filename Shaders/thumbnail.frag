#version 330 core
flat in vec4 inkColor;
in vec2 atlasTexel;

uniform sampler2D atlas;  // ink in the red channel
uniform vec3 ground;
uniform ivec2 slotSize;  // of a picture in the atlas

out vec4 color;

void main() {
  ivec2 texel = ivec2(floor(atlasTexel));
  ivec2 first = texel / slotSize * slotSize;
  ivec2 last = first + slotSize - 1;
  float ink = texelFetch(atlas, texel, 0).r;
  // The ground is a rim around the ink, so that what lies beside the digit is left alone.
  float rim = ink;
  for (int row = -1; row <= 1; row++) {
    for (int column = -1; column <= 1; column++) {
      rim = max(rim, texelFetch(atlas, clamp(texel + ivec2(column, row), first, last), 0).r);
    }
  }
  float alpha = inkColor.a * max(ink, 0.8 * rim);
  color = vec4(mix(ground, inkColor.rgb, ink) * alpha, alpha);
}
