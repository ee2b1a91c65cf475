// Exact nearest neighbours: products of tiles, of which only what lies below a threshold is kept.

// Hoare's selection: the `keep` smallest to the front, the largest of them as the new threshold.
static void shrink(const heatlens_candidates *lists, int64_t point) {
    uint64_t *list = lists->entries + point * lists->capacity;
    int64_t low = 0, high = lists->counts[point] - 1;
    const int64_t target = lists->keep - 1;
    while (low < high) {
        const uint64_t a = list[low], b = list[(low + high) / 2], c = list[high];
        const uint64_t least = a < b ? a : b, most = a < b ? b : a;
        const uint64_t pivot = c < least ? least : c > most ? most : c;
        int64_t i = low, j = high;
        while (i <= j) {
            while (list[i] < pivot) i++;
            while (list[j] > pivot) j--;
            if (i <= j) {
                const uint64_t swapped = list[i];
                list[i++] = list[j];
                list[j--] = swapped;
            }
        }
        if (target <= j) high = j;
        else if (target >= i) low = i;
        else break;
    }
    lists->counts[point] = (int32_t)lists->keep;
    const uint32_t bits = (uint32_t)(list[target] >> 32);
    memcpy(&lists->thresholds[point], &bits, 4);
}

INLINE void append(const heatlens_candidates *lists, int64_t point, float distance, int64_t index) {
    const int32_t position = lists->counts[point];
    uint32_t bits;
    if (!(distance > 0)) distance = 0;
    memcpy(&bits, &distance, 4);
    lists->entries[point * lists->capacity + position] = (uint64_t)bits << 32 | (uint32_t)index;
    lists->counts[point] = position + 1;
    if (position + 1 == lists->capacity) shrink(lists, point);
}

static int64_t near_finish(const heatlens_candidates *lists, int64_t point) {
    if (lists->counts[point] > lists->keep) shrink(lists, point);
    return lists->counts[point];
}

#define ROWS 6

// `rows` (at most ROWS) points against sixteen.
INLINE void near_block(const heatlens_candidates *lists, const float *points, const float *panel, const float *norms, int64_t dimension,
                       int64_t row, int rows, int64_t column, int on_diagonal) {
    f8 low[ROWS], high[ROWS];
    for (int r = 0; r < ROWS; r++) low[r] = high[r] = all8(0);
    const float *own = points + row * dimension;
    for (int64_t k = 0; k < dimension; k++) {
        const f8 a = load8(panel + 16 * k), b = load8(panel + 16 * k + 8);
        for (int r = 0; r < ROWS; r++) {
            const f8 value = all8(own[(r < rows ? r : 0) * dimension + k]);
            low[r] += value * a;
            high[r] += value * b;
        }
    }
    const f8 norms_low = load8(norms + column), norms_high = load8(norms + column + 8);
    f8 limit_low = load8(lists->thresholds + column), limit_high = load8(lists->thresholds + column + 8);
    float distances[16];
    for (int r = 0; r < rows; r++) {
        const int64_t point = row + r;
        const f8 norm = all8(norms[point]);
        const f8 d_low = norm + norms_low - 2 * low[r], d_high = norm + norms_high - 2 * high[r];
        const f8 limit = all8(lists->thresholds[point]);
        unsigned for_row = signs8(d_low < limit) | signs8(d_high < limit) << 8;
        unsigned for_columns = on_diagonal ? 0 : signs8(d_low < limit_low) | signs8(d_high < limit_high) << 8;
        if (!(for_row | for_columns)) continue;
        store8(distances, d_low);
        store8(distances + 8, d_high);
        for (; for_row; for_row &= for_row - 1) {
            const int lane = __builtin_ctz(for_row);
            if (column + lane != point && distances[lane] < lists->thresholds[point]) append(lists, point, distances[lane], column + lane);
        }
        for (; for_columns; for_columns &= for_columns - 1) {
            const int lane = __builtin_ctz(for_columns);
            if (distances[lane] < lists->thresholds[column + lane]) append(lists, column + lane, distances[lane], point);
        }
    }
}

static void near_tile(const heatlens_candidates *lists, const float *points, const float *panels, const float *norms,
                              int64_t dimension, int64_t first_row, int64_t rows, int64_t first_column, int64_t columns) {
    const int on_diagonal = first_row == first_column;
    for (int64_t column = first_column; column < first_column + columns; column += 16) {
        const float *panel = panels + column * dimension;
        int64_t row = first_row;
        for (; row + ROWS <= first_row + rows; row += ROWS)
            near_block(lists, points, panel, norms, dimension, row, ROWS, column, on_diagonal);
        if (row < first_row + rows)
            near_block(lists, points, panel, norms, dimension, row, (int)(first_row + rows - row), column, on_diagonal);
    }
}

static double distance(const float *a, const float *b, int64_t dimension) {
    typedef double d4 __attribute__((vector_size(32)));
    d4 low = {0}, high = {0};
    int64_t k = 0;
    for (; k + 8 <= dimension; k += 8) {
        const f8 difference = load8(a + k) - load8(b + k);
        const d4 first = __builtin_convertvector(__builtin_shufflevector(difference, difference, 0, 1, 2, 3), d4);
        const d4 second = __builtin_convertvector(__builtin_shufflevector(difference, difference, 4, 5, 6, 7), d4);
        low += first * first;
        high += second * second;
    }
    low += high;
    double sum = (low[0] + low[2]) + (low[1] + low[3]);
    for (; k < dimension; k++) sum += (double)(a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

static void scan(const float *rows, const float *point, int64_t dimension, int64_t first, int64_t last, float *distances) {
    for (int64_t row = first; row < last; row++) {
        const float *from = rows + row * dimension;
        f8 sum = {0};
        int64_t k = 0;
        for (; k + 8 <= dimension; k += 8) {
            const f8 difference = load8(from + k) - load8(point + k);
            sum += difference * difference;
        }
        float rest = 0;
        for (; k < dimension; k++) rest += (from[k] - point[k]) * (from[k] - point[k]);
        distances[row] = sum8(sum) + rest;
    }
}
