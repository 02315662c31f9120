"""The dialect of C that the runtime is written in, and what breaks it.

Kernels are C99, but some of their text is read by Lapel: params structs are parsed, files are joined into one source,
and functions are copied into steps of their own (`lapel.codegen.inlined`). That takes no parser of C, because every
file keeps to these rules; `tests/runtime/test_dialect.py` checks them.

| rule | what it asks for |
|---|---|
| storage | a function's heading starts with a word of `STORAGE`; only a kernel, `lapel_<stem>`, has none |
| braces | a function's `{` and `}` stand alone in the first column; between them that column is empty |
| name | a function is called `lapel_…` |
| preprocessor | its lines are outside of functions: what differs is chosen function by function |
| macro | no macro makes a function: it would be neither copied nor found |
| twin | a function that is there twice, in two branches of an #if, has one heading |
| guard | a header has the guard `LAPEL_<STEM>_H` round all but its first comment, and no other |
| params | a member of a `lapel_…_params`, `_shape` or `_code` is a line `[const] [LAPEL_ROM] type [*]name[[length]];` |
| predicate | which lanes of Helium's vectors take part is computed: of a number GCC 12 makes another (`vnegq_m_s32`) |
| offsets | where assembly is given a struct, LAPEL_ASSERT_AT says where its members are, up to the last that is read |

Storage says what becomes of a function where a kernel is compiled for the params of one step: `LAPEL_NOINLINE` is for
inner loops of shared kernels, and is copied without that; `LAPEL_SHARED` and assembly are not copied; `LAPEL_INLINE`
and `LAPEL_FORCE_INLINE` are copied if they call what is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lapel.runtime.source import MEMBER, closure, read, without_guard

ASSEMBLY = ("LAPEL_DSP_NAKED", "LAPEL_MVE_ASM", "LAPEL_PAIRS_NAKED", "LAPEL_AVR_NAKED")
STORAGE = ("LAPEL_NOINLINE", "LAPEL_SHARED", "LAPEL_INLINE", "LAPEL_FORCE_INLINE", "static", *ASSEMBLY)
"""What a function's heading may start with; kernels have the linkage that their declaration gives them."""

_HEADING = re.compile(r"^[A-Za-z_][^;={}#]*\([^;{}]*\)$", re.S)
_NAME = re.compile(r"\b(\w+)\((?!\()")
_UNUSED = re.compile(r" (?:LAPEL_\w+_UNUSED|__attribute__\(\(unused\)\))")
_PREDICATED = re.compile(r"\b(?:v\w+q(?:_\w+)?_[mzp](?:_\w+)?|vpselq_\w+)\(")
_PREDICATE = re.compile(r"\bmve_pred16_t \w+ = ([^;]*);")
_NUMBER = re.compile(r"(?:\(\s*\w+\s*\)\s*)?[~(]*(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\)*")
_ASSERTED = re.compile(r"^LAPEL_ASSERT_AT\((\w+), (\w+), \d+\);", re.M)


@dataclass(frozen=True)
class Function:
    """A definition: the number of its first line, its heading in one line, and its lines from brace to brace."""

    line: int
    heading: str
    body: tuple[str, ...]

    @property
    def name(self) -> str:
        found = _NAME.search(re.sub(r"__attribute__\(\(.*?\)\)", "", self.heading))
        return found[1] if found else ""


def problems(file: str, text: str | None = None) -> list[str]:
    """What breaks the dialect in a file of the runtime, `file:line: rule: what was found`; its text may be given."""
    text = read(file) if text is None else text
    whole = "".join(read(name) for name in closure([file]) if name != file) + text
    lines = text.splitlines()
    functions = list(_functions(lines))
    found = [*_guard(file, text), *_columns(lines), *_macros(lines), *_params(file, text), *_predicates(text)]
    for f in functions:
        found += [*_heading(file, f), *_body(f), *_offsets(f, whole)]
    found += _twins(functions)
    return [f"{file}:{line}: {rule}: {what}" for line, rule, what in sorted(found)]


def functions(file: str) -> tuple[str, ...]:
    """Names of the functions that a file of the runtime defines."""
    return tuple(f.name for f in _functions(read(file).splitlines()))


Found = tuple[int, str, str]


def _functions(lines: list[str]) -> Iterator[Function]:
    """Definitions, wherever their heading begins, found by a heading before a line that starts with a brace."""
    at = 0
    while at < len(lines):
        if not lines[at].lstrip().startswith("{") or lines[at].startswith(" "):
            at += 1
            continue
        first = at
        while first > 0 and lines[first - 1].strip() and not lines[first - 1].rstrip().endswith((";", "}", "*/", "\\")):
            if lines[first - 1].startswith("#"):
                break
            first -= 1
        heading = " ".join(line.strip() for line in lines[first:at])
        end = next((k for k in range(at + 1, len(lines)) if lines[k].startswith("}")), len(lines))
        if _HEADING.match(heading):
            yield Function(first + 1, heading, tuple(lines[at : end + 1]))
        at = end + 1


