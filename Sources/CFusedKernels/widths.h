// The loops that hold instructions of one width of vectors, as a table: one source, compiled for each width, chosen at run time. All give the
// same bytes, since each lane is an output channel, whose products are added in the same order.
#ifndef HEATLENS_WIDTHS_H
#define HEATLENS_WIDTHS_H

#include "sparse.h"

typedef struct heatlens_width {
    int vector;  // numbers in a vector
    // Tiles of 1 to most_positions(mode) positions.
    int (*most_positions)(tile_mode mode);
    void (*tile)(tile_mode mode, int positions, const tile *t);

    // Whether a product could skip zeros: channels in whole vectors, and enough positions that read each weight.
    int (*can_skip_zeros)(const direction *d, tile_mode mode, int64_t batch);
    // Finds the numbers that are not zero; their share of all, 0 to 1.
    double (*find_zeros)(const product_job *job, uint64_t *masks);
    // Computes the product, to the last bit as tiles do, without the negative parts.
    void (*skip_zeros)(const product_job *job, uint64_t *masks);

    // What a thread can do at most, for the roofline: `rounds` times `chains` multiplications and as many additions.
    int chains;
    void (*multiply_and_add)(int64_t rounds, volatile float *sink);
} width;

// NULL where this processor cannot run it.
const width *heatlens_avx2(void);
const width *heatlens_avx512(void);
// Of so many numbers in a vector, the widest for 0; NULL where this processor has none.
const width *heatlens_width(int vector);

#endif
