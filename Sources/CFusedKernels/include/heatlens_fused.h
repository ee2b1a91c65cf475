// Convolutions for relevance: products of pictures with weights, with their positive and negative parts, in one pass over the weights.
// Pictures are N, H, W, C in memory (channel innermost). Needs AVX2 and FMA at least; ask heatlens_fused_vector first.
#ifndef HEATLENS_FUSED_H
#define HEATLENS_FUSED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Shapes of a two-dimensional convolution with one group and without bias, for one picture.
typedef struct {
    int64_t input_channels, input_height, input_width;
    int64_t output_channels, output_height, output_width;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width, dilation_height, dilation_width;
    int64_t padding_top, padding_left;
} heatlens_fused_shape;

typedef struct heatlens_fused_map heatlens_fused_map;

// How many numbers one instruction takes: `vector`, 8 with AVX2 or 16 with AVX-512, if this processor can, else 0; the most that it can for 0.
int heatlens_fused_vector(int vector);

// Packs `weights` (O, I, H, W in row-major order). NULL where memory is short.
// `vector`: see heatlens_fused_vector. All widths give the same bytes.
// `factors`, one an output channel or NULL: where half precision holds all weights divided by them, they are kept so.
heatlens_fused_map *heatlens_fused_create(const heatlens_fused_shape *shape, const float *weights, const float *factors,
                                          int vector);
// Whether the weights are kept in half precision.
int heatlens_fused_is_half(const heatlens_fused_map *map);
void heatlens_fused_destroy(heatlens_fused_map *map);

// Where a product's results go; NULL where they are not wanted. None may be where the product reads.
typedef struct {
    float *sum;        // z_k = sum_i x_i w_ik + bias_k; always wanted
    float *rectified;  // max(z_k, 0)
    float *positive, *negative;  // the two parts of z_k - bias_k
} heatlens_fused_results;

// How a product is split into its parts, see Split in Kernels.swift. Split, the positive part is always wanted.
typedef enum {
    HEATLENS_FUSED_WHOLE,        // not at all
    HEATLENS_FUSED_BY_WEIGHTS,   // p_k = sum_i x_i max(w_ik, 0), n_k = sum_i x_i min(w_ik, 0)
    HEATLENS_FUSED_BY_PRODUCTS   // p_k = sum_i max(x_i w_ik, 0), n_k = sum_i min(x_i w_ik, 0)
} heatlens_fused_split;

// `bias` has one number an output channel; NULL for none.
int heatlens_fused_product(heatlens_fused_map *map, heatlens_fused_split split, int64_t batch, const float *x, const float *bias,
                           const heatlens_fused_results *results);

// Back from outputs to inputs: u_i = t_i sum_k w_ik a_k; of positive weights only; or t_i sum_k (max(w_ik, 0) a_k + min(w_ik, 0) c_k).
// `times` holds t_i; NULL for 1.
typedef enum { HEATLENS_FUSED_ALL, HEATLENS_FUSED_POSITIVE, HEATLENS_FUSED_SIGNED } heatlens_fused_side;
int heatlens_fused_transposed(heatlens_fused_map *map, heatlens_fused_side side, int64_t batch, const float *a, const float *c,
                              const float *times, float *u);

// Calls body(context, i) for every i in 0..<count on all threads of the team, the caller's among them, and returns when all are done.
// Called while the team is at work for another thread, it does all by itself.
void heatlens_team_run(int64_t count, void (*body)(void *context, int64_t index), void *context);
int heatlens_team_size(void);

// Multiplications and additions a second, and bytes read from memory a second, of all threads together; 0 where it cannot be measured.
double heatlens_fused_peak_flops(void);
double heatlens_fused_memory_bandwidth(void);

#ifdef __cplusplus
}
#endif

#endif
