// The innermost loops: a few positions times one panel of channels. Included once for each width of vectors.
#include "vectors.h"

// Vectors of a panel.
#define PANEL_VECTORS (PANEL / VECTOR)

// Sums of many numbers of one sign lose digits when they are added one by one: after so many the partial sum is put aside. Where that
// happens hangs on the taps' numbers alone, so that a position's sums are the same bytes in every tile.
#define RUN 64

// How many lines ahead weights are asked for: about as long as memory takes to answer.
#define AHEAD 32

// Partial sums of a tile: [first, second][position][vector].
typedef struct {
    vec sums[2][POSITIONS][PANEL_VECTORS];
} aside;

// Adds the sums in the registers to those put aside, or begins with them, and clears them.
INLINE void put_aside(const int sides, const int M, const int V, int is_begun, vec (*registers)[POSITIONS][PANEL_VECTORS], aside *to) {
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++) {
        vec *sum = &to->sums[side][m][v];
        *sum = is_begun ? OP(add_ps)(*sum, registers[side][m][v]) : registers[side][m][v];
        registers[side][m][v] = OP(setzero_ps)();
    }
}

// Weights of one input channel and vector.
INLINE vec weights_at(const tile *t, int64_t at) {
    return t->halves ? load_halves(t->halves + at) : OP(loadu_ps)(t->panel + at);
}

// The negative parts of one position and vector, summed by themselves: 8 numbers. Rarely needed: not part of every tile's code.
static __attribute__((noinline)) void sum_negative_part(tile_mode mode, const tile *t, int position, int vector, float *negative) {
    const vec zero = OP(setzero_ps)();
    vec all = zero;
    for (int64_t tap = 0; tap < t->taps; tap++) {
        const int32_t offset = t->offsets[position][tap];
        if (offset < 0) continue;
        const float *x = t->x + t->input[position] + offset;
        const int64_t weights = t->tap_ids[tap] * t->channels * PANEL + (t->part + vector) * VECTOR;
        for (int64_t start = 0; start < t->channels; start += RUN) {
            const int64_t end = start + RUN < t->channels ? start + RUN : t->channels;
            vec run = zero;
            for (int64_t k = start; k < end; k++) {
                const vec w = weights_at(t, weights + k * PANEL), xk = OP(set1_ps)(x[k]);
                run = mode == TILE_SPLIT_WEIGHTS ? OP(fmadd_ps)(OP(min_ps)(w, zero), xk, run)
                                                 : OP(add_ps)(run, OP(min_ps)(OP(mul_ps)(w, xk), zero));
            }
            all = OP(add_ps)(all, run);
        }
    }
    if (t->factors) all = OP(mul_ps)(all, OP(loadu_ps)(t->factors + vector * VECTOR));
    OP(storeu_ps)(negative, all);
}

// A difference of two sums has their errors. So long as it is not this much smaller than the positive part it is exact enough; a part that is
// nearly nothing beside the other is exact only by itself.
#define LEAST_SHARE (1.0f / 64)

// Negative parts of one position and vector, of the positive parts and the whole sums.
INLINE vec negative_of(const tile_mode mode, const tile *t, int m, int v, vec positive, vec sum) {
    const vec difference = OP(sub_ps)(sum, positive);
    const vec least = OP(mul_ps)(magnitude(positive), OP(set1_ps)(LEAST_SHARE));
    const unsigned small = lanes_below(magnitude(difference), least);
    if (__builtin_expect(small == 0, 1)) return difference;
    float result[VECTOR], exact[VECTOR];
    OP(storeu_ps)(result, difference);
    sum_negative_part(mode, t, m, v, exact);
    for (int lane = 0; lane < VECTOR; lane++)
        if (small >> lane & 1) result[lane] = exact[lane];
    return OP(loadu_ps)(result);
}

