#include "forestsum_written_whole.h"
