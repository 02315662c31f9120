/* Convolutions that multiply by the weights that are not zero alone, channel after channel; one group. */
#ifndef LAPEL_CONVSPARSE_H
#define LAPEL_CONVSPARSE_H

#include "biases.h"
#include "finish.h"

/* A weight, how far its values of x are behind those of the weight before, and its row of the window. */
typedef struct {
    int16_t skip;
    int8_t w;
    uint8_t row;
} lapel_convsparse_weight;

/* What is in flash beside the codes. */
typedef struct {
    lapel_convsparse_weight *list; /* [most]: scratch, a channel's weights that are not zero */
    const LAPEL_ROM uint8_t *bias; /* [out_c][bias_bytes], lowest byte first, / 2^bias_shift: for x - bias_zero */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1]; each >= 0 */
    const LAPEL_ROM int8_t *shift; /* as mul; each -31..30 */
    lapel_index most;              /* >= 1, weights that there is room for */
    lapel_index batches;           /* >= 1 */
    lapel_index in_h;    /* >= 1 */
    lapel_index line;    /* >= 1: in_w * in_c */
    lapel_index in_c;    /* >= 1 */
    lapel_index out_h;   /* >= 1; whatever the sign of the padding, places can be reckoned with:
                          * (out_h * stride_h + kernel_h * dilation_h + pad_top) * line <= 200000000;
                          * (out_h * stride_h + kernel_h * dilation_h - pad_top) * line <= 200000000 */
    lapel_index out_w;   /* >= 1; (out_w * stride_w + pad_left) * in_c + run <= 200000000;
                          * (out_w * stride_w - pad_left) * in_c + run <= 200000000 */
    lapel_index out_c;   /* >= 1 */
    lapel_index x_first; /* 0..out_w; output columns x_first..x_end-1 have all taps of a row inside x:
                          * if x_first < x_end: x_first * stride_w >= pad_left;
                          * if x_first < x_end: ((x_end - 1) * stride_w - pad_left) * in_c + run <= line */
    lapel_index x_end;   /* x_first..out_w */
    lapel_index run;     /* >= 1: kernel_w * in_c; kernel_h * run <= 100000000;
                          * skips have 16 bits: (kernel_h - 1) * dilation_h * line + run <= 32767 */
    int16_t kernel_h;    /* 1..256 */
    int16_t stride_h;    /* >= 1 */
    int16_t stride_w;    /* >= 1 */
    int16_t dilation_h;  /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;     /* -128..127 */
    int16_t y_zero;     /* -128..127 */
    int16_t bias_zero;  /* -128..127 */
    int8_t lo;          /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel; /* 0 or 1 */
    int8_t bias_bytes;  /* 1..4 */
    int8_t bias_shift;  /* 0..31 */
} lapel_convsparse_shape;

/* The weights of a channel that were found so far. */
typedef struct {
    lapel_convsparse_weight *next; /* where another one goes */
    lapel_convsparse_weight *end;  /* of the room for them */
    lapel_index place;             /* of the last one in the window */
    lapel_index row_end;           /* of the window's row that it is in */
    uint8_t row;
    int32_t sum;
} lapel_convsparse_list;

/* List the next kernel_h * run weights that are not zero. */
typedef void lapel_convsparse_fn(void *decoder, lapel_convsparse_list *l, const LAPEL_ROM lapel_convsparse_shape *p);

/* A decoder, whichever. */
typedef struct {
    lapel_convsparse_fn *list;
    void *decoder;
} lapel_convsparse_decoder;

/* Add the weight at a place of the window; what there is no room for is left out. */
LAPEL_INLINE void lapel_convsparse_put(lapel_convsparse_list *l, lapel_index place, int8_t w,
                                       const LAPEL_ROM lapel_convsparse_shape *p)
{
    lapel_index skip = (lapel_index)(place - l->place);

    if (l->next == l->end) {
        return;
    }
    for (; place >= l->row_end; l->row_end = (lapel_index)(l->row_end + p->run)) {
        skip = (lapel_index)(skip + p->dilation_h * p->line - p->run);
        l->row++;
    }
    l->next->skip = (int16_t)skip;
    l->next->w = w;
    l->next->row = l->row;
    l->next++;
    l->place = place;
    l->sum += w;
}

/* What all pixels of a channel share. */
typedef struct {
    const LAPEL_ROM lapel_convsparse_shape *p;
    const lapel_convsparse_weight *list;
    const lapel_convsparse_weight *end;
    int32_t bias;
    lapel_output output; /* of this channel */
} lapel_convsparse_job;

