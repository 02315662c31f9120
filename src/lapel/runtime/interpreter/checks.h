/* What the checks of params, which are generated, are written with. */
#ifndef LAPEL_CHECKS_H
#define LAPEL_CHECKS_H

/* Checks run once a model, and there are many: small, not fast. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("Os")
#endif

/* Numbers are reckoned with up to LAPEL_MOST, so that sums of several stay in 32 bits. */
#define LAPEL_MOST ((int32_t)1 << 28)

LAPEL_NOINLINE int32_t lapel_known(lapel_bounds *bounds, int32_t x)
{
    if (x > LAPEL_MOST || x < -LAPEL_MOST) {
        bounds->beyond = 1;
        return 0;
    }
    return x;
}

LAPEL_NOINLINE int32_t lapel_times(lapel_bounds *bounds, int32_t x, int32_t y)
{
    const int64_t product = (int64_t)x * y;

    if (product > LAPEL_MOST || product < -LAPEL_MOST) {
        bounds->beyond = 1;
        return 0;
    }
    return (int32_t)product;
}

LAPEL_INLINE int32_t lapel_over(int32_t x, int32_t y)
{
    return x >= 0 && y > 0 ? x / y : 0;
}

LAPEL_NOINLINE int32_t lapel_all(lapel_bounds *bounds, const LAPEL_ROM lapel_index *counts, uint8_t length)
{
    int32_t product = 1;

    while (length > 0) {
        product = lapel_times(bounds, product, lapel_known(bounds, counts[--length]));
    }
    return product;
}

/* From the first to the last element that loops with these strides see. */
LAPEL_NOINLINE int32_t lapel_strided(lapel_bounds *bounds, const LAPEL_ROM lapel_index *counts,
                                     const LAPEL_ROM lapel_index *strides, uint8_t length)
{
    int32_t last = 0;

    for (uint8_t k = 0; k < length; k++) {
        const int32_t stride = lapel_known(bounds, strides[k]);

        bounds->beyond |= (uint8_t)(stride < 0);
        last = lapel_known(bounds, last + lapel_times(bounds, lapel_known(bounds, counts[k]) - 1, stride));
    }
    return last + 1;
}

/* From the first to the last element that the walk of broadcast.h sees; jumps count from the start of a row. */
LAPEL_NOINLINE int32_t lapel_walked(lapel_bounds *bounds, const LAPEL_ROM lapel_index *counts,
                                    const LAPEL_ROM lapel_index *jumps, int32_t row)
{
    int32_t inner = 0;

    for (uint8_t k = 0; k < 4; k++) {
        const int32_t step = inner + lapel_known(bounds, jumps[k]);

        bounds->beyond |= (uint8_t)(step < 0);
        inner = lapel_known(bounds, inner + lapel_times(bounds, lapel_known(bounds, counts[k]) - 1, step));
    }
    return inner + row;
}

/* 1 if there are `count` elements of `size` bytes, aligned, behind an offset in `all` bytes. */
LAPEL_NOINLINE uint8_t lapel_has(uint32_t offset, uint32_t all, int32_t count, uint8_t size)
{
    return (uint8_t)(offset % size == 0 && offset <= all && count >= 0 && (uint32_t)count <= (all - offset) / size);
}

LAPEL_NOINLINE uint8_t lapel_operand(const lapel_bounds *bounds, uint8_t k, int32_t count, uint8_t size)
{
    const uint32_t place = bounds->operands[k];

    if ((place & LAPEL_IN_BLOB) != 0) {
        return lapel_has(place & ~LAPEL_IN_BLOB, bounds->blob_bytes, count, size);
    }
    return lapel_has(place, bounds->arena_bytes, count, size);
}

/* 1 if two operands of so many bytes start at one place, or share none. */
LAPEL_NOINLINE uint8_t lapel_apart(const lapel_bounds *bounds, uint8_t k, uint8_t j, int32_t bytes)
{
    const uint32_t one = bounds->operands[k], other = bounds->operands[j];
    const uint32_t between = one > other ? one - other : other - one;

    return between == 0 || between >= (uint32_t)bytes;
}

LAPEL_NOINLINE uint8_t lapel_table(const lapel_bounds *bounds, uintptr_t at, int32_t count, uint8_t size)
{
    const uintptr_t offset = at - bounds->slot;

    return offset <= bounds->blob_bytes && lapel_has((uint32_t)offset, bounds->blob_bytes, count, size);
}

LAPEL_INLINE uint8_t lapel_scratch(const lapel_bounds *bounds, uintptr_t at, int32_t count, uint8_t size)
{
    const uintptr_t offset = at - bounds->arena;

    return count == 0 ||
           (offset <= bounds->arena_bytes && lapel_has((uint32_t)offset, bounds->arena_bytes, count, size));
}

#endif
