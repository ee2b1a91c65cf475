// For processors with AVX2 and FMA.
#include "heatlens_embedding.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WIDE
#include "loops.h"
#pragma clang attribute pop

const heatlens_loops *heatlens_embedding_wide_loops(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &loops : 0;
}
#else
const heatlens_loops *heatlens_embedding_wide_loops(void) { return 0; }
#endif
