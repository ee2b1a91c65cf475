// The innermost loops: a few positions times one panel of channels.
#ifndef HEATLENS_TILES_H
#define HEATLENS_TILES_H

#include <stdint.h>

// Channels of a panel: weights are packed as [panel][tap][input channel][PANEL].
#define PANEL 16
// Positions of a tile at most.
#define MOST_POSITIONS 6

typedef enum {
    TILE_ALL,            // first += w x
    TILE_POSITIVE,       // first += max(w, 0) x
    TILE_SIGNED,         // first += max(w, 0) x + min(w, 0) y
    TILE_SPLIT_WEIGHTS,  // first += max(w, 0) x, second += min(w, 0) x
    TILE_SPLIT_PRODUCTS  // first += max(w x, 0), second += min(w x, 0)
} tile_mode;

typedef struct {
    const float *panel;      // weights of the panel: [tap][input channel][PANEL]
    const uint16_t *halves;  // or the same in half precision
    const float *factors;    // what the products of the panel's channels are multiplied with; with `halves` only
    int64_t channels;        // input channels
    int64_t taps;            // taps that these positions read
    const int32_t *tap_ids;  // which of the panel's taps they are
    // For each position and tap the offset of the input channels, -1 where the tap lies outside the picture.
    const int32_t *offsets[MOST_POSITIONS];
    const float *x[MOST_POSITIONS];  // start of each position's picture
    const float *y[MOST_POSITIONS];  // the same of the second input of TILE_SIGNED
    const float *zeros;              // `channels` zeros
    float *first[MOST_POSITIONS];    // where each position's output channels of the panel go
    float *second[MOST_POSITIONS];   // for the split modes
    int64_t lanes;                   // how many channels of the panel there are: 1 to PANEL
} tile;

// Tiles of 1 to most_positions(mode) positions. Only on processors with AVX2 and FMA.
int heatlens_most_positions(tile_mode mode);
void heatlens_tile(tile_mode mode, int positions, const tile *t);

// weights[i] / factor in half precision; 0 where that does not hold them to single precision. Needs F16C.
int heatlens_to_halves(int64_t count, const float *weights, float factor, uint16_t *halves);

#endif
