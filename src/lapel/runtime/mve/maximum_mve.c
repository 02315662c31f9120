#include "maximum_mve.h"

#ifdef LAPEL_MVE_ARM

/* One innermost loop. `load` makes the second operand q1; VMAX or VMIN, instead of complements. */
#define LAPEL_MAXIMUM_MVE_LOOP(load, choose)                                                       \
    __asm__ volatile("vdup.8 q1, %[value]\n"                                                       \
                     "dlstp.8 lr, %[count]\n"                                                      \
                     "1: vldrb.8 q0, [%[x]], #16\n" load choose " q0, q0, q1\n"                    \
                     "vstrb.8 q0, [%[y]], #16\n"                                                   \
                     "letp lr, 1b\n"                                                               \
                     : [y] "+&l"(y), [x] "+&l"(x), [z] "+&l"(z)                                       \
                     : [count] "r"(p->count), [value] "r"((int32_t)*z)                             \
                     : "lr", "q0", "q1", "memory")

LAPEL_NOINLINE void lapel_maximum_mve_row(int8_t *y, const int8_t *x, const int8_t *z,
                                          const LAPEL_ROM lapel_maximum_mve_params *p)
{
    if (p->flip == 0) {
        LAPEL_MAXIMUM_MVE_LOOP("vldrb.8 q1, [%[z]], #16\n", "vmax.s8");
    } else {
        LAPEL_MAXIMUM_MVE_LOOP("vldrb.8 q1, [%[z]], #16\n", "vmin.s8");
    }
}

/* The same where z repeats. */
LAPEL_NOINLINE void lapel_maximum_mve_one(int8_t *y, const int8_t *x, const int8_t *z,
                                          const LAPEL_ROM lapel_maximum_mve_params *p)
{
    if (p->flip == 0) {
        LAPEL_MAXIMUM_MVE_LOOP("", "vmax.s8");
    } else {
        LAPEL_MAXIMUM_MVE_LOOP("", "vmin.s8");
    }
}

#else

/* One innermost loop. */
LAPEL_NOINLINE void lapel_maximum_mve_row(int8_t *y, const int8_t *x, const int8_t *z,
                                          const LAPEL_ROM lapel_maximum_mve_params *p)
{
    for (lapel_index i = 0; i < p->count; i++) {
        y[i] = (x[i] > z[i]) == (p->flip == 0) ? x[i] : z[i];
    }
}

/* The same where z repeats. */
LAPEL_NOINLINE void lapel_maximum_mve_one(int8_t *y, const int8_t *x, const int8_t *z,
                                          const LAPEL_ROM lapel_maximum_mve_params *p)
{
    const int8_t value = *z;

    for (lapel_index i = 0; i < p->count; i++) {
        y[i] = (x[i] > value) == (p->flip == 0) ? x[i] : value;
    }
}

#endif

void lapel_maximum_mve(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_maximum_mve_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        if (p->a_step == 0) {
            lapel_maximum_mve_one(y, b, a, p);
        } else if (p->b_step == 0) {
            lapel_maximum_mve_one(y, a, b, p);
        } else {
            lapel_maximum_mve_row(y, a, b, p);
        }
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
