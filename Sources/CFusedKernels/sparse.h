// Products that skip zeros: behind a ReLU about half of all numbers are.
#ifndef HEATLENS_SPARSE_H
#define HEATLENS_SPARSE_H

#include "packing.h"

// One product, as all its pieces see it.
typedef struct {
    const direction *d;
    tile_mode mode;
    int64_t batch;
    const float *x, *y;  // y with TILE_SIGNED only
    // Outputs, see tile; NULL where they are not wanted.
    float *first, *second, *negative, *rectified;
    const float *factor;
    const float *bias;  // of all output channels
    const phases *set;  // the positions of tiles
} product_job;

// Whether a product could be computed so: channels in whole vectors, and enough positions that read each weight.
int heatlens_can_skip_zeros(const direction *d, tile_mode mode, int64_t batch);

int64_t heatlens_mask_count(const direction *d, int64_t batch);
// Finds the numbers that are not zero; their share of all, 0 to 1.
double heatlens_find_zeros(const product_job *job, uint64_t *masks);
// The share from which on tiles are faster: with both parts of the weights one that is read is multiplied twice.
static inline double heatlens_dense_from(tile_mode mode) { return mode == TILE_SPLIT_WEIGHTS ? 0.85 : 0.65; }

// Computes the product, to the last bit as tiles do, without the negative parts. Only on processors with AVX2, FMA and F16C.
void heatlens_skip_zeros(const product_job *job, uint64_t *masks);

#endif
