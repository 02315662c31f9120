"""The arena in C: declared with its alignment, and defined in the source, or by the caller and looked at.

It is one array, or one for each of a board's memories that it is divided over: `<prefix>_<memory>_arena`.
"""

from __future__ import annotations

from lapel.planning import Plan
from lapel.records import ArenaPart
from lapel.records.plan import part_of

Arrays = tuple[tuple[str, str], ...]
"""Names of the arena's arrays, and the macros of their bytes."""


def array(plan: Plan, prefix: str, part: ArenaPart | None = None) -> str:
    """Name of the array, or of that of one part; in capitals the start of its macros' names."""
    return f"{prefix}_arena" if part is None or len(plan.parts) == 1 else f"{prefix}_{part.memory}_arena"


def arrays(plan: Plan, prefix: str) -> list[tuple[str, str, ArenaPart | None]]:
    """Every array: its name, the macro of its bytes, and the part of the arena in it."""
    parts: tuple[ArenaPart | None, ...] = plan.parts or (None,)
    names = [(array(plan, prefix, part), part) for part in parts]
    return [(name, f"{name.upper()}_BYTES", part) for name, part in names]


def place(plan: Plan, prefix: str, offset: int) -> str:
    """The C expression of an address in the arena."""
    part = part_of(plan.parts, offset)
    return f"{array(plan, prefix, part)} + {offset - (part.offset if part else 0)}"


def local(plan: Plan, offset: int) -> tuple[str, int]:
    """The memory of an address in the arena, "" where that is one array, and the address there."""
    part = part_of(plan.parts, offset)
    return ("", offset) if part is None or len(plan.parts) == 1 else (part.memory, offset - part.offset)


def arrays_of(prefix: str) -> Arrays:
    """Of an arena that is one array."""
    return ((f"{prefix}_arena", f"{prefix.upper()}_ARENA_BYTES"),)


def adapter_text(arrays: Arrays) -> str:
    """For the adapter: the functions that tell the harness where the arena is."""
    (name, size), rest = arrays[0], arrays[1:]
    text = (
        f"uint8_t *adapter_arena(void)\n{{\n    return {name};\n}}\n\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {size};\n}}\n"
    )
    if not rest:
        return text
    cases = "".join(
        f"    case {k}:\n        *bytes = {size};\n        return {name};\n" for k, (name, size) in enumerate(rest)
    )
    return (
        f"{text}\nuint8_t *adapter_further_arena(uint8_t k, uint32_t *bytes)\n{{\n    switch (k) {{\n"
        f"{cases}    default:\n        return 0;\n    }}\n}}\n"
    )


def declaration(plan: Plan, prefix: str, invoke: str = "") -> str:
    """In the header: size, alignment, and the array, which a definition that sees this inherits the alignment from.

    invoke: what looks at the address, if it is not `<prefix>_invoke`.
    """
    upper, align = prefix.upper(), plan.target.arena_align
    looking = invoke or f"{prefix}_invoke"
    if len(plan.parts) > 1:
        return _declarations(plan, prefix, looking)
    stops = (
        f" * Before anything else {looking} looks at its address, and if that is not aligned calls\n"
        f" * {upper}_MISALIGNED(), a macro, by default a trap.\n"
    )
    where = "".join(f" * Planned for {_memory(part)}.\n" for part in plan.parts)
    default = f" In GCC and Clang it is in {plan.parts[0].section}." if plan.parts else ""
    return (
        f"/* Every tensor lives here.{default} To have it in another section, compile {prefix}.c with, say,\n"
        f" * -D'{upper}_ARENA_SECTION=\".bss.fast\"' (GCC, Clang). To define the array yourself, compile it with\n"
        f" * -D{upper}_CALLER_ARENA, and write in a file that includes this one:\n"
        f" *     {upper}_ALIGNED uint8_t {prefix}_arena[{upper}_ARENA_BYTES];\n"
        f"{where}{stops if align > 1 else ''} */\n"
        f"#define {upper}_ARENA_BYTES {max(plan.arena_bytes, 1)}\n"
        f"#define {upper}_ARENA_ALIGN {align}\n"
        f"{aligned(upper)}"
        f"{upper}_ALIGNED extern uint8_t {prefix}_arena[{upper}_ARENA_BYTES];\n"
    )


