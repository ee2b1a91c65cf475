// Tiles of fused.c multiply each weight with six positions at once, zeros among them. Here a position comes alone, with many channels:
// weights of a few input channels lie in a core's first cache with their parts computed, and of a position's numbers only those are
// visited that are not zero.
#include "sparse.h"

// Input channels of a chunk, one bit each of a mask. Also how many products are added before the partial sum is put aside.
#define CHUNK 64
// Vectors of sums: as many as hide the latency of an addition.
#define SUMS 8
// Numbers of a chunk's weights: each input channel has SUMS vectors.
#define CHUNK_NUMBERS (CHUNK * SUMS * VECTOR)

// Weights that are used less often by a thread are not worth spreading out.
#define FEW_USES 32

// With both parts of the weights the sums are those of half as many channels.
static int64_t group_channels(tile_mode mode) { return (mode == TILE_SPLIT_WEIGHTS ? SUMS / 2 : SUMS) * VECTOR; }

int64_t heatlens_mask_count(const direction *d, int64_t batch) { return batch * d->input_size / CHUNK; }

// Positions that a group of channels goes through chunk by chunk: so few that their sums stay in a core's second cache meanwhile, so many
// that spreading weights out for them alone does not count.
#define BLOCK_POSITIONS 400

// In how many parts the pictures are taken.
static int64_t picture_parts(const direction *d, tile_mode mode, int64_t batch) {
    const int64_t groups = d->output_channels / group_channels(mode), threads = heatlens_team_size();
    int64_t parts = (batch * d->output_area + BLOCK_POSITIONS - 1) / BLOCK_POSITIONS;
    if (parts * groups < threads) parts = threads;
    return parts < batch ? parts : batch;
}

int heatlens_can_skip_zeros(const direction *d, tile_mode mode, int64_t batch) {
    const int is_served = mode == TILE_ALL || mode == TILE_POSITIVE || mode == TILE_SPLIT_WEIGHTS;
    if (!is_served || d->input_channels % CHUNK != 0 || d->output_channels % group_channels(mode) != 0) return 0;
    // How often each weight is used on average.
    int64_t uses = 0;
    for (int64_t number = 0; number < d->grouped.count; number++) {
        const phase *p = &d->grouped.list[number];
        uses += batch * p->position_count * p->tap_count / d->taps;
    }
    const int64_t parts = picture_parts(d, mode, batch), pieces = d->output_channels / group_channels(mode) * parts;
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
    int64_t parts;
} sparse_job;

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

// The weights of a chunk with their parts: [input channel][SUMS][VECTOR], first the positive parts, then all.
static AVX2 void spread_weights(const product_job *job, int64_t group, int64_t tap, int64_t first_channel, float *spread) {
    const direction *d = job->d;
    const int vectors = (int)group_channels(job->mode) / VECTOR;
    for (int v = 0; v < vectors; v++) {
        const int64_t output = group * group_channels(job->mode) + v * VECTOR, lane = output % PANEL;
        const int64_t from = ((output / PANEL * d->taps + tap) * d->input_channels + first_channel) * PANEL + lane;
        float *to = spread + v * VECTOR;
        for (int64_t k = 0; k < CHUNK; k++, to += SUMS * VECTOR) {
            const __m256 w = d->halves ? _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(d->halves + from + k * PANEL)))
                                       : _mm256_loadu_ps(d->panels + from + k * PANEL);
            if (job->mode == TILE_ALL) {
                _mm256_store_ps(to, w);
                continue;
            }
            const __m256 plus = _mm256_max_ps(w, _mm256_setzero_ps());
            _mm256_store_ps(to, plus);
            if (job->mode != TILE_POSITIVE) _mm256_store_ps(to + SUMS / 2 * VECTOR, w);
        }
    }
}

