/* Pools on 8-bit AVR cores: the walk over windows, and of each the greatest value or the mean, channel by channel. */
#ifndef LAPEL_AVRPOOL_H
#define LAPEL_AVRPOOL_H

#include "avr.h"
#include "pool.h"

typedef struct {
    lapel_pool_shape shape; /* no window is empty */
    int8_t lo;              /* clamp, lo <= hi */
    int8_t hi;
} lapel_avrpool_shape;

/* The cells of a window that are inside the image, of one channel after the other. */
typedef struct {
    uint8_t rows;         /* 1..255 */
    uint8_t columns;      /* 1..255 */
    lapel_index channels; /* and so from a cell to the next one */
    lapel_index skip;     /* from behind a row's last cell to the first one of the next */
    int8_t lo;
    int8_t hi;
    uint8_t count;        /* rows * columns, of means */
} lapel_avrpool_cells;

/* y: [channels] of the window whose first cell is *x; channel c of it is read before y[c] is written. */
typedef void lapel_avrpool_fn(int8_t *y, const int8_t *x, const lapel_avrpool_cells *cells);

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. */
LAPEL_INLINE void lapel_avrpool(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avrpool_shape *p,
                                lapel_avrpool_fn *window)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;
    lapel_avrpool_cells cells;

    cells.channels = s->channels;
    cells.lo = p->lo;
    cells.hi = p->hi;
    for (lapel_index n = s->batches; n > 0; n--) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);
            const int8_t *line = x + rows.first * s->in_w * s->channels;

            cells.rows = (uint8_t)(rows.end - rows.first);
            for (lapel_index j = 0; j < s->out_w; j++) {
                const lapel_span columns = lapel_pool_columns(j, s);

                cells.columns = (uint8_t)(columns.end - columns.first);
                cells.count = (uint8_t)(cells.rows * cells.columns);
                cells.skip = (lapel_index)((s->in_w - cells.columns) * s->channels);
                window(y, line + columns.first * s->channels, &cells);
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}

#ifdef LAPEL_AVR_ASM

LAPEL_ASSERT_AT(lapel_avrpool_cells, rows, 0);
LAPEL_ASSERT_AT(lapel_avrpool_cells, columns, 1);
LAPEL_ASSERT_AT(lapel_avrpool_cells, channels, 2);
LAPEL_ASSERT_AT(lapel_avrpool_cells, skip, 4);
LAPEL_ASSERT_AT(lapel_avrpool_cells, lo, 6);
LAPEL_ASSERT_AT(lapel_avrpool_cells, hi, 7);
LAPEL_ASSERT_AT(lapel_avrpool_cells, count, 8);

/* r3:r2 where the channel begins, Z y, r29:r28 channels that are left; X a cell; r18 rows, r19 columns, r21:r20 from a
 * cell to the next, r23:r22 from a row to the next, r24 rows and r25 columns that are left; r4 lo, r5 hi. */
#define LAPEL_AVRPOOL_BEGIN                                                                                     \
    "movw r28, r20\n\tmovw r2, r22\n\tmovw r30, r24\n\t"                                                     \
    "ldd r18, Y+0\n\tldd r19, Y+1\n\tldd r20, Y+2\n\tldd r21, Y+3\n\tldd r22, Y+4\n\tldd r23, Y+5\n\t"          \
    "ldd r4, Y+6\n\tldd r5, Y+7\n\t"

LAPEL_AVR_NAKED void lapel_avrpool_max(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                       const lapel_avrpool_cells *cells __attribute__((unused)))
{
    __asm__ volatile(
        "push r2\n\tpush r3\n\tpush r4\n\tpush r5\n\tpush r28\n\tpush r29\n\t"
        LAPEL_AVRPOOL_BEGIN
        "movw r28, r20\n"
        "1:\tmovw r26, r2\n\t"                             /* a channel */
        "mov r1, r4\n\t"
        "mov r24, r18\n"
        "2:\tmov r25, r19\n"                               /* a row */
        "3:\tld r0, X\n\t"
        "add r26, r20\n\tadc r27, r21\n\t"
        "cp r1, r0\n\t"
        "brge 4f\n\t"
        "mov r1, r0\n"
        "4:\tdec r25\n\t"
        "brne 3b\n\t"
        "add r26, r22\n\tadc r27, r23\n\t"
        "dec r24\n\t"
        "brne 2b\n\t"
        "cp r5, r1\n\t"
        "brge 5f\n\t"
        "mov r1, r5\n"
        "5:\tst Z+, r1\n\t"
        "inc r2\n\t"
        "brne 6f\n\t"
        "inc r3\n"
        "6:\tsbiw r28, 1\n\t"
        "brne 1b\n\t"
        "clr r1\n\t"
        "pop r29\n\tpop r28\n\tpop r5\n\tpop r4\n\tpop r3\n\tpop r2\n\t"
        "ret\n\t");
}

