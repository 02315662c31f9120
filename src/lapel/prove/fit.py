"""Does the firmware fit a target's memory, by how much not, and which boards have room."""

from __future__ import annotations

from lapel.errors import DoesNotFit
from lapel.ir import Graph
from lapel.plan import Plan
from lapel.targets import Target, list_boards, load_target


def boards_with_room(flash_bytes: int, ram_bytes: int, core: str | None = None) -> tuple[str, ...]:
    """Names of the boards (with this core, if given) that have at least this much flash and RAM."""
    boards = (load_target(name) for name in list_boards())
    return tuple(
        b.name
        for b in boards
        if core in (None, b.core) and (b.flash_bytes or 0) >= flash_bytes and (b.ram_bytes or 0) >= ram_bytes
    )


def check_fit(model: str, target: Target, flash_bytes: int, ram_bytes: int, *, at_least: bool = False) -> None:
    """Raise DoesNotFit, saying by how much, if the target has less; at_least marks figures that are lower bounds."""
    least = "at least " if at_least else ""
    over = []
    for what, need, have in (("flash", flash_bytes, target.flash_bytes), ("RAM", ram_bytes, target.ram_bytes)):
        if have is not None and need > have:
            over.append(f"needs {least}{need} bytes of {what}, {need - have} more than its {have}")
    if not over:
        return
    # Code for another core is a little larger or smaller; these boards have room by the sizes found here.
    boards = boards_with_room(flash_bytes, ram_bytes)
    advice = f"it fits {', '.join(boards)}" if boards else "no known board has room for it: make the model smaller"
    raise DoesNotFit(f"{model} does not fit {target.name}: {' and '.join(over)}; {advice}")


def check_budget(model: str, target: Target, flash_bytes: int, budget: int | None) -> None:
    """Raise DoesNotFit, saying by how much, if the linked firmware exceeds a flash budget."""
    if budget is not None and flash_bytes > budget:
        raise DoesNotFit(
            f"{model} on {target.name} needs {flash_bytes} bytes of flash, {flash_bytes - budget} more than the budget "
            f"of {budget}: raise it, or choose --optimize flash"
        )


def check_plan_fit(plan: Plan) -> None:
    """The same before anything is compiled: the arena, and the constants that the kernels read."""
    check_fit(plan.graph.name, plan.target, constant_bytes(plan.graph), plan.arena_bytes, at_least=True)


def constant_bytes(graph: Graph) -> int:
    """Bytes of the graph's constants."""
    return sum(t.type.bytes for t in graph.tensors.values() if t.data is not None)
