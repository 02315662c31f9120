"""Does the firmware fit a target's memory, by how much not, which boards have room, and what would help.

Asked twice: of what every plan needs, before anything is measured or compiled, and of what the linked firmware takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lapel.errors import DoesNotFit, UsageError
from lapel.ir import Graph
from lapel.planning import Plan, make_plan
from lapel.planning.goals import OverBudget
from lapel.planning.least import Least, index_limit, least_largest_tables, least_table_bytes
from lapel.planning.parts import parts_within
from lapel.planning.streams import streamed_inputs
from lapel.records import Memory
from lapel.simulate.firmware import MEMORY_REGION
from lapel.targets import Target, list_boards, load_target
from lapel.wish import ANY, Wish

MOST_NODES = 1000
"""Of a graph for which a smaller plan is sought: that takes two seconds for so many, and more than linear time."""
SHOWN = 3
"""Tensors that a message names at most."""
MEMORIES = {"flash": "flash", "ram": "RAM"}
"""What the regions of emulated machines are called."""
MAYBE = "boards that may have room"
"""What is said of boards by figures that are lower bounds, or estimates."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What is to be built: the model as it was given, for which target, and how."""

    graph: Graph
    target: Target
    wish: Wish = ANY

    def arena_elsewise(self) -> tuple[str, int] | None:
        """Options for the smallest arena, and about its bytes; None: they were asked for, or it would take too long."""
        for_ram = self.wish.optimize == "ram"
        if (for_ram and not self.wish.whole_input) or len(self.graph.nodes) > MOST_NODES:
            return None
        smallest = Wish("ram", whole_input=self.wish.whole_input and not for_ram)
        options = "without --whole-input" if for_ram else "with --optimize ram"
        return options, make_plan(self.graph, self.target, smallest).arena_bytes


@dataclass(frozen=True)
class _Sizes:
    """Bytes needed; the arena is a part of the RAM, and so is what does without the stack (None: the stack is in no
    figure)."""

    flash: int
    ram: int
    arena: int
    variables: int | None = None


def boards_with_room(flash_bytes: int, ram_bytes: int, core: str | None = None, proven: str = "") -> tuple[str, ...]:
    """Names of the boards (with this core, if given) that have at least this much flash and RAM.

    Of a board with several memories the largest counts: whether more can be divided, only a plan for it tells, as that
    for `proven` has told.
    """
    boards = (load_target(name) for name in list_boards())
    return tuple(
        b.name
        for b in boards
        if core in (None, b.core)
        and (b.flash_bytes or 0) >= flash_bytes
        and (b.name == proven or _most_ram(b) >= ram_bytes)
    )


def _most_ram(board: Target) -> int:
    return max((m.bytes for m in board.memories), default=board.ram_bytes or 0)


def check_fit(asked: Asked, memory: Memory) -> None:
    """Raise DoesNotFit, saying by how much and what would help, if a linked firmware takes more than the target has."""
    over = _over(asked.target, ("flash", memory.flash_bytes, ""), ("RAM", memory.ram_bytes, ""))
    variables = memory.arena_bytes + memory.static_ram_bytes
    sizes = _Sizes(memory.flash_bytes, memory.ram_bytes, memory.arena_bytes, variables)
    if over:
        raise _too_large(asked, over, sizes, "boards with room")


def check_parts(name: str, plan: Plan, memory: Memory) -> None:
    """Raise DoesNotFit where the board's first memory, which has the stack and variables, is too small for its part."""
    over = beside_excess(plan, memory)
    if over > 0:
        first = plan.target.memories[0]
        raise DoesNotFit(
            f"{name} does not fit {plan.target.name}: its part of the arena, variables and stack need "
            f"{first.bytes + over:,} bytes of {first.name}, {over:,} more than it has: make the model smaller"
        )


def beside_excess(plan: Plan, memory: Memory) -> int:
    """Bytes by which part of the arena, variables and stack are more than the board's first memory; at most 0: none."""
    if not plan.parts:
        return 0
    first = plan.target.memories[0]
    own = sum(p.bytes for p in plan.parts if p.has_stack)
    return own + memory.static_ram_bytes + memory.stack_bytes - first.bytes


def check_program(name: str, plan: Plan, memory: Memory) -> None:
    """Raise DoesNotFit if a program of several models, one of whose plans is given, takes more than its target has."""
    target = plan.target
    check_parts(name, plan, memory)
    over = _over(target, ("flash", memory.flash_bytes, ""), ("RAM", memory.ram_bytes, ""))
    if over:
        raise program_too_large(name, target, " and ".join(over), memory.flash_bytes, memory.ram_bytes)