/* acc[i] += the weights times pixel i, four neighbours. */
LAPEL_NOINLINE void lapel_convsparse_four(int32_t *acc, const int8_t *x, lapel_index next,
                                          const lapel_convsparse_job *j)
{
    const lapel_convsparse_weight *const end = j->end;
    const lapel_index second = (lapel_index)(2 * next), third = (lapel_index)(3 * next);
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    for (const lapel_convsparse_weight *at = j->list; at != end; at++) {
        const int16_t w = at->w;

        x += at->skip;
        a0 += x[0] * w;
        a1 += x[next] * w;
        a2 += x[second] * w;
        a3 += x[third] * w;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

/* acc + the weights times one pixel. */
LAPEL_NOINLINE int32_t lapel_convsparse_one(int32_t acc, const int8_t *x, const lapel_convsparse_job *j)
{
    for (const lapel_convsparse_weight *at = j->list; at != j->end; at++) {
        x += at->skip;
        acc += *x * at->w;
    }
    return acc;
}

/* The same of a pixel whose first tap is at (top, left) of the image, with taps outside. */
LAPEL_NOINLINE int32_t lapel_convsparse_edge(int32_t acc, const int8_t *image, lapel_index top, lapel_index left,
                                             const lapel_convsparse_job *j)
{
    const LAPEL_ROM lapel_convsparse_shape *p = j->p;
    const lapel_index line = p->line, in_h = p->in_h;
    lapel_index at = (lapel_index)(top * line + left * p->in_c);

    for (const lapel_convsparse_weight *e = j->list; e != j->end; e++) {
        const lapel_index row = (lapel_index)(top + e->row * p->dilation_h);
        lapel_index column;

        at = (lapel_index)(at + e->skip);
        column = (lapel_index)(at - row * line);
        acc += (row >= 0 && row < in_h && column >= 0 && column < line ? image[at] : p->x_zero) * e->w;
    }
    return acc;
}

/* A channel of one row of pixels whose first taps are in row `top` of the image. */
static void lapel_convsparse_row(int8_t *y, const int8_t *image, lapel_index top, const lapel_convsparse_job *j)
{
    const LAPEL_ROM lapel_convsparse_shape *p = j->p;
    const lapel_index x_next = (lapel_index)(p->stride_w * p->in_c);
    const lapel_index last = (lapel_index)(top + (p->kernel_h - 1) * p->dilation_h);
    const lapel_index end = top >= 0 && last < p->in_h ? p->x_end : 0;
    lapel_index left = (lapel_index)-p->pad_left, count;

    for (lapel_index i = 0; i < p->out_w; i = (lapel_index)(i + count)) {
        int32_t acc[4] = {j->bias, j->bias, j->bias, j->bias};

        count = 1;
        if (i < p->x_first || i >= end) {
            acc[0] = lapel_convsparse_edge(acc[0], image, top, left, j);
        } else if (i + 4 <= end) {
            lapel_convsparse_four(acc, image + top * p->line + left * p->in_c, x_next, j);
            count = 4;
        } else {
            acc[0] = lapel_convsparse_one(acc[0], image + top * p->line + left * p->in_c, j);
        }
        lapel_finish_channel(y, p->out_c, acc, count, &j->output);
        y += count * p->out_c;
        left = (lapel_index)(left + count * p->stride_w);
    }
}

/* The next channel, o; channels come in order. */
static void lapel_convsparse_list_channel(lapel_convsparse_job *j, lapel_index o, const lapel_convsparse_decoder *d)
{
    const LAPEL_ROM lapel_convsparse_shape *p = j->p;
    const lapel_biases biases = {p->bias, p->bias_bytes, p->bias_shift};
    lapel_convsparse_list list = {p->list, p->list + p->most, 0, p->run, 0, 0};

    d->list(d->decoder, &list, p);
    j->list = p->list;
    j->end = list.next;
    j->bias = (int32_t)((uint32_t)lapel_bias_of(&biases, o) - (uint32_t)(p->bias_zero * list.sum));
}

LAPEL_NOINLINE void lapel_convsparse_images(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_convsparse_shape *p,
                                            const lapel_convsparse_decoder *d)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, 0, p->y_zero};
    lapel_convsparse_job j;

    j.p = p;
    j.output = output;
    for (lapel_index o = 0; o < p->out_c; o++) {
        const int8_t *image = x;
        int8_t *to = y + o;

        lapel_convsparse_list_channel(&j, o, d);
        for (lapel_index n = p->batches; n > 0; n--) {
            for (lapel_index i = 0; i < p->out_h; i++) {
                lapel_convsparse_row(to, image, (lapel_index)(i * p->stride_h - p->pad_top), &j);
                to += p->out_w * p->out_c;
            }
            image += p->in_h * p->line;
        }
        j.output.mul += p->per_channel;
        j.output.shift += p->per_channel;
    }
}

#endif
