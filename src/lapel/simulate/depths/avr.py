"""8-bit AVR (AVR Instruction Set Manual, DS40002198; avr-gcc's ABI for what calls change).

Registers are bytes, the stack pointer is two of I/O space. Kernels in assembly take sums from the stack in loops that
count them: there the walk keeps the deeper of two paths.
"""

from __future__ import annotations

import re

from lapel.simulate.depths.effect import HIGH, INDIRECT, LOW, NUMBER, Effect, State, UnknownDepth, Value, Values
from lapel.simulate.depths.listing import Instruction, Listing

MACHINE = "EM_AVR"
OBJDUMP: tuple[str, ...] = ()
CALLS = frozenset((0, 2, 3, 18, 30, 31, 32))
"""R_AVR_NONE, 7_PCREL, 13_PCREL, CALL, DIFF8, 16 and 32 (include/elf/avr.h of binutils)."""
POINTER = (2, 2)
PUSHES = True
FAR = False
EXACT = False

_LOW, _HIGH = "0x3d", "0x3e"
_SKIPS = ("cpse", "sbrc", "sbrs", "sbic", "sbis")
_NO_RESULT = (
    "cp", "cpc", "cpi", "cpse", "tst", "st", "std", "sts", "push", "out", "sbrc", "sbrs", "sbic", "sbis", "sbi", "cbi",
    "bst", "nop", "sei", "cli", "wdr", "sleep", "break", "set", "clt", "sec", "clc", "sez", "clz", "sen", "cln", "ses",
    "cls", "sev", "clv", "seh", "clh", "spm",
)  # fmt: skip
_CALLER_SAVED = ("r0", "r1", *(f"r{k}" for k in range(18, 28)), "r30", "r31")
_POINTERS = {"X": "r26 r27", "Y": "r28 r29", "Z": "r30 r31"}
_BLOCK = re.compile(r"lapel_\w+_block")


def entry(link: str) -> Values:
    return {"r1": Value(NUMBER, 0)}


def is_level(label: str) -> bool:
    """Where a kernel's assembly begins each of its blocks, lapel_*_block: the last one's sums are taken by then."""
    return _BLOCK.fullmatch(label) is not None


def effect(i: Instruction, state: State, code: Listing, wide: int) -> Effect:
    name, parts = i.name, i.parts()
    if name in ("call", "rcall"):
        if i.target == i.next:  # room for so many bytes
            return Effect(State(state.depth + wide, state.values))
        return Effect(_called(state), call=i.target, pushed=wide)
    if name in ("icall", "eicall"):
        to = _pair(state, "r30")
        return Effect(_called(state), call=INDIRECT if to is None else 2 * to, pushed=wide)
    if name in ("jmp", "rjmp"):
        return Effect(state, falls=False, jumps=(i.target,))
    if name in ("ijmp", "eijmp"):
        to = _pair(state, "r30")
        if to is None:
            return Effect(state, falls=False, computed=True)
        return Effect(state, falls=False, jumps=(2 * to,))
    if name in ("ret", "reti"):
        return Effect(state, falls=False)
    if name.startswith("br") and name != "break":
        return Effect(state, jumps=(i.target,))
    if name in _SKIPS:
        behind = code.instructions.get(i.next)
        return Effect(state, jumps=() if behind is None else (behind.next,))
    return Effect(_change(i, name, parts, state))


def _called(state: State) -> State:
    return state.without(_CALLER_SAVED).with_value("r1", Value(NUMBER, 0))


def _pair(state: State, low: str) -> int | None:
    """The constant in a register and the next one."""
    a, b = state.get(low), state.get(f"r{int(low[1:]) + 1}")
    known = a is not None and b is not None and a.kind == b.kind == NUMBER
    return a.number | b.number << 8 if known and a and b else None


