#include "forest_written_top2.h"
