#define _GNU_SOURCE  // MADV_HUGEPAGE
// Weights in the order in which the tiles read them, and which inputs each position reads.
#include "widths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define HUGE_PAGE ((size_t)2 << 20)

// Large arrays lie in huge pages where the system has them: weights are read once from end to end, a page table entry each 4 KiB.
void *heatlens_allocate(int64_t count, size_t size) {
    void *memory = NULL;
    const size_t wanted = (size_t)(count > 0 ? count : 1) * size;
    const size_t unit = wanted >= HUGE_PAGE / 2 ? HUGE_PAGE : 64;
    const size_t bytes = (wanted + unit - 1) / unit * unit;
    if (posix_memalign(&memory, unit, bytes) != 0) return NULL;
    if (unit == HUGE_PAGE) madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
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
    p->taps = heatlens_allocate(tap_count, sizeof(int32_t));
    p->positions = heatlens_allocate(position_count, sizeof(int32_t));
    p->offsets = heatlens_allocate(tap_count * position_count, sizeof(int32_t));
    return p->taps && p->positions && p->offsets;
}

static int make_phases(phases *set, int64_t count) {
    set->list = calloc((size_t)count, sizeof(phase));
    set->count = set->list ? count : 0;
    return set->list != NULL;
}

static int has_same_taps(const int32_t *a, const int32_t *b, int64_t count) {
    for (int64_t tap = 0; tap < count; tap++)
        if ((a[tap] < 0) != (b[tap] < 0)) return 0;
    return 1;
}

// The positions of a phase that read the same taps as position `first`, those before it being in groups already.
static int make_group(phase *group, const phase *p, int64_t first, char *is_grouped) {
    const int32_t *pattern = p->offsets + first * p->tap_count;
    int64_t count = 0, taps = 0;
    for (int64_t at = first; at < p->position_count; at++)
        count += !is_grouped[at] && has_same_taps(p->offsets + at * p->tap_count, pattern, p->tap_count);
    if (!make_phase(group, p->tap_count, count)) return 0;
    for (int64_t tap = 0; tap < p->tap_count; tap++)
        if (pattern[tap] >= 0) group->taps[taps++] = p->taps[tap];
    group->tap_count = taps;
    for (int64_t at = first; at < p->position_count; at++) {
        const int32_t *offsets = p->offsets + at * p->tap_count;
        if (is_grouped[at] || !has_same_taps(offsets, pattern, p->tap_count)) continue;
        is_grouped[at] = 1;
        int32_t *to = group->offsets + group->position_count * taps;
        for (int64_t tap = 0; tap < p->tap_count; tap++)
            if (offsets[tap] >= 0) *to++ = offsets[tap];
        group->positions[group->position_count++] = p->positions[at];
    }
    return 1;
}

// Splits phases so that of each all positions have the same taps inside the picture.
static int make_grouped_phases(direction *d) {
    int64_t most = 0;
    for (int64_t number = 0; number < d->together.count; number++) most += d->together.list[number].position_count;
    if (!make_phases(&d->grouped, most)) return 0;
    d->grouped.count = 0;
    for (int64_t number = 0; number < d->together.count; number++) {
        const phase *p = &d->together.list[number];
        char *is_grouped = calloc((size_t)(p->position_count + 1), 1);
        int fits = is_grouped != NULL;
        for (int64_t at = 0; at < p->position_count && fits; at++)
            if (!is_grouped[at]) fits = make_group(&d->grouped.list[d->grouped.count++], p, at, is_grouped);
        free(is_grouped);
        if (!fits) return 0;
    }
    return 1;
}

