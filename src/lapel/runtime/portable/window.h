/* Which taps of a window lie inside an image: shared by the convolutions and the pools. */
#ifndef LAPEL_WINDOW_H
#define LAPEL_WINDOW_H

#include "lapel.h"

/* Taps first..end-1; empty if first == end. */
typedef struct {
    lapel_index first;
    lapel_index end;
} lapel_span;

/* Of `taps` taps at start, start + dilation, …: those inside 0..size-1. taps, dilation, size >= 1. */
LAPEL_INLINE lapel_span lapel_clip(lapel_index start, lapel_index taps, lapel_index dilation, lapel_index size)
{
    lapel_span s = {0, taps};
    lapel_index last = (lapel_index)(start + (taps - 1) * dilation);

    for (; start < 0 && s.first < taps; start = (lapel_index)(start + dilation)) {
        s.first++;
    }
    for (; last >= size && s.end > s.first; last = (lapel_index)(last - dilation)) {
        s.end--;
    }
    return s;
}

/* The cells of 0..size-1 that `taps` neighbouring taps from start see; empty if none. */
LAPEL_INLINE lapel_span lapel_reach(lapel_index start, lapel_index taps, lapel_index size)
{
    lapel_span s = {start, (lapel_index)(start + taps)};

    s.first = s.first < 0 ? 0 : s.first > size ? size : s.first;
    s.end = s.end > size ? size : s.end < s.first ? s.first : s.end;
    return s;
}

#endif
