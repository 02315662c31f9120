#include "forest_written_top3.h"
