"""The C runtime as text: the files of a kernel, the fields of its params struct, and what its headers define."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lapel.errors import InvalidGraph

FOLDER = Path(__file__).parent
BESIDE_KERNELS = frozenset({"interpreter", "update"})
"""Folders of what is no kernel: it runs models that are data, and updates them."""
PUBLIC = frozenset({"stream.h"})
"""Files that are in the model's header, with their guards, where the model has a use for them."""
_INCLUDE = re.compile(r'^#include "([a-z0-9_.]+)"\n', re.M)
_GUARD = re.compile(r"^#ifndef (LAPEL_\w+_H)\n#define \1\n\n?(.*)\n#endif\n\Z", re.S | re.M)
_DECLARATION = re.compile(r"^LAPEL_KERNEL lapel_\w+_fn lapel_(\w+);\n?", re.M)
MEMBER = re.compile(
    r"^\s*(?P<const>const )?(?P<rom>LAPEL_ROM )?(?P<type>\w+) (?P<ptr>\*)?(?P<name>\w+)(?:\[(?P<n>\w+)\])?;"
)
"""A member of a params struct, as it stands in a line."""

INTEGER_RANGES = {
    "int8_t": (-(2**7), 2**7 - 1),
    "uint8_t": (0, 2**8 - 1),
    "int16_t": (-(2**15), 2**15 - 1),
    "uint16_t": (0, 2**16 - 1),
    "int32_t": (-(2**31), 2**31 - 1),
    "uint32_t": (0, 2**32 - 1),
    "int64_t": (-(2**63), 2**63 - 1),
    "uint64_t": (0, 2**64 - 1),
}


@dataclass(frozen=True)
class Field:
    """One member of a params struct: C type, whether it is a pointer, and its length if it is an array.

    rom: a pointer into ROM. const: what a pointer points to is not written. within: the members, structs themselves,
    that it is in, the outer one first.
    """

    name: str
    ctype: str
    pointer: bool
    rom: bool
    const: bool
    length: int | None
    within: tuple[str, ...] = ()


@cache
def files() -> Mapping[str, Path]:
    """Every C file of the runtime by its name, which no two folders have both."""
    found: dict[str, Path] = {}
    for path in sorted(FOLDER.glob("*/*.[ch]")):
        if path.name in found:
            both = " and ".join(str(p.relative_to(FOLDER)) for p in (found[path.name], path))
            raise InvalidGraph(f"runtime/{both} have one name: rename one of them")
        found[path.name] = path
    return found


def kernels() -> tuple[str, ...]:
    """Every kernel, by its stem: the portable ones, and variants, whose stems have a `_`."""
    return tuple(sorted(p.stem for p in files().values() if p.suffix == ".c" and p.parent.name not in BESIDE_KERNELS))


def include_flags() -> tuple[str, ...]:
    """What a compiler needs to find the runtime's headers."""
    return tuple(f"-I{folder}" for folder in sorted({path.parent for path in files().values()}))


@cache
def read(name: str) -> str:
    """Text of a file of the runtime."""
    path = files().get(name)
    if path is None:
        raise InvalidGraph(f"no folder of runtime/ has a file {name}, but an operator calls that kernel")
    return path.read_text(encoding="utf-8")


@cache
def define(name: str) -> int:
    """The whole number that the runtime defines as the macro `name`: for what packing and kernel must agree on."""
    found = [m[1] for text in map(read, files()) for m in re.finditer(rf"^#define {name} (\d+)\b", text, re.M)]
    if len(found) != 1:
        raise InvalidGraph(f"{len(found)} lines of runtime/ define {name} as a number, expected one")
    return int(found[0])


@cache
def parameters(kernel: str) -> tuple[str, ...]:
    """The parameters of a kernel's function as its header declares them, `int8_t *y`, the params last."""
    found = re.search(rf"^typedef void lapel_{kernel}_fn\(([^)]*)\);", read(f"{kernel}.h"), re.M)
    if found is None:
        raise InvalidGraph(f"{kernel}.h of the runtime declares no type lapel_{kernel}_fn")
    return tuple(" ".join(part.split()) for part in found[1].split(","))


@cache
def field_comments(kernel: str) -> dict[str, str]:
    """What the runtime's headers say of the tables in `lapel_<kernel>_params`: how they lie, in words."""
    bodies = "".join(_bodies(kernel, _params_body(kernel)))
    found = re.finditer(r"\*(\w+);[ \t]*(?:/\*(.*?)\*/)?", bodies, re.S)
    return {m[1]: _in_one_line(m[2] or "") for m in found}


