// For processors with AVX2, FMA and F16C.
#include "widths.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define VECTOR 8
// 16 registers: 12 sums at most, the weights and one input.
#define POSITIONS 6
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,popcnt"))), apply_to = function)
#include "width_loops.h"
#pragma clang attribute pop

const width *heatlens_avx2(void) {
    const int fits = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
                     __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    return fits ? &loops : NULL;
}
#else
const width *heatlens_avx2(void) { return NULL; }
#endif
