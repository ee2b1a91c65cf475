#include "tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// Sums of many numbers of one sign lose digits when they are added one by one: after so many the partial sum is put aside.
#define RUN 64

// V vectors of 8 channels times M positions. All loops over M and V have constant bounds where this is inlined.
INLINE AVX2 void run_tile(const tile_mode mode, const int M, const int V, const tile *t, const int64_t half) {
    const int splits = mode == TILE_SPLIT_WEIGHTS || mode == TILE_SPLIT_PRODUCTS;
    const __m256 zero = _mm256_setzero_ps();
    __m256 first[MOST_POSITIONS][2], second[MOST_POSITIONS][2];
    float sums[2][MOST_POSITIONS][2][8] __attribute__((aligned(32)));
    UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++) {
        _mm256_store_ps(sums[0][m][v], zero);
        if (splits) _mm256_store_ps(sums[1][m][v], zero);
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
        const float *weights = t->panel + t->tap_ids[tap] * t->channels * PANEL + half * 8;
        for (int64_t start = 0; start < t->channels; start += RUN) {
            const int64_t end = start + RUN < t->channels ? start + RUN : t->channels;
            UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++) {
                first[m][v] = zero;
                if (splits) second[m][v] = zero;
            }
            for (int64_t k = start; k < end; k++) {
                __m256 w[2], plus[2], minus[2];
                UNROLL for (int v = 0; v < V; v++) {
                    w[v] = _mm256_loadu_ps(weights + k * PANEL + v * 8);
                    if (mode == TILE_POSITIVE || mode == TILE_SIGNED || mode == TILE_SPLIT_WEIGHTS) plus[v] = _mm256_max_ps(w[v], zero);
                    if (mode == TILE_SIGNED || mode == TILE_SPLIT_WEIGHTS) minus[v] = _mm256_min_ps(w[v], zero);
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
            UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++) {
                _mm256_store_ps(sums[0][m][v], _mm256_add_ps(_mm256_load_ps(sums[0][m][v]), first[m][v]));
                if (splits) _mm256_store_ps(sums[1][m][v], _mm256_add_ps(_mm256_load_ps(sums[1][m][v]), second[m][v]));
            }
        }
    }
    const int64_t lanes = t->lanes - half * 8;
    for (int m = 0; m < M; m++) {
        for (int64_t lane = 0; lane < V * 8 && lane < lanes; lane++) t->first[m][half * 8 + lane] = sums[0][m][lane / 8][lane % 8];
        if (splits)
            for (int64_t lane = 0; lane < V * 8 && lane < lanes; lane++) t->second[m][half * 8 + lane] = sums[1][m][lane / 8][lane % 8];
    }
}

// Both vectors of a panel at once where the registers allow it, one after the other elsewhere.
#define TILE_FUNCTION(name, mode, M)                                 \
    static AVX2 void name##_##M(const tile *t) {                     \
        if (mode == TILE_SPLIT_WEIGHTS || mode == TILE_SPLIT_PRODUCTS) { \
            run_tile(mode, M, 1, t, 0);                              \
            if (t->lanes > 8) run_tile(mode, M, 1, t, 1);            \
        } else {                                                     \
            run_tile(mode, M, 2, t, 0);                              \
        }                                                            \
    }
#define TILE_FUNCTIONS(name, mode) \
    TILE_FUNCTION(name, mode, 1)   \
    TILE_FUNCTION(name, mode, 2)   \
    TILE_FUNCTION(name, mode, 3)   \
    TILE_FUNCTION(name, mode, 4)   \
    TILE_FUNCTION(name, mode, 5)   \
    TILE_FUNCTION(name, mode, 6)
TILE_FUNCTIONS(all, TILE_ALL)
TILE_FUNCTIONS(positive, TILE_POSITIVE)
TILE_FUNCTIONS(signed_sides, TILE_SIGNED)
TILE_FUNCTIONS(split_weights, TILE_SPLIT_WEIGHTS)
TILE_FUNCTIONS(split_products, TILE_SPLIT_PRODUCTS)

#define TABLE_ROW(name) {name##_1, name##_2, name##_3, name##_4, name##_5, name##_6}
static void (*const functions[5][MOST_POSITIONS])(const tile *) = {
    TABLE_ROW(all), TABLE_ROW(positive), TABLE_ROW(signed_sides), TABLE_ROW(split_weights), TABLE_ROW(split_products)};

void heatlens_tile(tile_mode mode, int positions, const tile *t) { functions[mode][positions - 1](t); }

// 16 vector registers hold the sums, the weights and one input: with two parts of the weights fewer positions fit.
int heatlens_most_positions(tile_mode mode) { return mode == TILE_SIGNED ? 4 : MOST_POSITIONS; }

#else

void heatlens_tile(tile_mode mode, int positions, const tile *t) { (void)mode, (void)positions, (void)t; __builtin_trap(); }
int heatlens_most_positions(tile_mode mode) { (void)mode; return 1; }

#endif
