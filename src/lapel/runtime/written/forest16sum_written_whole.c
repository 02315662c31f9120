#include "forest16sum_written_whole.h"
