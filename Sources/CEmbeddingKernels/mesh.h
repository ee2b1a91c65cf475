// Between points and a mesh, by cubic B-splines.

// Weights of the four nodes around a point at fraction t of the second cell.
INLINE f4 spline(float t) {
    const f4 a = {1 / 6.f, 2 / 3.f, 1 / 6.f, 0}, b = {-0.5f, 0, 0.5f, 0}, c = {0.5f, -1, 0.5f, 0}, d = {-1 / 6.f, 0.5f, -0.5f, 1 / 6.f};
    return a + (b + (c + d * t) * t) * t;
}

// Derivatives of the weights by t.
INLINE f4 spline_slopes(float t) {
    const f4 b = {-0.5f, 0, 0.5f, 0}, c = {1, -2, 1, 0}, d = {-0.5f, 1.5f, -1.5f, 0.5f};
    return b + (c + d * t) * t;
}

static void spread(const heatlens_mesh *mesh, const float *positions, int64_t first, int64_t last) {
    for (int64_t index = first; index < last; index++) {
        const float u = (positions[2 * index] - mesh->origin_x) * mesh->inverse, v = (positions[2 * index + 1] - mesh->origin_y) * mesh->inverse;
        const int64_t column = (int64_t)u, row = (int64_t)v;
        const f4 wx = spline(u - (float)column), wy = spline(v - (float)row);
        float *node = mesh->nodes + (row - 1) * mesh->stride + column - 1;
        for (int line = 0; line < 4; line++, node += mesh->stride) store4(node, load4(node) + wx * wy[line]);
    }
}

static double gather(const heatlens_mesh *mesh, const float *positions, int64_t first, int64_t last, float *forces) {
    double total = 0;
    const float factor = -0.5f * mesh->inverse;
    for (int64_t index = first; index < last; index++) {
        const float u = (positions[2 * index] - mesh->origin_x) * mesh->inverse, v = (positions[2 * index + 1] - mesh->origin_y) * mesh->inverse;
        const int64_t column = (int64_t)u, row = (int64_t)v;
        const float t = u - (float)column, s = v - (float)row;
        const f4 wx = spline(t), wy = spline(s), vy = spline_slopes(s);
        const float *node = mesh->nodes + (row - 1) * mesh->stride + column - 1;
        f4 across = {0}, along = {0};
        for (int line = 0; line < 4; line++, node += mesh->stride) {
            const f4 values = load4(node);
            across += values * wy[line];
            along += values * vy[line];
        }
        total += sum4(across * wx);
        forces[2 * index] = sum4(across * spline_slopes(t)) * factor;
        forces[2 * index + 1] = sum4(along * wx) * factor;
    }
    return total;
}
