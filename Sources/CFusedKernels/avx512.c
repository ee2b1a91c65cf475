// For processors with AVX-512.
#include "widths.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define VECTOR 16
// 32 registers: 24 sums at most, the weights and one input.
#define POSITIONS 12
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c,bmi,popcnt"))), apply_to = function)
#include "width_loops.h"
#pragma clang attribute pop

const width *heatlens_avx512(void) {
    const int fits = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq");
    return fits && heatlens_avx2() ? &loops : NULL;
}
#else
const width *heatlens_avx512(void) { return NULL; }
#endif