// One phase: every output position reads every tap.
static int make_forward_phases(direction *d, const heatlens_fused_shape *s) {
    if (!make_phases(&d->together, 1)) return 0;
    phase *p = d->together.list;
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
    if (!make_phases(&d->together, s->stride_height * s->stride_width)) return 0;
    for (int64_t number = 0; number < d->together.count; number++) {
        phase *p = &d->together.list[number];
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
    if (!make_phases(&d->together, 1)) return 0;
    phase *p = d->together.list;
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
        d->halves = heatlens_allocate(count, sizeof(uint16_t));
    else
        d->panels = heatlens_allocate(count, sizeof(float));
    d->zeros = heatlens_allocate(d->input_channels, sizeof(float));
    if (!(d->panels || d->halves) || !d->zeros) return 0;
    memset(is_half ? (void *)d->halves : (void *)d->panels, 0, (size_t)count * (is_half ? sizeof(uint16_t) : sizeof(float)));
    memset(d->zeros, 0, (size_t)d->input_channels * sizeof(float));
    return 1;
}

// On the way forward each output channel's factor multiplies its sums; on the way back the factors are in what is multiplied.
static int allocate_factors(direction *d, const float *factors) {
    const int64_t count = panels_of(d->output_channels) * PANEL;
    d->factors = heatlens_allocate(count, sizeof(float));
    if (!d->factors) return 0;
    for (int64_t channel = 0; channel < count; channel++) d->factors[channel] = factors && channel < d->output_channels ? factors[channel] : 1;
    return 1;
}

static int64_t place(const direction *d, int64_t output, int64_t tap, int64_t input) {
    return ((output / PANEL * d->taps + tap) * d->input_channels + input) * PANEL + output % PANEL;
}

int heatlens_pack(heatlens_fused_map *map, int is_backward) {
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
    const int fits = map->gathers ? make_pointwise_phase(d) : is_backward ? make_backward_phases(d, s) : make_forward_phases(d, s);
    return fits && make_grouped_phases(d);
}

static void free_phases(phases *set) {
    for (int64_t number = 0; number < set->count; number++) {
        free(set->list[number].taps);
        free(set->list[number].positions);
        free(set->list[number].offsets);
    }
    free(set->list);
}

static void free_direction(direction *d) {
    free_phases(&d->together);
    free_phases(&d->grouped);
    free(d->panels);
    free(d->halves);
    free(d->factors);
    free(d->zeros);
}

// weights[i] / factor in half precision; 0 where that does not hold them to single precision.
#if defined(__x86_64__)
__attribute__((target("f16c"))) static int to_halves(int64_t count, const float *weights, float factor, uint16_t *halves) {
    for (int64_t i = 0; i < count; i++) {
        const uint16_t half = _cvtss_sh(weights[i] / factor, _MM_FROUND_TO_NEAREST_INT);
        const float back = _cvtsh_ss(half) * factor;
        // The weight and its factor were rounded once each on their way here.
        if (!(back - weights[i] <= 4e-7f * (weights[i] < 0 ? -weights[i] : weights[i])) ||
            !(weights[i] - back <= 4e-7f * (weights[i] < 0 ? -weights[i] : weights[i])))
            return 0;
        halves[i] = half;
    }
    return 1;
}
#else
static int to_halves(int64_t count, const float *weights, float factor, uint16_t *halves) {
    (void)count, (void)weights, (void)factor, (void)halves;
    return 0;
}
#endif

// The weights divided by the factors' magnitudes in half precision, if it holds them.
static int keep_halves(heatlens_fused_map *map, const float *weights, const float *factors) {
    const int64_t channels = map->shape.output_channels, count = map->shape.input_channels * taps_of(&map->shape);
    map->halves = heatlens_allocate(channels * count, sizeof(uint16_t));
    map->factors = heatlens_allocate(channels, sizeof(float));
    int fits = map->halves && map->factors;
    for (int64_t channel = 0; channel < channels && fits; channel++) {
        const float factor = factors[channel] < 0 ? -factors[channel] : factors[channel];
        map->factors[channel] = factor > 0 ? factor : 1;
        fits = to_halves(count, weights + channel * count, map->factors[channel], map->halves + channel * count);
    }
    if (!fits) {
        free(map->halves);
        free(map->factors);
        map->halves = NULL;
        map->factors = NULL;
    }
    return fits;
}

heatlens_fused_map *heatlens_fused_create(const heatlens_fused_shape *shape, const float *weights, const float *factors, int vector) {
    const width *loops = heatlens_width(vector);
    heatlens_fused_map *map = loops ? calloc(1, sizeof *map) : NULL;
    if (!map) return NULL;
    map->width = loops;
    map->shape = *shape;
    map->gathers = shape->input_channels < FEW_CHANNELS && taps_of(shape) > 1;
    if (!factors || !keep_halves(map, weights, factors)) {
        const int64_t count = shape->output_channels * shape->input_channels * taps_of(shape);
        map->weights = heatlens_allocate(count, sizeof(float));
        if (map->weights) memcpy(map->weights, weights, (size_t)count * sizeof(float));
    }
    if (!(map->weights || map->halves) || !heatlens_pack(map, 0)) {
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
    free(map->masks);
    free(map);
}
