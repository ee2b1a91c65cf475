// Exponentials of a row of distances.

// exp(v) for v <= 0, to about one unit in the last place (Cephes, expf); 0 below -87.
INLINE f8 exp8(f8 v) {
    const f8 lowest = all8(-87);
    const i8 vanishes = v < lowest;
    v = choose8(vanishes, lowest, v);
    const i8 n = __builtin_convertvector(v * 1.44269504f - 0.5f, i8);  // rounded, since it is negative
    const f8 whole = __builtin_convertvector(n, f8);
    const f8 r = (v - whole * 0.693359375f) + whole * 2.12194440e-4f;
    f8 p = all8(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1;
    return choose8(vanishes, all8(0), p * (f8)((n + 127) << 23));
}

static void gaussian(const float *distances, int64_t count, float beta, float *out, double sums[3]) {
    f8 zeroth = {0}, first = {0}, second = {0};
    for (int64_t index = 0; index < count; index += 8) {
        const f8 distance = load8(distances + index), weight = exp8(distance * -beta);
        store8(out + index, weight);
        zeroth += weight;
        first += weight * distance;
        second += weight * distance * distance;
    }
    sums[0] = sum8(zeroth);
    sums[1] = sum8(first);
    sums[2] = sum8(second);
}
