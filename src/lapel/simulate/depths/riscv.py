"""RV32 with compressed instructions (RISC-V Unprivileged ISA; psABI for what calls change)."""

from __future__ import annotations

from lapel.simulate.depths.effect import BACK, INDIRECT, NUMBER, SP, Effect, State, UnknownDepth, Value, Values
from lapel.simulate.depths.listing import Instruction, Listing

MACHINE = "EM_RISCV"
OBJDUMP = ("-M", "no-aliases")
CALLS = frozenset((0, 16, 17, 18, 19, 24, 25, 43, 44, 45, 51))
"""R_RISCV_NONE, BRANCH, JAL, CALL, CALL_PLT, PCREL_LO12_I and _S (of a label), ALIGN, RVC_BRANCH, RVC_JUMP, RELAX
(psABI, "Relocations")."""
POINTER = (4, 1)
PUSHES = False
FAR = False
EXACT = True

_CALLER_SAVED = ("ra", *(f"t{k}" for k in range(7)), *(f"a{k}" for k in range(8)))
_LINKS = ("ra", "t0")
"""The registers that the ISA's table of hints for return addresses knows ("Unconditional Jumps")."""
_KNOWN = ("mv", "add", "addi", "addi16sp", "addi4spn", "sub", "slli", "andi")
_STORES = ("sb", "sh", "sw", "fence", "ebreak", "ecall", "nop", "swsp")


def entry(link: str) -> Values:
    return {link or "ra": Value(BACK)}


def is_level(label: str) -> bool:
    return False


def effect(i: Instruction, state: State, code: Listing, wide: int) -> Effect:
    name, parts = i.name.removeprefix("c."), i.parts()
    if name in ("j", "jal", "jr", "jalr"):
        return _jump(i, name, parts, state)
    if name.startswith("b") and name != "bset":
        return Effect(state, jumps=(i.target,))
    if name == "unimp":
        return Effect(state, falls=False)
    return Effect(_change(i, name, parts, state))


def _jump(i: Instruction, name: str, parts: list[str], state: State) -> Effect:
    """Of `j target`, `jal link, target`, `jr base`, `jalr link, n(base)` and their short forms."""
    by_address = name in ("jr", "jalr")
    link = "zero" if name in ("j", "jr") else parts[0] if len(parts) > 1 else "ra"
    to = i.target
    if by_address:
        base = parts[-1].split("(")[-1].rstrip(")")
        offset = int(parts[-1].split("(")[0]) if "(" in parts[-1] else 0
        value = state.get(base)
        if link == "zero" and value is not None and value.kind == BACK:
            return _return(state)
        if value is not None and value.kind == NUMBER:
            to = (value.number + offset) & 0xFFFFFFFF
        elif to < 0:
            to = INDIRECT
            if link == "zero" and base in _LINKS:  # loaded from the stack, where the walk does not look
                return _return(state)
    if link == "zero":
        if to == INDIRECT:
            return Effect(state, falls=False, computed=True)
        return Effect(state, falls=False, jumps=(to,))
    if link not in _LINKS:
        raise UnknownDepth(f"a call whose address to return to is in {link}")
    # What is called by t0 is a helper of the compiler's library that keeps all but what it says: ra may be in use.
    changed = _CALLER_SAVED if link == "ra" else tuple(r for r in _CALLER_SAVED if r != "ra")
    return Effect(state.without(changed), call=to, link=link if link != "ra" else "")


def _return(state: State) -> Effect:
    if state.depth != 0:
        raise UnknownDepth(f"a return with {state.depth} bytes on the stack")
    return Effect(state, falls=False)


def _change(i: Instruction, name: str, parts: list[str], state: State) -> State:
    if name.startswith(_STORES) or not parts:
        return state
    to = parts[0]
    value = _result(name, parts, state)
    if to != "sp":
        return state.with_value(to, value)
    if value is None or value.kind != SP:
        raise UnknownDepth(f"a stack that is computed, {i.name} {i.operands}")
    return State(value.number, state.values)


def _result(name: str, parts: list[str], state: State) -> Value | None:
    """What an instruction leaves in its first operand, if it is known."""
    if name in ("li", "lui"):
        number = int(parts[1], 0)
        return Value(NUMBER, _signed(number << 12) if name == "lui" else number)
    if name not in _KNOWN:
        return None
    sources = parts[1:] if len(parts) > 2 or name == "mv" else parts
    first = _value(sources[0], state)
    if name == "mv":
        return first
    if len(sources) != 2:
        return None
    second = _value(sources[1], state)
    if first is None or second is None:
        return None
    if name in ("add", "addi", "addi16sp", "addi4spn"):
        return _sum(first, second)
    if name == "sub" and second.kind == NUMBER:
        return _sum(first, Value(NUMBER, -second.number))
    if name == "slli" and first.kind == NUMBER:
        return Value(NUMBER, _signed(first.number << second.number))
    if name == "andi" and first.kind == SP and second.number < 0:
        align = -second.number
        if align & align - 1:
            return None
        return Value(SP, first.number + align - 1)  # at most
    return None


def _sum(a: Value, b: Value) -> Value | None:
    if a.kind == NUMBER and b.kind == NUMBER:
        return Value(NUMBER, _signed(a.number + b.number))
    if b.kind == SP:
        a, b = b, a
    return Value(SP, a.number - b.number) if a.kind == SP and b.kind == NUMBER else None


def _value(source: str, state: State) -> Value | None:
    if source == "sp":
        return Value(SP, state.depth)
    if source == "zero":
        return Value(NUMBER, 0)
    if source.lstrip("-")[:1].isdigit():
        return Value(NUMBER, int(source, 0))
    return state.get(source)


def _signed(number: int) -> int:
    number &= 0xFFFFFFFF
    return number - (1 << 32) if number >> 31 else number
