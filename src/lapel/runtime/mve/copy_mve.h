/* Copies of windows for Helium: for convolutions whose windows are gathered. */
#ifndef LAPEL_COPY_MVE_H
#define LAPEL_COPY_MVE_H

#include "mve.h"

/* What the windows of an image share: `rows` >= 1 runs, `to_row` and `x_row` from one to the next, and from a window to
 * its neighbour `to_next` and `x_next`. */
typedef struct {
    lapel_index rows;
    lapel_index to_row;
    lapel_index x_row;
    lapel_index to_next;
    lapel_index x_next;
} lapel_mve_blocks;

#if defined(__OPTIMIZE__) && defined(LAPEL_MVE_ARM)

/* Copy `count` >= 1 neighbouring windows, 16 columns of them at a time. */
LAPEL_NOINLINE void lapel_mve_copy(int8_t *to, const int8_t *x, const lapel_mve_blocks *s, lapel_index run,
                                   lapel_index count)
{
    for (; run > 0; run = (lapel_index)(run - 16)) {
        int8_t *to_window = to, *to_run;
        const int8_t *window = x, *from;
        lapel_index left = count;

        __asm__ volatile(LAPEL_MVE_KEEP
                         "vctp.8 %[run]\n"
                         "1: mov %[to], %[to_window]\n"
                         "mov %[from], %[window]\n"
                         "dls lr, %[rows]\n"
                         "2: vpstt\n"
                         "vldrbt.8 q0, [%[from]]\n"
                         "vstrbt.8 q0, [%[to]]\n"
                         "add %[from], %[x_row]\n"
                         "add %[to], %[to_row]\n"
                         "le lr, 2b\n"
                         "add %[to_window], %[to_next]\n"
                         "add %[window], %[x_next]\n"
                         "subs %[left], #1\n"
                         "bne 1b" LAPEL_MVE_KEPT
                         : [to_window] "+&r"(to_window), [window] "+&r"(window), [left] "+&r"(left), [to] "=&r"(to_run),
                           [from] "=&r"(from)
                         : [run] "r"(run), [rows] "r"(s->rows), [to_row] "r"(s->to_row), [x_row] "r"(s->x_row),
                           [to_next] "r"(s->to_next), [x_next] "r"(s->x_next)
                         : "lr", "q0", LAPEL_MVE_P0 "cc", "memory");
        to += 16;
        x += 16;
    }
}

#else /* the twin; and too few registers are left at -O0 */

LAPEL_NOINLINE void lapel_mve_copy(int8_t *to, const int8_t *x, const lapel_mve_blocks *s, lapel_index run,
                                   lapel_index count)
{
    for (; count > 0; count--) {
        for (lapel_index row = 0; row < s->rows; row++) {
            memcpy(to + row * s->to_row, x + row * s->x_row, (size_t)run);
        }
        to += s->to_next;
        x += s->x_next;
    }
}

#endif

#endif
