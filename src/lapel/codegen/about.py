"""What a firmware says of itself: macros, and one record in flash for who wants it, which tools find in an image."""

from __future__ import annotations

from lapel.codegen.names import comment, string_literal
from lapel.planning import Plan
from lapel.records import Recipe
from lapel.version import VERSION

MAGIC = "lapel 1"
"""The record's first bytes, with a zero behind them: what it is, and in which form."""

_TYPE = f"""#ifndef LAPEL_ABOUT
#define LAPEL_ABOUT
typedef struct {{
    char magic[8]; /* "{MAGIC}" */
    uint8_t sha256[32]; /* of the model */
    uint16_t version[3]; /* of lapel */
    uint16_t reserved; /* 0 */
    uint32_t macs;
    uint32_t arena_bytes;
    uint32_t flash_bytes; /* measured, as what follows; 0: was not */
    uint32_t ram_bytes;
    uint32_t stack_bytes;
    uint32_t instructions;
    uint32_t cycles;
}} lapel_about;
#endif
"""


def declaration(plan: Plan, prefix: str, recipe: Recipe | None) -> str:
    """In the header: macros, and the record's type; "" where nobody says what the model was made of."""
    if recipe is None:
        return ""
    upper = prefix.upper()
    flags = [f"#define {upper}_COMPILE_OPTIONS {string_literal(comment(recipe.flags))}"] if recipe.flags else []
    lines = [
        "/* What this was made of, and by which version of lapel. */",
        f"#define {upper}_LAPEL_VERSION {string_literal(VERSION)}",
        f"#define {upper}_MODEL_SHA256 {string_literal(recipe.sha256)}",
        f"#define {upper}_MACS {plan.macs}",
        *flags,
    ]
    space = "#ifdef __AVR__\n__attribute__((progmem))\n#endif\n" if plan.target.rom == "separate" else ""
    return (
        "\n".join(lines)
        + f"\n\n/* The same and the figures as one record in flash, for tools that read an image: it is"
        f" there if {prefix}.c is\n * compiled with -D{upper}_ABOUT. */\n{_TYPE}"
        f"{space}extern const lapel_about {prefix}_about;\n"
    )


def definition(plan: Plan, prefix: str, recipe: Recipe | None) -> str:
    """In the source: the record, for who asks for it."""
    if recipe is None:
        return ""
    upper = prefix.upper()
    octets = [f"0x{recipe.sha256[k : k + 2]}" for k in range(0, len(recipe.sha256), 2)]
    digest = ",\n        ".join(", ".join(octets[k : k + 16]) for k in range(0, len(octets), 16))
    version = ", ".join([*(part for part in VERSION.split(".") if part.isdigit()), "0", "0", "0"][:3])
    measured = [
        (f"{upper}_FLASH_CODE_BYTES", f"{upper}_FLASH_CODE_BYTES + {upper}_FLASH_DATA_BYTES"),
        (f"{upper}_STACK_BYTES", f"{upper}_ARENA_BYTES + {upper}_STATIC_RAM_BYTES + {upper}_STACK_BYTES"),
        (f"{upper}_STACK_BYTES", f"{upper}_STACK_BYTES"),
        (f"{upper}_INSTRUCTIONS", f"{upper}_INSTRUCTIONS"),
        (f"{upper}_CYCLES", f"{upper}_CYCLES"),
    ]
    values = "".join(f"#ifdef {macro}\n    {value},\n#else\n    0,\n#endif\n" for macro, value in measured)
    return (
        f"#ifdef {upper}_ABOUT\n#ifdef __GNUC__\n__attribute__((used))\n#endif\n"
        f"const lapel_about {prefix}_about = {{\n"
        f'    "{MAGIC}",\n    {{\n        {digest},\n    }},\n    {{{version}}},\n    0,\n'
        f"    {upper}_MACS,\n    {upper}_ARENA_BYTES,\n{values}}};\n#endif\n\n"
    )
