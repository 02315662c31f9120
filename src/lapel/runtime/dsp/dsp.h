/* The DSP instructions of Armv7E-M and Armv8-M as functions: one instruction each there, the same bits in C elsewhere.
 * A word holds four int8 (bytes 0..3) or two int16 (halves 0 and 1), the lowest address in the lowest bits.
 * Sums wrap: they are meant to be taken modulo 2^32. */
#ifndef LAPEL_DSP_H
#define LAPEL_DSP_H

#include "lapel.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "these kernels want a little-endian core: build the model without them"
#endif

/* 4 bytes at any address. */
LAPEL_INLINE uint32_t lapel_read4(const void *p)
{
    uint32_t w;

    memcpy(&w, p, 4);
    return w;
}

LAPEL_INLINE void lapel_write4(void *p, uint32_t w)
{
    memcpy(p, &w, 4);
}

/* Four times the byte. */
LAPEL_INLINE uint32_t lapel_repeat4(int8_t a)
{
    return (uint8_t)a * 0x01010101u;
}

/* Two words that one instruction loads. */
typedef union {
    uint64_t both; /* aligned as this */
    uint32_t word[2];
} lapel_words;

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__)

#define LAPEL_DSP_ARM /* for kernels with a piece of assembly language of their own */
#ifdef __OPTIMIZE__
#define LAPEL_DSP_ASM /* the same for pieces with operands in nearly all registers: -O0 has too few of them left */
#endif

/* A function whose body is assembly, prologue included, so that all registers are free. */
#define LAPEL_DSP_NAKED static __attribute__((naked, noinline, unused))
#define LAPEL_DSP_UNUSED __attribute__((unused))

/* One instruction each; what they compute is said below. */
LAPEL_INLINE uint32_t lapel_sxtb16(uint32_t a)
{
    uint32_t r;

    __asm__("sxtb16 %0, %1" : "=r"(r) : "r"(a));
    return r;
}

LAPEL_INLINE uint32_t lapel_sxtb16_odd(uint32_t a)
{
    uint32_t r;

    __asm__("sxtb16 %0, %1, ror #8" : "=r"(r) : "r"(a));
    return r;
}

