// Attraction along the edges of P.

// x and y of the points of eight edges, minus those of one's own.
INLINE void differences(const uint32_t *edges, uint32_t mask, const float *positions, f8 x, f8 y, f8 *dx, f8 *dy) {
    typedef double d4 __attribute__((vector_size(32)));
    const double *pairs = (const double *)positions;  // x and y travel together
    const d4 a = {pairs[edges[0] & mask], pairs[edges[1] & mask], pairs[edges[4] & mask], pairs[edges[5] & mask]};
    const d4 b = {pairs[edges[2] & mask], pairs[edges[3] & mask], pairs[edges[6] & mask], pairs[edges[7] & mask]};
    const f8 low = (f8)a, high = (f8)b;
    *dx = x - __builtin_shufflevector(low, high, 0, 2, 8, 10, 4, 6, 12, 14);
    *dy = y - __builtin_shufflevector(low, high, 1, 3, 9, 11, 5, 7, 13, 15);
}

INLINE f8 weights(const uint32_t *edges, int bits) {
    // Below 2^31 after the shift: the conversion of signed numbers is the fast one.
    return __builtin_convertvector((i8)(*(const u8_loose *)edges >> (uint32_t)bits), f8);
}

static void attract(const heatlens_edges *e, const float *positions, int64_t first, int64_t last, float *forces) {
    const int bits = e->index_bits;
    const uint32_t mask = ((uint32_t)1 << bits) - 1;
    for (int64_t row = first; row < last; row++) {
        const f8 x = all8(positions[2 * row]), y = all8(positions[2 * row + 1]);
        f8 fx = {0}, fy = {0};
        const uint32_t *end = e->edges + e->starts[row + 1];
        for (const uint32_t *edge = e->edges + e->starts[row]; edge < end; edge += 8) {
            f8 dx, dy;
            differences(edge, mask, positions, x, y, &dx, &dy);
            const f8 weight = weights(edge, bits) / (1 + dx * dx + dy * dy);
            fx += weight * dx;
            fy += weight * dy;
        }
        forces[2 * row] = sum8(fx) * e->steps[row];
        forces[2 * row + 1] = sum8(fy) * e->steps[row];
    }
}

// log(v) for v >= 1, to about one unit in the last place: the exponent apart, a polynomial of the mantissa around 1 (Cephes, logf).
INLINE f8 log8(f8 v) {
    i8 bits = (i8)v;
    i8 exponent = (bits >> 23) - 127;
    f8 m = (f8)((bits & 0x007FFFFF) | 0x3F800000);
    const i8 large = m > all8(1.41421356f);
    m = choose8(large, m * 0.5f, m);
    exponent -= large;
    const f8 n = __builtin_convertvector(exponent, f8), t = m - 1, z = t * t;
    f8 p = all8(7.0376836292e-2f);
    p = p * t - 1.1514610310e-1f;
    p = p * t + 1.1676998740e-1f;
    p = p * t - 1.2420140846e-1f;
    p = p * t + 1.4249322787e-1f;
    p = p * t - 1.6668057665e-1f;
    p = p * t + 2.0000714765e-1f;
    p = p * t - 2.4999993993e-1f;
    p = p * t + 3.3333331174e-1f;
    return t + (t * z * p - 0.5f * z) + n * 0.693147181f;
}

static void cross_entropy(const heatlens_edges *e, const float *positions, int64_t first, int64_t last, double *entropy,
                                  double *mass) {
    const int bits = e->index_bits;
    const uint32_t mask = ((uint32_t)1 << bits) - 1;
    double total = 0, total_mass = 0;
    for (int64_t row = first; row < last; row++) {
        const f8 x = all8(positions[2 * row]), y = all8(positions[2 * row + 1]);
        f8 sum = {0}, row_mass = {0};
        const uint32_t *end = e->edges + e->starts[row + 1];
        for (const uint32_t *edge = e->edges + e->starts[row]; edge < end; edge += 8) {
            f8 dx, dy;
            differences(edge, mask, positions, x, y, &dx, &dy);
            const f8 weight = weights(edge, bits);
            sum += weight * log8(1 + dx * dx + dy * dy);
            row_mass += weight;
        }
        total += (double)sum8(sum) * e->steps[row];
        total_mass += (double)sum8(row_mass) * e->steps[row];
    }
    *entropy = total;
    *mass = total_mass;
}
