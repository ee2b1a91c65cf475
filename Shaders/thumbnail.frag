#version 330 core
flat in vec4 inkColor;
in vec2 atlasTexel;

uniform sampler2D atlas;  // ink in the red channel
uniform vec3 ground;

out vec4 color;

void main() {
  float ink = texelFetch(atlas, ivec2(floor(atlasTexel)), 0).r;
  // The ground lets through what lies below it, ink does not.
  float alpha = inkColor.a * mix(0.82, 1.0, ink);
  color = vec4(mix(ground, inkColor.rgb, ink) * alpha, alpha);
}