// Adds a chunk's products of one position to its sums, which begin with them where `is_begun` is 0, and makes of them what is wanted
// where `is_last` is 1.
INLINE AVX2 void add_chunk(const tile_mode mode, const product_job *job, uint64_t mask, const float *x, const float *spread,
                           int64_t output, int64_t first_channel, int is_begun, int is_last) {
    const int sides = mode == TILE_SPLIT_WEIGHTS ? 2 : 1, vectors = SUMS / sides;
    const float *factors = job->d->factors;
    __m256 sums[2][SUMS];
    UNROLL for (int side = 0; side < sides; side++) UNROLL for (int v = 0; v < vectors; v++) sums[side][v] = _mm256_setzero_ps();
    while (mask) {
        const int64_t k = (int64_t)_tzcnt_u64(mask);
        mask = _blsr_u64(mask);
        const float *w = spread + k * (SUMS * VECTOR);
        const __m256 xk = _mm256_broadcast_ss(x + k);
        UNROLL for (int side = 0; side < sides; side++) UNROLL for (int v = 0; v < vectors; v++)
            sums[side][v] = _mm256_fmadd_ps(_mm256_load_ps(w + (side * vectors + v) * VECTOR), xk, sums[side][v]);
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        const int64_t place = output + v * VECTOR, channel = first_channel + v * VECTOR;
        // Until it is complete the sum lies where it goes.
        float *to = job->first + place, *all = sides == 2 ? job->second + place : NULL;
        __m256 first = sums[0][v], second = _mm256_setzero_ps();
        if (is_begun) first = _mm256_add_ps(_mm256_loadu_ps(to), first);
        if (sides == 2) second = is_begun ? _mm256_add_ps(_mm256_loadu_ps(all), sums[1][v]) : sums[1][v];
        if (is_last) {
            const __m256 factor = factors ? _mm256_loadu_ps(factors + channel) : _mm256_set1_ps(1);
            const __m256 bias = job->bias ? _mm256_loadu_ps(job->bias + channel) : _mm256_setzero_ps();
            first = _mm256_mul_ps(first, factor);
            __m256 sum;
            if (sides == 2) {
                second = _mm256_mul_ps(second, factor);
                sum = _mm256_add_ps(second, bias);
                _mm256_storeu_ps(all, sum);
            } else {
                if (job->factor) first = _mm256_mul_ps(first, _mm256_loadu_ps(job->factor + place));
                sum = first = _mm256_add_ps(first, bias);
            }
            if (job->rectified) _mm256_storeu_ps(job->rectified + place, _mm256_max_ps(sum, _mm256_setzero_ps()));
        } else if (sides == 2) {
            _mm256_storeu_ps(all, second);
        }
        _mm256_storeu_ps(to, first);
    }
}

// What a position reads and writes next is asked for while the one before is computed.
static inline void ask_ahead(const product_job *job, int64_t input, int64_t output) {
    for (int64_t at = 0; at < CHUNK; at += 64 / (int64_t)sizeof(float)) __builtin_prefetch(job->x + input + at);
    for (int64_t at = 0; at < group_channels(job->mode); at += 64 / (int64_t)sizeof(float)) {
        __builtin_prefetch(job->first + output + at, 1);
        if (job->second) __builtin_prefetch(job->second + output + at, 1);
    }
}

// A chunk's products at all positions of a phase, in these pictures.
INLINE AVX2 void run_phase(const tile_mode mode, const sparse_job *sparse, const phase *p, int64_t tap, int64_t group,
                           int64_t first_channel, int64_t first_picture, int64_t end_picture, const float *spread) {
    const product_job *job = sparse->job;
    const direction *d = job->d;
    const int64_t first_output = group * group_channels(mode);
    const int is_begun = tap > 0 || first_channel > 0;
    const int is_last = tap + 1 == p->tap_count && first_channel + CHUNK == d->input_channels;
    for (int64_t picture = first_picture; picture < end_picture; picture++) {
        const int64_t input_start = picture * d->input_size + first_channel;
        const int64_t output_start = picture * d->output_area * d->output_channels + first_output;
        for (int64_t index = 0; index < p->position_count; index++) {
            const int64_t input = input_start + p->offsets[index * p->tap_count + tap];
            const int64_t output = output_start + p->positions[index] * d->output_channels;
            if (index + 1 < p->position_count)
                ask_ahead(job, input_start + p->offsets[(index + 1) * p->tap_count + tap],
                          output_start + p->positions[index + 1] * d->output_channels);
            add_chunk(mode, job, sparse->masks[input / CHUNK], job->x + input, spread, output, first_output, is_begun, is_last);
        }
    }
}

