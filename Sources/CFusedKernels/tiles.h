// What the innermost loops are told: a few positions times one panel of channels.
#ifndef HEATLENS_TILES_H
#define HEATLENS_TILES_H

#include <stdint.h>

// Channels of a panel: weights are packed as [panel][tap][input channel][PANEL].
#define PANEL 16
// Positions of a tile at most, whatever the width.
#define MOST_POSITIONS 12

typedef enum {
    TILE_ALL,            // first += w x
    TILE_POSITIVE,       // first += max(w, 0) x
    TILE_SIGNED,         // first += max(w, 0) x + min(w, 0) y
    // Where the two parts nearly cancel, what they add up to is far less exact than what is summed at once: so that is summed, and the
    // negative part is what the positive one exceeds it by.
    TILE_SPLIT_WEIGHTS,  // first += max(w, 0) x, second += w x
    TILE_SPLIT_PRODUCTS  // first += max(w x, 0), second += w x
} tile_mode;

static inline int tile_sides(tile_mode mode) { return mode >= TILE_SPLIT_WEIGHTS ? 2 : 1; }

typedef struct {
    const float *panel;      // weights of the panel: [tap][input channel][PANEL]
    const uint16_t *halves;  // or the same in half precision
    const float *factors;    // what the products of the panel's channels from `part` on are multiplied with; with `halves` only
    int64_t channels;        // input channels of a tap
    int64_t taps;            // taps that these positions read
    const int32_t *tap_ids;  // which of the panel's taps they are
    // For each position and tap the offset of the input channels, -1 where the tap lies outside the picture.
    const int32_t *offsets[MOST_POSITIONS];
    const float *x;      // the pictures
    const float *y;      // the second input of TILE_SIGNED
    const float *zeros;  // `channels` zeros
    int64_t input[MOST_POSITIONS];   // where each position's picture starts
    int64_t output[MOST_POSITIONS];  // where each position's results of these channels lie, in each of the arrays below
    int64_t part;                    // the first vector of the panel
    int64_t lanes;                   // how many channels the panel has from `part` on: 1 to PANEL

    float *first;
    float *second;        // where there are two sides; bias is added to it, and to `first` where there is one
    float *negative;      // gets `second` without its bias less `first`; NULL for none
    const float *bias;    // of these channels; NULL for none
    float *rectified;     // gets what is above zero of what bias is added to; NULL for none
    const float *factor;  // multiplies `first`; NULL for none
} tile;

#endif