// Writes what is wanted of the sums of `lanes` channels from vector `v` on.
INLINE void finish_vector(const tile_mode mode, const int M, const int v, const int64_t lanes, const tile *t, const aside *made) {
    const int sides = tile_sides(mode);
    const int64_t at = v * VECTOR;
    const vec factor = t->factors ? OP(loadu_ps)(t->factors + at) : OP(set1_ps)(1);
    const vec bias = t->bias ? load(t->bias + at, lanes) : OP(setzero_ps)();
    for (int m = 0; m < M; m++) {
        const int64_t place = t->output[m] + at;
        vec first = OP(mul_ps)(made->sums[0][m][v], factor), sum;
        if (sides == 2) {
            const vec product = OP(mul_ps)(made->sums[1][m][v], factor);
            sum = OP(add_ps)(product, bias);
            store(t->second + place, lanes, sum);
            if (t->negative) store(t->negative + place, lanes, negative_of(mode, t, m, v, first, product));
        } else {
            if (t->factor) first = OP(mul_ps)(first, load(t->factor + place, lanes));
            sum = first = OP(add_ps)(first, bias);
        }
        store(t->first + place, lanes, first);
        if (t->rectified) store(t->rectified + place, lanes, OP(max_ps)(sum, OP(setzero_ps)()));
    }
}

// Where a panel is not full.
static void finish_lanes(tile_mode mode, int M, const tile *t, const aside *made) {
    for (int v = 0; v * VECTOR < t->lanes; v++) finish_vector(mode, M, v, t->lanes - v * VECTOR, t, made);
}

// V vectors of 8 channels times M positions. All loops over M and V have constant bounds where this is inlined.
INLINE void run_tile(const tile_mode mode, const int M, const int V, const int is_half, const tile *t) {
    const int sides = tile_sides(mode);
    const vec zero = OP(setzero_ps)();
    vec sums[2][POSITIONS][PANEL_VECTORS];
    aside done;
    // The results are asked for now, so that they are near when the sums are made.
    UNROLL for (int m = 0; m < M; m++) {
        __builtin_prefetch(t->first + t->output[m], 1);
        if (sides == 2) __builtin_prefetch(t->second + t->output[m], 1);
        if (t->negative) __builtin_prefetch(t->negative + t->output[m], 1);
        if (t->factor) __builtin_prefetch(t->factor + t->output[m]);
        if (t->rectified) __builtin_prefetch(t->rectified + t->output[m], 1);
    }
    int is_begun = 0, is_pending = 0;  // whether there are sums aside, and in the registers
    const int32_t taps_of_run = t->channels < RUN ? (int32_t)(RUN / t->channels) : 1;
    int32_t run_end = 0;  // the first tap of the next run
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int m = 0; m < M; m++) UNROLL for (int v = 0; v < V; v++)
        sums[side][m][v] = zero;
    for (int64_t tap = 0; tap < t->taps; tap++) {
        const float *x[POSITIONS], *y[POSITIONS];
        int is_inside = 0;
        UNROLL for (int m = 0; m < M; m++) {
            int32_t offset = t->offsets[m][tap];
            is_inside |= offset >= 0;
            x[m] = offset >= 0 ? t->x + t->input[m] + offset : t->zeros;
            if (mode == TILE_SIGNED) y[m] = offset >= 0 ? t->y + t->input[m] + offset : t->zeros;
        }
        if (!is_inside) continue;
        const int32_t id = t->tap_ids[tap];
        if (id >= run_end) {
            if (is_pending) {
                put_aside(sides, M, V, is_begun, sums, &done);
                is_begun = 1;
                is_pending = 0;
            }
            run_end = id - id % taps_of_run + taps_of_run;
        }
        const int64_t offset = id * t->channels * PANEL + t->part * VECTOR;
        const float *weights = is_half ? NULL : t->panel + offset;
        const uint16_t *halves = is_half ? t->halves + offset : NULL;
        for (int64_t start = 0; start < t->channels; start += RUN) {
            const int64_t end = start + RUN < t->channels ? start + RUN : t->channels;
            for (int64_t k = start; k < end; k++) {
                vec w[2], plus[2], minus[2];
                // One line of memory holds the panel's weights of one input channel, or of two in half precision.
                if (t->part == 0)
                    _mm_prefetch(is_half ? (const char *)(halves + (k + 2 * AHEAD) * PANEL) : (const char *)(weights + (k + AHEAD) * PANEL),
                                 _MM_HINT_T0);
                UNROLL for (int v = 0; v < V; v++) {
                    w[v] = is_half ? load_halves(halves + k * PANEL + v * VECTOR)
                                   : OP(loadu_ps)(weights + k * PANEL + v * VECTOR);
                    if (mode == TILE_POSITIVE || mode == TILE_SIGNED || mode == TILE_SPLIT_WEIGHTS)
                        plus[v] = OP(max_ps)(w[v], zero);
                    // min(w, 0), by an addition: that is not what the multiplications wait for.
                    if (mode == TILE_SIGNED) minus[v] = OP(sub_ps)(w[v], plus[v]);
                }
                UNROLL for (int m = 0; m < M; m++) {
                    const vec xm = OP(set1_ps)(x[m][k]);
                    UNROLL for (int v = 0; v < V; v++) {
                        vec *first = &sums[0][m][v], *second = &sums[1][m][v];
                        switch (mode) {
                        case TILE_ALL: *first = OP(fmadd_ps)(w[v], xm, *first); break;
                        case TILE_POSITIVE: *first = OP(fmadd_ps)(plus[v], xm, *first); break;
                        case TILE_SIGNED:
                            *first = OP(fmadd_ps)(plus[v], xm, *first);
                            *first = OP(fmadd_ps)(minus[v], OP(set1_ps)(y[m][k]), *first);
                            break;
                        case TILE_SPLIT_WEIGHTS:
                            *first = OP(fmadd_ps)(plus[v], xm, *first);
                            *second = OP(fmadd_ps)(w[v], xm, *second);
                            break;
                        case TILE_SPLIT_PRODUCTS:
                            *first = OP(add_ps)(*first, OP(max_ps)(OP(mul_ps)(w[v], xm), zero));
                            *second = OP(fmadd_ps)(w[v], xm, *second);
                            break;
                        }
                    }
                }
            }
            is_pending = 1;
            if (end - start < RUN) continue;
            put_aside(sides, M, V, is_begun, sums, &done);
            is_begun = 1;
            is_pending = 0;
        }
    }
    if (is_pending || !is_begun) put_aside(sides, M, V, is_begun, sums, &done);
    if (t->lanes < V * VECTOR)
        finish_lanes(mode, M, t, &done);
    else
        UNROLL for (int v = 0; v < V; v++) finish_vector(mode, M, v, VECTOR, t, &done);
}

