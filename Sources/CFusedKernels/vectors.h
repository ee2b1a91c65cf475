// Vectors of VECTOR numbers, 8 or 16: what the loops do with them, whichever it is. Included after the instructions are chosen.
#ifndef HEATLENS_VECTORS_H
#define HEATLENS_VECTORS_H

#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#if VECTOR == 16
typedef __m512 vec;
#define OP(name) _mm512_##name
#else
typedef __m256 vec;
#define OP(name) _mm256_##name
#endif

// Of half precision.
INLINE vec load_halves(const uint16_t *from) {
#if VECTOR == 16
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
#else
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
#endif
}

// The first `lanes`, and zeros.
INLINE vec load(const float *from, int64_t lanes) {
    if (lanes >= VECTOR) return OP(loadu_ps)(from);
    float all[VECTOR] = {0};
    for (int64_t lane = 0; lane < lanes; lane++) all[lane] = from[lane];
    return OP(loadu_ps)(all);
}

INLINE void store(float *to, int64_t lanes, vec value) {
    if (lanes >= VECTOR) {
        OP(storeu_ps)(to, value);
        return;
    }
    float all[VECTOR];
    OP(storeu_ps)(all, value);
    for (int64_t lane = 0; lane < lanes; lane++) to[lane] = all[lane];
}

INLINE vec magnitude(vec a) {
#if VECTOR == 16
    return _mm512_abs_ps(a);
#else
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
#endif
}

// One bit a lane.
INLINE unsigned lanes_below(vec a, vec b) {
#if VECTOR == 16
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
#else
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ));
#endif
}

INLINE unsigned lanes_not_zero(vec a) {
#if VECTOR == 16
    return _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NEQ_UQ);
#else
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NEQ_UQ));
#endif
}

// max(w, 0) as of whole numbers: below zero is what has the sign bit, and the units that multiply are left alone.
INLINE vec positive_of(vec w) {
#if VECTOR == 16
    return _mm512_castsi512_ps(_mm512_max_epi32(_mm512_castps_si512(w), _mm512_setzero_si512()));
#else
    return _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(w), _mm256_setzero_si256()));
#endif
}

#endif
