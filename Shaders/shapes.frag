#version 330 core
flat in vec4 shapeGeometry;
flat in vec4 shapeStyle;
flat in vec4 shapeFill;
flat in vec4 shapeEdge;

uniform vec2 windowSize;

out vec4 color;

// Share of the pixel around p that an axis-aligned box covers: exact.
float boxCoverage(vec2 p, vec2 halfSize) {
  vec2 overlap = clamp(min(p + 0.5, halfSize) - max(p - 0.5, -halfSize), 0.0, 1.0);
  return overlap.x * overlap.y;
}

float roundedBoxDistance(vec2 p, vec2 halfSize, float radius) {
  vec2 q = abs(p) - halfSize + radius;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}

vec4 box(vec2 pixel) {
  vec2 p = pixel - shapeGeometry.xy;
  vec2 halfSize = shapeGeometry.zw;
  float radius = shapeStyle.x;
  float borderWidth = shapeStyle.y;
  float outer;
  float inner;
  if (radius > 0.0) {
    float distanceToEdge = roundedBoxDistance(p, halfSize, radius);
    outer = clamp(0.5 - distanceToEdge, 0.0, 1.0);
    inner = clamp(0.5 - distanceToEdge - borderWidth, 0.0, 1.0);
  } else {
    outer = boxCoverage(p, halfSize);
    inner = borderWidth > 0.0 ? boxCoverage(p, halfSize - borderWidth) : outer;
  }
  return shapeFill * inner + shapeEdge * (outer - inner);
}

vec4 segment(vec2 pixel) {
  vec2 start = shapeGeometry.xy;
  vec2 end = shapeGeometry.zw;
  vec2 startNormal = shapeEdge.xy;
  vec2 endNormal = shapeEdge.zw;
  // At a join the line that halves the angle parts the two segments, so that no pixel is blended twice.
  if (dot(pixel - start, startNormal) < 0.0) return vec4(0.0);
  if (endNormal != vec2(0.0) && dot(pixel - end, endNormal) >= 0.0) return vec4(0.0);

  vec2 along = end - start;
  float squaredLength = dot(along, along);
  float t = squaredLength > 0.0 ? clamp(dot(pixel - start, along) / squaredLength, 0.0, 1.0) : 0.0;
  float coverage = clamp(0.5 + shapeStyle.x - distance(pixel, start + t * along), 0.0, 1.0);

  float period = shapeStyle.z;
  if (period > 0.0) {
    float dash = period * 4.0 / 7.0;
    float arc = shapeStyle.y + t * sqrt(squaredLength);
    float fromDashCentre = abs(mod(arc + 0.5 * (period - dash), period) - 0.5 * period);
    coverage *= clamp(0.5 + 0.5 * dash - fromDashCentre, 0.0, 1.0);
  }
  return shapeFill * coverage;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, windowSize.y - gl_FragCoord.y);
  color = shapeStyle.w > 0.5 ? segment(pixel) : box(pixel);
}
