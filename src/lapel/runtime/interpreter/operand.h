/* Where an operand of a step is. Inlined: a short step has nothing that would hide a call. */
#ifndef LAPEL_OPERAND_H
#define LAPEL_OPERAND_H

#ifdef __GNUC__
#define LAPEL_RARE(condition) __builtin_expect((condition), 0)
#else
#define LAPEL_RARE(condition) (condition)
#endif

static inline void *lapel_operand(const lapel_model *model, uint32_t place)
{
    if (LAPEL_RARE(place >= LAPEL_STREAMED)) {
#if !LAPEL_LINKED_ALONE
        if ((place & LAPEL_IN_BLOB) != 0) {
            return (void *)((uintptr_t)model->blob + (place & ~LAPEL_IN_BLOB));
        }
#endif
        return (void *)(uintptr_t)model->stream;
    }
    return model->arena + place;
}

#endif
