/* One logarithm of a filter bank's channels. */
#ifndef LAPEL_BANKLOGCELL_H
#define LAPEL_BANKLOGCELL_H

#include "banklog.h"
#include "naturallog.h"

LAPEL_INLINE int16_t lapel_banklog_cell(uint32_t x, const LAPEL_ROM lapel_banklog_params *p)
{
    const uint32_t scaled = x << p->correction_bits;
    uint32_t log;

    if (scaled < 2) {
        return 0;
    }
    log = (p->output_scale * lapel_natural_log(scaled, p->table) + 32768u) >> 16;
    return (int16_t)(log < 32767u ? log : 32767u);
}

#endif
