#define _GNU_SOURCE  // sched_getaffinity, CPU_COUNT
// A few threads that share out the pieces of one job at a time. They wait awake for a moment, since layers follow each other within
// microseconds, and then sleep: an idle program costs nothing.
#include "heatlens_fused.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 16
#define AWAKE_NANOSECONDS 150000

typedef struct {
    void (*body)(void *, int64_t);
    void *context;
    int64_t count;
} job;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t caller_lock = PTHREAD_MUTEX_INITIALIZER;  // one job at a time
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static int helpers;            // threads besides the caller's
static job current;            // written only while no helper works: before `generation` changes, after `busy` is 0
static atomic_uint generation;
static atomic_llong next_piece;
static atomic_int busy;        // helpers that have not finished the current job
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

static unsigned wait_for_job(unsigned seen) {
    int64_t start = nanoseconds();
    for (;;) {
        for (int turn = 0; turn < 64; turn++) {
            unsigned now = atomic_load_explicit(&generation, memory_order_acquire);
            if (now != seen) return now;
            pause_briefly();
        }
        if (nanoseconds() - start < AWAKE_NANOSECONDS) continue;
        pthread_mutex_lock(&sleep_lock);
        atomic_fetch_add(&sleepers, 1);
        while (atomic_load(&generation) == seen) pthread_cond_wait(&wake, &sleep_lock);
        atomic_fetch_sub(&sleepers, 1);
        pthread_mutex_unlock(&sleep_lock);
    }
}

static void *helper(void *unused) {
    (void)unused;
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_job(seen);
        work();
        atomic_fetch_sub_explicit(&busy, 1, memory_order_release);
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
    atomic_store_explicit(&busy, helpers, memory_order_relaxed);
    atomic_fetch_add(&generation, 1);
    // A helper counts itself among the sleepers under the lock before it looks at `generation` again: one of the two sees the other.
    if (atomic_load(&sleepers) > 0) {
        pthread_mutex_lock(&sleep_lock);
        pthread_cond_broadcast(&wake);
        pthread_mutex_unlock(&sleep_lock);
    }
    work();
    // A helper that has no processor must get this one: under a scheduler that takes none away both would wait for ever.
    for (int turn = 1; atomic_load_explicit(&busy, memory_order_acquire) > 0; turn++) {
        if (turn % 4096 == 0)
            sched_yield();
        else
            pause_briefly();
    }
    pthread_mutex_unlock(&caller_lock);
}
