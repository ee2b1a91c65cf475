// Stages of Stockham's transform: `m` groups of `stride` vectors. Inputs j lie `stride * m` vectors apart, outputs `stride`.

typedef struct {
    f8 re, im;
} complex8;

INLINE complex8 at(const float *re, const float *im, int64_t index) { return (complex8){load8(re + 8 * index), load8(im + 8 * index)}; }
INLINE void put(float *re, float *im, int64_t index, f8 a, f8 b) {
    store8(re + 8 * index, a);
    store8(im + 8 * index, b);
}
INLINE void put_turned(float *re, float *im, int64_t index, f8 a, f8 b, const float *w) {
    put(re, im, index, a * w[0] - b * w[1], a * w[1] + b * w[0]);
}

INLINE void radix2(const float *re, const float *im, float *to_re, float *to_im, int64_t m, int64_t s, const float *w) {
    for (int64_t p = 0; p < m; p++, w += 2) {
        for (int64_t q = 0; q < s; q++) {
            const int64_t from = q + s * p, to = q + s * 2 * p;
            const complex8 a = at(re, im, from), b = at(re, im, from + s * m);
            put(to_re, to_im, to, a.re + b.re, a.im + b.im);
            put_turned(to_re, to_im, to + s, a.re - b.re, a.im - b.im, w);
        }
    }
}

INLINE void radix3(const float *re, const float *im, float *to_re, float *to_im, int64_t m, int64_t s, const float *w) {
    const float sine = 0.8660254037844386f;
    for (int64_t p = 0; p < m; p++, w += 4) {
        for (int64_t q = 0; q < s; q++) {
            const int64_t from = q + s * p, to = q + s * 3 * p;
            const complex8 a = at(re, im, from), b = at(re, im, from + s * m), c = at(re, im, from + 2 * s * m);
            const f8 sr = b.re + c.re, si = b.im + c.im, dr = (b.re - c.re) * sine, di = (b.im - c.im) * sine;
            const f8 mr = a.re - sr * 0.5f, mi = a.im - si * 0.5f;
            put(to_re, to_im, to, a.re + sr, a.im + si);
            put_turned(to_re, to_im, to + s, mr + di, mi - dr, w);
            put_turned(to_re, to_im, to + 2 * s, mr - di, mi + dr, w + 2);
        }
    }
}

INLINE void radix4(const float *re, const float *im, float *to_re, float *to_im, int64_t m, int64_t s, const float *w) {
    for (int64_t p = 0; p < m; p++, w += 6) {
        for (int64_t q = 0; q < s; q++) {
            const int64_t from = q + s * p, to = q + s * 4 * p;
            const complex8 x0 = at(re, im, from), x1 = at(re, im, from + s * m), x2 = at(re, im, from + 2 * s * m),
                           x3 = at(re, im, from + 3 * s * m);
            const f8 ar = x0.re + x2.re, ai = x0.im + x2.im, br = x0.re - x2.re, bi = x0.im - x2.im;
            const f8 cr = x1.re + x3.re, ci = x1.im + x3.im, dr = x1.im - x3.im, di = x3.re - x1.re;  // -i (x1 - x3)
            put(to_re, to_im, to, ar + cr, ai + ci);
            put_turned(to_re, to_im, to + s, br + dr, bi + di, w);
            put_turned(to_re, to_im, to + 2 * s, ar - cr, ai - ci, w + 2);
            put_turned(to_re, to_im, to + 3 * s, br - dr, bi - di, w + 4);
        }
    }
}

