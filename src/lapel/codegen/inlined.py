"""Kernels as text that is compiled into one step: a second copy of the functions that stay out of line otherwise.

A kernel keeps its inner loops out of line (`LAPEL_NOINLINE`), because it is written for all params. In a step whose
params are constants known to the compiler they may go inline, and most of what they decide is decided then.

    LAPEL_NOINLINE void lapel_add_row(…) {…}       LAPEL_INLINE void lapel_add_row_inlined(…) {…}
    void lapel_add(…) {… lapel_add_row(…) …}  -->  LAPEL_INLINE void lapel_add_inlined(…) {… lapel_add_row_inlined(…) …}

Functions in assembly language (`naked`) have no other form, those of lapel.h are for rare cases, and those that are
`LAPEL_SHARED` gain too little for what they take: they stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from lapel.runtime.source import closure, read, without_guard

SUFFIX = "_inlined"
STEP = "LAPEL_STEP"
STEP_MACRO = f"""/* A step of its own code: its kernel is compiled into it, for its params alone. What else is in
 * the program has no say in what becomes of it: it costs everywhere what it was measured to cost. */
#if defined(__clang__)
#define {STEP}_ATTRIBUTES __attribute__((noinline, flatten))
#elif __GNUC__ >= 8
#define {STEP}_ATTRIBUTES __attribute__((noipa, flatten))
#else
#define {STEP}_ATTRIBUTES __attribute__((noinline, noclone, flatten))
#endif
#ifndef {STEP}
#define {STEP} static {STEP}_ATTRIBUTES
#endif

/* With params known, GCC sees paths that these params never take, and warns of what would happen there. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Waggressive-loop-optimizations"
#endif
"""

_NAME = re.compile(r"\blapel_\w+")
_STORAGE = re.compile(r"^(?:LAPEL_NOINLINE|LAPEL_INLINE|LAPEL_FORCE_INLINE|static inline|static)\s+")
_EMPTY = re.compile(r"^#if[^\n]*\n\n*(?:#el[^\n]*\n\n*)*#endif[^\n]*\n\n*", re.M)


@dataclass(frozen=True)
class _Piece:
    """A function's definition, or (name "") a conditional line of the preprocessor."""

    name: str
    text: str

    @property
    def calls(self) -> frozenset[str]:
        return frozenset(_NAME.findall(self.text)) - {self.name}


def inlined_name(kernel: str) -> str:
    """The function that a step of `kernel` with its own code calls."""
    return f"lapel_{kernel}{SUFFIX}"


def inlined_text(kernels: Iterable[str]) -> str:
    """The copies that steps of these kernels need, file by file."""
    chosen = list(dict.fromkeys(kernels))
    copied = frozenset[str]().union(*(_copied(k) for k in chosen))
    parts = []
    for file in closure(f"{k}.c" for k in chosen):
        pieces = [_copy(p, copied) if p.name else p.text for p in _pieces(file) if not p.name or p.name in copied]
        text = "\n".join(pieces)
        while (shorter := _EMPTY.sub("", text)) != text:
            text = shorter
        if text.strip():
            parts.append(f"/* ---- {file}, to be compiled into single steps ---- */\n\n{text.strip()}\n")
    return "\n".join(parts)


def _copy(piece: _Piece, copied: frozenset[str]) -> str:
    text = _NAME.sub(lambda m: m[0] + SUFFIX if m[0] in copied else m[0], piece.text)
    return "LAPEL_INLINE " + _STORAGE.sub("", text) + "\n"


@cache
def _copied(kernel: str) -> frozenset[str]:
    """The kernel's name, and those of what it calls that is out of line or calls what is."""
    pieces = [p for file in closure([f"{kernel}.c"]) if file != "lapel.h" for p in _pieces(file) if p.name]
    reached, todo = set[str](), [f"lapel_{kernel}"]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += [c for p in pieces if p.name == name for c in p.calls]
    shared = {p.name for p in pieces if p.text.startswith(("LAPEL_SHARED", "LAPEL_MVE_ASM"))}
    shared |= {p.name for p in pieces if "NAKED" in p.text.split("(")[0] or "naked" in p.text.split("{")[0]}
    found = {p.name for p in pieces if p.name in reached and p.text.startswith("LAPEL_NOINLINE")} - shared
    found.add(f"lapel_{kernel}")
    while True:
        more = {p.name for p in pieces if p.name in reached - shared and p.calls & found} - found
        if not more:
            return frozenset(found)
        found |= more


@cache
def _pieces(file: str) -> tuple[_Piece, ...]:
    return tuple(_split(without_guard(read(file)).splitlines()))


def _split(lines: list[str]) -> Iterator[_Piece]:
    """Functions and conditional lines in order; types, macros, declarations and comments are left out."""
    at = 0
    while at < len(lines):
        first = at
        line = lines[at]
        at += 1
        if line.startswith("#"):
            while lines[at - 1].endswith("\\"):
                at += 1
            if re.match(r"#\s*(?:if|el|endif)", line):
                yield _Piece("", line)
        elif line.startswith("/*"):
            while "*/" not in lines[at - 1]:
                at += 1
        elif line.startswith("typedef") and line.endswith("{"):
            while not lines[at].startswith("}"):
                at += 1
            at += 1
        elif re.match(r"[A-Za-z_]", line):
            while lines[at - 1].strip() and not lines[at - 1].startswith("{") and not lines[at - 1].endswith(";"):
                at += 1
                if at > len(lines):
                    return
            if lines[at - 1].startswith("{"):
                while lines[at - 1] != "}":
                    at += 1
                text = "\n".join(lines[first:at])
                found = re.search(r"\b(lapel_\w+)\(", text)
                if found and not text.startswith("typedef"):
                    yield _Piece(found[1], text)
