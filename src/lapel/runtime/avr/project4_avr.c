#include "project4_avr.h"

/* An output from its sum. */
LAPEL_INLINE int8_t lapel_project4_avr_one(uint16_t sum, uint8_t drop)
{
    const int16_t v = (int16_t)((int16_t)sum >> drop);

    return (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v);
}

void lapel_project4_avr(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_project4_avr_params *p)
{
    const LAPEL_ROM uint16_t *bias = p->bias;
    const LAPEL_ROM uint8_t *w = p->w;

    for (lapel_index left = p->outputs; left > 0; left = (lapel_index)(left - LAPEL_AVRNIBBLES_ROWS)) {
        const uint8_t rows = (uint8_t)(left < LAPEL_AVRNIBBLES_ROWS ? left : LAPEL_AVRNIBBLES_ROWS);
        uint16_t sums[LAPEL_AVRNIBBLES_ROWS + 1], excess;

        lapel_avrnibbles(sums, x, w, p->inputs);
        excess = (uint16_t)(8u * sums[LAPEL_AVRNIBBLES_ROWS]);
        for (uint8_t i = 0; i < rows; i++) {
            *y++ = lapel_project4_avr_one((uint16_t)(*bias++ + sums[i] - excess), p->drop);
        }
        w += (size_t)p->inputs * (LAPEL_AVRNIBBLES_ROWS / 2);
    }
}
