#define _GNU_SOURCE  // MADV_HUGEPAGE
#include "heatlens_fused.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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

// A packed product in one direction.
typedef struct {
    int64_t input_channels, output_channels, input_size, output_area, taps;
    float *panels;     // [panel][tap][input channel][PANEL], zeros where there is no channel
    uint16_t *halves;  // or the same in half precision
    float *factors;    // with `halves`: of the output channels, a whole number of panels
    phase *phases;
    int64_t phase_count;
    float *zeros;
} direction;

struct heatlens_fused_map {
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
    float *gathered;
    int64_t gathered_count;
};

int heatlens_fused_is_supported(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
#else
    return 0;
#endif
}

static int64_t taps_of(const heatlens_fused_shape *s) { return s->kernel_height * s->kernel_width; }
static int64_t panels_of(int64_t channels) { return (channels + PANEL - 1) / PANEL; }

#define HUGE_PAGE ((size_t)2 << 20)

// Large arrays lie in huge pages where the system has them: weights are read once from end to end, a page table entry each 4 KiB.
static void *allocate(int64_t count, size_t size) {
    void *memory = NULL;
    const size_t wanted = (size_t)(count > 0 ? count : 1) * size;
    const size_t unit = wanted >= HUGE_PAGE / 2 ? HUGE_PAGE : 64;
    const size_t bytes = (wanted + unit - 1) / unit * unit;
    if (posix_memalign(&memory, unit, bytes) != 0) return NULL;
    if (unit == HUGE_PAGE) madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

// Where output position (y, x) reads with tap (r, s); -1 outside the picture.
static int64_t input_position(const heatlens_fused_shape *s, int64_t y, int64_t x, int64_t r, int64_t c) {
    int64_t row = y * s->stride_height - s->padding_top + r * s->dilation_height;
    int64_t column = x * s->stride_width - s->padding_left + c * s->dilation_width;
    if (row < 0 || row >= s->input_height || column < 0 || column >= s->input_width) return -1;
    return row * s->input_width + column;
}

// Which output row or column reads input `at` with tap `tap`; -1 none.
static int64_t output_coordinate(int64_t at, int64_t tap, int64_t stride, int64_t dilation, int64_t padding, int64_t count) {
    int64_t shifted = at + padding - tap * dilation;
    if (shifted < 0 || shifted % stride != 0 || shifted / stride >= count) return -1;
    return shifted / stride;
}

static int make_phase(phase *p, int64_t tap_count, int64_t position_count) {
    p->tap_count = tap_count;
    p->position_count = 0;
    p->taps = allocate(tap_count, sizeof(int32_t));
    p->positions = allocate(position_count, sizeof(int32_t));
    p->offsets = allocate(tap_count * position_count, sizeof(int32_t));
    return p->taps && p->positions && p->offsets;
}

// One phase: every output position reads every tap.
static int make_forward_phases(direction *d, const heatlens_fused_shape *s) {
    d->phases = calloc(1, sizeof(phase));
    if (!d->phases) return 0;
    d->phase_count = 1;
    phase *p = d->phases;
    if (!make_phase(p, taps_of(s), d->output_area)) return 0;
    for (int64_t tap = 0; tap < p->tap_count; tap++) p->taps[tap] = (int32_t)tap;
    for (int64_t y = 0; y < s->output_height; y++)
        for (int64_t x = 0; x < s->output_width; x++) {
            int64_t at = p->position_count++;
            p->positions[at] = (int32_t)at;
            for (int64_t r = 0; r < s->kernel_height; r++)
                for (int64_t c = 0; c < s->kernel_width; c++) {
                    int64_t source = input_position(s, y, x, r, c);
                    p->offsets[at * p->tap_count + r * s->kernel_width + c] = source < 0 ? -1 : (int32_t)(source * s->input_channels);
                }
        }
    return 1;
}

// With strides an input is reached by some taps only, the same ones for inputs that lie a whole stride apart: one phase each.
static int make_backward_phases(direction *d, const heatlens_fused_shape *s) {
    d->phase_count = s->stride_height * s->stride_width;
    d->phases = calloc((size_t)d->phase_count, sizeof(phase));
    if (!d->phases) return 0;
    for (int64_t number = 0; number < d->phase_count; number++) {
        phase *p = &d->phases[number];
        int64_t first_row = number / s->stride_width, first_column = number % s->stride_width;
        if (!make_phase(p, taps_of(s), s->input_height * s->input_width)) return 0;
        int64_t count = 0;
        for (int64_t r = 0; r < s->kernel_height; r++)
            for (int64_t c = 0; c < s->kernel_width; c++) {
                int64_t row = first_row + s->padding_top - r * s->dilation_height;
                int64_t column = first_column + s->padding_left - c * s->dilation_width;
                if (row % s->stride_height == 0 && column % s->stride_width == 0) p->taps[count++] = (int32_t)(r * s->kernel_width + c);
            }
        p->tap_count = count;
        for (int64_t y = first_row; y < s->input_height; y += s->stride_height)
            for (int64_t x = first_column; x < s->input_width; x += s->stride_width) {
                int64_t at = p->position_count++;
                p->positions[at] = (int32_t)(y * s->input_width + x);
                for (int64_t tap = 0; tap < count; tap++) {
                    int64_t r = p->taps[tap] / s->kernel_width, c = p->taps[tap] % s->kernel_width;
                    int64_t row = output_coordinate(y, r, s->stride_height, s->dilation_height, s->padding_top, s->output_height);
                    int64_t column = output_coordinate(x, c, s->stride_width, s->dilation_width, s->padding_left, s->output_width);
                    p->offsets[at * count + tap] =
                        row < 0 || column < 0 ? -1 : (int32_t)((row * s->output_width + column) * s->output_channels);
                }
            }
    }
    return 1;
}

// One phase of positions that read themselves: a 1x1 convolution.
static int make_pointwise_phase(direction *d) {
    d->phases = calloc(1, sizeof(phase));
    if (!d->phases) return 0;
    d->phase_count = 1;
    phase *p = d->phases;
    if (!make_phase(p, 1, d->output_area)) return 0;
    p->taps[0] = 0;
    p->position_count = d->output_area;
    for (int64_t at = 0; at < d->output_area; at++) {
        p->positions[at] = (int32_t)at;
        p->offsets[at] = (int32_t)(at * d->input_channels);
    }
    return 1;
}

static int allocate_direction(direction *d, int is_half) {
    const int64_t count = panels_of(d->output_channels) * d->taps * d->input_channels * PANEL;
    // Behind the last weights lie some that are asked for ahead; nothing reads them.
    if (is_half)
        d->halves = allocate(count, sizeof(uint16_t));
    else
        d->panels = allocate(count, sizeof(float));
    d->zeros = allocate(d->input_channels, sizeof(float));
    if (!(d->panels || d->halves) || !d->zeros) return 0;
    memset(is_half ? (void *)d->halves : (void *)d->panels, 0, (size_t)count * (is_half ? sizeof(uint16_t) : sizeof(float)));
    memset(d->zeros, 0, (size_t)d->input_channels * sizeof(float));
    return 1;
}

// On the way forward each output channel's factor multiplies its sums; on the way back the factors are in what is multiplied.
static int allocate_factors(direction *d, const float *factors) {
    const int64_t count = panels_of(d->output_channels) * PANEL;
    d->factors = allocate(count, sizeof(float));
    if (!d->factors) return 0;
    for (int64_t channel = 0; channel < count; channel++) d->factors[channel] = factors && channel < d->output_channels ? factors[channel] : 1;
    return 1;
}

static int64_t place(const direction *d, int64_t output, int64_t tap, int64_t input) {
    return ((output / PANEL * d->taps + tap) * d->input_channels + input) * PANEL + output % PANEL;
}

static int pack(heatlens_fused_map *map, int is_backward) {
    const heatlens_fused_shape *s = &map->shape;
    const int64_t taps = taps_of(s), area = s->output_height * s->output_width;
    direction *d = is_backward ? &map->backward : &map->forward;
    if (map->gathers) {
        // Taps side by side are the channels of a 1x1 convolution at every output position.
        const int64_t gathered = taps * s->input_channels;
        *d = (direction){.input_channels = is_backward ? s->output_channels : gathered,
                         .output_channels = is_backward ? gathered : s->output_channels,
                         .input_size = area * (is_backward ? s->output_channels : gathered),
                         .output_area = area,
                         .taps = 1};
    } else {
        *d = (direction){.input_channels = is_backward ? s->output_channels : s->input_channels,
                         .output_channels = is_backward ? s->input_channels : s->output_channels,
                         .input_size = is_backward ? area * s->output_channels : s->input_height * s->input_width * s->input_channels,
                         .output_area = is_backward ? s->input_height * s->input_width : area,
                         .taps = taps};
    }
    if (!allocate_direction(d, map->halves != NULL)) return 0;
    if (map->halves && !allocate_factors(d, is_backward ? NULL : map->factors)) return 0;
    for (int64_t o = 0; o < s->output_channels; o++)
        for (int64_t i = 0; i < s->input_channels; i++)
            for (int64_t tap = 0; tap < taps; tap++) {
                const int64_t from = (o * s->input_channels + i) * taps + tap;
                const int64_t gathered = tap * s->input_channels + i;
                const int64_t to = map->gathers  ? is_backward ? place(d, gathered, 0, o) : place(d, o, 0, gathered)
                                   : is_backward ? place(d, i, tap, o)
                                                 : place(d, o, tap, i);
                if (map->halves)
                    d->halves[to] = map->halves[from];
                else
                    d->panels[to] = map->weights[from];
            }
    if (map->gathers) return make_pointwise_phase(d);
    return is_backward ? make_backward_phases(d, s) : make_forward_phases(d, s);
}

static void free_direction(direction *d) {
    for (int64_t number = 0; number < d->phase_count && d->phases; number++) {
        free(d->phases[number].taps);
        free(d->phases[number].positions);
        free(d->phases[number].offsets);
    }
    free(d->phases);
    free(d->panels);
    free(d->halves);
    free(d->factors);
    free(d->zeros);
}

// The weights divided by the factors' magnitudes in half precision, if it holds them.
static int keep_halves(heatlens_fused_map *map, const float *weights, const float *factors) {
    const int64_t channels = map->shape.output_channels, count = map->shape.input_channels * taps_of(&map->shape);
    map->halves = allocate(channels * count, sizeof(uint16_t));
    map->factors = allocate(channels, sizeof(float));
    int fits = map->halves && map->factors;
    for (int64_t channel = 0; channel < channels && fits; channel++) {
        const float factor = factors[channel] < 0 ? -factors[channel] : factors[channel];
        map->factors[channel] = factor > 0 ? factor : 1;
        fits = heatlens_to_halves(count, weights + channel * count, map->factors[channel], map->halves + channel * count);
    }
    if (!fits) {
        free(map->halves);
        free(map->factors);
        map->halves = NULL;
        map->factors = NULL;
    }
    return fits;
}

heatlens_fused_map *heatlens_fused_create(const heatlens_fused_shape *shape, const float *weights, const float *factors) {
    heatlens_fused_map *map = calloc(1, sizeof *map);
    if (!map) return NULL;
    map->shape = *shape;
    map->gathers = shape->input_channels < FEW_CHANNELS && taps_of(shape) > 1;
    if (!factors || !keep_halves(map, weights, factors)) {
        const int64_t count = shape->output_channels * shape->input_channels * taps_of(shape);
        map->weights = allocate(count, sizeof(float));
        if (map->weights) memcpy(map->weights, weights, (size_t)count * sizeof(float));
    }
    if (!(map->weights || map->halves) || !pack(map, 0)) {
        heatlens_fused_destroy(map);
        return NULL;
    }
    return map;
}

int heatlens_fused_is_half(const heatlens_fused_map *map) { return map->forward.halves != NULL; }

void heatlens_fused_destroy(heatlens_fused_map *map) {
    if (!map) return;
    free_direction(&map->forward);
    free_direction(&map->backward);
    free(map->weights);
    free(map->halves);
    free(map->factors);
    free(map->scaled);
    free(map->gathered);
    free(map);
}

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
        map->gathered = allocate(count, sizeof(float));
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
        map->scaled = allocate(2 * count, sizeof(float));
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
        if (!pack(map, 1)) return 1;
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
