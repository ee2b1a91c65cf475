#include "tiles.h"

#include <stddef.h>

// 16 vector registers hold the sums, the weights and one input: with two parts of the weights fewer positions fit.
int heatlens_most_positions(tile_mode mode) { return mode == TILE_SIGNED ? 5 : MOST_POSITIONS; }

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma,f16c")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// Sums of many numbers of one sign lose digits when they are added one by one: after so many the partial sum is put aside.
#define RUN 64

// How many lines ahead weights are asked for: about as long as memory takes to answer.
#define AHEAD 32

// Partial sums of a tile: [first, second][position][vector].
typedef struct {
    __m256 sums[2][MOST_POSITIONS][2];
} aside;

// Adds the sums in the registers to those put aside, or begins with them, and clears them.
INLINE AVX2 void put_aside(const int sides, const int M, const int V, int is_begun, __m256 (*registers)[MOST_POSITIONS][2], aside *to) {
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++) {
        __m256 *sum = &to->sums[side][m][v];
        *sum = is_begun ? _mm256_add_ps(*sum, registers[side][m][v]) : registers[side][m][v];
        registers[side][m][v] = _mm256_setzero_ps();
    }
}

// The first `lanes` of a vector.
INLINE AVX2 __m256 load(const float *from, int64_t lanes) {
    if (lanes >= VECTOR) return _mm256_loadu_ps(from);
    float all[VECTOR] = {0};
    for (int64_t lane = 0; lane < lanes; lane++) all[lane] = from[lane];
    return _mm256_loadu_ps(all);
}

INLINE AVX2 void store(float *to, int64_t lanes, __m256 value) {
    if (lanes >= VECTOR) {
        _mm256_storeu_ps(to, value);
        return;
    }
    float all[VECTOR];
    _mm256_storeu_ps(all, value);
    for (int64_t lane = 0; lane < lanes; lane++) to[lane] = all[lane];
}

// Weights of one input channel and vector.
INLINE AVX2 __m256 weights_at(const tile *t, int64_t at) {
    return t->halves ? _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(t->halves + at))) : _mm256_loadu_ps(t->panel + at);
}

// The negative parts of one position and vector, summed by themselves: 8 numbers. Rarely needed: not part of every tile's code.
static AVX2 __attribute__((noinline)) void sum_negative_part(tile_mode mode, const tile *t, int position, int vector, float *negative) {
    const __m256 zero = _mm256_setzero_ps();
    __m256 all = zero;
    for (int64_t tap = 0; tap < t->taps; tap++) {
        const int32_t offset = t->offsets[position][tap];
        if (offset < 0) continue;
        const float *x = t->x + t->input[position] + offset;
        const int64_t weights = t->tap_ids[tap] * t->channels * PANEL + (t->part + vector) * VECTOR;
        for (int64_t start = 0; start < t->channels; start += RUN) {
            const int64_t end = start + RUN < t->channels ? start + RUN : t->channels;
            __m256 run = zero;
            for (int64_t k = start; k < end; k++) {
                const __m256 w = weights_at(t, weights + k * PANEL), xk = _mm256_broadcast_ss(x + k);
                run = mode == TILE_SPLIT_WEIGHTS ? _mm256_fmadd_ps(_mm256_min_ps(w, zero), xk, run)
                                                 : _mm256_add_ps(run, _mm256_min_ps(_mm256_mul_ps(w, xk), zero));
            }
            all = _mm256_add_ps(all, run);
        }
    }
    if (t->factors) all = _mm256_mul_ps(all, _mm256_loadu_ps(t->factors + vector * VECTOR));
    _mm256_storeu_ps(negative, all);
}

// A difference of two sums has their errors. So long as it is not this much smaller than the positive part it is exact enough; a part that is
// nearly nothing beside the other is exact only by itself.
#define LEAST_SHARE (1.0f / 64)

// Negative parts of one position and vector, of the positive parts and the whole sums.
INLINE AVX2 __m256 negative_of(const tile_mode mode, const tile *t, int m, int v, __m256 positive, __m256 sum) {
    const __m256 difference = _mm256_sub_ps(sum, positive), sign = _mm256_set1_ps(-0.0f);
    const __m256 least = _mm256_mul_ps(_mm256_andnot_ps(sign, positive), _mm256_set1_ps(LEAST_SHARE));
    const __m256 is_small = _mm256_cmp_ps(_mm256_andnot_ps(sign, difference), least, _CMP_LT_OQ);
    if (__builtin_expect(_mm256_testz_ps(is_small, is_small), 1)) return difference;
    float exact[VECTOR];
    sum_negative_part(mode, t, m, v, exact);
    return _mm256_blendv_ps(difference, _mm256_loadu_ps(exact), is_small);
}

