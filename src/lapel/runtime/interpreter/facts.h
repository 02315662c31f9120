/* What a kernel asks of its params: a program of a stack machine, compiled from its header (codegen/facts.py), and what
 * runs it. Data are smaller than code, on an 8-bit core many times, and every sum and product is looked at. */
#ifndef LAPEL_FACTS_H
#define LAPEL_FACTS_H

/* Numbers are reckoned with up to here, so that sums of several stay in what a kernel reckons with. */
#ifdef __AVR__
#define LAPEL_MOST INT16_MAX
typedef int32_t lapel_product; /* of two such numbers */
#else
#define LAPEL_MOST ((int32_t)1 << 28)
typedef int64_t lapel_product;
#endif

/* Types of numbers: two to the power of half of one are its bytes. As an operation, offset: -> that member. */
#define LAPEL_FACT_INT8 0
#define LAPEL_FACT_UINT8 1
#define LAPEL_FACT_INT16 2
#define LAPEL_FACT_UINT16 3
#define LAPEL_FACT_INT32 4
#define LAPEL_FACT_UINT32 5

/* Operations: bytes behind it, what it takes from the stack, and what it leaves there. */
#define LAPEL_FACT_BITS 6     /* offset: -> 32 bits of any value, for comparisons alone */
#define LAPEL_FACT_BYTE 7     /* value: -> value */
#define LAPEL_FACT_WORD 8     /* four bytes: -> value */
#define LAPEL_FACT_COPY 9     /* a -> a a */
#define LAPEL_FACT_ADD 10     /* a b -> a + b */
#define LAPEL_FACT_SUB 11     /* a b -> a - b */
#define LAPEL_FACT_TIMES 12   /* a b -> a * b */
#define LAPEL_FACT_OVER 13    /* a b -> a / b, 0 where a is below 0 or b below 1 */
#define LAPEL_FACT_LE 14      /* a b -> a <= b */
#define LAPEL_FACT_LT 15      /* a b -> a < b */
#define LAPEL_FACT_EQ 16      /* a b -> a == b */
#define LAPEL_FACT_NOT 17     /* a -> !a */
#define LAPEL_FACT_OR 18      /* bytes: over so many and a -> a, if a is not 0; else a -> */
#define LAPEL_FACT_AND 19     /* bytes: over so many and a -> a, if a is 0; else a -> */
#define LAPEL_FACT_IF 20      /* bytes: a ->, and over so many if a is 0 */
#define LAPEL_FACT_SKIP 21    /* bytes: over so many */
#define LAPEL_FACT_TRUE 22    /* a ->, which must not be 0 */
#define LAPEL_FACT_LEAST 23   /* value of a byte: a ->, which must not be less */
#define LAPEL_FACT_WITHIN 24  /* two values of a byte: a ->, which must be one of them or between */
#define LAPEL_FACT_OPERAND 25 /* operand, bytes of an element: a ->, and the operand must have a elements */
#define LAPEL_FACT_APART 26   /* two operands: a ->, and they must start together or share none of their a bytes */
#define LAPEL_FACT_TABLE 27   /* offset, bytes of an element: a ->, and the table there must have a elements */
#define LAPEL_FACT_SCRATCH 28 /* the same of scratch, unless a is 0 */
#define LAPEL_FACT_ELEMENT 29 /* offset, type, index: -> that element of the table */
#define LAPEL_FACT_EACH 30    /* offset, type, bytes to the first, bytes to the next one: a b c ->, and each of a elements
                               * of that table must be b or c or between */
#define LAPEL_FACT_PROVEN 31  /* the end */
#define LAPEL_FACT_PLACE 32   /* offset: -> where the scratch lies that this member points to */
#define LAPEL_FACT_START 33   /* operand: -> where it lies */
#define LAPEL_FACT_BOOK 34    /* two offsets: -> , and the tables there must be the counts of a complete code, and what
                               * its codes stand for */

#define LAPEL_FACTS_DEPTH 6    /* numbers on the stack at most */
#define LAPEL_FACTS_LONGEST 15 /* bits of a code at most */

/* A call: the blob, the params, and where each operand lies. */
typedef struct {
    const LAPEL_ROM lapel_blob_header *h;
    const LAPEL_ROM uint8_t *params;
    const LAPEL_ROM uint32_t *operands;
} lapel_bounds;

