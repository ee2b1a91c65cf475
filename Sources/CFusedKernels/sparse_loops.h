// Tiles multiply each weight with several positions at once, zeros among them. Here a position comes alone, with many channels: weights of
// a few input channels lie in a core's first cache, the sums of a block of positions in its second, and of a position's numbers only those
// are visited that are not zero. Included once for each width of vectors.
#include <string.h>

#include "sparse.h"
#include "vectors.h"

// Vectors of sums: as many as hide the latency of an addition.
#define SUMS 8
// With wide vectors half as many where channels, or the threads' shares, are too few.
#define FEWEST_SUMS (SUMS * 8 / VECTOR)
// Weights that are used less often by a thread are not worth spreading out.
#define FEW_USES 32

// Positions that a group of channels goes through chunk by chunk: so few that their sums stay in a core's second cache meanwhile, so many
// that spreading weights out for them alone does not count.
#define BLOCK_POSITIONS 400

// How a product is shared out: groups of output channels, and for each the positions of the batch, as whole pictures or as slices of one
// that is larger than a block.
typedef struct {
    int sums;        // vectors of sums of a group
    int64_t groups;
    int64_t parts;   // of the pictures
    int64_t slices;  // of each picture
} blocks;

// With both parts of the weights the sums are those of half as many channels.
static int64_t group_channels(tile_mode mode, int sums) { return sums / tile_sides(mode) * VECTOR; }
static int64_t pieces_of(const blocks *b) { return b->groups * b->parts * b->slices; }

static blocks blocks_with(const direction *d, tile_mode mode, int64_t batch, int sums) {
    const int64_t groups = d->output_channels / group_channels(mode, sums), threads = heatlens_team_size();
    if (d->output_area > BLOCK_POSITIONS) {
        // Of each phase a slice may have one position more than its share.
        const int64_t room = BLOCK_POSITIONS - d->grouped.count;
        return (blocks){sums, groups, batch, (d->output_area + room - 1) / room};
    }
    const int64_t pictures = BLOCK_POSITIONS / d->output_area;
    int64_t parts = (batch + pictures - 1) / pictures;
    if (parts * groups < threads) parts = threads;
    return (blocks){sums, groups, parts < batch ? parts : batch, 1};
}

static blocks blocks_of(const direction *d, tile_mode mode, int64_t batch) {
    const blocks wide = blocks_with(d, mode, batch, SUMS);
    if (d->output_channels % group_channels(mode, SUMS) == 0 && pieces_of(&wide) >= heatlens_team_size()) return wide;
    return blocks_with(d, mode, batch, FEWEST_SUMS);
}

static int can_skip_zeros(const direction *d, tile_mode mode, int64_t batch) {
    const int is_served = mode == TILE_ALL || mode == TILE_POSITIVE || mode == TILE_SPLIT_WEIGHTS;
    if (!is_served || d->input_channels % CHUNK != 0 || d->output_channels % group_channels(mode, FEWEST_SUMS) != 0) return 0;
    if (d->grouped.count > BLOCK_POSITIONS / 2) return 0;
    // How often each weight is used on average.
    int64_t uses = 0;
    for (int64_t number = 0; number < d->grouped.count; number++) {
        const phase *p = &d->grouped.list[number];
        uses += batch * p->position_count * p->tap_count / d->taps;
    }
    const blocks shared = blocks_of(d, mode, batch);
    return pieces_of(&shared) >= heatlens_team_size() && uses / (shared.parts * shared.slices) >= FEW_USES;
}

typedef struct {
    const product_job *job;
    uint64_t *masks;
    blocks shared;
} sparse_job;

// What one thread works on: a group of output channels over a block of positions.
typedef struct {
    const sparse_job *sparse;
    int64_t first_channel;  // of the group
    int64_t first_picture, end_picture;
    int64_t slice;
    _Alignas(64) float weights[CHUNK * SUMS * VECTOR];       // of a chunk: [input channel][vectors][VECTOR]
    _Alignas(64) float sums[BLOCK_POSITIONS * SUMS * VECTOR];  // [phase][picture][position][sides][vectors][VECTOR]
} piece;

// One bit for each number that is not zero, of one picture.
static void make_masks(void *context, int64_t picture) {
    const sparse_job *sparse = context;
    const product_job *job = sparse->job;
    const int64_t size = job->d->input_size, start = picture * size;
    for (int64_t at = start; at < start + size; at += CHUNK) {
        uint64_t mask = 0;
        for (int v = 0; v < CHUNK / VECTOR; v++)
            mask |= (uint64_t)lanes_not_zero(OP(loadu_ps)(job->x + at + v * VECTOR)) << (v * VECTOR);
        sparse->masks[at / CHUNK] = mask;
    }
}