// Writes what is wanted of the sums of `lanes` channels from vector `v` on.
INLINE AVX2 void finish_vector(const tile_mode mode, const int M, const int v, const int64_t lanes, const tile *t, const aside *made) {
    const int sides = tile_sides(mode);
    const int64_t at = v * VECTOR;
    const __m256 factor = t->factors ? _mm256_loadu_ps(t->factors + at) : _mm256_set1_ps(1);
    const __m256 bias = t->bias ? load(t->bias + at, lanes) : _mm256_setzero_ps();
    for (int m = 0; m < M; m++) {
        const int64_t place = t->output[m] + at;
        __m256 first = _mm256_mul_ps(made->sums[0][m][v], factor), sum;
        if (sides == 2) {
            const __m256 product = _mm256_mul_ps(made->sums[1][m][v], factor);
            sum = _mm256_add_ps(product, bias);
            store(t->second + place, lanes, sum);
            if (t->negative) store(t->negative + place, lanes, negative_of(mode, t, m, v, first, product));
        } else {
            if (t->factor) first = _mm256_mul_ps(first, load(t->factor + place, lanes));
            sum = first = _mm256_add_ps(first, bias);
        }
        store(t->first + place, lanes, first);
        if (t->rectified) store(t->rectified + place, lanes, _mm256_max_ps(sum, _mm256_setzero_ps()));
    }
}

// Where a panel is not full.
static AVX2 void finish_lanes(tile_mode mode, int M, const tile *t, const aside *made) {
    for (int v = 0; v * VECTOR < t->lanes; v++) finish_vector(mode, M, v, t->lanes - v * VECTOR, t, made);
}

// V vectors of 8 channels times M positions. All loops over M and V have constant bounds where this is inlined.
INLINE AVX2 void run_tile(const tile_mode mode, const int M, const int V, const int is_half, const tile *t) {
    const int sides = tile_sides(mode);
    const __m256 zero = _mm256_setzero_ps();
    __m256 sums[2][MOST_POSITIONS][2];
    aside done;
    // The results are asked for now, so that they are near when the sums are made.
    UNROLL for (int m = 0; m < M; m++) {
        __builtin_prefetch(t->first + t->output[m], 1);
        if (sides == 2) __builtin_prefetch(t->second + t->output[m], 1);
        if (t->negative) __builtin_prefetch(t->negative + t->output[m], 1);
        if (t->factor) __builtin_prefetch(t->factor + t->output[m]);
        if (t->rectified) __builtin_prefetch(t->rectified + t->output[m], 1);
    }
    int is_begun = 0;
    int64_t pending = 0;  // how many products are in the registers
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++)
        sums[side][m][v] = zero;
    for (int64_t tap = 0; tap < t->taps; tap++) {
        const float *x[MOST_POSITIONS], *y[MOST_POSITIONS];
        int is_inside = 0;
        UNROLL for (int m = 0; m < M; m++) {
            int32_t offset = t->offsets[m][tap];
            is_inside |= offset >= 0;
            x[m] = offset >= 0 ? t->x + t->input[m] + offset : t->zeros;
            if (mode == TILE_SIGNED) y[m] = offset >= 0 ? t->y + t->input[m] + offset : t->zeros;
        }
        if (!is_inside) continue;
        const int64_t offset = t->tap_ids[tap] * t->channels * PANEL + t->part * VECTOR;
        const float *weights = is_half ? NULL : t->panel + offset;
        const uint16_t *halves = is_half ? t->halves + offset : NULL;
        for (int64_t start = 0; start < t->channels; start += RUN) {
            const int64_t end = start + RUN < t->channels ? start + RUN : t->channels;
            for (int64_t k = start; k < end; k++) {
                __m256 w[2], plus[2], minus[2];
                // One line of memory holds the panel's weights of one input channel, or of two in half precision.
                if (t->part == 0)
                    _mm_prefetch(is_half ? (const char *)(halves + (k + 2 * AHEAD) * PANEL) : (const char *)(weights + (k + AHEAD) * PANEL),
                                 _MM_HINT_T0);
                UNROLL for (int v = 0; v < V; v++) {
                    w[v] = is_half ? _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(halves + k * PANEL + v * VECTOR)))
                                   : _mm256_loadu_ps(weights + k * PANEL + v * VECTOR);
                    if (mode == TILE_POSITIVE || mode == TILE_SIGNED || mode == TILE_SPLIT_WEIGHTS)
                        plus[v] = _mm256_max_ps(w[v], zero);
                    // min(w, 0), by an addition: that is not what the multiplications wait for.
                    if (mode == TILE_SIGNED) minus[v] = _mm256_sub_ps(w[v], plus[v]);
                }
                UNROLL for (int m = 0; m < M; m++) {
                    const __m256 xm = _mm256_broadcast_ss(x[m] + k);
                    UNROLL for (int v = 0; v < V; v++) {
                        __m256 *first = &sums[0][m][v], *second = &sums[1][m][v];
                        switch (mode) {
                        case TILE_ALL: *first = _mm256_fmadd_ps(w[v], xm, *first); break;
                        case TILE_POSITIVE: *first = _mm256_fmadd_ps(plus[v], xm, *first); break;
                        case TILE_SIGNED:
                            *first = _mm256_fmadd_ps(plus[v], xm, *first);
                            *first = _mm256_fmadd_ps(minus[v], _mm256_broadcast_ss(y[m] + k), *first);
                            break;
                        case TILE_SPLIT_WEIGHTS:
                            *first = _mm256_fmadd_ps(plus[v], xm, *first);
                            *second = _mm256_fmadd_ps(w[v], xm, *second);
                            break;
                        case TILE_SPLIT_PRODUCTS:
                            *first = _mm256_add_ps(*first, _mm256_max_ps(_mm256_mul_ps(w[v], xm), zero));
                            *second = _mm256_fmadd_ps(w[v], xm, *second);
                            break;
                        }
                    }
                }
            }
            pending += end - start;
            if (pending < RUN) continue;
            put_aside(sides, M, V, is_begun, sums, &done);
            is_begun = 1;
            pending = 0;
        }
    }
    if (pending > 0 || !is_begun) put_aside(sides, M, V, is_begun, sums, &done);
    if (t->lanes < V * VECTOR)
        finish_lanes(mode, M, t, &done);
    else
        UNROLL for (int v = 0; v < V; v++) finish_vector(mode, M, v, VECTOR, t, &done);
}

