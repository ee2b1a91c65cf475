#include "heatlens_onednn.h"
