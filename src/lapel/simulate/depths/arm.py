"""Thumb of Armv6-M to Armv8.1-M (Armv8-M Architecture Reference Manual, part C2; AAPCS32 for what calls change)."""

from __future__ import annotations

import re

from lapel.simulate.depths.effect import BACK, INDIRECT, NUMBER, SP, Effect, State, UnknownDepth, Value, Values
from lapel.simulate.depths.listing import Instruction, Listing

MACHINE = "EM_ARM"
OBJDUMP = ("-M", "reg-names-std")
CALLS = frozenset((0, 1, 10, 28, 29, 30, 42, 51, 52, 102, 103, 136, 137, 138))
"""R_ARM_NONE, PC24, THM_CALL, CALL, JUMP24, THM_JUMP24, PREL31 (unwinding), THM_JUMP19, 6, 11, 8, THM_BF16, 12, 18 (ELF
for the Arm Architecture, "Relocation codes table")."""
POINTER = (4, 1)
PUSHES = False
FAR = True
EXACT = True

_CONDITIONS = "eq ne cs hs cc lo mi pl vs vc hi ls ge lt gt le".split()
_CONDITION = "|".join(_CONDITIONS)
_BRANCH = re.compile(rf"(bl|blx|bx|b|cbn?z|le|letp|wls|wlstp|tbb|tbh)({_CONDITION})?")
_LISTED = re.compile(rf"(v?push|v?pop|v?ldm|v?ldmia|v?ldmdb|v?stm|v?stmia|v?stmdb)({_CONDITION})?")
_MOVES = re.compile(rf"(adds?|addw|subs?|subw|movs?|movw|movt|ldr|bic|bfc|lsls?)({_CONDITION})?")
_STORES = re.compile(r"str|stm|push|vstr|vstm|vpush|cmp|cmn|tst|teq|nop|it|dsb|isb|dmb|bkpt|vcmp|pld")
_PAIRS = re.compile(r"ldrd|ldrexd|[us]m[lu]l|[us]mlal|smlsld|umaal|lsll|lsrl|asrl|[us]q?r?sh[lr]l|mrrc")
_CALLER_SAVED = ("r0", "r1", "r2", "r3", "r12", "lr")
_REGISTER = re.compile(r"\b(r\d+|sp|lr|pc)\b")
_SP_BACK = re.compile(r"\[sp\], #(-?\d+)|\[sp, #(-?\d+)\]!")


def entry(link: str) -> Values:
    return {"lr": Value(BACK)}


def is_level(label: str) -> bool:
    return False


def effect(i: Instruction, state: State, code: Listing, wide: int) -> Effect:
    name = i.name.removesuffix(".w").removesuffix(".n")
    branch = _BRANCH.fullmatch(name.split(".")[0])
    if branch:
        return _branch(i, branch[1], branch[2] is not None, state, code)
    if name == "udf":
        return Effect(state, falls=False)
    if name == "msr" and i.parts()[0].lower() in ("msp", "psp", "control"):
        raise UnknownDepth(f"a stack that is changed by {i.name} {i.operands}")
    name = name.split(".")[0]
    found = _change(i, name, state, code)
    leaves = _writes_pc(i, name)
    if not leaves:
        return Effect(found)
    # What fails its condition falls through with the stack as it was.
    conditional = name.endswith(tuple(_CONDITIONS)) and not name.startswith(("push", "vpush"))
    if not leaves.isspace():
        value = state.get(leaves)
        if value is None or value.kind != BACK:
            return Effect(state, falls=conditional, computed=True)
    if found.depth != 0:
        raise UnknownDepth(f"a return with {found.depth} bytes on the stack")
    return Effect(state, falls=conditional)


def _writes_pc(i: Instruction, name: str) -> str:
    """How an instruction leaves: the register it goes to, a blank if it takes the address from the stack, else ""."""
    if re.match(r"(pop|ldm)", name) and re.search(r"\bpc\b[^{]*}", i.operands):
        return " "
    parts = i.parts()
    if parts and parts[0] == "pc" and not _STORES.match(name):
        if re.match(r"ldr", name) and len(parts) > 1 and parts[1] == "[sp]":
            return " "
        return parts[1] if re.match(r"mov", name) else "memory"
    return ""


