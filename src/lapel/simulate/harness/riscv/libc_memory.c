/* memcpy and memset for tool chains without a C library. Sections of their own: the linker drops what the model
 * does not use and link.ld puts the rest with the model, because a firmware needs them. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t bytes);
void *memset(void *dst, int value, size_t bytes);

static int aligned(const void *a, const void *b)
{
    return (((uintptr_t)a | (uintptr_t)b) & 3u) == 0;
}

__attribute__((section(".text.lapel_libc.memcpy"), optimize("O2", "no-tree-loop-distribute-patterns")))
void *memcpy(void *restrict dst, const void *restrict src, size_t bytes)
{
    uint8_t *to = dst;
    const uint8_t *from = src;
    if (aligned(dst, src)) {
        uint32_t *to_word = dst;
        const uint32_t *from_word = src;
        for (; bytes >= 4; bytes -= 4) {
            *to_word++ = *from_word++;
        }
        to = (uint8_t *)to_word;
        from = (const uint8_t *)from_word;
    }
    while (bytes-- > 0) {
        *to++ = *from++;
    }
    return dst;
}

__attribute__((section(".text.lapel_libc.memset"), optimize("O2", "no-tree-loop-distribute-patterns")))
void *memset(void *dst, int value, size_t bytes)
{
    uint8_t *to = dst;
    const uint32_t byte = (uint8_t)value, word = byte << 24 | byte << 16 | byte << 8 | byte;
    if (aligned(dst, dst)) {
        uint32_t *to_word = dst;
        for (; bytes >= 4; bytes -= 4) {
            *to_word++ = word;
        }
        to = (uint8_t *)to_word;
    }
    while (bytes-- > 0) {
        *to++ = (uint8_t)byte;
    }
    return dst;
}
