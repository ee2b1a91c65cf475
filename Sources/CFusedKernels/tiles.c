#include "tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma,f16c")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// Sums of many numbers of one sign lose digits when they are added one by one: after so many the partial sum is added to the result.
#define RUN 64

// How many lines ahead weights are asked for: about as long as memory takes to answer.
#define AHEAD 32

// Adds the sums in the registers to the result and clears them.
INLINE AVX2 void put_aside(const tile_mode mode, const int M, const int V, const int is_half, const tile *t, const int64_t part,
                           const int is_begun, __m256 (*first)[2], __m256 (*second)[2], float **to_first, float **to_second) {
    const int splits = mode == TILE_SPLIT_WEIGHTS || mode == TILE_SPLIT_PRODUCTS;
    UNROLL for (int v = 0; v < V; v++) {
        const __m256 factor = is_half ? _mm256_loadu_ps(t->factors + part * 8 + v * 8) : _mm256_set1_ps(1);
        UNROLL for (int m = 0; m < M; m++) {
            float *to = to_first[m] + v * 8;
            __m256 sum = is_half ? _mm256_mul_ps(first[m][v], factor) : first[m][v];
            _mm256_storeu_ps(to, is_begun ? _mm256_add_ps(_mm256_loadu_ps(to), sum) : sum);
            first[m][v] = _mm256_setzero_ps();
            if (!splits) continue;
            to = to_second[m] + v * 8;
            sum = is_half ? _mm256_mul_ps(second[m][v], factor) : second[m][v];
            _mm256_storeu_ps(to, is_begun ? _mm256_add_ps(_mm256_loadu_ps(to), sum) : sum);
            second[m][v] = _mm256_setzero_ps();
        }
    }
}

// V vectors of 8 channels times M positions, with weights in single or half precision. All loops over M and V have constant bounds where
// this is inlined. `part` is 0 for the panel's first vector, 1 for its second.
INLINE AVX2 void run_tile(const tile_mode mode, const int M, const int V, const int is_half, const tile *t, const int64_t part) {
    const int splits = mode == TILE_SPLIT_WEIGHTS || mode == TILE_SPLIT_PRODUCTS;
    const __m256 zero = _mm256_setzero_ps();
    __m256 first[MOST_POSITIONS][2], second[MOST_POSITIONS][2];
    float *to_first[MOST_POSITIONS], *to_second[MOST_POSITIONS];
    // Where the panel is not full its sums are made beside the result, which has no room for all lanes.
    float beside[2][MOST_POSITIONS][PANEL] __attribute__((aligned(32)));
    const int is_full = t->lanes == PANEL;
    UNROLL for (int m = 0; m < M; m++) {
        to_first[m] = (is_full ? t->first[m] : beside[0][m]) + part * 8;
        if (splits) to_second[m] = (is_full ? t->second[m] : beside[1][m]) + part * 8;
    }
    int is_begun = 0;
    int64_t pending = 0;  // how many products are in the registers
    UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++) {
        first[m][v] = zero;
        if (splits) second[m][v] = zero;
    }
    for (int64_t tap = 0; tap < t->taps; tap++) {
        const float *x[MOST_POSITIONS], *y[MOST_POSITIONS];
        int isInside = 0;
        UNROLL for (int m = 0; m < M; m++) {
            int32_t offset = t->offsets[m][tap];
            isInside |= offset >= 0;
            x[m] = offset >= 0 ? t->x[m] + offset : t->zeros;
            if (mode == TILE_SIGNED) y[m] = offset >= 0 ? t->y[m] + offset : t->zeros;
        }
        if (!isInside) continue;
        const int64_t offset = t->tap_ids[tap] * t->channels * PANEL + part * 8;
        const float *weights = is_half ? NULL : t->panel + offset;
        const uint16_t *halves = is_half ? t->halves + offset : NULL;
        for (int64_t start = 0; start < t->channels; start += RUN) {
            const int64_t end = start + RUN < t->channels ? start + RUN : t->channels;
            for (int64_t k = start; k < end; k++) {
                __m256 w[2], plus[2], minus[2];
                // One line of memory holds the panel's weights of one input channel, or of two in half precision.
                if (part == 0)
                    _mm_prefetch(is_half ? (const char *)(halves + (k + 2 * AHEAD) * PANEL) : (const char *)(weights + (k + AHEAD) * PANEL),
                                 _MM_HINT_T0);
                UNROLL for (int v = 0; v < V; v++) {
                    w[v] = is_half ? _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(halves + k * PANEL + v * 8)))
                                   : _mm256_loadu_ps(weights + k * PANEL + v * 8);
                    if (mode == TILE_POSITIVE || mode == TILE_SIGNED || mode == TILE_SPLIT_WEIGHTS) plus[v] = _mm256_max_ps(w[v], zero);
                    // min(w, 0), by an addition: that is not what the multiplications wait for.
                    if (mode == TILE_SIGNED || mode == TILE_SPLIT_WEIGHTS) minus[v] = _mm256_sub_ps(w[v], plus[v]);
                }
                UNROLL for (int m = 0; m < M; m++) {
                    const __m256 xm = _mm256_broadcast_ss(x[m] + k);
                    UNROLL for (int v = 0; v < V; v++) {
                        switch (mode) {
                        case TILE_ALL: first[m][v] = _mm256_fmadd_ps(w[v], xm, first[m][v]); break;
                        case TILE_POSITIVE: first[m][v] = _mm256_fmadd_ps(plus[v], xm, first[m][v]); break;
                        case TILE_SIGNED:
                            first[m][v] = _mm256_fmadd_ps(plus[v], xm, first[m][v]);
                            first[m][v] = _mm256_fmadd_ps(minus[v], _mm256_broadcast_ss(y[m] + k), first[m][v]);
                            break;
                        case TILE_SPLIT_WEIGHTS:
                            first[m][v] = _mm256_fmadd_ps(plus[v], xm, first[m][v]);
                            second[m][v] = _mm256_fmadd_ps(minus[v], xm, second[m][v]);
                            break;
                        case TILE_SPLIT_PRODUCTS: {
                            const __m256 product = _mm256_mul_ps(w[v], xm);
                            first[m][v] = _mm256_add_ps(first[m][v], _mm256_max_ps(product, zero));
                            second[m][v] = _mm256_add_ps(second[m][v], _mm256_min_ps(product, zero));
                            break;
                        }
                        }
                    }
                }
            }
            pending += end - start;
            if (pending < RUN) continue;
            put_aside(mode, M, V, is_half, t, part, is_begun, first, second, to_first, to_second);
            is_begun = 1;
            pending = 0;
        }
    }
    if (pending > 0 || !is_begun) put_aside(mode, M, V, is_half, t, part, is_begun, first, second, to_first, to_second);
    if (is_full) return;
    const int64_t lanes = t->lanes - part * 8 < V * 8 ? t->lanes - part * 8 : V * 8;
    for (int m = 0; m < M; m++) {
        memcpy(t->first[m] + part * 8, to_first[m], (size_t)lanes * sizeof(float));
        if (splits) memcpy(t->second[m] + part * 8, to_second[m], (size_t)lanes * sizeof(float));
    }
}

