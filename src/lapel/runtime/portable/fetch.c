#include "fetch.h"

void lapel_fetch(void *y, const lapel_stream *x, const LAPEL_ROM lapel_fetch_params *p)
{
    x->read(x->context, y, p->first, p->bytes);
}
