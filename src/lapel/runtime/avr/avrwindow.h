/* Windows of images, one after the other, as rows of values: the walk of convolutions on 8-bit AVR cores. */
#ifndef LAPEL_AVRWINDOW_H
#define LAPEL_AVRWINDOW_H

#include "avrfinish.h"
#include "windowrows.h"

typedef struct {
    lapel_avrrow_shape layer; /* of windows of layer.inputs values */
    lapel_windowrows_shape window;
} lapel_avrconv_shape;

/* What makes y: [outputs] of a window x. */
typedef void lapel_avrwindow_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avrrow_shape *p);

/* y: [batches][out_h][out_w][layer.outputs], each pixel made of its window of x. Taps outside of x are x_zero. */
#ifdef LAPEL_AVR_ASM

LAPEL_ASSERT_AT(lapel_avrconv_shape, layer, 0);
LAPEL_ASSERT_AT(lapel_avrconv_shape, window, 14);
LAPEL_ASSERT_AT(lapel_windowrows_shape, scratch, 0);
LAPEL_ASSERT_AT(lapel_windowrows_shape, in_h, 2);
LAPEL_ASSERT_AT(lapel_windowrows_shape, dilation_h, 3);
LAPEL_ASSERT_AT(lapel_windowrows_shape, kernel_h, 4);
LAPEL_ASSERT_AT(lapel_windowrows_shape, x_zero, 5);
LAPEL_ASSERT_AT(lapel_windowrows_shape, line, 6);
LAPEL_ASSERT_AT(lapel_windowrows_shape, width, 8);
LAPEL_ASSERT_AT(lapel_windowrows_shape, tap_down, 10);
LAPEL_ASSERT_AT(lapel_windowrows_shape, next, 12);
LAPEL_ASSERT_AT(lapel_windowrows_shape, left, 14);
LAPEL_ASSERT_AT(lapel_windowrows_shape, down, 16);
LAPEL_ASSERT_AT(lapel_windowrows_shape, image, 18);
LAPEL_ASSERT_AT(lapel_windowrows_shape, first, 20);
LAPEL_ASSERT_AT(lapel_windowrows_shape, out_w, 22);
LAPEL_ASSERT_AT(lapel_windowrows_shape, out_h, 23);
LAPEL_ASSERT_AT(lapel_windowrows_shape, stride_h, 24);
LAPEL_ASSERT_AT(lapel_windowrows_shape, top, 25);
LAPEL_ASSERT_AT(lapel_windowrows_shape, batches, 26);

/* Z = the place of a member of p->window. */
#define LAPEL_AVRWINDOW_AT(place) "movw r30, r2\n\tadiw r30, 14 + " #place "\n\t"
/* A member is added to a pair of registers. */
#define LAPEL_AVRWINDOW_ADD(place, lo, hi) \
    LAPEL_AVRWINDOW_AT(place) "lpm r24, Z+\n\tlpm r25, Z\n\tadd " lo ", r24\n\tadc " hi ", r25\n\t"

/* r3:r2 p, r5:r4 the first tap, r7:r6 y, r9:r8 the tap's place in the line, r10 its row; r11 pixels, r12 rows and r13
 * images that are left; r15:r14 pixel. */