// Both vectors of a panel at once where the registers allow it, one after the other elsewhere.
#define TILE_FUNCTION(name, mode, M, is_half)                            \
    static AVX2 void name##_##M##_##is_half(const tile *t) {             \
        if (mode == TILE_SPLIT_WEIGHTS || mode == TILE_SPLIT_PRODUCTS) { \
            run_tile(mode, M, 1, is_half, t, 0);                         \
            if (t->lanes > 8) run_tile(mode, M, 1, is_half, t, 1);       \
        } else {                                                         \
            run_tile(mode, M, 2, is_half, t, 0);                         \
        }                                                                \
    }
#define TILE_FUNCTIONS(name, mode, is_half) \
    TILE_FUNCTION(name, mode, 1, is_half)   \
    TILE_FUNCTION(name, mode, 2, is_half)   \
    TILE_FUNCTION(name, mode, 3, is_half)   \
    TILE_FUNCTION(name, mode, 4, is_half)   \
    TILE_FUNCTION(name, mode, 5, is_half)   \
    TILE_FUNCTION(name, mode, 6, is_half)
#define TILE_MODES(is_half)                                   \
    TILE_FUNCTIONS(all, TILE_ALL, is_half)                    \
    TILE_FUNCTIONS(positive, TILE_POSITIVE, is_half)          \
    TILE_FUNCTIONS(signed_sides, TILE_SIGNED, is_half)        \
    TILE_FUNCTIONS(split_weights, TILE_SPLIT_WEIGHTS, is_half) \
    TILE_FUNCTIONS(split_products, TILE_SPLIT_PRODUCTS, is_half)
TILE_MODES(0)
TILE_MODES(1)

#define TABLE_ROW(name, is_half) \
    {name##_1_##is_half, name##_2_##is_half, name##_3_##is_half, name##_4_##is_half, name##_5_##is_half, name##_6_##is_half}
#define TABLE(is_half)                                                                                         \
    {TABLE_ROW(all, is_half), TABLE_ROW(positive, is_half), TABLE_ROW(signed_sides, is_half),                 \
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

// 16 vector registers hold the sums, the weights and one input: with two parts of the weights fewer positions fit.
int heatlens_most_positions(tile_mode mode) { return mode == TILE_SIGNED ? 4 : MOST_POSITIONS; }

#else

void heatlens_tile(tile_mode mode, int positions, const tile *t) { (void)mode, (void)positions, (void)t; __builtin_trap(); }
int heatlens_most_positions(tile_mode mode) { (void)mode; return 1; }
int heatlens_to_halves(int64_t count, const float *weights, float factor, uint16_t *halves) {
    (void)count, (void)weights, (void)factor, (void)halves;
    return 0;
}

#endif
