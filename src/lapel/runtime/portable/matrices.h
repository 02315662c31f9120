/* How the operands of a product of matrices lie, matrix by matrix. */
#ifndef LAPEL_MATRICES_H
#define LAPEL_MATRICES_H

#include "broadcast.h"

typedef struct {
    lapel_index rows;     /* of a and y, >= 1 */
    lapel_index columns;  /* of b and y, >= 1 */
    lapel_index depth;    /* products of a sum, >= 1 */
    lapel_index a_size;   /* elements of a matrix */
    lapel_index a_row;    /* elements from row to row */
    lapel_index a_depth;  /* elements from product to product */
    lapel_index b_size;
    lapel_index b_column; /* elements from column to column */
    lapel_index b_depth;
} lapel_matrices_shape;

#endif
