// All loops of one width, and the table of them: POSITIONS and VECTOR say which.
#include "sparse_loops.h"
#include "tile_loops.h"
#include "widths.h"

#define CHAINS 12

static void multiply_and_add(int64_t rounds, volatile float *sink) {
    vec sums[CHAINS];
    const vec factor = OP(set1_ps)(0.999999f), term = OP(set1_ps)(1e-6f);
    UNROLL for (int c = 0; c < CHAINS; c++) sums[c] = OP(set1_ps)((float)c);
    for (int64_t round = 0; round < rounds; round++)
        UNROLL for (int c = 0; c < CHAINS; c++) sums[c] = OP(fmadd_ps)(sums[c], factor, term);
    for (int c = 0; c < CHAINS; c++) {
        float numbers[VECTOR];
        OP(storeu_ps)(numbers, sums[c]);
        *sink = numbers[0];
    }
}

static const width loops = {VECTOR, most_positions, run, can_skip_zeros, find_zeros, skip_zeros, CHAINS * VECTOR, multiply_and_add};