def _branch(i: Instruction, name: str, conditional: bool, state: State, code: Listing) -> Effect:
    parts = i.parts()
    if name in ("bx", "blx") or (name == "bl" and i.target < 0):
        value = state.get(parts[0])
        to = value.number & ~1 if value is not None and value.kind == NUMBER else INDIRECT
        if name == "blx":
            return Effect(state.without(_CALLER_SAVED), call=to)
        # Elsewhere than at the entry, lr holds what was loaded from the stack, where the walk does not look.
        if parts[0] == "lr" or (value is not None and value.kind == BACK):
            if state.depth != 0:
                raise UnknownDepth(f"a return with {state.depth} bytes on the stack")
            return Effect(state, falls=conditional)
        if to == INDIRECT:
            return Effect(state, falls=conditional, computed=True)
        return Effect(state, falls=conditional, jumps=(to,))
    if name in ("tbb", "tbh"):
        return Effect(state, falls=False, jumps=_table(i, name, code))
    if name == "bl":
        return Effect(state.without(_CALLER_SAVED), call=i.target)
    falls = conditional or name != "b"
    return Effect(state.without(["lr"]) if name in ("le", "letp", "wls", "wlstp") else state, falls, (i.target,))


def _table(i: Instruction, name: str, code: Listing) -> tuple[int, ...]:
    """Where a table branch goes: twice each entry behind it, which is of so many bytes."""
    if i.parts()[0] != "[pc" and not i.operands.startswith("[pc"):
        raise UnknownDepth(f"a table of jumps that is elsewhere, {i.name} {i.operands}")
    table, size = code.table(i.next), 1 if name == "tbb" else 2
    entries = [int.from_bytes(table[k : k + size], "little") for k in range(0, len(table) - size + 1, size)]
    # What fills the table up is no entry: it would jump into the table.
    found = {i.next + 2 * e for e in entries if 2 * e >= len(table)}
    if not found:
        raise UnknownDepth(f"a table of jumps that is empty, {i.name} {i.operands}")
    return tuple(sorted(found))


def _change(i: Instruction, name: str, state: State, code: Listing) -> State:
    """The stack and the registers after an instruction that is no branch."""
    listed = _LISTED.fullmatch(name)
    if listed:
        return _list(i, listed[1], state)
    move = _MOVES.fullmatch(name)
    parts = i.parts()
    moved = _SP_BACK.search(i.operands)
    if moved:
        if parts[0] == "sp":
            raise UnknownDepth(f"{i.name} {i.operands}")
        state = State(state.depth - int(moved[1] or moved[2]), state.values)
    elif move:
        made = _move(move[1], parts, i, state, code)
        if made is not None:
            if move[2] is not None and parts[0] == "sp":
                raise UnknownDepth(f"a conditional change of the stack, {i.name} {i.operands}")
            return made if move[2] is None else made.without([parts[0]])
    if parts and parts[0] == "sp" and not _STORES.match(name):
        raise UnknownDepth(f"a stack that is computed, {i.name} {i.operands}")
    return state.without(_changed(name, parts, i))


def _changed(name: str, parts: list[str], i: Instruction) -> list[str]:
    """Registers that an instruction may have changed, more rather than fewer."""
    found = re.findall(r"\[(r\d+)[^\]]*\](?:!|, )", i.operands)
    if name.startswith("v"):  # some of Helium's write a core register that is not the first
        return [*found, *_REGISTER.findall(re.sub(r"\[[^\]]*\]", "", i.operands))]
    if _STORES.match(name):
        return [*found, *parts[:1]] if name.startswith("strex") else found
    return [*found, *parts[: 2 if _PAIRS.match(name) else 1]]


def _list(i: Instruction, name: str, state: State) -> State:
    parts = i.parts()
    registers = _count(parts[-1].rstrip("^"))
    base = "sp!" if name in ("push", "pop", "vpush", "vpop") else parts[0]
    stores = name.startswith(("push", "vpush", "stm", "vstm"))
    loaded = [] if stores or name.startswith("v") else registers[0]
    if base != "sp!":
        return state.without([*loaded, *([base.rstrip("!")] if base.endswith("!") else [])])
    if name in ("stmia", "stm", "ldmdb", "vstmia", "vstm", "vldmdb"):
        raise UnknownDepth(f"a stack that grows upwards, {i.name} {i.operands}")
    depth = state.depth + (registers[1] if stores else -registers[1])
    return State(depth, state.without(loaded).values)


