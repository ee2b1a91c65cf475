// Products that skip zeros: behind a ReLU about half of all numbers are.
#ifndef HEATLENS_SPARSE_H
#define HEATLENS_SPARSE_H

#include "packing.h"

// One product, as all its pieces see it.
typedef struct {
    const struct heatlens_width *width;
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

// Input channels of a chunk, one bit each of a mask. Also how many products are added before the partial sum is put aside.
#define CHUNK 64

static inline int64_t heatlens_mask_count(const direction *d, int64_t batch) { return batch * d->input_size / CHUNK; }

// The share of numbers that are not zero from which on tiles are faster: with both parts of the weights one that is read is multiplied twice.
static inline double heatlens_dense_from(tile_mode mode) { return mode == TILE_SPLIT_WEIGHTS ? 0.85 : 0.65; }

#endif
