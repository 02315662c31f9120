/* Logarithms of a bank of triangles, whatever measures the bins: what `logbank` and its variants share (SPEC 11). */
#ifndef LAPEL_LOGBANKFRAMES_H
#define LAPEL_LOGBANKFRAMES_H

#include "logbank.h"

/* The bins of a frame that are not summed up yet. */
typedef struct {
    const LAPEL_ROM lapel_logbank_params *p;
    const int32_t *x;                 /* the next one that is to be measured */
    const LAPEL_ROM int16_t *weights; /* of the next one that is to be summed up */
    lapel_index left;                 /* from x on to the end of the spectrum */
    uint32_t *measured;               /* of kernels that measure several at a time */
    const uint32_t *next;             /* of these the next one that is to be summed up */
    lapel_index ahead;                /* and how many there are */
} lapel_logbank_bins;

/* One segment: returns what its bins give to the triangle that rises there; *sum is that of the one that falls. */
typedef uint64_t lapel_logbank_segment_fn(uint64_t *sum, lapel_logbank_bins *bins, lapel_index count);

/* gain: power * logarithm of what the spectrum is to be divided by. */
LAPEL_FORCE_INLINE void lapel_logbank_frame(int32_t *y, lapel_logbank_bins *bins, uint64_t floor, int64_t gain,
                                            lapel_logbank_segment_fn *segment)
{
    const LAPEL_ROM lapel_logbank_params *p = bins->p;
    uint64_t sum = 0;

    for (lapel_index b = 0; b <= p->bands; b++) {
        const uint64_t next = segment(&sum, bins, p->counts[b]);

        if (b > 0) {
            *y++ = (int32_t)((lapel_logarithm(sum + floor, p->parts) - gain + 512) >> 10);
        }
        sum = next;
    }
}

/* All frames, of which bins has p, and x is the first. */
LAPEL_FORCE_INLINE void lapel_logbank_frames(int32_t *y, const int32_t *shift, const int32_t *peak, lapel_logbank_bins *bins,
                                             lapel_logbank_segment_fn *segment)
{
    const LAPEL_ROM lapel_logbank_params *p = bins->p;
    const uint32_t most = *peak > 1 ? (uint32_t)*peak : 1;
    const int64_t base = lapel_logarithm(most, p->parts);
    const int32_t *frame = bins->x;

    for (lapel_index t = 0; t < p->frames; t++) {
        const int_fast8_t left = (int_fast8_t)(shift[t] & 31);
        const uint64_t floor = ((uint64_t)most * (uint32_t)p->floor << left) >> 16;
        const int64_t gain = base + (int64_t)left * LAPEL_LOGARITHM_LN2;

        bins->x = frame + 2 * p->first;
        bins->weights = p->weights;
        bins->left = (lapel_index)(p->stride / 2 - p->first);
        bins->ahead = 0;
        lapel_logbank_frame(y, bins, floor, p->power == 1 ? gain : 2 * gain, segment);
        frame += p->stride;
        y += p->bands;
    }
}

#endif