// The weights of a chunk: [input channel][vectors][VECTOR].
static void spread_weights(const product_job *job, int sums, int64_t group_start, int64_t tap, int64_t first_channel, float *spread) {
    const direction *d = job->d;
    const int vectors = sums / tile_sides(job->mode);
    for (int v = 0; v < vectors; v++) {
        const int64_t output = group_start + v * VECTOR, lane = output % PANEL;
        const int64_t from = ((output / PANEL * d->taps + tap) * d->input_channels + first_channel) * PANEL + lane;
        float *to = spread + v * VECTOR;
        for (int64_t k = 0; k < CHUNK; k++, to += vectors * VECTOR) {
            vec w = d->halves ? load_halves(d->halves + from + k * PANEL) : OP(loadu_ps)(d->panels + from + k * PANEL);
            if (job->mode == TILE_POSITIVE) w = OP(max_ps)(w, OP(setzero_ps)());
            OP(store_ps)(to, w);
        }
    }
}

// Adds a chunk's products of one position to its sums, which begin with them where `is_begun` is 0.
INLINE void add_chunk(
    const int sides, const int vectors, uint64_t mask, const float *x, const float *weights, float *to, int is_begun) {
    vec sums[2][SUMS];
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int v = 0; v < vectors; v++) sums[side][v] = OP(setzero_ps)();
    while (mask) {
        const int64_t k = (int64_t)_tzcnt_u64(mask);
        mask = _blsr_u64(mask);
        const float *row = weights + k * (vectors * VECTOR);
        const vec xk = OP(set1_ps)(x[k]);
        UNROLL for (int v = 0; v < vectors; v++) {
            const vec w = OP(load_ps)(row + v * VECTOR);
            if (sides == 2) {
                sums[0][v] = OP(fmadd_ps)(positive_of(w), xk, sums[0][v]);
                sums[1][v] = OP(fmadd_ps)(w, xk, sums[1][v]);
            } else {
                sums[0][v] = OP(fmadd_ps)(w, xk, sums[0][v]);
            }
        }
    }
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int v = 0; v < vectors; v++) {
        float *sum = to + (side * vectors + v) * VECTOR;
        OP(store_ps)(sum, is_begun ? OP(add_ps)(OP(load_ps)(sum), sums[side][v]) : sums[side][v]);
    }
}

// Makes what is wanted of a position's sums.
static void finish_position(
    const int sides, const int vectors, const product_job *job, const float *sums, int64_t first_channel, int64_t output) {
    const float *factors = job->d->factors;
    for (int v = 0; v < vectors; v++) {
        const int64_t place = output + v * VECTOR, channel = first_channel + v * VECTOR;
        const vec factor = factors ? OP(loadu_ps)(factors + channel) : OP(set1_ps)(1);
        const vec bias = job->bias ? OP(loadu_ps)(job->bias + channel) : OP(setzero_ps)();
        vec first = OP(mul_ps)(OP(load_ps)(sums + v * VECTOR), factor), sum;
        if (sides == 2) {
            sum = OP(add_ps)(OP(mul_ps)(OP(load_ps)(sums + (vectors + v) * VECTOR), factor), bias);
            OP(storeu_ps)(job->second + place, sum);
        } else {
            if (job->factor) first = OP(mul_ps)(first, OP(loadu_ps)(job->factor + place));
            sum = first = OP(add_ps)(first, bias);
        }
        OP(storeu_ps)(job->first + place, first);
        if (job->rectified) OP(storeu_ps)(job->rectified + place, OP(max_ps)(sum, OP(setzero_ps)()));
    }
}

// What a position reads is asked for while the one before is computed.
static inline void ask_ahead(const product_job *job, int64_t input) {
    for (int64_t at = 0; at < CHUNK; at += 64 / (int64_t)sizeof(float)) __builtin_prefetch(job->x + input + at);
}

// The positions of a phase in a slice.
typedef struct {
    int64_t from, end;
} span;
static span span_of(const piece *at, const phase *p) {
    const int64_t slices = at->sparse->shared.slices;
    return (span){p->position_count * at->slice / slices, p->position_count * (at->slice + 1) / slices};
}

// A chunk's products at all positions of a phase. Returns where the sums of the next phase begin.
INLINE float *run_phase(
    const int sides, const int vectors, piece *at, const phase *p, int64_t tap, int64_t first_channel, float *sums) {
    const product_job *job = at->sparse->job;
    const direction *d = job->d;
    const int is_begun = tap > 0 || first_channel > 0;
    const span slice = span_of(at, p);
    for (int64_t picture = at->first_picture; picture < at->end_picture; picture++) {
        const int64_t start = picture * d->input_size + first_channel;
        for (int64_t index = slice.from; index < slice.end; index++, sums += sides * vectors * VECTOR) {
            const int64_t input = start + p->offsets[index * p->tap_count + tap];
            if (index + 1 < slice.end) ask_ahead(job, start + p->offsets[(index + 1) * p->tap_count + tap]);
            add_chunk(sides, vectors, at->sparse->masks[input / CHUNK], job->x + input, at->weights, sums, is_begun);
        }
    }
    return sums;
}

