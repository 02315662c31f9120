#include "forest_written_top4.h"
