/* What copies and fills bytes. A freestanding program (-ffreestanding) has no string.h but must still supply these two
 * (C99 4p6, GCC manual). */
#ifndef LAPEL_MEMORY_H
#define LAPEL_MEMORY_H

#include <stddef.h>

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
#endif

#endif
