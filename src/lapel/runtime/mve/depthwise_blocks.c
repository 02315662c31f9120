#include "depthwise_blocks.h"

/* What neighbouring blocks share. A block sees 4x4 cells of each channel: cell 4 * row + column. */
typedef struct {
    const LAPEL_ROM int8_t *w;
    const LAPEL_ROM int32_t *table;
    lapel_index channels;
    lapel_index next;    /* from a block to its neighbour, in x and in y */
    int32_t add;         /* zero, and what makes hi the greatest int32 */
    int32_t back;        /* the latter, negative */
    uint32_t inside;     /* bit k: cell k is in x */
    int32_t x_zero;
    int32_t floor;       /* lo - zero */
    int32_t pixels[4];   /* where the four pixels of y are */
    uint32_t columns[2]; /* where columns 0, 2 and 1, 3 are, 16 bits each; of one that is outside, the nearest inside */
    int32_t away;        /* 0: lo >= zero, so that it is all the same how halves below 0 are rounded */
    uint32_t rows[4];    /* where each row is, twice, 16 bits each; likewise */
    uint32_t inside_row; /* bit 4 * u: row u is in x */
} lapel_depthwise_blocks_job;

#ifdef LAPEL_MVE_ARM

LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, w, 0);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, table, 4);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, channels, 8);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, next, 12);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, add, 16);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, back, 20);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, inside, 24);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, x_zero, 28);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, floor, 32);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, pixels, 36);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, columns, 52);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, away, 60);
LAPEL_ASSERT_AT(lapel_depthwise_blocks_job, rows, 64);

/* A channel's cells to q1, the first weights to q7. */
#define LAPEL_DEPTHWISE_BLOCKS_FIRST \
    "vldrb.u16 q1, [r1, q2]\n"           \
    "vldrb.u16 q7, [r1, q3]\n"           \
    "ldrd r7, r8, [r12], #8\n"           \
    "vmovnt.i16 q1, q7\n"                \
    "vldrb.8 q7, [r5], #16\n"
/* Its four sums to q0. The weights are read at four places, between zeros, so that their window lies at each pixel. */
#define LAPEL_DEPTHWISE_BLOCKS_SUMS  \
    "vpsel q1, q1, q4\n"                 \
    "adds r1, #1\n"                      \
    "vmladav.s8 r0, q1, q7\n"            \
    "vldrb.8 q7, [r5, #-17]\n"           \
    "vmladav.s8 r2, q1, q7\n"            \
    "vldrb.8 q7, [r5, #-20]\n"           \
    "vmladav.s8 r4, q1, q7\n"            \
    "ldr r9, [r12], #4\n"                \
    "vldrb.8 q7, [r5, #-21]\n"           \
    "vmladav.s8 r6, q1, q7\n"            \
    "vmov q0[2], q0[0], r0, r4\n"        \
    "vmov q0[3], q0[1], r2, r6\n"
/* The sums to bytes, scaled, shifted and clamped; VRSHL rounds halves up, we want them AWAY from 0: less 1 where
 * negative. */
#define LAPEL_DEPTHWISE_BLOCKS_SCALE \
    "vadd.i32 q0, q0, r9\n"              \
    "vqrdmulh.s32 q0, q0, r7\n"
#define LAPEL_DEPTHWISE_BLOCKS_AWAY  \
    "vshr.s32 q7, q0, #31\n"             \
    "vadd.i32 q0, q0, q7\n"
#define LAPEL_DEPTHWISE_BLOCKS_STORE \
    "vrshl.s32 q0, r8\n"                 \
    "vmax.s32 q0, q0, q6\n"              \
    "vqadd.s32 q0, q0, r10\n"            \
    "vadd.i32 q0, q0, r11\n"             \
    "vstrb.32 q0, [r3, q5]\n"
/* The same, and the next channel's FIRST meanwhile: its cells are loaded while the units for products and sums are at
 * these. */
#define LAPEL_DEPTHWISE_BLOCKS_NEXT  \
    "vldrb.u16 q7, [r1, q3]\n"           \
    LAPEL_DEPTHWISE_BLOCKS_SCALE         \
    "vrshl.s32 q0, r8\n"                 \
    "vldrb.u16 q1, [r1, q2]\n"           \
    "vmax.s32 q0, q0, q6\n"              \
    "vqadd.s32 q0, q0, r10\n"            \
    "ldrd r7, r8, [r12], #8\n"           \
    "vmovnt.i16 q1, q7\n"                \
    "vldrb.8 q7, [r5], #16\n"            \
    "vadd.i32 q0, q0, r11\n"             \
    "vstrb.32 q0, [r3, q5]\n"            \
    "adds r3, #1\n"
