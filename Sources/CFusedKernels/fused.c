// The products: tiles over positions and panels, or what skips zeros, shared out among the team's threads.
#include <stdlib.h>
#include <string.h>

#include "widths.h"

const width *heatlens_width(int vector) {
    const width *wide = heatlens_avx512(), *narrow = heatlens_avx2();
    switch (vector) {
    case 0: return wide ? wide : narrow;
    case 8: return narrow;
    case 16: return wide;
    default: return NULL;
    }
}

int heatlens_fused_vector(int vector) { return heatlens_width(vector) ? heatlens_width(vector)->vector : 0; }

// All positions, with tiles of nearly the same size rather than full ones and a small rest.
static void run_tiles(const product_job *job, tile *t) {
    const direction *d = job->d;
    const int most = job->width->most_positions(job->mode);
    for (int64_t number = 0; number < job->set->count; number++) {
        const phase *p = &job->set->list[number];
        t->taps = p->tap_count;
        t->tap_ids = p->taps;
        const int64_t total = job->batch * p->position_count, tiles = (total + most - 1) / most;
        int64_t index = 0, input = 0, output = 0, done = 0;
        for (int64_t tile = 1; tile <= tiles; tile++) {
            const int count = (int)(total * tile / tiles - done);
            for (int m = 0; m < count; m++) {
                t->offsets[m] = p->offsets + index * p->tap_count;
                t->input[m] = input;
                t->output[m] = output + p->positions[index] * d->output_channels;
                if (++index < p->position_count) continue;
                index = 0;
                input += d->input_size;
                output += d->output_area * d->output_channels;
            }
            done += count;
            job->width->tile(job->mode, count, t);
        }
    }
}

static float *moved(float *start, int64_t offset) { return start ? start + offset : NULL; }

static void run_panel(void *context, int64_t panel) {
    const product_job *job = context;
    const direction *d = job->d;
    const int64_t offset = panel * d->taps * d->input_channels * PANEL, lanes = d->output_channels - panel * PANEL;
    const int64_t vector = job->width->vector, all = PANEL / vector, vectors = tile_sides(job->mode) == 2 ? 1 : all;
    for (int64_t part = 0; part < all && part * vector < lanes; part += vectors) {
        const int64_t left = lanes - part * vector;
        const int64_t first = panel * PANEL + part * vector;
        tile t = {.panel = d->panels ? d->panels + offset : NULL,
                  .halves = d->halves ? d->halves + offset : NULL,
                  .factors = d->factors ? d->factors + first : NULL,
                  .channels = d->input_channels,
                  .x = job->x,
                  .y = job->y,
                  .zeros = d->zeros,
                  .part = part,
                  .lanes = left < vectors * vector ? left : vectors * vector,
                  .first = job->first + first,
                  .second = moved(job->second, first),
                  .negative = moved(job->negative, first),
                  .bias = job->bias ? job->bias + first : NULL,
                  .rectified = moved(job->rectified, first),
                  .factor = job->factor ? job->factor + first : NULL};
        run_tiles(job, &t);
    }
}

// All panels over one picture of the batch.
static void run_picture(void *context, int64_t picture) {
    product_job job = *(const product_job *)context;
    const int64_t inputs = picture * job.d->input_size, outputs = picture * job.d->output_area * job.d->output_channels;
    job.batch = 1;
    job.x += inputs;
    if (job.y) job.y += inputs;
    job.first += outputs;
    job.second = moved(job.second, outputs);
    job.negative = moved(job.negative, outputs);
    job.rectified = moved(job.rectified, outputs);
    if (job.factor) job.factor += outputs;
    for (int64_t panel = 0; panel < panels_of(job.d->output_channels); panel++) run_panel(&job, panel);
}

// Weights that leave room for a picture in a core's second cache.
#define NEAR_BYTES (150 << 10)

// Room for a bit for each input of a batch.
static uint64_t *mask_room(heatlens_fused_map *map, int64_t count) {
    if (count > map->mask_count) {
        free(map->masks);
        map->masks = heatlens_allocate(count, sizeof(uint64_t));
        map->mask_count = map->masks ? count : 0;
    }
    return map->masks;
}

// Small weights stay near while picture after picture comes by; large ones are read from memory once, for all pictures.
static int run_product(heatlens_fused_map *map, product_job *job) {
    const direction *d = job->d;
    if (!job->negative && map->width->can_skip_zeros(d, job->mode, job->batch)) {
        uint64_t *masks = mask_room(map, heatlens_mask_count(d, job->batch));
        if (!masks) return 1;
        if (map->width->find_zeros(job, masks) < heatlens_dense_from(job->mode)) {
            map->width->skip_zeros(job, masks);
            return 0;
        }
    }
    const int64_t panels = panels_of(d->output_channels);
    job->set = job->batch >= FEW_PICTURES ? &d->grouped : &d->together;
    const int64_t bytes = panels * d->taps * d->input_channels * PANEL * (int64_t)(d->halves ? sizeof(uint16_t) : sizeof(float));
    if (bytes <= NEAR_BYTES && job->batch >= 2 * heatlens_team_size())
        heatlens_team_run(job->batch, run_picture, job);
    else
        heatlens_team_run(panels, run_panel, job);
    return 0;
}

// Room for the gathered taps of a batch.
static float *gathered_room(heatlens_fused_map *map, int64_t batch) {
    const heatlens_fused_shape *s = &map->shape;
    const int64_t count = batch * s->output_height * s->output_width * taps_of(s) * s->input_channels;
    if (count > map->gathered_count) {
        free(map->gathered);
        map->gathered = heatlens_allocate(count, sizeof(float));
        map->gathered_count = map->gathered ? count : 0;
    }
    return map->gathered;
}

