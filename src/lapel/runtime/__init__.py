"""The C99 kernels that firmware is made of: `portable/`, and by instruction set `dsp/` and `mve/`. Knows nothing above.

File names are unique over all folders: `#include "conv.h"` has no folder, since the files end up in one source.
"""