#define LAPEL_DEPTHWISE_BLOCKS_NEXT_AWAY \
    LAPEL_DEPTHWISE_BLOCKS_SCALE         \
    "vldrb.u16 q1, [r1, q2]\n"           \
    LAPEL_DEPTHWISE_BLOCKS_AWAY          \
    "vrshl.s32 q0, r8\n"                 \
    "ldrd r7, r8, [r12], #8\n"           \
    "vmax.s32 q0, q0, q6\n"              \
    "vldrb.u16 q7, [r1, q3]\n"           \
    "vqadd.s32 q0, q0, r10\n"            \
    "vadd.i32 q0, q0, r11\n"             \
    "vstrb.32 q0, [r3, q5]\n"            \
    "vmovnt.i16 q1, q7\n"                \
    "adds r3, #1\n"                      \
    "vldrb.8 q7, [r5], #16\n"

/* All channels of neighbouring blocks, `blocks` >= 1.
 * r1: x; r3: y; r5: w; r12: table; q2, q3: cells; q4: x_zero; q5: pixels; q6: floor. Stack: y, x, j, blocks left. */
LAPEL_MVE_ASM void lapel_depthwise_blocks_run(int8_t *y __attribute__((unused)),
                                              const int8_t *x __attribute__((unused)),
                                              const lapel_depthwise_blocks_job *j __attribute__((unused)),
                                              lapel_index blocks __attribute__((unused)))
{
    __asm__("push {r4-r11, lr}\n"
            "vpush {d8-d15}\n"
            "sub sp, #20\n"
            "strd r2, r3, [sp, #8]\n"
            "mov.w r3, r0\n"
            "ldrd r10, r11, [r2, #16]\n"
            "ldrd r4, r5, [r2, #24]\n"
            "ldr r6, [r2, #32]\n"
            "vldrw.32 q5, [r2, #36]\n"
            "vldrw.32 q2, [r2, #64]\n"
            "ldrd r7, r8, [r2, #52]\n"
            "vdup.32 q0, r7\n"
            "vdup.32 q1, r8\n"
            "vadd.i16 q3, q2, q1\n"
            "vadd.i16 q2, q2, q0\n"
            "vmsr p0, r4\n"
            "vdup.8 q4, r5\n"
            "vdup.32 q6, r6\n"
            "1:\n" /* a block */
            "strd r3, r1, [sp]\n"
            "ldr r4, [sp, #8]\n"
            "ldrd r5, r12, [r4]\n"
            "ldr lr, [r4, #8]\n"
            "dls lr, lr\n"
            "ldr r4, [r4, #60]\n" LAPEL_DEPTHWISE_BLOCKS_FIRST
            "cbz r4, 5f\n"
            "b 6f\n"
            "2:\n" LAPEL_DEPTHWISE_BLOCKS_NEXT
            "5:\n" LAPEL_DEPTHWISE_BLOCKS_SUMS
            "le lr, 2b\n" LAPEL_DEPTHWISE_BLOCKS_SCALE LAPEL_DEPTHWISE_BLOCKS_STORE
            "b.w 4f\n"
            "3:\n" LAPEL_DEPTHWISE_BLOCKS_NEXT_AWAY
            "6:\n" LAPEL_DEPTHWISE_BLOCKS_SUMS
            "le lr, 3b\n" LAPEL_DEPTHWISE_BLOCKS_SCALE LAPEL_DEPTHWISE_BLOCKS_AWAY LAPEL_DEPTHWISE_BLOCKS_STORE
            "4:\n"
            "ldrd r3, r1, [sp]\n"
            "ldrd r4, r5, [sp, #8]\n"
            "ldr r4, [r4, #12]\n"
            "add r3, r4\n"
            "add r1, r4\n"
            "subs r5, #1\n"
            "str r5, [sp, #12]\n"
            "bne 1b\n"
            "add sp, #20\n"
            "vpop {d8-d15}\n"
            "pop {r4-r11, pc}\n");
}

#else

/* One channel of a block. x: its cell nearest to the first one; w: its weights; scale: mul, shift, bias. */
LAPEL_NOINLINE void lapel_depthwise_blocks_one(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w,
                                               const LAPEL_ROM int32_t *scale, const lapel_depthwise_blocks_job *j)
{
    static const int8_t lower[4] = {0, 1, 4, 5}; /* the weights of a pixel lie so many cells further on */
    int8_t cells[16];

    for (lapel_index k = 0; k < 16; k++) {
        const uint32_t at = j->rows[k >> 2] + j->columns[k & 1];

        cells[k] = x[(k & 2) != 0 ? at >> 16 : at & 0xffff];
        cells[k] = (j->inside >> k & 1) != 0 ? cells[k] : (int8_t)j->x_zero;
    }
    for (lapel_index i = 0; i < 4; i++) {
        int32_t acc = scale[2];

        for (lapel_index k = 0; k < 16; k++) {
            acc = lapel_mve_sum(acc, cells[k] * w[k - lower[i]]);
        }
        acc = lapel_mve_scale(acc, scale[0], -scale[1], j->away);
        acc = acc > j->floor ? acc : j->floor;
        acc = acc > INT32_MAX - j->add ? INT32_MAX : acc + j->add;
        y[j->pixels[i]] = (int8_t)lapel_mve_sum(acc, j->back);
    }
}

