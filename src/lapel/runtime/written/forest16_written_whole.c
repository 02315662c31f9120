#include "forest16_written_whole.h"
