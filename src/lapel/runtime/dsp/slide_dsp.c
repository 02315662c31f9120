#include "slide_dsp.h"

/* Blocks of 32 bytes at word addresses. Each is read before it is written, so that it may overlap its copy. */
enum { LAPEL_SLIDE_BLOCK = 32 };

#ifdef LAPEL_DSP_ASM

/* From the first block on; blocks >= 1. */
LAPEL_INLINE void lapel_slide_blocks_down(uint8_t *to, const uint8_t *from, lapel_index blocks)
{
    __asm__ volatile("1: ldmia %[from]!, {r3, r4, r5, r6, r8, r9, r10, r11}\n\t"
                     "stmia %[to]!, {r3, r4, r5, r6, r8, r9, r10, r11}\n\t"
                     "subs %[blocks], #1\n\t"
                     "bne 1b"
                     : [to] "+&r"(to), [from] "+&r"(from), [blocks] "+&r"(blocks)
                     :
                     : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc", "memory");
}

/* From the block that ends before `to` and `from` on, downwards; blocks >= 1. */
LAPEL_INLINE void lapel_slide_blocks_up(uint8_t *to, const uint8_t *from, lapel_index blocks)
{
    __asm__ volatile("1: ldmdb %[from]!, {r3, r4, r5, r6, r8, r9, r10, r11}\n\t"
                     "stmdb %[to]!, {r3, r4, r5, r6, r8, r9, r10, r11}\n\t"
                     "subs %[blocks], #1\n\t"
                     "bne 1b"
                     : [to] "+&r"(to), [from] "+&r"(from), [blocks] "+&r"(blocks)
                     :
                     : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc", "memory");
}

#else

LAPEL_INLINE void lapel_slide_blocks_down(uint8_t *to, const uint8_t *from, lapel_index blocks)
{
    for (lapel_index words = blocks * (LAPEL_SLIDE_BLOCK / 4); words > 0; words--) {
        lapel_write4(to, lapel_read4(from));
        to += 4;
        from += 4;
    }
}

LAPEL_INLINE void lapel_slide_blocks_up(uint8_t *to, const uint8_t *from, lapel_index blocks)
{
    for (lapel_index words = blocks * (LAPEL_SLIDE_BLOCK / 4); words > 0; words--) {
        to -= 4;
        from -= 4;
        lapel_write4(to, lapel_read4(from));
    }
}

#endif

/* To lower addresses: from the start on, where no bytes of x that still wait are written over. */
static void lapel_slide_down(uint8_t *to, const uint8_t *from, lapel_index bytes)
{
    for (; bytes > 0 && ((uintptr_t)from & 3) != 0; bytes--) {
        *to++ = *from++;
    }
    if (((uintptr_t)to & 3) == 0 && bytes >= LAPEL_SLIDE_BLOCK) {
        const lapel_index whole = bytes & ~(LAPEL_SLIDE_BLOCK - 1);

        lapel_slide_blocks_down(to, from, whole / LAPEL_SLIDE_BLOCK);
        to += whole;
        from += whole;
        bytes -= whole;
    }
    for (; bytes >= 4; bytes -= 4) {
        lapel_write4(to, lapel_read4(from));
        to += 4;
        from += 4;
    }
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
    }
}

/* To higher addresses, from the end on; to and from are behind the last byte. */
static void lapel_slide_up(uint8_t *to, const uint8_t *from, lapel_index bytes)
{
    for (; bytes > 0 && ((uintptr_t)from & 3) != 0; bytes--) {
        *--to = *--from;
    }
    if (((uintptr_t)to & 3) == 0 && bytes >= LAPEL_SLIDE_BLOCK) {
        const lapel_index whole = bytes & ~(LAPEL_SLIDE_BLOCK - 1);

        lapel_slide_blocks_up(to, from, whole / LAPEL_SLIDE_BLOCK);
        to -= whole;
        from -= whole;
        bytes -= whole;
    }
    for (; bytes >= 4; bytes -= 4) {
        to -= 4;
        from -= 4;
        lapel_write4(to, lapel_read4(from));
    }
    for (; bytes > 0; bytes--) {
        *--to = *--from;
    }
}

void lapel_slide_dsp(void *y, const void *x, const LAPEL_ROM lapel_slide_dsp_params *p)
{
    uint8_t *to = (uint8_t *)y;
    const uint8_t *from = (const uint8_t *)x;

    if (to < from) {
        lapel_slide_down(to, from, p->bytes);
    } else if (to > from) {
        lapel_slide_up(to + p->bytes, from + p->bytes, p->bytes);
    }
}