def program_too_large(name: str, target: Target, over: str, flash_bytes: int, ram_bytes: int) -> DoesNotFit:
    """What to raise where a program is too large, as `over` says, and which boards have room for these sizes."""
    boards = ", ".join(boards_with_room(flash_bytes, ram_bytes)) or "none: leave a model out, or make one smaller"
    return DoesNotFit(f"{name} does not fit {target.name}: {over}; {MAYBE}: {boards}")


def check_budgets(
    model: str, target: Target, wish: Wish, memory: Memory, cycles: int | None, graph: Graph | None = None
) -> None:
    """Raise DoesNotFit, saying by how much, if the linked firmware exceeds a budget.

    cycles: of an inference, counted or modelled. graph: of one model, for what would fit. UsageError: cycles have a
    budget and are not known of this target.
    """
    if wish.cycle_budget is not None and cycles is None:
        raise UsageError(
            f"cycles have a budget, and {target.core} has no counter of them and no model: leave the budget out, or "
            "take a target that has one"
        )
    over = max(0, memory.flash_bytes - (wish.flash_budget or memory.flash_bytes))
    spent = (
        (memory.flash_bytes, wish.flash_budget, "bytes of flash", _smaller(graph, over)),
        (memory.ram_bytes, wish.ram_budget, "bytes of RAM", "try --optimize ram, or make the model smaller"),
        (cycles, wish.cycle_budget, "cycles", "make the model smaller"),
    )
    for need, budget, what, way in spent:
        if need is not None and budget is not None and need > budget:
            raise DoesNotFit(
                f"{model} on {target.name} needs {need:,} {what}, {need - budget:,} more than the "
                f"budget of {budget:,}: raise the budget, or {way}"
            )


def check_least(asked: Asked, least: Least) -> None:
    """Raise DoesNotFit if what every plan needs is more than the target has, or than its indexes reach.

    What passes may still turn out too large when it is linked; what does not pass cannot fit.
    """
    needs = ("flash", least.table_bytes, "for its constants"), ("RAM", least.arena_bytes, "for its tensors")
    over = _over(asked.target, *needs, least="at least ") or _beyond_indexes(asked.target, least)
    sizes = _Sizes(least.table_bytes, least.arena_bytes, least.arena_bytes)
    if over:
        raise _too_large(asked, over, sizes, MAYBE)
    budget = asked.wish.flash_budget
    if budget is not None and least.table_bytes > budget:
        raise DoesNotFit(
            f"{asked.graph.name} on {asked.target.name} needs at least {least.table_bytes:,} bytes of flash for its "
            f"constants, {least.table_bytes - budget:,} more than the budget of {budget:,}: raise the budget, or "
            f"{_smaller(least.graph, least.table_bytes - budget, 'at most')}"
        )


def check_indexes(target: Target, least: Least) -> None:
    """Raise DoesNotFit for tensors, or an arena, that the core's indexes do not reach: no firmware can have them."""
    over = _beyond_indexes(target, least)
    if over:
        raise DoesNotFit(f"{least.graph.name} does not fit {target.name}: {over[0]}: make the model smaller")


def check_plan(asked: Asked, plan: Plan) -> None:
    """The same of a plan whose kernels are chosen: its arena is what it is."""
    calls = {step.node.name: [[call] for call in step.calls] for step in plan.steps}
    tables = least_table_bytes(plan.graph, (call for of in calls.values() for call in of))
    check_least(asked, Least(plan.graph, tables, plan.arena_bytes, least_largest_tables(plan.graph, calls)))


def over_flash(asked: Asked, found: OverBudget) -> DoesNotFit:
    """What to raise where the smallest kernels, by their costs, need more than the flash that the target has."""
    over = _over(asked.target, ("flash", found.need_bytes, ""), least="about ")
    return _too_large(asked, over, _Sizes(found.need_bytes, 0, 0), MAYBE)


def beyond_machine(graph: Graph, plan: Plan, region: str, extra_bytes: int) -> DoesNotFit:
    """What to raise where the firmware is `extra_bytes` larger than a memory of the emulated machine."""
    arena = plan.arena_bytes
    if region.startswith(MEMORY_REGION):
        name = region.removeprefix(MEMORY_REGION)
        (room,) = (r.length for r in plan.target.emulated() if r.name == name)
        return DoesNotFit(
            f"{graph.name} does not fit {plan.target.name}: its part of the arena in {name} is {extra_bytes:,} bytes "
            f"larger than what the machine that emulates it has for that ({room:,} bytes): make the model smaller"
        )
    room = plan.target.region(region).length
    over = (
        f"with the harness that tests it, it is {extra_bytes:,} bytes larger than the {MEMORIES[region]} of the "
        f"machine that emulates it ({room:,} bytes)"
    )
    need = {"flash": 0, "ram": arena} | {region: room + extra_bytes}
    return _too_large(Asked(graph, plan.target), [over], _Sizes(need["flash"], need["ram"], arena), MAYBE)