// The registers hold the sums of both vectors of a panel where there is one side, else those of one vector.
#define TILE_FUNCTION(name, mode, M, is_half)                                                               \
    static AVX2 void name##_##M##_##is_half(const tile *t) {                                                \
        run_tile(mode, M, mode >= TILE_SPLIT_WEIGHTS ? 1 : 2, is_half, t); \
    }
#define TILE_FUNCTIONS(name, mode, is_half) \
    TILE_FUNCTION(name, mode, 1, is_half)   \
    TILE_FUNCTION(name, mode, 2, is_half)   \
    TILE_FUNCTION(name, mode, 3, is_half)   \
    TILE_FUNCTION(name, mode, 4, is_half)   \
    TILE_FUNCTION(name, mode, 5, is_half)   \
    TILE_FUNCTION(name, mode, 6, is_half)
#define TILE_MODES(is_half)                                    \
    TILE_FUNCTIONS(all, TILE_ALL, is_half)                     \
    TILE_FUNCTIONS(positive, TILE_POSITIVE, is_half)           \
    TILE_FUNCTIONS(signed_sides, TILE_SIGNED, is_half)         \
    TILE_FUNCTIONS(split_weights, TILE_SPLIT_WEIGHTS, is_half) \
    TILE_FUNCTIONS(split_products, TILE_SPLIT_PRODUCTS, is_half)
TILE_MODES(0)
TILE_MODES(1)

#define TABLE_ROW(name, is_half) \
    {name##_1_##is_half, name##_2_##is_half, name##_3_##is_half, name##_4_##is_half, name##_5_##is_half, name##_6_##is_half}
#define TABLE(is_half)                                                                        \
    {TABLE_ROW(all, is_half), TABLE_ROW(positive, is_half), TABLE_ROW(signed_sides, is_half), \
     TABLE_ROW(split_weights, is_half), TABLE_ROW(split_products, is_half)}
static void (*const functions[2][5][MOST_POSITIONS])(const tile *) = {TABLE(0), TABLE(1)};

void heatlens_tile(tile_mode mode, int positions, const tile *t) { functions[t->halves != NULL][mode][positions - 1](t); }

AVX2 int heatlens_to_halves(int64_t count, const float *weights, float factor, uint16_t *halves) {
    for (int64_t i = 0; i < count; i++) {
        const uint16_t half = _cvtss_sh(weights[i] / factor, _MM_FROUND_TO_NEAREST_INT);
        const float back = _cvtsh_ss(half) * factor;
        // The weight and its factor were rounded once each on their way here.
        if (!(back - weights[i] <= 4e-7f * (weights[i] < 0 ? -weights[i] : weights[i])) ||
            !(weights[i] - back <= 4e-7f * (weights[i] < 0 ? -weights[i] : weights[i])))
            return 0;
        halves[i] = half;
    }
    return 1;
}

#else

void heatlens_tile(tile_mode mode, int positions, const tile *t) { (void)mode, (void)positions, (void)t; __builtin_trap(); }
int heatlens_to_halves(int64_t count, const float *weights, float factor, uint16_t *halves) {
    (void)count, (void)weights, (void)factor, (void)halves;
    return 0;
}

#endif
