#version 330 core
uniform vec2 windowSize;
uniform sampler2D picture;  // first row is the top one
uniform vec4 frame;         // left, top, width, height in window pixels
uniform vec2 pictureSize;
uniform float opacity;
uniform bool isPremultiplied;

out vec4 color;

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, windowSize.y - gl_FragCoord.y);
  vec2 inPicture = (pixel - frame.xy) / frame.zw * pictureSize;
  ivec2 texel = ivec2(clamp(floor(inPicture), vec2(0.0), pictureSize - 1.0));
  vec4 found = texelFetch(picture, texel, 0);
  float alpha = found.a * opacity;
  color = vec4(found.rgb * (isPremultiplied ? opacity : alpha), alpha);
}
