/* Windows of images, one after the other, as rows of values. Steps and sizes are in bytes, so that nothing is multiplied
 * here: for cores on which a multiplication is dear. */
#ifndef LAPEL_WINDOWROWS_H
#define LAPEL_WINDOWROWS_H

#include "lapel.h"

typedef struct {
    int8_t *scratch;      /* a window; 0: every window is a run of x, inside */
    uint8_t in_h;         /* in_h + (kernel_h - 1) * dilation_h <= 255 */
    uint8_t dilation_h;   /* 0 for one row of taps */
    uint8_t kernel_h;     /* >= 1 */
    int8_t x_zero;
    lapel_index line;     /* in_w * in_c */
    lapel_index width;    /* kernel_w * in_c */
    lapel_index tap_down; /* from the end of a row of a window to its next row */
    lapel_index next;     /* stride_w * in_c */
    lapel_index left;     /* where the first window's first tap is in the line, <= 0 */
    lapel_index down;     /* from a row's window behind the last one to the next row's first */
    lapel_index image;    /* from the row behind the last one to the next image's first */
    lapel_index first;    /* from x to the first window's first tap, which is outside where it is padded */
    uint8_t out_w;        /* >= 1 */
    uint8_t out_h;        /* >= 1 */
    uint8_t stride_h;
    int8_t top;           /* the row of the first window's first tap, <= 0 */
    uint8_t batches;      /* >= 1 */
} lapel_windowrows_shape;

/* The window whose first tap is x[at], in row top and at the place left of its line, to scratch; taps outside of x are
 * x_zero, which contributes nothing. */
LAPEL_NOINLINE void lapel_windowrows_gather(const int8_t *x, lapel_index at, lapel_index top, lapel_index left,
                                            const LAPEL_ROM lapel_windowrows_shape *s)
{
    const lapel_index end = (lapel_index)(left + s->width), line = s->line;
    int8_t *to = s->scratch;

    for (lapel_index u = s->kernel_h; u > 0; u--) {
        for (lapel_index k = left; k != end; k++) {
            *to++ = (int8_t)(top >= 0 && top < s->in_h && k >= 0 && k < line ? x[at] : s->x_zero);
            at++;
        }
        at = (lapel_index)(at + s->tap_down);
        top = (lapel_index)(top + s->dilation_h);
    }
}

#endif
