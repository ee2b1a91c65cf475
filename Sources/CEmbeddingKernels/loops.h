// All loops, compiled once for each kind of processor.
#include "vectors.h"
#include "attraction.h"
#include "descent.h"
#include "fourier.h"
#include "gaussian.h"
#include "mesh.h"
#include "neighbours.h"

static const heatlens_loops loops = {
    .attract = attract,
    .cross_entropy = cross_entropy,
    .spread = spread,
    .gather = gather,
    .descend = descend,
    .recentre = recentre,
    .fft_stage = fft_stage,
    .split_columns = split_columns,
    .join_columns = join_columns,
    .near_tile = near_tile,
    .near_finish = near_finish,
    .distance = distance,
    .scan = scan,
    .gaussian = gaussian,
};