static AVX2 void run_phase_all(const sparse_job *s, const phase *p, int64_t tap, int64_t group, int64_t channel, int64_t first, int64_t end,
                               const float *spread) {
    run_phase(TILE_ALL, s, p, tap, group, channel, first, end, spread);
}
static AVX2 void run_phase_split(const sparse_job *s, const phase *p, int64_t tap, int64_t group, int64_t channel, int64_t first,
                                 int64_t end, const float *spread) {
    run_phase(TILE_SPLIT_WEIGHTS, s, p, tap, group, channel, first, end, spread);
}

// Which of a phase's taps is the direction's tap `id`; -1 none.
static int64_t tap_of(const phase *p, int64_t id) {
    for (int64_t tap = 0; tap < p->tap_count; tap++)
        if (p->taps[tap] == id) return tap;
    return -1;
}

// Positions that nothing reaches.
static AVX2 void run_unreached(const sparse_job *sparse, const phase *p, int64_t group, int64_t first_picture, int64_t end_picture) {
    const product_job *job = sparse->job;
    const direction *d = job->d;
    const int64_t channels = group_channels(job->mode), first = group * channels;
    for (int64_t picture = first_picture; picture < end_picture; picture++)
        for (int64_t index = 0; index < p->position_count; index++) {
            const int64_t output = (picture * d->output_area + p->positions[index]) * d->output_channels + first;
            for (int64_t at = 0; at < channels; at++) {
                const float bias = job->bias ? job->bias[first + at] : 0;
                job->first[output + at] = job->mode == TILE_SPLIT_WEIGHTS ? 0 : bias;
                if (job->second) job->second[output + at] = bias;
                if (job->rectified) job->rectified[output + at] = bias > 0 ? bias : 0;
            }
        }
}

// A group of channels over some of the pictures.
static void run_piece(void *context, int64_t piece) {
    const sparse_job *sparse = context;
    const product_job *job = sparse->job;
    const direction *d = job->d;
    const int64_t group = piece / sparse->parts, part = piece % sparse->parts;
    const int64_t first = job->batch * part / sparse->parts, end = job->batch * (part + 1) / sparse->parts;
    float spread[CHUNK_NUMBERS] __attribute__((aligned(64)));
    for (int64_t number = 0; number < d->grouped.count; number++)
        if (d->grouped.list[number].tap_count == 0) run_unreached(sparse, &d->grouped.list[number], group, first, end);
    for (int64_t id = 0; id < d->taps; id++)
        for (int64_t channel = 0; channel < d->input_channels; channel += CHUNK) {
            spread_weights(job, group, id, channel, spread);
            for (int64_t number = 0; number < d->grouped.count; number++) {
                const phase *p = &d->grouped.list[number];
                const int64_t tap = tap_of(p, id);
                if (tap < 0) continue;
                if (job->mode == TILE_SPLIT_WEIGHTS)
                    run_phase_split(sparse, p, tap, group, channel, first, end, spread);
                else
                    run_phase_all(sparse, p, tap, group, channel, first, end, spread);
            }
        }
}

AVX2 double heatlens_find_zeros(const product_job *job, uint64_t *masks) {
    const int64_t count = heatlens_mask_count(job->d, job->batch);
    sparse_job sparse = {job, masks, 1};
    heatlens_team_run(job->batch, make_masks, &sparse);
    int64_t found = 0;
    for (int64_t at = 0; at < count; at++) found += __builtin_popcountll(masks[at]);
    return (double)found / (double)(count * CHUNK);
}

void heatlens_skip_zeros(const product_job *job, uint64_t *masks) {
    sparse_job sparse = {job, masks, picture_parts(job->d, job->mode, job->batch)};
    heatlens_team_run(job->d->output_channels / group_channels(job->mode) * sparse.parts, run_piece, &sparse);
}

#else

double heatlens_find_zeros(const product_job *job, uint64_t *masks) {
    (void)job, (void)masks;
    return 1;
}
void heatlens_skip_zeros(const product_job *job, uint64_t *masks) { (void)job, (void)masks; __builtin_trap(); }

#endif
