"""The update's C in a firmware: state machine, decoder of deltas and self-test as one source and one header."""

from __future__ import annotations

from lapel.codegen.interpreted import INTERPRETER
from lapel.runtime.source import read, without_guard

UPDATE = "lapel_update"
"""The stem of its files."""
_HEADERS = ("crc.h", "selftest.h", "delta.h", "update.h")
_SOURCES = ("crc.c", "selftest.c", "delta.c", "update.c")

_SMALL = """/* Flash is slower than all of this: small, not fast. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("Os")
#endif
"""


def update_files() -> dict[str, str]:
    """What a product compiles beside the interpreter (`interpreted.interpreter_files`), by file name."""
    return {f"{UPDATE}.h": _header(), f"{UPDATE}.c": _source()}


def _header() -> str:
    guard = f"{UPDATE.upper()}_H"
    parts = [_without_includes(read(name)) for name in _HEADERS]
    return (
        f"#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n\n"
        f'#include "{INTERPRETER}.h"\n\n' + "\n".join(parts) + "\n#endif\n"
    )


def _source() -> str:
    parts = [_without_includes(read(name)) for name in _SOURCES]
    memory = without_guard(read("memory.h"))
    return f'#include "{UPDATE}.h"\n\n#include <stddef.h>\n\n{_SMALL}\n{memory}\n' + "\n".join(parts)


def _without_includes(text: str) -> str:
    """A file as a part of another: what it includes is there already."""
    bare = without_guard(text) if text.rstrip().endswith("#endif") else text
    return "\n".join(line for line in bare.splitlines() if not line.startswith("#include")).strip("\n") + "\n"
