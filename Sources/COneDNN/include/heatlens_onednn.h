// The few calls of oneDNN that Heatlens needs, behind one face for the library's C API 2.x and 3.x.
// Every function that returns int returns 0 on success and oneDNN's status otherwise.
#ifndef HEATLENS_ONEDNN_H
#define HEATLENS_ONEDNN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Shapes of a two-dimensional convolution without bias, for one picture.
typedef struct {
    int64_t groups;
    int64_t input_channels, input_height, input_width;
    int64_t output_channels, output_height, output_width;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width, dilation_height, dilation_width;
    int64_t padding_top, padding_left, padding_bottom, padding_right;
} heatlens_convolution_shape;

typedef struct heatlens_linear_map heatlens_linear_map;

// Packs `weights` (O, I / groups, H, W in row-major order) for the convolution, or for its transposition.
int heatlens_linear_map_create(heatlens_linear_map **map, const heatlens_convolution_shape *shape, int is_transposed,
                               const float *weights);
void heatlens_linear_map_destroy(heatlens_linear_map *map);

// Applies the map to `batch` pictures in N, H, W, C order (channel innermost). Primitives are made at the first use of a batch size and kept.
int heatlens_linear_map_apply(heatlens_linear_map *map, int64_t batch, const float *input, float *output);

// c = alpha * op(a) * op(b) + beta * c for row-major matrices.
int heatlens_matrix_product(int transposed_a, int transposed_b, int64_t rows, int64_t columns, int64_t inner, float alpha,
                            const float *a, int64_t leading_a, const float *b, int64_t leading_b, float beta, float *c,
                            int64_t leading_c);

// How many threads oneDNN takes for what this thread asks of it from now on. Returns how many it took before; 0 where it cannot be set.
int heatlens_set_thread_count(int count);

#ifdef __cplusplus
}
#endif

#endif
