// Tiles of fused.c multiply each weight with six positions at once, zeros among them. Here a position comes alone, with many channels:
// weights of a few input channels lie in a core's first cache, the sums of a block of positions in its second, and of a position's numbers
// only those are visited that are not zero.
#include "sparse.h"

// Input channels of a chunk, one bit each of a mask. Also how many products are added before the partial sum is put aside.
#define CHUNK 64
// Vectors of sums: as many as hide the latency of an addition.
#define SUMS 8
// Weights that are used less often by a thread are not worth spreading out.
#define FEW_USES 32

// With both parts of the weights the sums are those of half as many channels.
static int64_t group_channels(tile_mode mode) { return (mode == TILE_SPLIT_WEIGHTS ? SUMS / 2 : SUMS) * VECTOR; }

int64_t heatlens_mask_count(const direction *d, int64_t batch) { return batch * d->input_size / CHUNK; }

// Positions that a group of channels goes through chunk by chunk: so few that their sums stay in a core's second cache meanwhile, so many
// that spreading weights out for them alone does not count.
#define BLOCK_POSITIONS 400

// How the positions of a batch are shared out: whole pictures, or slices of one that is larger than a block.
typedef struct {
    int64_t parts;   // of the pictures
    int64_t slices;  // of each picture
} blocks;

static blocks blocks_of(const direction *d, tile_mode mode, int64_t batch) {
    if (d->output_area > BLOCK_POSITIONS) {
        // Of each phase a slice may have one position more than its share.
        const int64_t room = BLOCK_POSITIONS - d->grouped.count;
        return (blocks){batch, (d->output_area + room - 1) / room};
    }
    const int64_t groups = d->output_channels / group_channels(mode), threads = heatlens_team_size();
    const int64_t pictures = BLOCK_POSITIONS / d->output_area;
    int64_t parts = (batch + pictures - 1) / pictures;
    if (parts * groups < threads) parts = threads;
    return (blocks){parts < batch ? parts : batch, 1};
}

int heatlens_can_skip_zeros(const direction *d, tile_mode mode, int64_t batch) {
    const int is_served = mode == TILE_ALL || mode == TILE_POSITIVE || mode == TILE_SPLIT_WEIGHTS;
    if (!is_served || d->input_channels % CHUNK != 0 || d->output_channels % group_channels(mode) != 0) return 0;
    if (d->grouped.count > BLOCK_POSITIONS / 2) return 0;
    // How often each weight is used on average.
    int64_t uses = 0;
    for (int64_t number = 0; number < d->grouped.count; number++) {
        const phase *p = &d->grouped.list[number];
        uses += batch * p->position_count * p->tap_count / d->taps;
    }
    const blocks shared = blocks_of(d, mode, batch);
    const int64_t parts = shared.parts * shared.slices, pieces = d->output_channels / group_channels(mode) * parts;
    return pieces >= heatlens_team_size() && uses / parts >= FEW_USES;
}

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma,f16c,bmi,popcnt")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

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
static AVX2 void make_masks(void *context, int64_t picture) {
    const sparse_job *sparse = context;
    const product_job *job = sparse->job;
    const int64_t size = job->d->input_size, start = picture * size;
    for (int64_t at = start; at < start + size; at += CHUNK) {
        uint64_t mask = 0;
        for (int v = 0; v < CHUNK / VECTOR; v++) {
            const __m256 differs = _mm256_cmp_ps(_mm256_loadu_ps(job->x + at + v * VECTOR), _mm256_setzero_ps(), _CMP_NEQ_UQ);
            mask |= (uint64_t)(unsigned)_mm256_movemask_ps(differs) << (v * VECTOR);
        }
        sparse->masks[at / CHUNK] = mask;
    }
}

// The weights of a chunk: [input channel][vectors][VECTOR].
static AVX2 void spread_weights(const product_job *job, int64_t group_start, int64_t tap, int64_t first_channel, float *spread) {
    const direction *d = job->d;
    const int vectors = (int)group_channels(job->mode) / VECTOR;
    for (int v = 0; v < vectors; v++) {
        const int64_t output = group_start + v * VECTOR, lane = output % PANEL;
        const int64_t from = ((output / PANEL * d->taps + tap) * d->input_channels + first_channel) * PANEL + lane;
        float *to = spread + v * VECTOR;
        for (int64_t k = 0; k < CHUNK; k++, to += vectors * VECTOR) {
            __m256 w = d->halves ? _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(d->halves + from + k * PANEL)))
                                       : _mm256_loadu_ps(d->panels + from + k * PANEL);
            if (job->mode == TILE_POSITIVE) w = _mm256_max_ps(w, _mm256_setzero_ps());
            _mm256_store_ps(to, w);
        }
    }
}

