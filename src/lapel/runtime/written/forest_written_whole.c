#include "forest_written_whole.h"