#define PHASE_FUNCTION(name, sides, sums)                                                          \
    static float *name(piece *at, const phase *p, int64_t tap, int64_t first_channel, float *to) { \
        return run_phase(sides, (sums) / (sides), at, p, tap, first_channel, to);                  \
    }
PHASE_FUNCTION(run_whole, 1, SUMS)
PHASE_FUNCTION(run_split, 2, SUMS)
PHASE_FUNCTION(run_few_whole, 1, FEWEST_SUMS)
PHASE_FUNCTION(run_few_split, 2, FEWEST_SUMS)

// Which of a phase's taps is the direction's tap `id`; -1 none.
static int64_t tap_of(const phase *p, int64_t id) {
    for (int64_t tap = 0; tap < p->tap_count; tap++)
        if (p->taps[tap] == id) return tap;
    return -1;
}

// Numbers that a phase's sums take.
static int64_t sums_of(const piece *at, const phase *p) {
    const span slice = span_of(at, p);
    return (at->end_picture - at->first_picture) * (slice.end - slice.from) * at->sparse->shared.sums * VECTOR;
}

// All positions' results.
static void finish(const piece *at) {
    const product_job *job = at->sparse->job;
    const direction *d = job->d;
    const int width = at->sparse->shared.sums, sides = tile_sides(job->mode);
    const float *sums = at->sums;
    for (int64_t number = 0; number < d->grouped.count; number++) {
        const phase *p = &d->grouped.list[number];
        const span slice = span_of(at, p);
        for (int64_t picture = at->first_picture; picture < at->end_picture; picture++)
            for (int64_t index = slice.from; index < slice.end; index++, sums += width * VECTOR) {
                const int64_t output = (picture * d->output_area + p->positions[index]) * d->output_channels + at->first_channel;
                finish_position(sides, width / sides, job, sums, at->first_channel, output);
            }
    }
}

// A group of channels over a block of positions.
static void run_piece(void *context, int64_t number) {
    const sparse_job *sparse = context;
    const product_job *job = sparse->job;
    const direction *d = job->d;
    const blocks *shared = &sparse->shared;
    piece at;
    at.sparse = sparse;
    at.slice = number % shared->slices;
    const int64_t part = number / shared->slices % shared->parts;
    at.first_channel = number / shared->slices / shared->parts * group_channels(job->mode, shared->sums);
    at.first_picture = job->batch * part / shared->parts;
    at.end_picture = job->batch * (part + 1) / shared->parts;
    float *start = at.sums;
    for (int64_t index = 0; index < d->grouped.count; index++) {
        const phase *p = &d->grouped.list[index];
        // Positions that nothing reaches.
        if (p->tap_count == 0) memset(start, 0, (size_t)sums_of(&at, p) * sizeof(float));
        start += sums_of(&at, p);
    }
    const int is_split = job->mode == TILE_SPLIT_WEIGHTS, has_few = shared->sums < SUMS;
    float *(*const run_phase)(piece *, const phase *, int64_t, int64_t, float *) =
        is_split ? (has_few ? run_few_split : run_split) : (has_few ? run_few_whole : run_whole);
    for (int64_t id = 0; id < d->taps; id++)
        for (int64_t channel = 0; channel < d->input_channels; channel += CHUNK) {
            spread_weights(job, shared->sums, at.first_channel, id, channel, at.weights);
            float *sums = at.sums;
            for (int64_t index = 0; index < d->grouped.count; index++) {
                const phase *p = &d->grouped.list[index];
                const int64_t tap = tap_of(p, id);
                sums = tap < 0 ? sums + sums_of(&at, p) : run_phase(&at, p, tap, channel, sums);
            }
        }
    finish(&at);
}

static double find_zeros(const product_job *job, uint64_t *masks) {
    const int64_t count = heatlens_mask_count(job->d, job->batch);
    sparse_job sparse = {.job = job, .masks = masks};
    heatlens_team_run(job->batch, make_masks, &sparse);
    int64_t found = 0;
    for (int64_t at = 0; at < count; at++) found += __builtin_popcountll(masks[at]);
    return (double)found / (double)(count * CHUNK);
}

static void skip_zeros(const product_job *job, uint64_t *masks) {
    sparse_job sparse = {job, masks, blocks_of(job->d, job->mode, job->batch)};
    heatlens_team_run(pieces_of(&sparse.shared), run_piece, &sparse);
}