def no_stack(graph: Graph, plan: Plan) -> DoesNotFit:
    """What to raise where the RAM has no room for the stack."""
    room = plan.target.region("ram").length
    over = f"there is no room for its stack beside {plan.arena_bytes:,} bytes for its tensors in {room:,} bytes of RAM"
    sizes = _Sizes(0, room + 1, plan.arena_bytes, plan.arena_bytes)
    return _too_large(Asked(graph, plan.target), [over], sizes, MAYBE)


def _over(target: Target, *needs: tuple[str, int, str], least: str = "") -> list[str]:
    """Of needs (which memory, how many bytes, for what) those that the target or its emulated machine cannot meet."""
    said = []
    of = ("its {:,}", "the {:,} of the machine that emulates it")
    for what, need, use in needs:
        for have, whose in zip(_room(target, what), of, strict=True):
            if have is not None and need > have:
                amount = f"{least}{need:,} bytes of {what}{use and f' {use}'}"
                said.append(f"it needs {amount}, {need - have:,} more than {whose.format(have)}")
                break
    return said


def _room(target: Target, what: str) -> tuple[int | None, int | None]:
    """Bytes of a memory that the target has, and its emulated machine; None where that is not known."""
    machine = {MEMORIES.get(region.name): region.length for region in target.memory}
    if target.memories:  # the arena may lie in all of them
        machine["RAM"] = sum(region.length for region in target.emulated())
    return {"flash": target.flash_bytes, "RAM": target.ram_bytes}[what], machine.get(what)


def _excess(target: Target, sizes: _Sizes) -> dict[str, int]:
    """See `DoesNotFit.over`: the stack is to blame where there is room for all else."""
    found = {}
    for what, need in (("flash", sizes.flash), ("RAM", sizes.ram)):
        have = next((room for room in _room(target, what) if room is not None and need > room), None)
        if have is not None:
            stack = what == "RAM" and sizes.variables is not None and sizes.variables <= have
            found["stack" if stack else what] = need - have
    return found


def _beyond_indexes(target: Target, least: Least) -> list[str]:
    """Tensors, or the arena, whose bytes the core's `lapel_index` cannot count; a streamed input is never indexed, nor
    is a constant that kernels read in another, smaller form."""
    limit, streamed = index_limit(target.index_bits), streamed_inputs(least.graph)
    far = {i for n in least.graph.nodes if least.largest_tables.get(n.name, limit + 1) > limit for i in n.inputs}
    near = {i for n in least.graph.nodes for i in n.inputs if i and least.graph.tensors[i].data is not None} - far
    sizes = {t.name: t.type.bytes for t in least.graph.tensors.values() if t.name not in streamed | near}
    sizes = {f"tensor {name!r}": size for name, size in sizes.items()} | {"its arena": least.arena_bytes}
    found = [f"{name} has {size:,} bytes" for name, size in sizes.items() if size > limit]
    if not found:
        return []
    more = f", as have {len(found) - SHOWN} others" if len(found) > SHOWN else ""
    return [f"{', '.join(found[:SHOWN])}{more}, more than the {limit:,} that {target.core} can index"]


def _too_large(asked: Asked, over: Sequence[str], sizes: _Sizes, fits: str) -> DoesNotFit:
    """fits: how sure it is that a board which has room for these sizes is large enough."""
    said = [f"{asked.graph.name} does not fit {asked.target.name}: {', and '.join(over)}"]
    excess = _excess(asked.target, sizes)
    if _over(asked.target, ("RAM", sizes.ram, "")):
        said += _elsewise(asked, sizes)
    elif "flash" in excess and parts_within(asked.graph, excess["flash"]):
        said.append(_smaller(asked.graph, excess["flash"], "about" if sizes.variables is not None else "at most"))
    boards = boards_with_room(sizes.flash, sizes.ram)
    # Code for another core is a little larger or smaller; these boards have room by the sizes found here.
    said.append(f"{fits}: {', '.join(boards)}" if boards else "no known board has room for it: make the model smaller")
    return DoesNotFit("; ".join(said), excess)


def _smaller(graph: Graph | None, excess_bytes: int, how: str = "about") -> str:
    """What to do about so many bytes of flash too many; None: a program of several models. how: of a bound, or of what
    was measured."""
    found = "" if graph is None else parts_within(graph, excess_bytes)
    return f"make the model smaller: {how} {found} would fit" if found else "make the model smaller"


def _elsewise(asked: Asked, sizes: _Sizes) -> list[str]:
    """What the tensors would need with the options that make their arena smallest."""
    found = asked.arena_elsewise()
    if found is None:
        return []
    options, arena = found
    if arena >= sizes.arena:
        return [f"{options} as much"]
    over = _over(asked.target, ("flash", sizes.flash, ""), ("RAM", sizes.ram - sizes.arena + arena, ""))
    return [f"{options} about {arena:,}, {'still too much' if over else 'which may fit'}"]