INLINE void radix5(const float *re, const float *im, float *to_re, float *to_im, int64_t m, int64_t s, const float *w) {
    const float c1 = 0.30901699437494745f, c2 = -0.80901699437494745f, s1 = 0.9510565162951535f, s2 = 0.5877852522924731f;
    for (int64_t p = 0; p < m; p++, w += 8) {
        for (int64_t q = 0; q < s; q++) {
            const int64_t from = q + s * p, to = q + s * 5 * p;
            const complex8 a = at(re, im, from), x1 = at(re, im, from + s * m), x2 = at(re, im, from + 2 * s * m),
                           x3 = at(re, im, from + 3 * s * m), x4 = at(re, im, from + 4 * s * m);
            const f8 p1r = x1.re + x4.re, p1i = x1.im + x4.im, d1r = x1.re - x4.re, d1i = x1.im - x4.im;
            const f8 p2r = x2.re + x3.re, p2i = x2.im + x3.im, d2r = x2.re - x3.re, d2i = x2.im - x3.im;
            put(to_re, to_im, to, a.re + p1r + p2r, a.im + p1i + p2i);
            const f8 m1r = a.re + p1r * c1 + p2r * c2, m1i = a.im + p1i * c1 + p2i * c2;
            const f8 m2r = a.re + p1r * c2 + p2r * c1, m2i = a.im + p1i * c2 + p2i * c1;
            const f8 n1r = d1r * s1 + d2r * s2, n1i = d1i * s1 + d2i * s2, n2r = d1r * s2 - d2r * s1, n2i = d1i * s2 - d2i * s1;
            put_turned(to_re, to_im, to + s, m1r + n1i, m1i - n1r, w);
            put_turned(to_re, to_im, to + 2 * s, m2r + n2i, m2i - n2r, w + 2);
            put_turned(to_re, to_im, to + 3 * s, m2r - n2i, m2i + n2r, w + 4);
            put_turned(to_re, to_im, to + 4 * s, m1r - n1i, m1i + n1r, w + 6);
        }
    }
}

static void fft_stage(int32_t radix, const float *re, const float *im, float *to_re, float *to_im, int64_t m, int64_t stride,
                              const float *twiddles) {
    switch (radix) {
        case 2: radix2(re, im, to_re, to_im, m, stride, twiddles); break;
        case 3: radix3(re, im, to_re, to_im, m, stride, twiddles); break;
        case 4: radix4(re, im, to_re, to_im, m, stride, twiddles); break;
        default: radix5(re, im, to_re, to_im, m, stride, twiddles);
    }
}

// Frequencies k of two sets of columns that were transformed as real and imaginary part, eight to a batch; rows become lanes.
static void split_columns(const float *re, const float *im, int64_t period, float *to_re, float *to_im, int64_t batch_stride) {
    const int64_t frequencies = period / 2 + 1;
    for (int64_t first = 0; first < frequencies; first += 8, to_re += 8 * batch_stride, to_im += 8 * batch_stride) {
        f8 a_re[8], a_im[8], b_re[8], b_im[8];
        for (int lane = 0; lane < 8; lane++) {
            // Beyond the last frequency the last again: those lanes are never read.
            const int64_t k = first + lane < frequencies ? first + lane : frequencies - 1;
            const complex8 z = at(re, im, k), mirror = at(re, im, k ? period - k : 0);
            a_re[lane] = (z.re + mirror.re) * 0.5f;
            a_im[lane] = (z.im - mirror.im) * 0.5f;
            b_re[lane] = (z.im + mirror.im) * 0.5f;
            b_im[lane] = (mirror.re - z.re) * 0.5f;
        }
        transpose8(a_re);
        transpose8(a_im);
        transpose8(b_re);
        transpose8(b_im);
        for (int column = 0; column < 8; column++) {
            put(to_re, to_im, column, a_re[column], a_im[column]);
            put(to_re, to_im, column + 8, b_re[column], b_im[column]);
        }
    }
}

// Back: the whole period of two sets of columns from the frequencies of its first half.
static void join_columns(const float *re, const float *im, int64_t batch_stride, float *to_re, float *to_im, int64_t period) {
    const int64_t frequencies = period / 2 + 1;
    for (int64_t first = 0; first < frequencies; first += 8, re += 8 * batch_stride, im += 8 * batch_stride) {
        f8 a_re[8], a_im[8], b_re[8], b_im[8];
        for (int column = 0; column < 8; column++) {
            const complex8 a = at(re, im, column), b = at(re, im, column + 8);
            a_re[column] = a.re;
            a_im[column] = a.im;
            b_re[column] = b.re;
            b_im[column] = b.im;
        }
        transpose8(a_re);
        transpose8(a_im);
        transpose8(b_re);
        transpose8(b_im);
        for (int lane = 0; lane < 8 && first + lane < frequencies; lane++) {
            const int64_t k = first + lane;
            // At 0 and in the middle both lines write the same place; there the imaginary parts of a and b are zero.
            put(to_re, to_im, k ? period - k : 0, a_re[lane] + b_im[lane], b_re[lane] - a_im[lane]);
            put(to_re, to_im, k, a_re[lane] - b_im[lane], a_im[lane] + b_re[lane]);
        }
    }
}
