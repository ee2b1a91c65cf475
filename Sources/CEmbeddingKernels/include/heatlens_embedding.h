// The inner loops of t-SNE, in vectors of eight: for AVX2 and FMA where the processor has them, else for what every processor has. Both
// come from the same source. Positions are x and y in turn. All ranges are [first, last).
#ifndef HEATLENS_EMBEDDING_H
#define HEATLENS_EMBEDDING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Edges of rows: an edge is one 32-bit word, the other point's place in its low `index_bits`, above them the weight as a whole number of
// steps of the row. A row has a multiple of eight edges.
typedef struct {
    const uint32_t *edges;
    const int64_t *starts;  // of each row, and the end
    const float *steps;     // of each row
    int32_t index_bits;
} heatlens_edges;

// A mesh of floats: node (column, row) lies at origin + (column, row) / inverse.
typedef struct {
    float *nodes;
    int64_t stride;
    float origin_x, origin_y, inverse;
} heatlens_mesh;

// A step: gradient = pull * attraction - push * repulsion; velocity = momentum * velocity - rate * gain * gradient, no longer than
// longest_step.
typedef struct {
    float pull, push, momentum, rate, longest_step;
} heatlens_descent;

// Candidates for the nearest neighbours of points: for each point a list of `capacity` words, the bits of a squared distance above an
// index, and the squared distance from which on nothing is of interest any more.
typedef struct {
    uint64_t *entries;
    int32_t *counts;
    float *thresholds;
    int64_t capacity, keep;
} heatlens_candidates;

typedef struct {
    // forces_i = sum_j p_ij (y_i - y_j) / (1 + |y_i - y_j|^2)
    void (*attract)(const heatlens_edges *e, const float *positions, int64_t first, int64_t last, float *forces);
    // The sums over rows of p_ij log(1 + |y_i - y_j|^2), in nats, and of p_ij.
    void (*cross_entropy)(const heatlens_edges *e, const float *positions, int64_t first, int64_t last, double *entropy, double *mass);

    // Adds charge 1 of each point to the 16 nodes around it, with the weights of the cubic B-spline.
    void (*spread)(const heatlens_mesh *mesh, const float *positions, int64_t first, int64_t last);
    // Reads the field S with the same weights: forces_i = -1/2 grad S(y_i); returns the sum of S(y_i).
    double (*gather)(const heatlens_mesh *mesh, const float *positions, int64_t first, int64_t last, float *forces);

    // One step of points first ..< last. A gain grows by .2 where the gradient turns the velocity, else shrinks by a fifth, not below .01.
    // Writes the sums of the new positions.
    void (*descend)(const heatlens_descent *d, int64_t first, int64_t last, float *positions, float *velocities, float *gains,
                    const float *attractive, const float *repulsive, double sums[2]);
    // Subtracts (x, y) and writes the bounds: least x and y, greatest x and y.
    void (*recentre)(float x, float y, int64_t first, int64_t last, float *positions, float bounds[4]);

    // One stage of Stockham's transform on eight sequences, a sequence to a lane, with radix 2, 3, 4 or 5: `m` groups of `stride` vectors.
    // Inputs lie `stride * m` vectors apart, outputs `stride`; radix - 1 twiddle factors a group, cosine and sine in turn.
    void (*fft_stage)(int32_t radix, const float *re, const float *im, float *to_re, float *to_im, int64_t m, int64_t stride,
                      const float *twiddles);

    // Sixteen real columns of a mesh travel as eight complex ones, the first eight as real parts. From their transform over a period to the
    // frequencies up to the middle, by eights: for each batch of frequencies `batch_stride` vectors, of which sixteen are written, one a
    // column, a frequency to a lane. And back.
    void (*split_columns)(const float *re, const float *im, int64_t period, float *to_re, float *to_im, int64_t batch_stride);
    void (*join_columns)(const float *re, const float *im, int64_t batch_stride, float *to_re, float *to_im, int64_t period);

    // Squared distances of `rows` points from first_row on to `columns` points from first_column on, each pair offered to both; where
    // both are the same tile, each to the row only.
    // `points`: [.., dimension] by rows; `panels`: the same by sixteens, [.., dimension, 16], padded to whole sixteens; `norms`: squared
    // lengths, infinite for what is padding. Both first numbers are multiples of sixteen.
    void (*near_tile)(const heatlens_candidates *lists, const float *points, const float *panels, const float *norms, int64_t dimension,
                      int64_t first_row, int64_t rows, int64_t first_column, int64_t columns);
    // Brings the `keep` smallest of a point's list to its front; returns how many there are.
    int64_t (*near_finish)(const heatlens_candidates *lists, int64_t point);
    // Squared distance of two points, in double precision.
    double (*distance)(const float *a, const float *b, int64_t dimension);
    // Squared distances of rows to one point.
    void (*scan)(const float *rows, const float *point, int64_t dimension, int64_t first, int64_t last, float *distances);

    // Writes weights_i = exp(-beta distances_i), i < count (a multiple of eight), and the sums of weights, of weights times distances, and
    // of weights times squared distances.
    void (*gaussian)(const float *distances, int64_t count, float beta, float *weights, double sums[3]);
} heatlens_loops;

// The loops that suit this processor.
const heatlens_loops *heatlens_embedding_loops(void);
// Those for any processor, and those for AVX2 and FMA: NULL on a processor without.
const heatlens_loops *heatlens_embedding_narrow_loops(void);
const heatlens_loops *heatlens_embedding_wide_loops(void);

// Tells the processor that a loop only waits.
static inline void heatlens_wait_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

#ifdef __cplusplus
}
#endif

#endif