def _declarations(plan: Plan, prefix: str, looking: str) -> str:
    """The same of an arena in several memories."""
    upper = prefix.upper()
    first, _, _ = arrays(plan, prefix)[0]
    lines = [
        f"/* The tensors live in {len(plan.parts)} arrays for memories of {plan.target.name}: in GCC and Clang each is",
        f" * in a section that the linker script has to put there. Others are named by compiling {prefix}.c with,",
        f" * say, -D'{first.upper()}_SECTION=\".bss.fast\"'. To define the arrays",
        f" * yourself, compile it with -D{upper}_CALLER_ARENA, and write in a file that includes this one:",
        *(f" *     {upper}_ALIGNED uint8_t {name}[{size}];" for name, size, _ in arrays(plan, prefix)),
        f" * Before anything else {looking} looks at their addresses, and if one is not aligned calls",
        f" * {upper}_MISALIGNED(), a macro, by default a trap. */",
        f"#define {upper}_ARENA_BYTES {plan.arena_bytes} /* of all of them */",
        f"#define {upper}_ARENA_ALIGN {plan.target.arena_align}",
        aligned(upper).rstrip(),
    ]
    for name, size, part in arrays(plan, prefix):
        assert part is not None, "one array has no part"
        lines += [
            f"/* For {_memory(part)}, section {part.section}. */",
            f"#define {size} {part.bytes}",
            f"{upper}_ALIGNED extern uint8_t {name}[{size}];",
        ]
    return "\n".join(lines) + "\n"


def _memory(part: ArenaPart) -> str:
    """A memory of the board in words."""
    at = "" if part.address is None else f" at {part.address:#010x}"
    return f"{part.memory}{at}, {part.room_bytes} bytes"


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
    own = f"#ifndef {upper}_CALLER_ARENA\n" + "".join(
        f"{_placed(name.upper(), part)}{upper}_ALIGNED uint8_t {name}[{size}];\n"
        for name, size, part in arrays(plan, prefix)
    )
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


def _placed(upper: str, part: ArenaPart | None) -> str:
    """What stands before an array: its section, of a board's memory that which the board's file names."""
    default = (
        ""
        if part is None
        else f'#if defined(__GNUC__) && !defined({upper}_SECTION)\n#define {upper}_SECTION "{part.section}"\n#endif\n'
    )
    return f"{default}#ifdef {upper}_SECTION\n__attribute__((section({upper}_SECTION)))\n#endif\n"


def check(plan: Plan, prefix: str) -> str:
    """First in invoke: the address of a caller's arena. Wide loads would fault otherwise, on some cores and paths."""
    upper = prefix.upper()
    if plan.target.arena_align == 1:
        return ""
    if len(plan.parts) > 1:
        return _checks(plan, prefix)
    return (
        f"#ifdef {upper}_CALLER_ARENA\n"
        f"    uint8_t *volatile arena = {prefix}_arena; /* volatile: its declaration promises what is asked here */\n\n"
        f"    if ((uintptr_t)arena % {upper}_ARENA_ALIGN != 0) {{\n"
        f"        {upper}_MISALIGNED();\n"
        "        return;\n    }\n#endif\n"
    )


def _checks(plan: Plan, prefix: str) -> str:
    """The same of several arrays."""
    upper, names = prefix.upper(), [name for name, _, _ in arrays(plan, prefix)]
    return (
        f"#ifdef {upper}_CALLER_ARENA\n"
        "    /* volatile: their declarations promise what is asked here */\n"
        f"    uint8_t *volatile arenas[] = {{{', '.join(names)}}};\n\n"
        f"    for (uint8_t k = 0; k < {len(names)}; k++) {{\n"
        f"        if ((uintptr_t)arenas[k] % {upper}_ARENA_ALIGN != 0) {{\n"
        f"            {upper}_MISALIGNED();\n"
        "            return;\n        }\n    }\n#endif\n"
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
