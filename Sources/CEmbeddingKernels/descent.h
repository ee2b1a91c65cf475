// Gradient descent with momentum and gains, four points at a time.

static void descend(const heatlens_descent *d, int64_t first, int64_t last, float *positions, float *velocities, float *gains,
                    const float *attractive, const float *repulsive, double sums[2]) {
    float total_x = 0, total_y = 0;
    int64_t index = 2 * first;
    const f8 zero = {0};
    f8 total = zero;
    const f8 longest = all8(d->longest_step * d->longest_step);
    for (; index < 2 * last; index += 8) {
        // The rest of fewer than four points by way of a copy, filled up with points at rest.
        const int64_t left = 2 * last - index < 8 ? 2 * last - index : 8;
        float copy[5][8] = {{0}};
        const float *from[5] = {positions + index, velocities + index, gains + index, attractive + index, repulsive + index};
        f8 value[5];
        for (int i = 0; i < 5; i++) {
            if (left < 8) memcpy(copy[i], from[i], (size_t)left * sizeof(float));
            value[i] = load8(left < 8 ? copy[i] : from[i]);
        }
        const f8 gradient = value[3] * d->pull - value[4] * d->push;
        const i8 agrees = value[1] * gradient > zero;
        const f8 shrunk = value[2] * 0.8f, least = all8(0.01f);
        const f8 gain = choose8(agrees, choose8(shrunk < least, least, shrunk), value[2] + 0.2f);
        f8 velocity = value[1] * d->momentum - gain * gradient * d->rate;
        const f8 squares = velocity * velocity;
        const f8 length = squares + __builtin_shufflevector(squares, squares, 1, 0, 3, 2, 5, 4, 7, 6);
        const i8 is_long = length > longest;
        if (__builtin_expect(signs8(is_long) != 0, 0)) {
            for (int lane = 0; lane < 8; lane++)
                if (is_long[lane]) velocity[lane] *= d->longest_step / __builtin_sqrtf(length[lane]);
        }
        const f8 position = value[0] + velocity;
        total += position;
        if (left == 8) {
            store8(positions + index, position);
            store8(velocities + index, velocity);
            store8(gains + index, gain);
        } else {
            memcpy(positions + index, &position, (size_t)left * sizeof(float));
            memcpy(velocities + index, &velocity, (size_t)left * sizeof(float));
            memcpy(gains + index, &gain, (size_t)left * sizeof(float));
        }
    }
    for (int lane = 0; lane < 8; lane += 2) {
        total_x += total[lane];
        total_y += total[lane + 1];
    }
    sums[0] = total_x;
    sums[1] = total_y;
}

static void recentre(float x, float y, int64_t first, int64_t last, float *positions, float bounds[4]) {
    f4 low = {3e38f, 3e38f, 3e38f, 3e38f}, high = -low;
    const f4 shift = {x, y, x, y};
    int64_t index = 2 * first;
    for (; index + 4 <= 2 * last; index += 4) {
        const f4 position = load4(positions + index) - shift;
        store4(positions + index, position);
        for (int lane = 0; lane < 4; lane++) {
            low[lane] = position[lane] < low[lane] ? position[lane] : low[lane];
            high[lane] = position[lane] > high[lane] ? position[lane] : high[lane];
        }
    }
    for (; index < 2 * last; index += 2) {
        for (int axis = 0; axis < 2; axis++) {
            const float position = positions[index + axis] -= shift[axis];
            low[axis] = position < low[axis] ? position : low[axis];
            high[axis] = position > high[axis] ? position : high[axis];
        }
    }
    for (int axis = 0; axis < 2; axis++) {
        bounds[axis] = low[axis] < low[axis + 2] ? low[axis] : low[axis + 2];
        bounds[axis + 2] = high[axis] > high[axis + 2] ? high[axis] : high[axis + 2];
    }
}