@cache
def member_comments(kernel: str) -> dict[str, str]:
    """The comments of the members of `lapel_<kernel>_params` that have one, each in one line."""
    bodies = "".join(_bodies(kernel, _params_body(kernel)))
    found = re.finditer(r"^[^\n*/]*?\*?(\w+)(?:\[\w+\])?;[ \t]*/\*(.*?)\*/", bodies, re.S | re.M)
    return {m[1]: _in_one_line(m[2]) for m in found}


def _in_one_line(comment: str) -> str:
    return " ".join(re.sub(r"\n\s*\*", "\n", comment).split())


@cache
def operands_comment(kernel: str) -> str:
    """The comment before the type of the kernel, in one line: the shapes of its operands."""
    return _comment_before(kernel, rf"typedef void lapel_{kernel}_fn\(")


@cache
def params_comment(kernel: str) -> str:
    """The comment before params that are another kernel's, in one line: what they must keep beside that."""
    return _comment_before(kernel, rf"typedef lapel_\w+_params lapel_{kernel}_params;")


def _comment_before(kernel: str, line: str) -> str:
    found = re.search(rf"/\*((?:(?!\*/).)*)\*/\n{line}", read(f"{kernel}.h"), re.S)
    return _in_one_line(found[1]) if found else ""


@cache
def params_fields(kernel: str) -> dict[str, Field]:
    """Fields of `lapel_<kernel>_params`, in order, parsed from runtime/<kernel>.h.

    A member that is a struct, of a header that is included, stands for its own members.
    """
    found = list(_fields(kernel, _params_body(kernel), ()))
    fields = {f.name: f for f in found}
    if len(fields) < len(found):
        twice = next(f.name for f in found if fields[f.name] is not f)
        raise InvalidGraph(f"lapel_{kernel}_params has two members {twice}, in structs that are members: rename one")
    return fields


def _fields(kernel: str, body: str, within: tuple[str, ...]) -> Iterator[Field]:
    for m in filter(None, map(MEMBER.match, body.splitlines())):
        inner = _inner_body(kernel, m)
        if inner is not None:
            yield from _fields(kernel, inner, (*within, m["name"]))
            continue
        length = _length(m["n"]) if m["n"] else None
        yield Field(m["name"], m["type"], bool(m["ptr"]), bool(m["rom"]), bool(m["const"]), length, within)


def _bodies(kernel: str, body: str) -> Iterator[str]:
    """The members of a struct, and those of the structs among them."""
    yield body
    for inner in (_inner_body(kernel, m) for m in map(MEMBER.match, body.splitlines()) if m):
        yield from () if inner is None else _bodies(kernel, inner)


def _inner_body(kernel: str, member: re.Match[str]) -> str | None:
    """The members of a member that is a struct; None of any other."""
    return None if member["ptr"] or not member["type"].startswith("lapel_") else _struct_body(kernel, member["type"])


def _params_body(kernel: str) -> str:
    same = re.search(rf"^typedef lapel_(\w+)_params lapel_{kernel}_params;", read(f"{kernel}.h"), re.M)
    if same:
        return _params_body(same[1])
    found = _struct_body(kernel, f"lapel_{kernel}_params")
    if found is None:
        raise InvalidGraph(f"{kernel}.h of the runtime declares no struct lapel_{kernel}_params")
    return found


def _struct_body(kernel: str, name: str) -> str | None:
    """The members of a struct that the kernel's header, or one that it includes, defines; None if none does."""
    pattern = re.compile(rf"typedef struct {{([^}}]*)}} {name};")
    return next((found[1] for file in closure([f"{kernel}.h"]) if (found := pattern.search(read(file)))), None)


def _length(text: str) -> int:
    return int(text) if text.isdigit() else define(text)


def amalgamate(kernels: Iterable[str]) -> str:
    """`lapel.h`, the kernels and everything that they include, each file once, includes and guards resolved.

    A header that is there for its params struct declares a kernel that nobody defines: that declaration is left out.
    """
    kernels = list(kernels)

    def declared(found: re.Match[str]) -> str:
        return found[0] if found[1] in kernels else ""

    parts = []
    for name in closure(["lapel.h", *(f"{k}.c" for k in kernels)]):
        if name not in PUBLIC:
            text = _DECLARATION.sub(declared, without_guard(read(name)))
            parts.append(f"/* ---- {name} ---- */\n{text}\n")
    return "\n".join(parts)


def without_guard(text: str) -> str:
    """A file's text without its includes of the runtime and its include guard."""
    text = _INCLUDE.sub("", text)
    guarded = _GUARD.search(text)
    body = (guarded[2] if guarded else text).strip("\n")
    lead = text[: guarded.start()].strip("\n") if guarded else ""
    return (f"{lead}\n\n" if lead else "") + body


def closure(names: Iterable[str]) -> list[str]:
    """Files in include order: each after those that it includes."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in done:
            return
        for other in _INCLUDE.findall(read(name)):
            visit(other)
        done[name] = None

    for name in names:
        visit(name)
    return list(done)