static int32_t lapel_number(const LAPEL_ROM uint8_t *at, uint8_t type)
{
    int32_t word;

    switch (type) {
    case LAPEL_FACT_INT8:
        return *(const LAPEL_ROM int8_t *)at;
    case LAPEL_FACT_UINT8:
        return *at;
    case LAPEL_FACT_INT16:
        return *(const LAPEL_ROM int16_t *)at;
    case LAPEL_FACT_UINT16:
        return *(const LAPEL_ROM uint16_t *)at;
    default:
        word = *(const LAPEL_ROM int32_t *)at;
        return type == LAPEL_FACT_UINT32 && word < 0 ? INT32_MAX : word;
    }
}

/* a and b are at most LAPEL_MOST, so that sums stay in 32 bits; a product that does not is beyond. */
static int32_t lapel_reckoned(uint8_t operation, int32_t a, int32_t b)
{
    lapel_product product;

    switch (operation) {
    case LAPEL_FACT_ADD:
        return a + b;
    case LAPEL_FACT_SUB:
        return a - b;
    case LAPEL_FACT_TIMES:
        product = (lapel_product)a * b;
        return product > LAPEL_MOST || product < -LAPEL_MOST ? INT32_MAX : (int32_t)product;
    case LAPEL_FACT_OVER:
        return a >= 0 && b > 0 ? a / b : 0;
    case LAPEL_FACT_LE:
        return a <= b;
    case LAPEL_FACT_LT:
        return a < b;
    default:
        return a == b;
    }
}

/* 1 if there are `count` elements of `size` bytes, aligned, behind an offset in `all` bytes. */
static uint8_t lapel_has(uint32_t offset, uint32_t all, int32_t count, uint8_t size)
{
    return (uint8_t)((offset & (size - 1u)) == 0 && offset <= all && count >= 0 &&
                     (uint32_t)count * size <= all - offset);
}

/* Where in the blob or the arena a member points; addresses may have 64 bits. */
static uint32_t lapel_pointed(const lapel_bounds *bounds, uint8_t offset, uint32_t base)
{
    const uintptr_t at = *(const LAPEL_ROM uintptr_t *)(bounds->params + offset) - (uintptr_t)base;

    return at == (uint32_t)at ? (uint32_t)at : UINT32_MAX;
}

/* 1 if an operation that takes `count` finds what it says: of operands, tables and scratch. */
static uint8_t lapel_found(const lapel_bounds *bounds, const LAPEL_ROM uint8_t *fact, int32_t count)
{
    const LAPEL_ROM lapel_blob_header *const h = bounds->h;
    const uint8_t given = fact[1], size = fact[2];
    uint32_t at, all = h->arena_bytes;

    switch (fact[0]) {
    case LAPEL_FACT_APART:
        at = bounds->operands[given] - bounds->operands[size];
        return (uint8_t)(at == 0 || (at >= (uint32_t)count && 0u - at >= (uint32_t)count));
    case LAPEL_FACT_OPERAND:
        at = bounds->operands[given];
        if (at == LAPEL_STREAMED) {
            all = ((const LAPEL_ROM lapel_blob_port *)((const LAPEL_ROM uint8_t *)h + h->ports))->bytes;
            at = 0;
            break;
        }
        all = (at & LAPEL_IN_BLOB) != 0 ? h->bytes : all;
        at &= ~LAPEL_IN_BLOB;
        break;
    case LAPEL_FACT_TABLE:
        at = lapel_pointed(bounds, given, h->slot);
        all = h->bytes;
        break;
    default:
        if (count == 0) {
            return 1;
        }
        if (LAPEL_LINKED_ALONE && h->arena == 0) {
            return 0; /* nobody would make an address of the offset */
        }
        at = lapel_pointed(bounds, given, h->arena);
        break;
    }
    return lapel_has(at, all, count, size);
}

static const LAPEL_ROM uint8_t *lapel_elements(const lapel_bounds *bounds, uint8_t offset)
{
    return (const LAPEL_ROM uint8_t *)bounds->h + lapel_pointed(bounds, offset, bounds->h->slot);
}

/* 1 if the first table has the counts of codes of 1, 2, .. bits, such that all bits are codes, and the second one as
 * many bytes as there are codes. */
static uint8_t lapel_is_book(const lapel_bounds *bounds, const LAPEL_ROM uint8_t *tables)
{
    const LAPEL_ROM lapel_blob_header *const h = bounds->h;
    uint32_t at = lapel_pointed(bounds, tables[0], h->slot), codes = 0, left = 1;

    /* Below 0 once, it never gets back to 0. */
    for (uint8_t bits = LAPEL_FACTS_LONGEST; bits > 0 && left != 0 && at < h->bytes; bits--) {
        const uint8_t count = ((const LAPEL_ROM uint8_t *)h)[at++];

        left = 2 * left - count;
        codes += count;
    }
    return (uint8_t)(left == 0 && lapel_has(lapel_pointed(bounds, tables[1], h->slot), h->bytes, (int32_t)codes, 1));
}

