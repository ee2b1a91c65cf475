// A map as it is packed: what the products of fused.c run over.
#ifndef HEATLENS_PACKING_H
#define HEATLENS_PACKING_H

#include <stddef.h>

#include "heatlens_fused.h"
#include "tiles.h"

// With fewer input channels than this a tap is too short to be worth its loop: taps are gathered side by side first.
#define FEW_CHANNELS 8

// Positions that read the same taps.
typedef struct {
    int64_t tap_count, position_count;
    int32_t *taps;       // which taps
    int32_t *positions;  // which output positions
    int32_t *offsets;    // [position][tap]: offset of the input channels in the picture, -1 outside
} phase;

typedef struct {
    int64_t count;
    phase *list;
} phases;

// From so many pictures on positions are grouped by the taps that lie inside the picture: there are enough of each kind.
#define FEW_PICTURES 4

// A packed product in one direction.
typedef struct {
    int64_t input_channels, output_channels, input_size, output_area, taps;
    float *panels;     // [panel][tap][input channel][PANEL], zeros where there is no channel
    uint16_t *halves;  // or the same in half precision
    float *factors;    // with `halves`: of the output channels, a whole number of panels
    phases together;  // as few as there can be; some taps of a position may lie outside
    phases grouped;   // all taps of a position lie inside
    float *zeros;
} direction;

struct heatlens_width;

struct heatlens_fused_map {
    const struct heatlens_width *width;  // the loops that run it
    heatlens_fused_shape shape;
    int gathers;  // whether taps are gathered
    direction forward, backward;
    int has_backward;
    // Until the backward direction is packed one of these two holds O, I, H, W.
    float *weights;
    uint16_t *halves;
    float *factors;  // with weights in half precision: what they are multiplied with, one an output channel
    float *scaled;   // room for the outputs' factors times these
    int64_t scaled_count;
    uint64_t *masks;  // room for a bit for each input
    int64_t mask_count;
    float *gathered;
    int64_t gathered_count;
};

static inline int64_t taps_of(const heatlens_fused_shape *s) { return s->kernel_height * s->kernel_width; }
static inline int64_t panels_of(int64_t channels) { return (channels + PANEL - 1) / PANEL; }

// Where output position (y, x) reads with tap (r, s); -1 outside the picture.
static inline int64_t input_position(const heatlens_fused_shape *s, int64_t y, int64_t x, int64_t r, int64_t c) {
    int64_t row = y * s->stride_height - s->padding_top + r * s->dilation_height;
    int64_t column = x * s->stride_width - s->padding_left + c * s->dilation_width;
    if (row < 0 || row >= s->input_height || column < 0 || column >= s->input_width) return -1;
    return row * s->input_width + column;
}

// Memory aligned to cache lines, in huge pages where it is large; NULL where it is short.
void *heatlens_allocate(int64_t count, size_t size);

// Packs the weights for one direction. 0 where memory is short.
int heatlens_pack(heatlens_fused_map *map, int is_backward);

#endif
