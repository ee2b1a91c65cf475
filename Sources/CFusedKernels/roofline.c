// What this processor can do at most: the two lines under which every kernel stays.
#include "widths.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct {
    const float *memory;
    int64_t floats;  // of each share
    volatile float sink;
} reading;

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define ROUNDS 4000000

static void multiply_and_add(void *context, int64_t index) {
    (void)index;
    heatlens_width(0)->multiply_and_add(ROUNDS, &((reading *)context)->sink);
}

static AVX2 void read_memory(void *context, int64_t index) {
    reading *r = context;
    const float *from = r->memory + index * r->floats;
    __m256 sums[8];
    _Pragma("clang loop unroll(full)") for (int c = 0; c < 8; c++) sums[c] = _mm256_setzero_ps();
    for (int64_t at = 0; at + 64 <= r->floats; at += 64)
        _Pragma("clang loop unroll(full)") for (int c = 0; c < 8; c++) sums[c] = _mm256_add_ps(sums[c], _mm256_loadu_ps(from + at + 8 * c));
    float total = 0;
    for (int c = 0; c < 8; c++) total += _mm256_cvtss_f32(sums[c]);
    r->sink = total;
}

double heatlens_fused_peak_flops(void) {
    reading unused = {0};
    double best = 0;
    for (int run = 0; run < 5; run++) {
        const double start = seconds();
        heatlens_team_run(heatlens_team_size(), multiply_and_add, &unused);
        const double rate = (double)heatlens_team_size() * ROUNDS * 2 * heatlens_width(0)->chains / (seconds() - start);
        if (rate > best) best = rate;
    }
    return best;
}

double heatlens_fused_memory_bandwidth(void) {
    const int64_t floats = (int64_t)32 << 20;  // 128 MiB a thread: more than any cache
    const int64_t total = floats * heatlens_team_size();
    float *memory = malloc((size_t)total * sizeof(float));
    if (!memory) return 0;
    memset(memory, 1, (size_t)total * sizeof(float));
    reading r = {memory, floats, 0};
    double best = 0;
    for (int run = 0; run < 5; run++) {
        const double start = seconds();
        heatlens_team_run(heatlens_team_size(), read_memory, &r);
        const double rate = (double)total * sizeof(float) / (seconds() - start);
        if (rate > best) best = rate;
    }
    free(memory);
    return best;
}

#else

double heatlens_fused_peak_flops(void) { return 0; }
double heatlens_fused_memory_bandwidth(void) { return 0; }

#endif
