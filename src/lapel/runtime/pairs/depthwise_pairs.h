/* Depthwise convolution of windows of 3 x 3 as depthwise.h says it: three neighbouring pixels of a channel at a time share
 * the loads of its weights and of five columns of x, which lie in rows with borders. */
#ifndef LAPEL_DEPTHWISE_PAIRS_H
#define LAPEL_DEPTHWISE_PAIRS_H

#include "window.h"

typedef struct {
    int8_t *scratch;               /* [3][out_w + 2][channels], the rows that a row of y is computed from */
    const LAPEL_ROM int32_t *each; /* [channels][5]: bias less x_zero * (sum of the weights), mul, and the weights, four
                                    * int8 a row: three and a 0, in the first row -2 - shift;
                                    * each byte 11 of 20: 0..29 */
    lapel_index batches;           /* >= 1 */
    lapel_index in_h;              /* >= 1 */
    lapel_index in_w;              /* >= 1 */
    lapel_index out_h;             /* >= 1 */
    lapel_index out_w;             /* >= 3 */
    lapel_index channels;          /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;                /* -128..127 */
    int16_t y_zero;                /* -128..127 */
} lapel_depthwise_pairs_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. All of x that a row of y is computed from is
 * read before that row is written, rows upwards, and what later rows share with it is not read again. */
typedef void lapel_depthwise_pairs_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_pairs_params *p);
LAPEL_KERNEL lapel_depthwise_pairs_fn lapel_depthwise_pairs;

#endif
