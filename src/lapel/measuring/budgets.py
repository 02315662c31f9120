"""Plans within a flash budget, checked against what the linker makes of them.

Costs add up the parts of a firmware as they were compiled one by one. In a whole, a shared kernel may be smaller: its
callers agree in some params, and the compiler drops what these never need. So a plan is linked, and if it takes less or
more than was thought, another one is made for so much more or less room. A balanced plan may be tried as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from lapel import codegen
from lapel.errors import DoesNotFit
from lapel.measuring.figures import read_figures, write_figures
from lapel.planning import Plan
from lapel.planning.costs import repeated_bytes
from lapel.planning.kernels import CALL_BYTES, INVOKE_BYTES
from lapel.simulate import build_firmware
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.toolchain import compiler_identity
from lapel.simulate.workspace import workspace
from lapel.targets import Target

ROUNDS = 4
"""Plans that are linked at most."""
ROOM = 4
"""Times the emulated machine's memory in which they are linked, as the harness is there beside them."""


def plan_within(
    budget: int,
    make: Callable[[int | None], Plan],
    balanced: Callable[[], Plan] | None,
    timeout_s: float = TIMEOUT_S,
) -> Plan:
    """The plan of `make(room)`, for no limit or for that which turns out to fill `budget` bytes best.

    Raises DoesNotFit, if nothing fits by its costs; should linking bring more than they say, the smallest plan is
    returned, and what it takes will be found when it is built.
    """
    plan = make(None)
    if times(plan) == 0 or estimate(plan) <= budget:
        return plan
    room, tried = budget, set[int]()
    plan = make(room)
    other = balanced() if balanced else plan
    best = other if linked_bytes(other, timeout_s) <= budget else None
    for _ in range(ROUNDS):
        tried.add(room)
        try:
            plan = make(room)
        except DoesNotFit:
            break
        size = linked_bytes(plan, timeout_s)
        if size <= budget and (best is None or times(plan) < times(best)):
            best = plan
        room += budget - size
        if room in tried:
            break
    return best or plan


def times(plan: Plan) -> int:
    """Time of all calls that were measured, in the costs' unit; 0 if none was."""
    return sum(c.cost.time for s in plan.steps for c in s.choices if c.cost)


def estimate(plan: Plan) -> int:
    """Flash of the plan by its costs, and for the calls themselves rather more than they take."""
    costs = [c.cost for s in plan.steps for c in s.choices if c.cost]
    shared = {name: size for cost in costs for name, size in cost.shared.items()}
    calls = [c for s in plan.steps for c in s.calls]
    repeated = sum(size for sizes in repeated_bytes([c] for c in calls) for size in sizes)
    return sum(c.bytes for c in costs) - repeated + sum(shared.values()) + CALL_BYTES * len(calls) + INVOKE_BYTES


def linked_bytes(plan: Plan, timeout_s: float = TIMEOUT_S) -> int:
    """Flash of the plan's firmware, kept with the figures of kernels. timeout_s: that a compiler may take."""
    files, target = codegen.generate(plan).files(), plan.target
    compiler = compiler_identity(target, timeout_s)
    made_from = repr([sorted(files.items()), compiler, target.cflags, target.optimize, target.emulator.harness])
    key = hashlib.sha256(made_from.encode()).hexdigest()
    known = read_figures([key]).get(key)
    if not isinstance(known, int):
        with workspace() as folder:
            known = build_firmware(files, _roomy(target), folder, timeout_s=timeout_s).flash_bytes
        write_figures({key: known})
    return known


def _roomy(target: Target) -> Target:
    """The target with more memory than its machine has: to find sizes, not to run."""
    factor = {"flash": ROOM, "ram": ROOM}
    return replace(target, memory=tuple(replace(r, length=factor.get(r.name, 1) * r.length) for r in target.memory))
