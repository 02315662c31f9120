"""The arena in C: declared with its alignment, and defined in the source, or by the caller and looked at."""

from __future__ import annotations

from lapel.planning import Plan


def declaration(plan: Plan, prefix: str, invoke: str = "") -> str:
    """In the header: size, alignment, and the array, which a definition that sees this inherits the alignment from.

    invoke: what looks at the address, if it is not `<prefix>_invoke`.
    """
    upper, align = prefix.upper(), plan.target.arena_align
    looking = invoke or f"{prefix}_invoke"
    stops = (
        f" * Before anything else {looking} looks at its address, and if that is not aligned calls\n"
        f" * {upper}_MISALIGNED(), a macro, by default a trap.\n"
    )
    return (
        f"/* Every tensor lives here. To have it in another section, compile {prefix}.c with, say,\n"
        f" * -D'{upper}_ARENA_SECTION=\".bss.fast\"' (GCC, Clang). To define the array yourself, compile it with\n"
        f" * -D{upper}_CALLER_ARENA, and write in a file that includes this one:\n"
        f" *     {upper}_ALIGNED uint8_t {prefix}_arena[{upper}_ARENA_BYTES];\n"
        f"{stops if align > 1 else ''} */\n"
        f"#define {upper}_ARENA_BYTES {max(plan.arena_bytes, 1)}\n"
        f"#define {upper}_ARENA_ALIGN {align}\n"
        f"{aligned(upper)}"
        f"{upper}_ALIGNED extern uint8_t {prefix}_arena[{upper}_ARENA_BYTES];\n"
    )


def within(prefix: str, program: str) -> str:
    """In the header of a model of a program: the program's arena under the names that a model's arena has."""
    upper, whole = prefix.upper(), program.upper()
    return (
        "/* The arena is that of all models of the program: between two calls of this one another one may use it. */\n"
        f"#define {prefix}_arena {program}_arena\n"
        f"#define {upper}_ARENA_BYTES {whole}_ARENA_BYTES\n"
        f"#define {upper}_ARENA_ALIGN {whole}_ARENA_ALIGN\n"
    )


def definition(plan: Plan, prefix: str) -> str:
    """In the source: the array, or what is called if the caller's is not aligned."""
    upper = prefix.upper()
    placed = f"#ifdef {upper}_ARENA_SECTION\n__attribute__((section({upper}_ARENA_SECTION)))\n#endif\n"
    own = f"#ifndef {upper}_CALLER_ARENA\n{placed}{upper}_ALIGNED uint8_t {prefix}_arena[{upper}_ARENA_BYTES];\n"
    if plan.target.arena_align == 1:
        return f"{own}#endif\n"
    return (
        f"{own}#elif !defined({upper}_MISALIGNED)\n"
        "#ifdef __GNUC__\n"
        f"#define {upper}_MISALIGNED() __builtin_trap()\n"
        "#else\n"
        f"#define {upper}_MISALIGNED() for (;;) {{}}\n"
        "#endif\n#endif\n"
    )


def check(plan: Plan, prefix: str) -> str:
    """First in invoke: the address of a caller's arena. Wide loads would fault otherwise, on some cores and paths."""
    upper = prefix.upper()
    if plan.target.arena_align == 1:
        return ""
    return (
        f"#ifdef {upper}_CALLER_ARENA\n"
        f"    uint8_t *volatile arena = {prefix}_arena; /* volatile: its declaration promises what is asked here */\n\n"
        f"    if ((uintptr_t)arena % {upper}_ARENA_ALIGN != 0) {{\n"
        f"        {upper}_MISALIGNED();\n"
        "        return;\n    }\n#endif\n"
    )


def aligned(upper: str) -> str:
    """`<PREFIX>_ALIGNED`, in the words of the compiler: GCC, Clang, Arm's, IAR's, and whatever knows C11 or C++11."""
    align = f"{upper}_ARENA_ALIGN"
    return (
        f"#ifndef {upper}_ALIGNED\n"
        "#if defined(__GNUC__) || defined(__CC_ARM)\n"
        f"#define {upper}_ALIGNED __attribute__((aligned({align})))\n"
        "#elif defined(__cplusplus)\n"
        f"#define {upper}_ALIGNED alignas({align})\n"
        "#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L\n"
        f"#define {upper}_ALIGNED _Alignas({align})\n"
        "#else\n"
        f'#error "define {upper}_ALIGNED: what this compiler wants before a variable with the alignment of the arena"\n'
        "#endif\n#endif\n"
    )
