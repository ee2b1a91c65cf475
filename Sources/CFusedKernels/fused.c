// The products: tiles over positions and panels, shared out among the team's threads.
#include <stdlib.h>
#include <string.h>

#include "packing.h"

// One job of the team: panels of channels, each over all positions, so that its weights are read from memory once.
typedef struct {
    const direction *d;
    tile_mode mode;
    int64_t batch;
    const float *x, *y;
    float *first, *second;
} product_job;

// Runs a tile on positions `first`..<`first + count`, counted picture by picture within each position, or position by position within
// each picture.
static void run_tile_at(const product_job *job, const phase *p, tile *t, int64_t panel, int64_t first, int count, int by_position) {
    const direction *d = job->d;
    int64_t picture = by_position ? first % job->batch : first / p->position_count;
    int64_t index = by_position ? first / job->batch : first % p->position_count;
    for (int m = 0; m < count; m++) {
        t->offsets[m] = p->offsets + index * p->tap_count;
        t->x[m] = job->x + picture * d->input_size;
        t->y[m] = job->y ? job->y + picture * d->input_size : NULL;
        const int64_t output = (picture * d->output_area + p->positions[index]) * d->output_channels + panel * PANEL;
        t->first[m] = job->first + output;
        t->second[m] = job->second ? job->second + output : NULL;
        if (by_position) {
            if (++picture == job->batch) picture = 0, index++;
        } else if (++index == p->position_count) {
            index = 0, picture++;
        }
    }
    heatlens_tile(job->mode, count, t);
}

// Covers `total` positions from `first` on with tiles of nearly the same size, rather than full ones and a small rest.
static void run_tiles(const product_job *job, const phase *p, tile *t, int64_t panel, int64_t first, int64_t total, int by_position) {
    const int most = heatlens_most_positions(job->mode);
    const int64_t tiles = (total + most - 1) / most;
    for (int64_t number = 0; number < tiles; number++) {
        const int64_t start = total * number / tiles, end = total * (number + 1) / tiles;
        run_tile_at(job, p, t, panel, first + start, (int)(end - start), by_position);
    }
}

static void run_panel(void *context, int64_t panel) {
    const product_job *job = context;
    const direction *d = job->d;
    const int64_t offset = panel * d->taps * d->input_channels * PANEL;
    tile t = {.panel = d->panels ? d->panels + offset : NULL,
              .halves = d->halves ? d->halves + offset : NULL,
              .factors = d->factors ? d->factors + panel * PANEL : NULL,
              .channels = d->input_channels,
              .zeros = d->zeros,
              .lanes = d->output_channels - panel * PANEL < PANEL ? d->output_channels - panel * PANEL : PANEL};
    for (int64_t number = 0; number < d->phase_count; number++) {
        const phase *p = &d->phases[number];
        t.taps = p->tap_count;
        t.tap_ids = p->taps;
        // One position of several pictures reads the same taps: those in the padding are skipped for the whole tile.
        const int by_position = job->batch >= 4 && p->tap_count > 1;
        if (by_position) {
            for (int64_t index = 0; index < p->position_count; index++)
                run_tiles(job, p, &t, panel, index * job->batch, job->batch, 1);
        } else {
            run_tiles(job, p, &t, panel, 0, job->batch * p->position_count, 0);
        }
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
    if (job.second) job.second += outputs;
    for (int64_t panel = 0; panel < panels_of(job.d->output_channels); panel++) run_panel(&job, panel);
}

// Weights that leave room for a picture in a core's second cache.
#define NEAR_BYTES (320 << 10)

// Small weights stay near while picture after picture comes by; large ones are read from memory once, for all pictures.
static void run_product(const direction *d, tile_mode mode, int64_t batch, const float *x, const float *y, float *first, float *second) {
    product_job job = {d, mode, batch, x, y, first, second};
    const int64_t panels = panels_of(d->output_channels);
    const int64_t bytes = panels * d->taps * d->input_channels * PANEL * (int64_t)(d->halves ? sizeof(uint16_t) : sizeof(float));
    if (bytes <= NEAR_BYTES && batch >= 2 * heatlens_team_size())
        heatlens_team_run(batch, run_picture, &job);
    else
        heatlens_team_run(panels, run_panel, &job);
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
}

static int run_forward(heatlens_fused_map *map, tile_mode mode, int64_t batch, const float *x, float *first, float *second) {
    if (map->gathers) {
        float *gathered = gathered_room(map, batch);
        if (!gathered) return 1;
        gather_job job = {&map->shape, x, gathered};
        heatlens_team_run(batch, gather, &job);
        x = gathered;
    }
    run_product(&map->forward, mode, batch, x, NULL, first, second);
    return 0;
}

int heatlens_fused_product(heatlens_fused_map *map, int64_t batch, const float *x, float *z) {
    return run_forward(map, TILE_ALL, batch, x, z, NULL);
}

int heatlens_fused_parts(heatlens_fused_map *map, int by_products, int64_t batch, const float *x, float *p, float *n) {
    return run_forward(map, by_products ? TILE_SPLIT_PRODUCTS : TILE_SPLIT_WEIGHTS, batch, x, p, n);
}

// a_k and c_k times the factor of channel k.
static int scale_by_factors(heatlens_fused_map *map, int64_t batch, const float **a, const float **c) {
    const int64_t channels = map->shape.output_channels;
    const int64_t count = batch * map->shape.output_height * map->shape.output_width * channels;
    if (2 * count > map->scaled_count) {
        free(map->scaled);
        map->scaled = heatlens_allocate(2 * count, sizeof(float));
        map->scaled_count = map->scaled ? 2 * count : 0;
    }
    if (!map->scaled) return 0;
    const float **sources[2] = {a, c};
    for (int number = 0; number < 2; number++) {
        if (!sources[number]) continue;
        float *to = map->scaled + number * count;
        const float *from = *sources[number];
        for (int64_t row = 0; row < count; row += channels)
            for (int64_t channel = 0; channel < channels; channel++) to[row + channel] = from[row + channel] * map->factors[channel];
        *sources[number] = to;
    }
    return 1;
}

int heatlens_fused_transposed(heatlens_fused_map *map, heatlens_fused_side side, int64_t batch, const float *a, const float *c, float *u) {
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
    if (!map->gathers) {
        run_product(&map->backward, modes[side], batch, a, c, u, NULL);
        return 0;
    }
    float *gathered = gathered_room(map, batch);
    if (!gathered) return 1;
    run_product(&map->backward, modes[side], batch, a, c, gathered, NULL);
    gather_job job = {&map->shape, gathered, u};
    heatlens_team_run(batch, scatter, &job);
    return 0;
}
