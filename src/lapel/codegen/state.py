"""State in C: `<prefix>_reset`, the flag by which the first `<prefix>_invoke` calls it, and what the header says."""

from __future__ import annotations

import numpy as np

from lapel.codegen import arena
from lapel.codegen.constants import CTYPES, Constants
from lapel.codegen.names import comment
from lapel.errors import shown
from lapel.ir import Carry
from lapel.planning import Plan


def declaration(plan: Plan, prefix: str) -> str:
    """In the header: how many bytes of the arena are state, where, and what sets them to their initial values."""
    if not plan.graph.carries:
        return ""
    upper = prefix.upper()
    lines = [_describe(plan, c) for c in plan.graph.carries]
    return (
        "/* Bytes of the arena that are state: what a call leaves there the next one begins with, so the arena\n"
        " * must be kept between calls.\n" + "".join(f" *   {line}\n" for line in lines) + " */\n"
        f"#define {upper}_STATE_BYTES {plan.graph.state_bytes}\n"
        "/* Set the state to its initial values, for a new sequence. The first call after the program's start does so\n"
        " * by itself; where the arena was not kept, it is the caller's to do. */\n"
        f"void {prefix}_reset(void);\n"
    )


def definition(plan: Plan, prefix: str, constants: Constants) -> str:
    """In the source: the flag and `<prefix>_reset`; fills `constants` with the values that are not all the same."""
    if not plan.graph.carries:
        return ""
    sets = "".join(_set(plan, prefix, k, c, constants) for k, c in enumerate(plan.graph.carries))
    return (
        f"static uint8_t {_flag(prefix)}; /* whether the state was set since the start of the program */\n\n"
        f"void {prefix}_reset(void)\n{{\n{sets}    {_flag(prefix)} = 1;\n}}\n\n"
    )


def check(plan: Plan, prefix: str) -> str:
    """First in invoke: the state of the first call."""
    if not plan.graph.carries:
        return ""
    return f"    if (!{_flag(prefix)}) {{\n        {prefix}_reset();\n    }}\n"


def _flag(prefix: str) -> str:
    return f"{prefix}_state_is_set"


def _describe(plan: Plan, carry: Carry) -> str:
    t, p = plan.graph.tensors[carry.state].type, plan.placements[carry.state]
    memory, start = arena.local(plan, p.offset)
    where = f"{memory} {start}" if memory else f"{start}"
    return f"{where}..{start + p.bytes - 1}: {comment(shown(carry.state))}, {t.dtype}{list(t.shape)}"


def _set(plan: Plan, prefix: str, k: int, carry: Carry, constants: Constants) -> str:
    """One value in all bytes, or a table in flash."""
    place, raw = plan.placements[carry.state], carry.initial.tobytes()
    to = arena.place(plan, prefix, place.offset)
    if len(set(raw)) == 1:
        return f"    memset({to}, {raw[0]}, {place.bytes});\n"
    table = constants.array(np.frombuffer(raw, np.uint8), CTYPES["uint8"], f"state_{k}", carry.state, rom=True)
    return (
        f"    for (lapel_index i = 0; i < {place.bytes}; i++) {{\n"
        f"        ({to})[i] = {table}[i]; /* not memcpy: flash may be another address space */\n    }}\n"
    )