// max(w, 0) as of whole numbers: below zero is what has the sign bit, and the units that multiply are left alone.
INLINE AVX2 __m256 positive_of(__m256 w) {
    return _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(w), _mm256_setzero_si256()));
}

// Adds a chunk's products of one position to its sums, which begin with them where `is_begun` is 0.
INLINE AVX2 void add_chunk(const int sides, uint64_t mask, const float *x, const float *weights, float *to, int is_begun) {
    const int vectors = SUMS / sides;
    __m256 sums[2][SUMS];
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int v = 0; v < vectors; v++) sums[side][v] = _mm256_setzero_ps();
    while (mask) {
        const int64_t k = (int64_t)_tzcnt_u64(mask);
        mask = _blsr_u64(mask);
        const float *row = weights + k * (vectors * VECTOR);
        const __m256 xk = _mm256_broadcast_ss(x + k);
        UNROLL for (int v = 0; v < vectors; v++) {
            const __m256 w = _mm256_load_ps(row + v * VECTOR);
            if (sides == 2) {
                sums[0][v] = _mm256_fmadd_ps(positive_of(w), xk, sums[0][v]);
                sums[1][v] = _mm256_fmadd_ps(w, xk, sums[1][v]);
            } else {
                sums[0][v] = _mm256_fmadd_ps(w, xk, sums[0][v]);
            }
        }
    }
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int v = 0; v < vectors; v++) {
        float *sum = to + (side * vectors + v) * VECTOR;
        _mm256_store_ps(sum, is_begun ? _mm256_add_ps(_mm256_load_ps(sum), sums[side][v]) : sums[side][v]);
    }
}

