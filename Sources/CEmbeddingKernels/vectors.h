// Eight floats at a time, in the compiler's vector language: one source for wide and narrow processors.
#ifndef HEATLENS_VECTORS_H
#define HEATLENS_VECTORS_H

#include <stdint.h>
#include <string.h>

#include "heatlens_embedding.h"

// Vectors are handed over only to functions that are inlined: there is no convention of calls to break.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float f8 __attribute__((vector_size(32)));
typedef float f4 __attribute__((vector_size(16)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef uint32_t u8 __attribute__((vector_size(32)));
typedef float f8_loose __attribute__((vector_size(32), aligned(4)));
typedef float f4_loose __attribute__((vector_size(16), aligned(4)));
typedef uint32_t u8_loose __attribute__((vector_size(32), aligned(4)));

#define INLINE static inline __attribute__((always_inline))

INLINE f8 load8(const float *from) { return *(const f8_loose *)from; }
INLINE f4 load4(const float *from) { return *(const f4_loose *)from; }
INLINE void store8(float *to, f8 value) { *(f8_loose *)to = value; }
INLINE void store4(float *to, f4 value) { *(f4_loose *)to = value; }
INLINE f8 all8(float value) { return (f8){value, value, value, value, value, value, value, value}; }

INLINE float sum4(f4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }
INLINE float sum8(f8 v) {
    f4 low = __builtin_shufflevector(v, v, 0, 1, 2, 3), high = __builtin_shufflevector(v, v, 4, 5, 6, 7);
    return sum4(low + high);
}

INLINE f8 choose8(i8 mask, f8 yes, f8 no) { return (f8)(((i8)yes & mask) | ((i8)no & ~mask)); }

// Rows to columns.
INLINE void transpose8(f8 v[8]) {
    f8 a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        a[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i += 4) {
        b[i] = __builtin_shufflevector(a[i], a[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        b[i + 2] = __builtin_shufflevector(a[i + 1], a[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
        b[i + 3] = __builtin_shufflevector(a[i + 1], a[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int i = 0; i < 4; i++) {
        v[i] = __builtin_shufflevector(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        v[i + 4] = __builtin_shufflevector(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

// One bit for each lane that is negative.
INLINE unsigned signs8(i8 v) {
#ifdef WIDE
    return (unsigned)__builtin_ia32_movmskps256((f8)v);
#else
    unsigned bits = 0;
    for (int lane = 0; lane < 8; lane++) bits |= (unsigned)(v[lane] < 0) << lane;
    return bits;
#endif
}

#endif
