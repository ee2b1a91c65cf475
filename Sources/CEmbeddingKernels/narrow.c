// For any processor.
#include "loops.h"

const heatlens_loops *heatlens_embedding_narrow_loops(void) { return &loops; }

const heatlens_loops *heatlens_embedding_loops(void) {
    const heatlens_loops *wide = heatlens_embedding_wide_loops();
    return wide ? wide : &loops;
}
