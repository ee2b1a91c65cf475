#define _GNU_SOURCE  // sched_getaffinity, CPU_COUNT
// A few threads that share out the pieces of one job at a time. They wait awake for a moment, since layers follow each other within
// microseconds, and then sleep: an idle program costs nothing. While they wait they give their processor to whoever wants it, and nobody
// waits for a helper that has not begun: where other threads keep the processors busy, the caller does the job alone.
#include "heatlens_fused.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 16
#define AWAKE_NANOSECONDS 150000
#define SPINS 64

// The state in one word: how many helpers are inside the job, whether more may enter, and the job's number above.
#define INSIDE 0xffffull
#define OPEN 0x10000ull
#define NUMBER_SHIFT 32

typedef struct {
    void (*body)(void *, int64_t);
    void *context;
    int64_t count;
} job;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t caller_lock = PTHREAD_MUTEX_INITIALIZER;  // one job at a time
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static int helpers;             // threads besides the caller's
static job current;             // written only while nobody is inside and none may enter
static atomic_ullong state;
static atomic_llong next_piece;
static atomic_int sleepers;

static void work(void) {
    for (;;) {
        int64_t index = atomic_fetch_add_explicit(&next_piece, 1, memory_order_relaxed);
        if (index >= current.count) return;
        current.body(current.context, index);
    }
}

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    sched_yield();
#endif
}

static void wait_a_turn(int turn) {
    if (turn % SPINS == SPINS - 1)
        sched_yield();
    else
        pause_briefly();
}

// Enters a job that is open and has another number than the one seen last; false if there is none.
static int enter(unsigned *seen) {
    unsigned long long now = atomic_load(&state);
    while ((now & OPEN) && (unsigned)(now >> NUMBER_SHIFT) != *seen) {
        if (!atomic_compare_exchange_weak_explicit(&state, &now, now + 1, memory_order_acquire, memory_order_acquire)) continue;
        *seen = (unsigned)(now >> NUMBER_SHIFT);
        return 1;
    }
    return 0;
}

static void wait_for_job(unsigned *seen) {
    int64_t start = nanoseconds();
    do {
        for (int turn = 0; turn < SPINS; turn++) {
            if (enter(seen)) return;
            wait_a_turn(turn);
        }
    } while (nanoseconds() - start < AWAKE_NANOSECONDS);
    pthread_mutex_lock(&sleep_lock);
    atomic_fetch_add(&sleepers, 1);
    while (!enter(seen)) pthread_cond_wait(&wake, &sleep_lock);
    atomic_fetch_sub(&sleepers, 1);
    pthread_mutex_unlock(&sleep_lock);
}

static void *helper(void *unused) {
    (void)unused;
    unsigned seen = 0;
    for (;;) {
        wait_for_job(&seen);
        work();
        atomic_fetch_sub_explicit(&state, 1, memory_order_release);
    }
    return NULL;
}

static void start_team(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) processors = CPU_COUNT(&allowed);
    if (processors > MOST_THREADS) processors = MOST_THREADS;
    for (long thread = 1; thread < processors; thread++) {
        pthread_t id;
        if (pthread_create(&id, NULL, helper, NULL) != 0) break;
        pthread_detach(id);
        helpers++;
    }
}

int heatlens_team_size(void) {
    pthread_once(&once, start_team);
    return helpers + 1;
}

void heatlens_team_run(int64_t count, void (*body)(void *, int64_t), void *context) {
    pthread_once(&once, start_team);
    if (count <= 1 || helpers == 0 || pthread_mutex_trylock(&caller_lock) != 0) {
        for (int64_t index = 0; index < count; index++) body(context, index);
        return;
    }
    current = (job){body, context, count};
    atomic_store_explicit(&next_piece, 0, memory_order_relaxed);
    unsigned number = (unsigned)(atomic_load_explicit(&state, memory_order_relaxed) >> NUMBER_SHIFT) + 1;
    if (number == 0) number = 1;  // what a helper has seen that has seen nothing
    atomic_store(&state, (unsigned long long)number << NUMBER_SHIFT | OPEN);
    // A helper counts itself among the sleepers under the lock before it looks at `state` again: one of the two sees the other.
    if (atomic_load(&sleepers) > 0) {
        pthread_mutex_lock(&sleep_lock);
        pthread_cond_broadcast(&wake);
        pthread_mutex_unlock(&sleep_lock);
    }
    work();
    atomic_fetch_and_explicit(&state, ~OPEN, memory_order_relaxed);
    for (int turn = 0; atomic_load_explicit(&state, memory_order_acquire) & INSIDE; turn++) wait_a_turn(turn);
    pthread_mutex_unlock(&caller_lock);
}