LAPEL_INLINE uint32_t lapel_sxtab16(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("sxtab16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_sxtab16_odd(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_sadd16(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("sadd16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_add_sign(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("add %0, %1, %2, asr #31" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_and_left8(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("and %0, %1, %2, lsl #8" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_pkhbt(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_pkhtb(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE int32_t lapel_smlad(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smlad %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_smlabb(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smlabb %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_smlabt(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smlabt %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_smlatb(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smlatb %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_smlatt(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smlatt %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_smmla(int32_t a, int32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smmla %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_smmlar(int32_t a, int32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smmlar %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_ssat8(int32_t a)
{
    int32_t r;

    __asm__("ssat %0, #8, %1" : "=r"(r) : "r"(a));
    return r;
}

LAPEL_INLINE int32_t lapel_ssat8_half(int32_t a)
{
    int32_t r;

    __asm__("ssat %0, #8, %1, asr #1" : "=r"(r) : "r"(a));
    return r;
}

LAPEL_INLINE int32_t lapel_ssat8_12(int32_t a)
{
    int32_t r;

    __asm__("ssat %0, #8, %1, asr #12" : "=r"(r) : "r"(a));
    return r;
}

LAPEL_INLINE int32_t lapel_ssat8_21(int32_t a)
{
    int32_t r;

    __asm__("ssat %0, #8, %1, asr #21" : "=r"(r) : "r"(a));
    return r;
}

LAPEL_INLINE int32_t lapel_smlawb(int32_t a, uint32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smlawb %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE int32_t lapel_smlawt(int32_t a, uint32_t b, int32_t acc)
{
    int32_t r;

    __asm__("smlawt %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE uint32_t lapel_max4(uint32_t a, uint32_t b)
{
    uint32_t difference;

    __asm__("ssub8 %1, %0, %2\n\tsel %0, %0, %2" : "+&r"(a), "=&r"(difference) : "r"(b) : "cc");
    return a;
}

LAPEL_INLINE uint32_t lapel_min4(uint32_t a, uint32_t b)
{
    uint32_t difference;

    __asm__("ssub8 %1, %0, %2\n\tsel %0, %2, %0" : "+&r"(a), "=&r"(difference) : "r"(b) : "cc");
    return a;
}

LAPEL_INLINE uint32_t lapel_pack4(int32_t a, int32_t b, int32_t c, int32_t d)
{
    __asm__("bfi %0, %1, #8, #8\n\t"
            "bfi %0, %2, #16, #8\n\t"
            "bfi %0, %3, #24, #8"
            : "+&r"(a)
            : "r"(b), "r"(c), "r"(d));
    return (uint32_t)a;
}

LAPEL_INLINE void lapel_read_words(uint32_t *first, uint32_t *second, const lapel_words *p)
{
    __asm__("ldrd %0, %1, %2" : "=&r"(*first), "=r"(*second) : "Uv"(*p)); /* Uv: the addresses of VLDR, so of LDRD */
}

/* An address of which GCC is not to know how it was computed: else it might compute it anew wherever it is used. */
LAPEL_INLINE const LAPEL_ROM int8_t *lapel_dsp_hide(const LAPEL_ROM int8_t *a)
{
    __asm__("" : "+r"(a));
    return a;
}

#else

#define LAPEL_DSP_HALF(w, i) ((int32_t)(int16_t)(uint16_t)((w) >> (16 * (i))))
#define LAPEL_DSP_BYTE(w, i) ((int32_t)(int8_t)(uint8_t)((w) >> (8 * (i))))
#define LAPEL_DSP_PACK(low, high) (((uint32_t)(low) & 0xffffu) | (uint32_t)(high) << 16)

/* halves: bytes 0 and 2, sign-extended */
LAPEL_INLINE uint32_t lapel_sxtb16(uint32_t a)
{
    return LAPEL_DSP_PACK(LAPEL_DSP_BYTE(a, 0), LAPEL_DSP_BYTE(a, 2));
}

/* halves: bytes 1 and 3 */
LAPEL_INLINE uint32_t lapel_sxtb16_odd(uint32_t a)
{
    return LAPEL_DSP_PACK(LAPEL_DSP_BYTE(a, 1), LAPEL_DSP_BYTE(a, 3));
}

/* halves of a plus halves of b */
LAPEL_INLINE uint32_t lapel_sadd16(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(a + b, (a >> 16) + (b >> 16));
}

/* halves of a plus bytes 0 and 2 of b */
LAPEL_INLINE uint32_t lapel_sxtab16(uint32_t a, uint32_t b)
{
    return lapel_sadd16(a, lapel_sxtb16(b));
}

/* halves of a plus bytes 1 and 3 of b */
LAPEL_INLINE uint32_t lapel_sxtab16_odd(uint32_t a, uint32_t b)
{
    return lapel_sadd16(a, lapel_sxtb16_odd(b));
}

/* a, less 1 if b < 0 */
LAPEL_INLINE uint32_t lapel_add_sign(uint32_t a, uint32_t b)
{
    return a - (b >> 31);
}

/* a & b << 8 */
LAPEL_INLINE uint32_t lapel_and_left8(uint32_t a, uint32_t b)
{
    return a & b << 8;
}

/* halves: a0 and b0 */
LAPEL_INLINE uint32_t lapel_pkhbt(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(a, b);
}

/* halves: b1 and a1 */
LAPEL_INLINE uint32_t lapel_pkhtb(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(b >> 16, a >> 16);
}

/* acc + a0 b0 */
LAPEL_INLINE int32_t lapel_smlabb(uint32_t a, uint32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)(LAPEL_DSP_HALF(a, 0) * LAPEL_DSP_HALF(b, 0)));
}

/* acc + a0 b1 */
LAPEL_INLINE int32_t lapel_smlabt(uint32_t a, uint32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)(LAPEL_DSP_HALF(a, 0) * LAPEL_DSP_HALF(b, 1)));
}

/* acc + a1 b0 */
LAPEL_INLINE int32_t lapel_smlatb(uint32_t a, uint32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)(LAPEL_DSP_HALF(a, 1) * LAPEL_DSP_HALF(b, 0)));
}

/* acc + a1 b1 */
LAPEL_INLINE int32_t lapel_smlatt(uint32_t a, uint32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)(LAPEL_DSP_HALF(a, 1) * LAPEL_DSP_HALF(b, 1)));
}

/* acc + a0 b0 + a1 b1 */
LAPEL_INLINE int32_t lapel_smlad(uint32_t a, uint32_t b, int32_t acc)
{
    return lapel_smlatt(a, b, lapel_smlabb(a, b, acc));
}

/* acc + floor(a b / 2^32) */
LAPEL_INLINE int32_t lapel_smmla(int32_t a, int32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)((int64_t)a * b >> 32));
}

/* acc + floor(a b / 2^32 + 1/2) */
LAPEL_INLINE int32_t lapel_smmlar(int32_t a, int32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32));
}

/* a clamped to int8 */
LAPEL_INLINE int32_t lapel_ssat8(int32_t a)
{
    return lapel_clamp(a, -128, 127);
}

/* a >> 1 clamped to int8 */
LAPEL_INLINE int32_t lapel_ssat8_half(int32_t a)
{
    return lapel_clamp(a >> 1, -128, 127);
}

/* a >> 12 clamped to int8 */
LAPEL_INLINE int32_t lapel_ssat8_12(int32_t a)
{
    return lapel_clamp(a >> 12, -128, 127);
}

/* a >> 21 clamped to int8 */
LAPEL_INLINE int32_t lapel_ssat8_21(int32_t a)
{
    return lapel_clamp(a >> 21, -128, 127);
}

/* acc + floor(a b0 / 2^16) */
LAPEL_INLINE int32_t lapel_smlawb(int32_t a, uint32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)((int64_t)a * LAPEL_DSP_HALF(b, 0) >> 16));
}

/* acc + floor(a b1 / 2^16) */
LAPEL_INLINE int32_t lapel_smlawt(int32_t a, uint32_t b, int32_t acc)
{
    return (int32_t)((uint32_t)acc + (uint32_t)((int64_t)a * LAPEL_DSP_HALF(b, 1) >> 16));
}

/* bytes: the greater int8 of a and b */
LAPEL_INLINE uint32_t lapel_max4(uint32_t a, uint32_t b)
{
    uint32_t r = 0;

    for (int_fast8_t i = 0; i < 4; i++) {
        r |= (LAPEL_DSP_BYTE(a, i) >= LAPEL_DSP_BYTE(b, i) ? a : b) & (uint32_t)255 << (8 * i);
    }
    return r;
}

/* bytes: the lesser one */
LAPEL_INLINE uint32_t lapel_min4(uint32_t a, uint32_t b)
{
    return ~lapel_max4(~a, ~b);
}

/* The low bytes of four values. */
LAPEL_INLINE uint32_t lapel_pack4(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return (uint8_t)a | (uint32_t)(uint8_t)b << 8 | (uint32_t)(uint8_t)c << 16 | (uint32_t)(uint8_t)d << 24;
}

/* Both words. */
LAPEL_INLINE void lapel_read_words(uint32_t *first, uint32_t *second, const lapel_words *p)
{
    *first = p->word[0];
    *second = p->word[1];
}

/* The same address. */
LAPEL_INLINE const LAPEL_ROM int8_t *lapel_dsp_hide(const LAPEL_ROM int8_t *a)
{
    return a;
}

#endif

#endif
