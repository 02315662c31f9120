#include "forest_written_table.h"