// The registers hold the sums of a whole panel where there is one side, else those of one vector.
#define TILE(name, mode, M, is_half) \
    static void name##_##M##_##is_half(const tile *t) { run_tile(mode, M, tile_sides(mode) == 2 ? 1 : PANEL_VECTORS, is_half, t); }
#define TILES_OF_6(name, mode, is_half) \
    TILE(name, mode, 1, is_half) TILE(name, mode, 2, is_half) TILE(name, mode, 3, is_half) \
    TILE(name, mode, 4, is_half) TILE(name, mode, 5, is_half) TILE(name, mode, 6, is_half)
#define ROW_OF_6(name, is_half) \
    name##_1_##is_half, name##_2_##is_half, name##_3_##is_half, name##_4_##is_half, name##_5_##is_half, name##_6_##is_half
#if POSITIONS == 12
#define TILES(name, mode, is_half) \
    TILES_OF_6(name, mode, is_half) \
    TILE(name, mode, 7, is_half) TILE(name, mode, 8, is_half) TILE(name, mode, 9, is_half) \
    TILE(name, mode, 10, is_half) TILE(name, mode, 11, is_half) TILE(name, mode, 12, is_half)
#define ROW(name, is_half) \
    {ROW_OF_6(name, is_half), name##_7_##is_half, name##_8_##is_half, name##_9_##is_half, \
     name##_10_##is_half, name##_11_##is_half, name##_12_##is_half}
#else
#define TILES TILES_OF_6
#define ROW(name, is_half) {ROW_OF_6(name, is_half)}
#endif
#define TILES_OF_MODES(is_half)                        \
    TILES(all, TILE_ALL, is_half)                      \
    TILES(positive, TILE_POSITIVE, is_half)            \
    TILES(signed_sides, TILE_SIGNED, is_half)          \
    TILES(split_weights, TILE_SPLIT_WEIGHTS, is_half)  \
    TILES(split_products, TILE_SPLIT_PRODUCTS, is_half)
TILES_OF_MODES(0)
TILES_OF_MODES(1)

#define TABLE(is_half) \
    {ROW(all, is_half), ROW(positive, is_half), ROW(signed_sides, is_half), ROW(split_weights, is_half), ROW(split_products, is_half)}
static void (*const tiles[2][5][POSITIONS])(const tile *) = {TABLE(0), TABLE(1)};
static void run(tile_mode mode, int positions, const tile *t) { tiles[t->halves != NULL][mode][positions - 1](t); }

// With both parts of the weights in registers too, 16 of them hold the sums of fewer positions.
static int most_positions(tile_mode mode) { return mode == TILE_SIGNED && VECTOR == 8 ? POSITIONS - 1 : POSITIONS; }