def _change(i: Instruction, name: str, parts: list[str], state: State) -> State:
    if name == "push":
        return State(state.depth + 1, state.values)
    if name == "pop":
        return State(state.depth - 1, state.without(parts[:1]).values)
    if name == "out" and parts[0] in (_LOW, _HIGH):
        return _set_stack(i, parts, state)
    if name == "in" and parts[1] in (_LOW, _HIGH):
        return state.with_value(parts[0], Value(LOW if parts[1] == _LOW else HIGH, state.depth))
    if name in ("adiw", "sbiw"):
        return _add_word(parts, state, 1 if name == "adiw" else -1)
    if name in ("movw", "mov"):
        return _move(name, parts, state)
    if name == "ldi":
        return state.with_value(parts[0], Value(NUMBER, int(parts[1], 0)))
    if name == "eor" and parts[0] == parts[1]:
        return state.with_value(parts[0], Value(NUMBER, 0))
    if name in ("subi", "sub", "add"):
        return state.with_value(parts[0], _add_low(name, parts, state))
    if name in ("sbci", "sbc", "adc"):
        return _add_high(name, parts, state)
    if name.startswith(("mul", "fmul")):
        return state.without(("r0", "r1"))
    changed = [] if name in _NO_RESULT else parts[:1] or ["r0"]
    for part in parts:
        pointer = part.strip("+-")
        if pointer in _POINTERS and part != pointer:
            changed = [*changed, *_POINTERS[pointer].split()]
    return state.without(changed)


def _move(name: str, parts: list[str], state: State) -> State:
    for k in range(2 if name == "movw" else 1):
        to, source = (f"r{int(p[1:]) + k}" for p in parts)
        state = state.with_value(to, state.get(source))
    return state


def _set_stack(i: Instruction, parts: list[str], state: State) -> State:
    """Both bytes of the stack pointer are written, the high one first; the low one sets it."""
    value = state.get(parts[1])
    kind = LOW if parts[0] == _LOW else HIGH
    if value is None or value.kind != kind:
        raise UnknownDepth(f"a stack that is computed, {i.name} {i.operands}")
    return State(value.number, state.values) if kind == LOW else state


def _add_word(parts: list[str], state: State, sign: int) -> State:
    low, high = parts[0], f"r{int(parts[0][1:]) + 1}"
    a, b, number = state.get(low), state.get(high), sign * int(parts[1], 0)
    constant = _pair(state, low)
    if constant is not None:
        constant = (constant + number) & 0xFFFF
        made = state.with_value(low, Value(NUMBER, constant & 0xFF))
        return made.with_value(high, Value(NUMBER, constant >> 8))
    if a is None or b is None or (a.kind, b.kind) != (LOW, HIGH) or a.number != b.number:
        return state.without((low, high))
    return state.with_value(low, Value(LOW, a.number - number)).with_value(high, Value(HIGH, b.number - number))


def _constant(source: str, state: State) -> int | None:
    if not source.startswith("r"):
        return int(source, 0)
    value = state.get(source)
    return value.number if value is not None and value.kind == NUMBER else None


def _add_low(name: str, parts: list[str], state: State) -> Value | None:
    """The low byte of a sum; `_add_high` makes a stack pointer of it."""
    value, number = state.get(parts[0]), _constant(parts[1], state)
    if value is None or number is None:
        return None
    if value.kind == NUMBER:
        return Value(NUMBER, (value.number + (number if name == "add" else -number)) & 0xFF)
    return Value(LOW, value.number + (-number if name == "add" else number)) if value.kind == LOW else None


def _add_high(name: str, parts: list[str], state: State) -> State:
    """The high byte, and with it both: what the low byte was changed by is known by how far it is from the high one."""
    high, low = parts[0], f"r{int(parts[0][1:]) - 1}"
    was, by, number = state.get(high), state.get(low), _constant(parts[1], state)
    if was is None or by is None or number is None or (by.kind, was.kind) != (LOW, HIGH):
        return state.without([high])
    change = (by.number - was.number) + 256 * (-number if name == "adc" else number)
    whole = was.number + (change + 0x8000 & 0xFFFF) - 0x8000
    return state.with_value(low, Value(LOW, whole)).with_value(high, Value(HIGH, whole))