// Makes what is wanted of a position's sums.
INLINE AVX2 void finish_position(const int sides, const product_job *job, const float *sums, int64_t first_channel, int64_t output) {
    const int vectors = SUMS / sides;
    const float *factors = job->d->factors;
    UNROLL for (int v = 0; v < vectors; v++) {
        const int64_t place = output + v * VECTOR, channel = first_channel + v * VECTOR;
        const __m256 factor = factors ? _mm256_loadu_ps(factors + channel) : _mm256_set1_ps(1);
        const __m256 bias = job->bias ? _mm256_loadu_ps(job->bias + channel) : _mm256_setzero_ps();
        __m256 first = _mm256_mul_ps(_mm256_load_ps(sums + v * VECTOR), factor), sum;
        if (sides == 2) {
            sum = _mm256_add_ps(_mm256_mul_ps(_mm256_load_ps(sums + (vectors + v) * VECTOR), factor), bias);
            _mm256_storeu_ps(job->second + place, sum);
        } else {
            if (job->factor) first = _mm256_mul_ps(first, _mm256_loadu_ps(job->factor + place));
            sum = first = _mm256_add_ps(first, bias);
        }
        _mm256_storeu_ps(job->first + place, first);
        if (job->rectified) _mm256_storeu_ps(job->rectified + place, _mm256_max_ps(sum, _mm256_setzero_ps()));
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
INLINE AVX2 float *run_phase(const int sides, piece *at, const phase *p, int64_t tap, int64_t first_channel, float *sums) {
    const product_job *job = at->sparse->job;
    const direction *d = job->d;
    const int is_begun = tap > 0 || first_channel > 0;
    const span slice = span_of(at, p);
    for (int64_t picture = at->first_picture; picture < at->end_picture; picture++) {
        const int64_t start = picture * d->input_size + first_channel;
        for (int64_t index = slice.from; index < slice.end; index++, sums += SUMS * VECTOR) {
            const int64_t input = start + p->offsets[index * p->tap_count + tap];
            if (index + 1 < slice.end) ask_ahead(job, start + p->offsets[(index + 1) * p->tap_count + tap]);
            add_chunk(sides, at->sparse->masks[input / CHUNK], job->x + input, at->weights, sums, is_begun);
        }
    }
    return sums;
}

static AVX2 float *run_phase_whole(piece *at, const phase *p, int64_t tap, int64_t channel, float *sums) {
    return run_phase(1, at, p, tap, channel, sums);
}
static AVX2 float *run_phase_split(piece *at, const phase *p, int64_t tap, int64_t channel, float *sums) {
    return run_phase(2, at, p, tap, channel, sums);
}

// Which of a phase's taps is the direction's tap `id`; -1 none.
static int64_t tap_of(const phase *p, int64_t id) {
    for (int64_t tap = 0; tap < p->tap_count; tap++)
        if (p->taps[tap] == id) return tap;
    return -1;
}

// Numbers that a phase's sums take.
static int64_t sums_of(const piece *at, const phase *p) {
    const span slice = span_of(at, p);
    return (at->end_picture - at->first_picture) * (slice.end - slice.from) * SUMS * VECTOR;
}

// All positions' results.
static AVX2 void finish(const piece *at) {
    const product_job *job = at->sparse->job;
    const direction *d = job->d;
    const float *sums = at->sums;
    for (int64_t number = 0; number < d->grouped.count; number++) {
        const phase *p = &d->grouped.list[number];
        const span slice = span_of(at, p);
        for (int64_t picture = at->first_picture; picture < at->end_picture; picture++)
            for (int64_t index = slice.from; index < slice.end; index++, sums += SUMS * VECTOR) {
                const int64_t output = (picture * d->output_area + p->positions[index]) * d->output_channels + at->first_channel;
                if (job->mode == TILE_SPLIT_WEIGHTS)
                    finish_position(2, job, sums, at->first_channel, output);
                else
                    finish_position(1, job, sums, at->first_channel, output);
            }
    }
}

// A group of channels over a block of positions.
static void run_piece(void *context, int64_t number) {
    const sparse_job *sparse = context;
    const product_job *job = sparse->job;
    const direction *d = job->d;
    const blocks shared = sparse->shared;
    piece at;
    at.sparse = sparse;
    at.slice = number % shared.slices;
    const int64_t part = number / shared.slices % shared.parts;
    at.first_channel = number / shared.slices / shared.parts * group_channels(job->mode);
    at.first_picture = job->batch * part / shared.parts;
    at.end_picture = job->batch * (part + 1) / shared.parts;
    float *start = at.sums;
    for (int64_t index = 0; index < d->grouped.count; index++) {
        const phase *p = &d->grouped.list[index];
        // Positions that nothing reaches.
        if (p->tap_count == 0) memset(start, 0, (size_t)sums_of(&at, p) * sizeof(float));
        start += sums_of(&at, p);
    }
    for (int64_t id = 0; id < d->taps; id++)
        for (int64_t channel = 0; channel < d->input_channels; channel += CHUNK) {
            spread_weights(job, at.first_channel, id, channel, at.weights);
            float *sums = at.sums;
            for (int64_t index = 0; index < d->grouped.count; index++) {
                const phase *p = &d->grouped.list[index];
                const int64_t tap = tap_of(p, id);
                if (tap < 0)
                    sums += sums_of(&at, p);
                else if (job->mode == TILE_SPLIT_WEIGHTS)
                    sums = run_phase_split(&at, p, tap, channel, sums);
                else
                    sums = run_phase_whole(&at, p, tap, channel, sums);
            }
        }
    finish(&at);
}

AVX2 double heatlens_find_zeros(const product_job *job, uint64_t *masks) {
    const int64_t count = heatlens_mask_count(job->d, job->batch);
    sparse_job sparse = {job, masks, {1, 1}};
    heatlens_team_run(job->batch, make_masks, &sparse);
    int64_t found = 0;
    for (int64_t at = 0; at < count; at++) found += __builtin_popcountll(masks[at]);
    return (double)found / (double)(count * CHUNK);
}

void heatlens_skip_zeros(const product_job *job, uint64_t *masks) {
    sparse_job sparse = {job, masks, blocks_of(job->d, job->mode, job->batch)};
    heatlens_team_run(job->d->output_channels / group_channels(job->mode) * sparse.shared.parts * sparse.shared.slices, run_piece, &sparse);
}

#else

double heatlens_find_zeros(const product_job *job, uint64_t *masks) {
    (void)job, (void)masks;
    return 1;
}
void heatlens_skip_zeros(const product_job *job, uint64_t *masks) { (void)job, (void)masks; __builtin_trap(); }

#endif
