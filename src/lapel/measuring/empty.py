"""A firmware with nothing in it, linked and run once for a target: what its library's functions add to it, and what
calling a model takes that does nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from lapel.measuring.candidates import bare
from lapel.measuring.figures import read_figures, write_figures
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.toolchain import compiler_identity
from lapel.simulate.workspace import workspace
from lapel.targets import Target

FORMAT = "1"
"""Of what is stored."""
_SOURCE = """#include <stdint.h>
{declared}
extern void nothing(void);
void nothing(void) {{}}
uint8_t arena[1];
void (*const volatile uses[])(void) = {{{uses}}};
void invoke(void);
void invoke(void)
{{
    (void)uses[0];
}}
"""
_ADAPTER = """#include "harness.h"
extern uint8_t arena[1];
void invoke(void);
void adapter_reset(void) {}
void adapter_read_inputs(void) {}
void adapter_invoke(void) { invoke(); }
void adapter_write_outputs(void) { harness_write(arena, 1); }
uint8_t *adapter_arena(void) { return arena; }
uint32_t adapter_arena_bytes(void) { return 1; }
"""


def library_bytes(symbols: Sequence[str], target: Target, timeout_s: float = TIMEOUT_S) -> dict[str, int]:
    """Code that each of these functions of the compiler's libraries adds to a firmware, with all that it calls.

    timeout_s: host seconds that a compiler may take. Raises CompileError for what no library has, MissingTool.
    """
    keys = {s: _key(target, timeout_s, "library", s) for s in dict.fromkeys(symbols)}
    stored = {key: size for key, size in read_figures(list(keys.values())).items() if type(size) is int}
    missing = [s for s, key in keys.items() if key not in stored]
    if missing:
        bare = _linked_bytes(target, None, timeout_s)
        new = {keys[s]: _linked_bytes(target, s, timeout_s) - bare for s in missing}
        write_figures(new)
        stored |= new
    return {s: stored[key] for s, key in keys.items()}


def call_time(target: Target, timeout_s: float = TIMEOUT_S) -> int:
    """Time of an inference without steps, in the unit of costs. timeout_s: as for `library_bytes`."""
    key = _key(target, timeout_s, "call")
    known = read_figures([key]).get(key)
    if type(known) is int:
        return known
    with workspace() as folder:
        firmware = build_firmware(_files(None), bare(target), folder, timeout_s=timeout_s)
        raw = run_firmware(firmware, np.zeros((1, 0), np.uint8), 1, timeout_s=timeout_s, profile=bool(target.timing))
        found = raw.cycles or raw.instructions or 0
        if raw.profile is not None:
            from lapel.simulate import cycles  # the disassembler takes a while to import

            found = round(cycles.whole(cycles.estimate(firmware, raw.profile)).cycles.nominal)
    write_figures({key: found})
    return found


def _linked_bytes(target: Target, symbol: str | None, timeout_s: float) -> int:
    with workspace() as folder:
        return build_firmware(_files(symbol), target, folder, timeout_s=timeout_s).flash_code_bytes


def _files(symbol: str | None) -> dict[str, str]:
    # By another name, as the compiler knows the types of many of them.
    declared = "" if symbol is None else f'extern void used(void) __asm__("{symbol}");'
    source = _SOURCE.format(declared=declared, uses="nothing" if symbol is None else "used")
    return {"empty.c": source, "adapter.c": _ADAPTER}


def _key(target: Target, timeout_s: float, *about: str) -> str:
    made_from = [FORMAT, *about, compiler_identity(target, timeout_s), target.cflags, target.optimize, target.timing]
    return hashlib.sha256(repr([made_from, target.emulator, _SOURCE, _ADAPTER]).encode()).hexdigest()