def _count(listed: str) -> tuple[list[str], int]:
    """The core registers of a list in braces, and the bytes of all."""
    names, size = [], 0
    for part in listed.strip("{}").split(","):
        first, _, last = part.strip().partition("-")
        if first.startswith("d") or (first.startswith("s") and first != "sp"):
            wide = 8 if first.startswith("d") else 4
            size += wide * (int((last or first)[1:]) - int(first[1:]) + 1)
        elif first.upper() == "VPR":
            size += 4
        elif last:
            count = range(int(first[1:]), int(last[1:]) + 1)
            names += [f"r{k}" for k in count]
            size += 4 * len(count)
        else:
            names.append(first)
            size += 4
    return names, size


def _move(name: str, parts: list[str], i: Instruction, state: State, code: Listing) -> State | None:
    """What is known after an addition or a move; None if nothing is."""
    to, sources = parts[0], parts[1:]
    if name == "ldr":
        word = code.word(i.target) if "[pc" in i.operands and i.target >= 0 else None
        return None if word is None else _put(to, Value(NUMBER, word), i, state)
    if len(sources) == 1 and name.startswith(("add", "sub", "bic", "lsl")):
        sources = [to, *sources]
    values = [_value(s, state) for s in sources]
    if any(v is None for v in values) or not values:
        return None
    first, *rest = [v for v in values if v is not None]
    if name.startswith("mov") and name != "movt":
        return _put(to, first, i, state)
    if name == "movt":
        low = state.get(to)
        known = low is not None and low.kind == NUMBER
        return _put(to, Value(NUMBER, first.number << 16 | low.number & 0xFFFF), i, state) if known and low else None
    if name.startswith(("add", "sub")) and len(rest) == 1 and rest[0].kind == NUMBER:
        number = _signed(rest[0].number if name.startswith("add") else -rest[0].number)
        if first.kind == SP:
            return _put(to, Value(SP, first.number - number), i, state)
        if first.kind == NUMBER:
            return _put(to, Value(NUMBER, (first.number + number) & 0xFFFFFFFF), i, state)
    if name.startswith("add") and len(rest) == 1 and first.kind == NUMBER and rest[0].kind == SP:
        return _put(to, Value(SP, rest[0].number - _signed(first.number)), i, state)
    if name.startswith("lsl") and first.kind == NUMBER and len(rest) == 1 and rest[0].kind == NUMBER:
        return _put(to, Value(NUMBER, first.number << rest[0].number & 0xFFFFFFFF), i, state)
    if name == "bic" and first.kind == SP and len(rest) == 1:
        return _put(to, Value(SP, _aligned(first.number, rest[0].number + 1)), i, state)
    if name == "bfc" and len(rest) == 1 and first.number == 0:
        base = state.get(to)
        if base is not None and base.kind == SP:
            return _put(to, Value(SP, _aligned(base.number, 1 << rest[0].number)), i, state)
    return None


def _aligned(depth: int, align: int) -> int:
    """The most that a stack pointer is below the entry's when it is aligned: that is a multiple of 8 there, no more."""
    if align & align - 1 or align <= 0:
        raise UnknownDepth(f"a stack that is aligned to {align} bytes")
    return depth if align <= 4 else max(depth + (at - depth) % align for at in range(0, max(align, 8), 8))


def _put(to: str, value: Value, i: Instruction, state: State) -> State:
    if to != "sp":
        return state.with_value(to, value)
    if value.kind != SP:
        raise UnknownDepth(f"a stack elsewhere, {i.name} {i.operands}")
    return State(value.number, state.values)


def _value(source: str, state: State) -> Value | None:
    if source == "sp":
        return Value(SP, state.depth)
    if source.startswith("#"):
        return Value(NUMBER, int(source[1:], 0))
    return state.get(source)


def _signed(number: int) -> int:
    number &= 0xFFFFFFFF
    return number - (1 << 32) if number >> 31 else number