typedef struct {
    const heatlens_fused_shape *shape;
    const float *from;
    float *to;
    const float *factor;  // of what is scattered; NULL for none
} gather_job;

// One picture's taps side by side, for each output position.
static void gather(void *context, int64_t picture) {
    const gather_job *job = context;
    const heatlens_fused_shape *s = job->shape;
    const int64_t channels = s->input_channels;
    const float *x = job->from + picture * s->input_height * s->input_width * channels;
    float *gathered = job->to + picture * s->output_height * s->output_width * taps_of(s) * channels;
    for (int64_t y = 0; y < s->output_height; y++)
        for (int64_t column = 0; column < s->output_width; column++)
            for (int64_t r = 0; r < s->kernel_height; r++)
                for (int64_t c = 0; c < s->kernel_width; c++, gathered += channels) {
                    const int64_t source = input_position(s, y, column, r, c);
                    for (int64_t i = 0; i < channels; i++) gathered[i] = source < 0 ? 0 : x[source * channels + i];
                }
}

// The way back: each input adds up what stands at its taps.
static void scatter(void *context, int64_t picture) {
    const gather_job *job = context;
    const heatlens_fused_shape *s = job->shape;
    const int64_t channels = s->input_channels, size = s->input_height * s->input_width * channels;
    const float *gathered = job->from + picture * s->output_height * s->output_width * taps_of(s) * channels;
    float *u = job->to + picture * size;
    memset(u, 0, (size_t)size * sizeof(float));
    for (int64_t y = 0; y < s->output_height; y++)
        for (int64_t column = 0; column < s->output_width; column++)
            for (int64_t r = 0; r < s->kernel_height; r++)
                for (int64_t c = 0; c < s->kernel_width; c++, gathered += channels) {
                    const int64_t target = input_position(s, y, column, r, c);
                    if (target < 0) continue;
                    for (int64_t i = 0; i < channels; i++) u[target * channels + i] += gathered[i];
                }
    if (!job->factor) return;
    for (int64_t i = 0; i < size; i++) u[i] *= job->factor[picture * size + i];
}

int heatlens_fused_product(heatlens_fused_map *map, heatlens_fused_split split, int64_t batch, const float *x, const float *bias,
                           const heatlens_fused_results *results) {
    if (map->gathers) {
        float *gathered = gathered_room(map, batch);
        if (!gathered) return 1;
        gather_job job = {&map->shape, x, gathered, NULL};
        heatlens_team_run(batch, gather, &job);
        x = gathered;
    }
    static const tile_mode modes[] = {TILE_ALL, TILE_SPLIT_WEIGHTS, TILE_SPLIT_PRODUCTS};
    const int is_whole = split == HEATLENS_FUSED_WHOLE;
    product_job job = {.width = map->width,
                       .d = &map->forward,
                       .mode = modes[split],
                       .batch = batch,
                       .x = x,
                       .bias = bias,
                       .first = is_whole ? results->sum : results->positive,
                       .second = is_whole ? NULL : results->sum,
                       .negative = is_whole ? NULL : results->negative,
                       .rectified = results->rectified};
    return run_product(map, &job);
}

typedef struct {
    const float *from, *factors;
    float *to;
    int64_t rows, channels, pieces;
} scale_job;

static void scale_rows(void *context, int64_t piece) {
    const scale_job *job = context;
    const int64_t channels = job->channels, end = job->rows * (piece + 1) / job->pieces * channels;
    for (int64_t row = job->rows * piece / job->pieces * channels; row < end; row += channels)
        for (int64_t channel = 0; channel < channels; channel++) job->to[row + channel] = job->from[row + channel] * job->factors[channel];
}

// a_k and c_k times the factor of channel k.
static int scale_by_factors(heatlens_fused_map *map, int64_t batch, const float **a, const float **c) {
    const int64_t channels = map->shape.output_channels, rows = batch * map->shape.output_height * map->shape.output_width;
    const int64_t count = rows * channels;
    if (2 * count > map->scaled_count) {
        free(map->scaled);
        map->scaled = heatlens_allocate(2 * count, sizeof(float));
        map->scaled_count = map->scaled ? 2 * count : 0;
    }
    if (!map->scaled) return 0;
    const float **sources[2] = {a, c};
    for (int number = 0; number < 2; number++) {
        if (!sources[number]) continue;
        scale_job job = {*sources[number], map->factors, map->scaled + number * count, rows, channels, heatlens_team_size()};
        heatlens_team_run(job.pieces, scale_rows, &job);
        *sources[number] = job.to;
    }
    return 1;
}

int heatlens_fused_transposed(heatlens_fused_map *map, heatlens_fused_side side, int64_t batch, const float *a, const float *c,
                              const float *times, float *u) {
    static const tile_mode modes[] = {TILE_ALL, TILE_POSITIVE, TILE_SIGNED};
    if (!map->has_backward) {
        if (!heatlens_pack(map, 1)) return 1;
        map->has_backward = 1;
        free(map->weights);
        free(map->halves);
        map->weights = NULL;
        map->halves = NULL;
    }
    if (map->factors && !scale_by_factors(map, batch, &a, side == HEATLENS_FUSED_SIGNED ? &c : NULL)) return 1;
    product_job job = {.width = map->width, .d = &map->backward, .mode = modes[side], .batch = batch, .x = a, .first = u, .factor = times};
    if (side == HEATLENS_FUSED_SIGNED) job.y = c;
    if (!map->gathers) return run_product(map, &job);
    float *gathered = gathered_room(map, batch);
    if (!gathered) return 1;
    job.first = gathered;
    job.factor = NULL;
    if (run_product(map, &job)) return 1;
    gather_job scattering = {&map->shape, gathered, u, times};
    heatlens_team_run(batch, scatter, &scattering);
    return 0;
}