/* 1 if each of limits[0] elements, `step` bytes one from the next, is limits[1] or limits[2] or between. */
static uint8_t lapel_between(const LAPEL_ROM uint8_t *element, uint8_t type, uint8_t step, const int32_t *limits)
{
    for (int32_t left = limits[0]; left > 0; left--) {
        const int32_t value = lapel_number(element, type);

        if (value < limits[1] || value > limits[2]) {
            return 0;
        }
        element += step;
    }
    return 1;
}

/* 1 if all facts are so. They end, and name what is there: they are the firmware's own. */
static uint8_t lapel_proven(const LAPEL_ROM uint8_t *fact, const lapel_bounds *bounds)
{
    int32_t stack[2 + LAPEL_FACTS_DEPTH] = {0}, *top = stack + 1;

    for (;;) {
        const uint8_t operation = *fact++;

        switch (operation) {
        case LAPEL_FACT_PROVEN:
            return 1;
        case LAPEL_FACT_BYTE:
            *++top = (int8_t)*fact++;
            continue;
        case LAPEL_FACT_WORD:
            *++top = (int32_t)(fact[0] | (uint32_t)fact[1] << 8 | (uint32_t)fact[2] << 16 | (uint32_t)fact[3] << 24);
            fact += 4;
            continue;
        case LAPEL_FACT_BITS:
            *++top = lapel_number(bounds->params + *fact++, LAPEL_FACT_INT32);
            continue;
        case LAPEL_FACT_COPY:
            top[1] = *top;
            top++;
            continue;
        case LAPEL_FACT_NOT:
            *top = *top == 0;
            continue;
        case LAPEL_FACT_OR:
        case LAPEL_FACT_AND:
            if ((*top != 0) == (operation == LAPEL_FACT_OR)) {
                fact += *fact;
            } else {
                top--;
            }
            fact++;
            continue;
        case LAPEL_FACT_IF:
            fact += 1 + (*top == 0 ? *fact : 0);
            top--;
            continue;
        case LAPEL_FACT_SKIP:
            fact += 1 + *fact;
            continue;
        case LAPEL_FACT_TRUE:
            if (*top == 0) {
                return 0;
            }
            top--;
            continue;
        case LAPEL_FACT_LEAST:
            if (*top < (int8_t)*fact++) {
                return 0;
            }
            top--;
            continue;
        case LAPEL_FACT_WITHIN:
            if (*top < (int8_t)fact[0] || *top > (int8_t)fact[1]) {
                return 0;
            }
            fact += 2;
            top--;
            continue;
        case LAPEL_FACT_OPERAND:
        case LAPEL_FACT_APART:
        case LAPEL_FACT_TABLE:
        case LAPEL_FACT_SCRATCH:
            if (!lapel_found(bounds, fact - 1, *top)) {
                return 0;
            }
            fact += 2;
            top--;
            continue;
        case LAPEL_FACT_ELEMENT:
            *++top = lapel_number(lapel_elements(bounds, fact[0]) + ((uint16_t)fact[2] << (fact[1] >> 1)), fact[1]);
            fact += 3;
            continue;
        case LAPEL_FACT_EACH:
            top -= 3;
            if (!lapel_between(lapel_elements(bounds, fact[0]) + fact[2], fact[1], fact[3], top + 1)) {
                return 0;
            }
            fact += 4;
            continue;
        case LAPEL_FACT_BOOK:
            if (!lapel_is_book(bounds, fact)) {
                return 0;
            }
            fact += 2;
            continue;
        case LAPEL_FACT_PLACE:
            *++top = (int32_t)lapel_pointed(bounds, *fact++, bounds->h->arena);
            break;
        case LAPEL_FACT_START:
            *++top = (int32_t)bounds->operands[*fact++];
            break;
        case LAPEL_FACT_ADD:
        case LAPEL_FACT_SUB:
        case LAPEL_FACT_TIMES:
        case LAPEL_FACT_OVER:
        case LAPEL_FACT_LE:
        case LAPEL_FACT_LT:
        case LAPEL_FACT_EQ:
            top--;
            *top = lapel_reckoned(operation, *top, top[1]);
            break;
        default:
            *++top = lapel_number(bounds->params + *fact++, operation);
            break;
        }
        if (*top > LAPEL_MOST || *top < -LAPEL_MOST) {
            return 0; /* beyond what is reckoned with: nothing is proven */
        }
    }
}

#endif