/* r7:r6 a sum, r9:r8 128 * count, r11:r10 the divisor times a power of two, r12 half of it, r16 a quotient, r17 steps; T:
 * the sum is negative. */
LAPEL_AVR_NAKED void lapel_avrpool_mean(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                        const lapel_avrpool_cells *cells __attribute__((unused)))
{
    __asm__ volatile(
        LAPEL_AVR_SAVE
        LAPEL_AVRPOOL_BEGIN
        "ldd r9, Y+8\n\t"
        "mov r12, r9\n\t"
        "lsr r12\n\t"
        "clr r8\n\t"
        "lsr r9\n\tror r8\n\t"
        "movw r28, r20\n"
        "1:\tmovw r26, r2\n\t"                             /* a channel */
        "clr r6\n\tclr r7\n\t"
        "sub r6, r8\n\tsbc r7, r9\n\t"                    /* cells are read as x + 128 */
        "mov r24, r18\n"
        "2:\tmov r25, r19\n"                               /* a row */
        "3:\tld r16, X\n\t"
        "add r26, r20\n\tadc r27, r21\n\t"
        "subi r16, 0x80\n\t"
        "add r6, r16\n\tadc r7, r1\n\t"
        "dec r25\n\t"
        "brne 3b\n\t"
        "add r26, r22\n\tadc r27, r23\n\t"
        "dec r24\n\t"
        "brne 2b\n\t"
        "bst r7, 7\n\t"
        "brtc 4f\n\t"
        "com r7\n\tneg r6\n\t"
        "brcs 4f\n\t"
        "inc r7\n"
        "4:\tadd r6, r12\n\tadc r7, r1\n\t"
        "movw r10, r8\n\t"
        "clr r16\n\t"
        "ldi r17, 8\n"
        "5:\tlsl r16\n\t"
        "cp r6, r10\n\tcpc r7, r11\n\t"
        "brlo 6f\n\t"
        "sub r6, r10\n\tsbc r7, r11\n\t"
        "inc r16\n"
        "6:\tlsr r11\n\tror r10\n\t"
        "dec r17\n\t"
        "brne 5b\n\t"
        "brtc 7f\n\t"
        "neg r16\n"
        "7:\tcp r16, r4\n\t"
        "brge 8f\n\t"
        "mov r16, r4\n"
        "8:\tcp r5, r16\n\t"
        "brge 9f\n\t"
        "mov r16, r5\n"
        "9:\tst Z+, r16\n\t"
        "inc r2\n\t"
        "brne 6f\n\t"
        "inc r3\n"
        "6:\tsbiw r28, 1\n\t"
        "brne 1b\n\t"
        LAPEL_AVR_RESTORE
        "ret\n\t");
}

#else

LAPEL_NOINLINE void lapel_avrpool_max(int8_t *y, const int8_t *x, const lapel_avrpool_cells *cells)
{
    for (lapel_index c = 0; c < cells->channels; c++) {
        const int8_t *cell = x + c;
        int8_t best = cells->lo;

        for (uint8_t i = cells->rows; i > 0; i--) {
            for (uint8_t j = cells->columns; j > 0; j--) {
                best = *cell > best ? *cell : best;
                cell += cells->channels;
            }
            cell += cells->skip;
        }
        y[c] = best < cells->hi ? best : cells->hi;
    }
}

LAPEL_NOINLINE void lapel_avrpool_mean(int8_t *y, const int8_t *x, const lapel_avrpool_cells *cells)
{
    for (lapel_index c = 0; c < cells->channels; c++) {
        const int8_t *cell = x + c;
        int32_t sum = 0, mean;

        for (uint8_t i = cells->rows; i > 0; i--) {
            for (uint8_t j = cells->columns; j > 0; j--) {
                sum += *cell;
                cell += cells->channels;
            }
            cell += cells->skip;
        }
        mean = (sum < 0 ? -sum : sum) + cells->count / 2;
        mean /= cells->count;
        y[c] = lapel_clamp(sum < 0 ? -mean : mean, cells->lo, cells->hi);
    }
}

#endif

#endif
