"""Accesses to each buffer of a plan: its firmware is run once with all buffers apart, and counted by address.

What a buffer's accesses cost depends on its memory; how many there are does not, since kernels are the same wherever
their operands lie. So one run, kept with the figures of kernels, tells the cost of every division. It tells as well
what stack and variables take of the memory that they share with the arena.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lapel import codegen
from lapel.errors import LapelError
from lapel.measuring.costs import measured_costs
from lapel.measuring.figures import read_figures, write_figures
from lapel.planning import Plan
from lapel.planning.division import Traffic, divide, estimated_traffic, spread
from lapel.records import Accesses
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.toolchain import compiler_identity
from lapel.simulate.workspace import workspace
from lapel.targets import BoardMemory
from lapel.targets.memories import MORE

FORMAT = "traffic 1"
"""Of what is stored; changed with everything that changes figures but is in no key."""
APART = "apart"
"""The memory in which all buffers lie side by side, which is no board's."""


def in_memories(
    plan: Plan,
    beside_bytes: int = 0,
    progress: Callable[[str], None] = lambda stage: None,
    timeout_s: float = TIMEOUT_S,
) -> Plan:
    """The plan with its arena divided over its target's memories, by counted accesses.

    beside_bytes: of the first memory, more than the counted firmware has of stack and variables. Where nothing compiles
    or runs here, buffers are placed by bytes, which the plan says. Raises DoesNotFit, CompileError, SimulationError.
    """
    costs = measured_costs(plan.target)
    if isinstance(costs, str):
        return uncounted(plan, costs)
    found = count_traffic(plan, progress, timeout_s)
    return divide(plan, replace(found, beside_bytes=found.beside_bytes + beside_bytes))


def uncounted(plan: Plan, why: str) -> Plan:
    """The plan with its arena divided over memories by bytes; why: nothing was counted."""
    how = f"bytes that each step reads and writes, once: nothing was counted, as {why}; no room is kept for the stack"
    return divide(plan, estimated_traffic(plan, how))


def count_traffic(
    plan: Plan, progress: Callable[[str], None] = lambda stage: None, timeout_s: float = TIMEOUT_S
) -> Traffic:
    """Accesses of each buffer in one inference of random inputs, and what the stack and variables take.

    timeout_s: host seconds for a compiler, and for the emulator.
    """
    region = plan.target.region(MORE)
    moved, ranges = spread(plan, region, _memory(plan, region.length))
    code = codegen.generate(moved)
    files = code.files()
    compiler = compiler_identity(plan.target, timeout_s)
    machine = [plan.target.cflags, plan.target.optimize, plan.target.emulator.machine, region.origin]
    key = hashlib.sha256(repr([FORMAT, sorted(files.items()), compiler, machine]).encode()).hexdigest()
    found = _read(read_figures([key]).get(key), len(ranges))
    if found is not None:
        return found
    progress(f"counting accesses of {len(ranges)} buffers on {plan.target.core}")
    with workspace() as folder:
        firmware = build_firmware(files, moved.target, folder, timeout_s=timeout_s)
        (name, _, _), *_ = codegen.arena.arrays(moved, code.prefix)
        start = firmware.symbols[name]
        raw = run_firmware(
            firmware,
            _sample(moved),
            sum(p.type.bytes for p in code.outputs),
            timeout_s=timeout_s,
            profile=True,
            ranges=[(start + first, start + end) for first, end in ranges],
        )
        if raw.profile is None:
            raise LapelError(f"{plan.target.name}: its emulator counts no accesses")
        counted = [[0, 0] for _ in ranges]
        for interval in raw.profile.intervals:
            for k, pair in interval.range_accesses.items():
                counted[k] = [a + b for a, b in zip(counted[k], pair, strict=True)]
        beside = firmware.static_ram_bytes + raw.stack_bytes
    write_figures({key: {"accesses": counted, "beside_bytes": beside}})
    return Traffic(tuple(Accesses(k, *pair) for k, pair in enumerate(counted)), beside)


def _memory(plan: Plan, size: int) -> BoardMemory:
    like = plan.target.memories[0]
    return replace(like, name=APART, bytes=size, address=None, section=f".bss.{APART}")


def _sample(plan: Plan) -> np.ndarray:
    """Random inputs of one inference, as the adapter reads them: uint8 [1, bytes]."""
    rng, parts = np.random.default_rng(0), []
    for name in plan.graph.arguments:
        t = plan.graph.tensors[name].type
        if t.dtype == "float32":
            parts.append(rng.normal(0.0, 1.0, t.size).astype(np.float32).view(np.uint8))
        else:
            parts.append(rng.integers(0, 256, t.bytes, np.uint8))
    return np.concatenate(parts)[None] if parts else np.zeros((1, 0), np.uint8)


def _read(content: object, buffers: int) -> Traffic | None:
    """Stored traffic; None for what is not that of so many buffers."""
    try:
        pairs = content["accesses"]  # type: ignore[index]
        beside = int(content["beside_bytes"])  # type: ignore[index]
        accesses = tuple(Accesses(k, int(reads), int(writes)) for k, (reads, writes) in enumerate(pairs))
    except (TypeError, KeyError, ValueError):
        return None
    return Traffic(accesses, beside) if len(accesses) == buffers else None