def _heading(file: str, f: Function) -> Iterator[Found]:
    kernel = file.removesuffix(".c")
    if not f.heading.startswith(STORAGE) and not re.match(rf"\w+ \*?lapel_{kernel}\(", f.heading):
        yield f.line, "storage", f"{f.heading.split('(')[0]!r} starts with none of {', '.join(STORAGE)}"
    if not f.name.startswith("lapel_"):
        yield f.line, "name", f"a function is called {f.name!r}, expected lapel_…"


def _body(f: Function) -> Iterator[Found]:
    start = f.line + len(f.body)
    if f.body[0] != "{":
        yield f.line, "braces", f"the body of {f.name} begins with {f.body[0]!r}, expected a brace alone"
    if f.body[-1] != "}":
        yield start, "braces", f"the body of {f.name} ends with {f.body[-1]!r}, expected a brace alone"


def _columns(lines: list[str]) -> Iterator[Found]:
    """What is in a column where the reader of functions expects something else."""
    inside = False
    for k, line in enumerate(lines):
        if line.startswith("{"):
            inside = True
        elif line.startswith("}"):
            inside = False
        elif inside and line.lstrip().startswith("#"):
            yield (
                k + 1,
                "preprocessor",
                f"{line.strip()!r} is inside of a function: write the function twice, or a macro",
            )
        elif inside and line and not line.startswith((" ", "\t")):
            yield k + 1, "braces", f"{line!r} is in the first column, inside of a function"
        elif not inside and re.match(r"\w.*\) ?\{$", line):
            yield k + 1, "braces", f"{line!r} ends with a brace, expected a line of its own for it"


def _macros(lines: list[str]) -> Iterator[Found]:
    for k, line in enumerate(lines):
        if not line.startswith("#define"):
            continue
        end = k
        while lines[end].endswith("\\") and end + 1 < len(lines):
            end += 1
        text = "\n".join(lines[k : end + 1])
        if "{" in text and any(re.search(rf"\b{word}\b", text) for word in STORAGE):
            yield (
                k + 1,
                "macro",
                f"{line.split('(')[0].split()[1]} makes a function: write it as one, with constant arguments",
            )


def _twins(functions: list[Function]) -> Iterator[Found]:
    known: dict[str, str] = {}
    for f in functions:
        heading = _UNUSED.sub("", re.sub(r"^(?:[A-Z_]+|static(?: inline)?) ", "", f.heading))
        if known.setdefault(f.name, heading) != heading:
            yield f.line, "twin", f"{f.name} is {heading!r} here, and {known[f.name]!r} before"


def _guard(file: str, text: str) -> Iterator[Found]:
    if file.endswith(".h") and file != "lapel.h":  # which is there always, and first
        macro = f"LAPEL_{file.removesuffix('.h').upper()}_H"
        if f"#ifndef {macro}\n#define {macro}\n" not in text or re.search(rf"\b{macro}\b", without_guard(text)):
            yield 1, "guard", f"no guard {macro} round the file"


def _params(file: str, text: str) -> Iterator[Found]:
    for struct in re.finditer(r"^typedef struct \{\n([^}]*)\} (lapel_\w+_(?:params|shape|code));", text, re.M):
        first = text[: struct.start()].count("\n") + 2
        bare = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), struct[1], flags=re.S)
        for k, line in enumerate(bare.splitlines()):
            if line.strip() and not MEMBER.fullmatch(line.rstrip()):
                yield first + k, "params", f"{line.strip()!r} of {struct[2]} is no member as codegen reads them"


def _predicates(text: str) -> Iterator[Found]:
    """Constants where lanes are chosen: the last argument of a predicated intrinsic, or what a predicate is made of."""
    given = [(m, _arguments(text, m.end())[-1]) for m in _PREDICATED.finditer(text)]
    for m, value in [*given, *((m, m[1].strip()) for m in _PREDICATE.finditer(text))]:
        if _NUMBER.fullmatch(value):
            line = text[: m.start()].count("\n") + 1
            yield line, "predicate", f"lanes of {m[0].rstrip('(')!r} are {value}: compare vectors, or write assembly"


def _arguments(text: str, at: int) -> list[str]:
    """Those of a call whose opening parenthesis is before `at`."""
    found, depth = [""], 0
    for c in text[at:]:
        if c == ")" and depth == 0:
            break
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            found.append("")
        else:
            found[-1] += c
    return [argument.strip() for argument in found]


def _offsets(f: Function, whole: str) -> Iterator[Found]:
    """Of each struct that assembly is given, the members up to the last that is asserted must all be."""
    if not f.heading.startswith(ASSEMBLY):
        return
    for struct in dict.fromkeys(re.findall(r"\b(lapel_\w+) \*", f.heading)):
        body = re.search(rf"typedef struct \{{([^}}]*)\}} {struct};", whole)
        if body is None:
            continue
        members = [m["name"] for m in map(MEMBER.match, body[1].splitlines()) if m]
        asserted = [member for of, member in _ASSERTED.findall(whole) if of == struct]
        if not asserted or asserted != members[: len(asserted)]:
            yield f.line, "offsets", f"{f.name} reads {struct}, whose members {asserted} are asserted, of {members}"