LAPEL_AVR_NAKED void lapel_avrwindow(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                     const LAPEL_ROM lapel_avrconv_shape *p __attribute__((unused)),
                                     lapel_avrwindow_fn *pixel __attribute__((unused)))
{
    __asm__ volatile(
        LAPEL_AVR_SAVE
        "movw r2, r20\n\t"
        "movw r4, r22\n\t"
        "movw r6, r24\n\t"
        "movw r14, r18\n\t"
        LAPEL_AVRWINDOW_ADD(20, "r4", "r5")
        LAPEL_AVRWINDOW_AT(26)
        "lpm r13, Z\n"
        "1:\t" LAPEL_AVRWINDOW_AT(23)                     /* an image */
        "lpm r12, Z+\n\tlpm r0, Z+\n\tlpm r10, Z\n"
        "2:\t" LAPEL_AVRWINDOW_AT(22)                     /* a row */
        "lpm r11, Z\n\t"
        "clr r8\n\tclr r9\n\t"
        LAPEL_AVRWINDOW_ADD(14, "r8", "r9")
        "lapel_avrwindow_pixel:\n\t"
        LAPEL_AVRWINDOW_AT(0)                      /* a pixel */
        "lpm r26, Z+\n\tlpm r27, Z+\n\t"
        "movw r22, r4\n\t"
        "sbiw r26, 0\n\t"
        "breq 8f\n\t"
        "push r27\n\tpush r26\n\t"
        "lpm r16, Z+\n\tlpm r17, Z+\n\t"                  /* in_h, dilation_h */
        "lpm r20, Z+\n\tlpm r0, Z+\n\t"                   /* kernel_h, x_zero */
        "lpm r18, Z+\n\tlpm r19, Z+\n\t"                  /* line */
        "lpm r22, Z+\n\tlpm r23, Z+\n\t"                  /* width, and then where the window ends in the line */
        "add r22, r8\n\tadc r23, r9\n\t"
        "lpm r24, Z+\n\tlpm r25, Z\n\t"                   /* tap_down */
        "movw r30, r4\n\t"
        "mov r21, r10\n"
        "4:\tmovw r28, r8\n\t"                            /* a row of the window */
        "cp r21, r16\n\t"
        "brsh 5f\n\t"
        "sbrc r29, 7\n\t"
        "rjmp 5f\n\t"
        "cp r18, r22\n\tcpc r19, r23\n\t"
        "brlo 5f\n\t"
        "movw r28, r22\n\t"
        "sub r28, r8\n\tsbc r29, r9\n"
        "3:\tld r1, Z+\n\t"                              /* all of it inside */
        "st X+, r1\n\t"
        "sbiw r28, 1\n\t"
        "brne 3b\n\t"
        "rjmp 0f\n"
        "5:\tcp r21, r16\n\t"
        "brsh 6f\n\t"
        "cp r28, r18\n\tcpc r29, r19\n\t"
        "brsh 6f\n\t"
        "ld r1, Z\n\t"
        "st X+, r1\n\t"
        "rjmp 7f\n"
        "6:\tst X+, r0\n"
        "7:\tadiw r30, 1\n\t"
        "adiw r28, 1\n\t"
        "cp r28, r22\n\tcpc r29, r23\n\t"
        "brne 5b\n"
        "0:\tadd r30, r24\n\tadc r31, r25\n\t"
        "add r21, r17\n\t"
        "dec r20\n\t"
        "brne 4b\n\t"
        "clr r1\n\t"
        "pop r22\n\tpop r23\n"
        "8:\tmovw r24, r6\n\t"
        "movw r20, r2\n\t"
        "movw r30, r14\n\t"
        "icall\n\t"
        "movw r30, r2\n\t"
        "adiw r30, 6\n\t"                                 /* layer.outputs */
        "lpm r24, Z+\n\tlpm r25, Z\n\t"
        "add r6, r24\n\tadc r7, r25\n\t"
        LAPEL_AVRWINDOW_ADD(12, "r4", "r5")
        "add r8, r24\n\tadc r9, r25\n\t"
        "dec r11\n\t"
        "breq 9f\n\t"
        "rjmp lapel_avrwindow_pixel\n"
        "9:\t" LAPEL_AVRWINDOW_ADD(16, "r4", "r5")
        LAPEL_AVRWINDOW_AT(24)
        "lpm r0, Z\n\t"
        "add r10, r0\n\t"
        "dec r12\n\t"
        "breq 9f\n\t"
        "rjmp 2b\n"
        "9:\t" LAPEL_AVRWINDOW_ADD(18, "r4", "r5")
        "dec r13\n\t"
        "breq 9f\n\t"
        "rjmp 1b\n"
        "9:\t" LAPEL_AVR_RESTORE
        "ret\n\t");
}

#else

LAPEL_INLINE void lapel_avrwindow(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avrconv_shape *p,
                                  lapel_avrwindow_fn *pixel)
{
    const LAPEL_ROM lapel_windowrows_shape *s = &p->window;
    lapel_index at = s->first;

    for (lapel_index n = s->batches; n > 0; n--) {
        lapel_index top = s->top;

        for (lapel_index i = s->out_h; i > 0; i--) {
            lapel_index left = s->left;

            for (lapel_index j = s->out_w; j > 0; j--) {
                if (s->scratch != 0) {
                    lapel_windowrows_gather(x, at, top, left, s);
                }
                pixel(y, s->scratch != 0 ? s->scratch : x + at, &p->layer);
                y += p->layer.outputs;
                at += s->next;
                left += s->next;
            }
            at += s->down;
            top += s->stride_h;
        }
        at += s->image;
    }
}

#endif

#endif