/* All channels of neighbouring blocks, `blocks` >= 1. */
LAPEL_NOINLINE void lapel_depthwise_blocks_run(int8_t *y, const int8_t *x, const lapel_depthwise_blocks_job *j,
                                               lapel_index blocks)
{
    for (; blocks > 0; blocks--) {
        for (lapel_index c = 0; c < j->channels; c++) {
            lapel_depthwise_blocks_one(y + c, x + c, j->w + 16 * c, j->table + 3 * c, j);
        }
        x += j->next;
        y += j->next;
    }
}

#endif

/* `at`, or what is nearest to it in 0..size-1. */
static lapel_index lapel_depthwise_blocks_nearest(lapel_index at, lapel_index size)
{
    return at < 0 ? 0 : at < size ? at : (lapel_index)(size - 1);
}

/* Set the rows of which the first one is `top`, and return where that is, or the row of x nearest to it. */
static lapel_index lapel_depthwise_blocks_down(lapel_depthwise_blocks_job *j, lapel_index top,
                                               const LAPEL_ROM lapel_depthwise_blocks_params *p)
{
    const lapel_index first = lapel_depthwise_blocks_nearest(top, p->in_h), row = (lapel_index)(p->in_w * p->in_c);

    j->inside_row = 0;
    for (lapel_index u = 0; u < 4; u++) {
        const lapel_index near = lapel_depthwise_blocks_nearest((lapel_index)(top + u), p->in_h);

        j->rows[u] = (uint32_t)((near - first) * row) * 0x10001u;
        j->inside_row |= (uint32_t)(near == top + u) << (4 * u);
    }
    return (lapel_index)(first * row);
}

/* The same of columns. */
static lapel_index lapel_depthwise_blocks_across(lapel_depthwise_blocks_job *j, lapel_index left,
                                                 const LAPEL_ROM lapel_depthwise_blocks_params *p)
{
    const lapel_index first = lapel_depthwise_blocks_nearest(left, p->in_w);

    j->inside = 0;
    j->columns[0] = j->columns[1] = 0;
    for (lapel_index v = 0; v < 4; v++) {
        const lapel_index near = lapel_depthwise_blocks_nearest((lapel_index)(left + v), p->in_w);

        j->columns[v & 1] |= (uint32_t)((near - first) * p->in_c) << (v & 2 ? 16 : 0);
        j->inside |= near == left + v ? j->inside_row << v : 0;
    }
    return (lapel_index)(first * p->in_c);
}

/* Two rows of y whose windows start in row `top` of x. The last block is the last two pixels, one of them done before
 * if their number is odd. */
static void lapel_depthwise_blocks_rows(int8_t *y, const int8_t *x, lapel_index top, lapel_depthwise_blocks_job *j,
                                        const LAPEL_ROM lapel_depthwise_blocks_params *p)
{
    const lapel_index last = (lapel_index)(p->out_w - 2);

    x += lapel_depthwise_blocks_down(j, top, p);
    for (lapel_index i = 0; i < p->out_w;) {
        lapel_index at, left, blocks = 1;

        i = i < last ? i : last;
        left = (lapel_index)(i - p->pad_left);
        if (left >= 0 && left + 4 <= p->in_w) {
            const lapel_index room = (lapel_index)((p->in_w - left) >> 1), wanted = (lapel_index)((p->out_w - i) >> 1);

            blocks = room - 1 < wanted ? (lapel_index)(room - 1) : wanted;
        }
        at = lapel_depthwise_blocks_across(j, left, p);
        lapel_depthwise_blocks_run(y + i * p->in_c, x + at, j, blocks);
        i = (lapel_index)(i + 2 * blocks);
    }
}

void lapel_depthwise_blocks(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_blocks_params *p)
{
    const lapel_index row = (lapel_index)(p->out_w * p->in_c), last = (lapel_index)(p->out_h - 2);
    lapel_depthwise_blocks_job j;

    j.w = p->w + LAPEL_DEPTHWISE_BLOCKS_LEAD;
    j.table = p->table;
    j.channels = p->in_c;
    j.next = (lapel_index)(2 * p->in_c);
    j.add = INT32_MAX - (p->hi - p->y_zero);
    j.back = (int32_t)((uint32_t)p->hi - (uint32_t)INT32_MAX); /* wraps where hi < -1, as the sum with it does */
    j.x_zero = p->x_zero;
    j.floor = p->lo - p->y_zero;
    j.away = p->lo < p->y_zero;
    j.pixels[0] = 0;
    j.pixels[1] = p->in_c;
    j.pixels[2] = row;
    j.pixels[3] = row + p->in_c;
    for (lapel_index n = p->batches; n > 0; n--) {
        for (lapel_index i = 0; i < p->out_h; i = (lapel_index)(i + 2)) {
            const lapel_index first = i < last ? i : last;

            lapel_depthwise_blocks_rows(y + first * row, x, (lapel_index)(first - p->pad_top), &j, p);
        }
        x += p->in_h * p->in_w * p->in_c;
        y += p->out_h * row;
    }
}
