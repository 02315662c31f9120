#include "fastgrnn4_avr.h"

/* The table's entry for a sum below 2^23: its upper bytes are shifted alone. */
LAPEL_NOINLINE int16_t lapel_fastgrnn4_avr_curve(int32_t sum, uint8_t drop, const LAPEL_ROM uint8_t *table)
{
    const int16_t v = (int16_t)((int16_t)(sum >> 8) >> drop);

    return table[(uint8_t)((v < -128 ? -128 : v > 127 ? 127 : v) + 128)];
}

/* The new state from the old one; gate, update: sums with their biases. */
LAPEL_NOINLINE int16_t lapel_fastgrnn4_avr_step(int16_t h, int32_t gate, int32_t update,
                                                const LAPEL_ROM lapel_fastgrnn4_avr_params *p)
{
    const int16_t z = lapel_fastgrnn4_avr_curve(gate, p->drop, p->table);
    const int16_t c = (int16_t)(2 * lapel_fastgrnn4_avr_curve(update, (uint8_t)(p->drop - 1), p->table) - 256);
    const int16_t share = (int16_t)((uint16_t)(((uint32_t)p->zeta * (uint16_t)(256 - z)) >> 8) + p->nu);

    return lapel_clamp16((((int32_t)z * h) >> 8) + (((int32_t)share * c) >> 2), INT16_MIN, INT16_MAX);
}

void lapel_fastgrnn4_avr(int8_t *y, int16_t *h_new, const int8_t *x, const int16_t *h,
                         const LAPEL_ROM lapel_fastgrnn4_avr_params *p)
{
    const LAPEL_ROM uint8_t *w = p->w, *u = p->u;
    const int16_t excess = (int16_t)lapel_nibbles_excess(x, p->inputs);

    for (lapel_index i = 0; i < p->units; i++) {
        p->scratch[i] = lapel_fastgrnncell_seen(h[i]);
    }
    for (lapel_index i = 0; i < p->units;) {
        uint16_t b[LAPEL_AVRNIBBLES_ROWS + 1];

        lapel_avrnibbles(b, p->scratch, u, p->units);
        for (uint8_t k = 0; k < LAPEL_AVRNIBBLES_ROWS && i < p->units; k++) {
            const uint16_t kept = (uint16_t)(b[k] - 8u * b[LAPEL_AVRNIBBLES_ROWS] + p->u_bias[i]);
            const int16_t seen = (int16_t)(lapel_nibbles_sum(x, w, p->inputs) - excess);
            const int32_t sum = (int32_t)seen * p->x_unit + (int32_t)(int16_t)kept * p->s_unit;

            h_new[i] = lapel_fastgrnn4_avr_step(h[i], sum + p->gate[i], sum + p->update[i], p);
            y[i] = lapel_fastgrnncell_seen(h_new[i]);
            w += lapel_nibbles_bytes(p->inputs);
            i++;
        }
        u += (size_t)p->units * (LAPEL_AVRNIBBLES_ROWS / 2);
    }
}
