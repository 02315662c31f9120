#include "bonsai4_avr.h"

/* What a class of a node gives to its score. */
LAPEL_NOINLINE int16_t lapel_bonsai4_avr_part(int16_t sum, int16_t bend, const LAPEL_ROM lapel_bonsai4_avr_params *p)
{
    const int16_t at = (int16_t)(bend >> p->drop);
    const int8_t tanh = (int8_t)(at < -128 ? -128 : at > 127 ? 127 : at);

    return (int16_t)(((int32_t)sum * tanh) >> p->scale);
}

/* Add what a node gives to the scores; returned is whether its path goes on to the right. */
LAPEL_NOINLINE uint8_t lapel_bonsai4_avr_node(int16_t *y, const int8_t *x, lapel_index node,
                                              const LAPEL_ROM lapel_bonsai4_avr_params *p)
{
    const lapel_index rows = (lapel_index)(2 * p->classes + 1);
    const LAPEL_ROM uint8_t *w = p->w + (size_t)node * (size_t)p->blocks * (size_t)p->dims * (LAPEL_AVRNIBBLES_ROWS / 2);
    const LAPEL_ROM uint16_t *bias = p->bias + (size_t)node * (size_t)rows;
    int16_t sum = 0;

    for (lapel_index r = 0; r < rows; r += LAPEL_AVRNIBBLES_ROWS) {
        const uint8_t left = (uint8_t)(rows - r < LAPEL_AVRNIBBLES_ROWS ? rows - r : LAPEL_AVRNIBBLES_ROWS);
        uint16_t sums[LAPEL_AVRNIBBLES_ROWS + 1], excess;

        lapel_avrnibbles(sums, x, w, p->dims);
        w += (size_t)p->dims * (LAPEL_AVRNIBBLES_ROWS / 2);
        excess = (uint16_t)(8u * sums[LAPEL_AVRNIBBLES_ROWS]);
        for (uint8_t i = 0; i < left; i++) {
            const int16_t now = (int16_t)(*bias++ + sums[i] - excess);

            if (i % 2 != 0) { /* blocks begin with a w */
                *y = (int16_t)(*y + lapel_bonsai4_avr_part(sum, now, p));
                y++;
            }
            sum = now;
        }
    }
    return sum > 0;
}

void lapel_bonsai4_avr(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_bonsai4_avr_params *p)
{
    lapel_index node = 0;

    memset(y, 0, (size_t)p->classes * sizeof *y);
    while (node < p->inner) {
        node = (lapel_index)(2 * node + 1 + lapel_bonsai4_avr_node(y, x, node, p));
    }
    lapel_bonsai4_avr_node(y, x, node, p);
}
