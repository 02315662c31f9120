/* What the function of a step begins with whose statements are written out: GCC would move their blocks apart, out of reach
 * of short branches. Every kernel of such steps includes it. */
#ifndef LAPEL_INORDER_H
#define LAPEL_INORDER_H

#if defined(__GNUC__) && !defined(__clang__)
#define LAPEL_IN_ORDER __attribute__((optimize("no-reorder-blocks", "no-crossjumping")))
#else
#define LAPEL_IN_ORDER
#endif

#endif
