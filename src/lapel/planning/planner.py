"""`make_plan`: rewrites, then order, kernels and arena for one target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lapel.errors import UnsupportedModel
from lapel.ir import Call, Graph, Instance, Node, Tensor
from lapel.ir.limits import live_values, size_problems
from lapel.ops import load, registry, slide
from lapel.planning import arena, slides
from lapel.planning.bands import smallest_in_bands
from lapel.planning.buffers import Layout, aligned_buffers, assign_buffers, joins
from lapel.planning.costs import Costs
from lapel.planning.floats import in_float32
from lapel.planning.goals import OverBudget
from lapel.planning.kernels import Kernels, choose_kernels, uncoded
from lapel.planning.least import Least, index_limit, least_arena_bytes, least_largest_tables, least_table_bytes
from lapel.planning.order import orders
from lapel.planning.parts import parts_within
from lapel.planning.plan import Plan, Step
from lapel.planning.refusal import refuse
from lapel.planning.rewrites import rewrite
from lapel.planning.scratch import fullest, settle, spare
from lapel.planning.slowness import slowness
from lapel.planning.states import written_back
from lapel.planning.streams import reads_in_order, streamed_inputs
from lapel.records import Choice, Note, Placement
from lapel.rewrites.edit import with_nodes
from lapel.targets import Target
from lapel.wish import ANY, Wish

MOST_MEETINGS_IN_BANDS = 4000
"""Values that are alive when another is made, beyond which no bands are sought: some sixty plans would be made."""


def make_plan(
    graph: Graph,
    target: Target,
    wish: Wish = ANY,
    *,
    costs: Costs | str | None = None,
    check: Callable[[Least], None] | None = None,
    reuse: bool = True,
    guard_bytes: int = 0,
) -> Plan:
    """Decide everything about the firmware of `graph` on `target`.

    costs: of kernel calls, or why there are none; then the target's order of preference decides for every goal.
    wish.optimize: "latency" takes the fastest kernel of each layer; "ram" takes a slower one where that lets the
    layer's output overlap its input and the arena becomes smaller by it, and computes early layers in bands, which are
    sought with the kernels of the order of preference; "flash" and "balanced": see `lapel.planning.goals`.
    wish.shared: no step has code of its own. wish.kernels: no others are called. wish.whole_input: the input lies in
    the arena as a whole even where less of it would do (`lapel.planning.bands`).
    wish.flash_budget: bytes of code and constants, by the costs, that the kernels may take; OverBudget is raised if
    they cannot. check: is given what every such plan needs before costs are asked for, and may raise. reuse=False
    gives every tensor bytes of its own for the whole inference; guard_bytes keeps that many bytes free round each
    buffer (both are for tests).

    Raises UnsupportedModel, if the graph is beyond the bounds of `lapel.ir.limits` or has nodes that kernels cannot
    compute, FloatModel if these are of floats and have no float32 form.
    """
    graph = in_float32(graph)
    problems = size_problems(graph)
    if problems:
        raise UnsupportedModel(f"{graph.name} on {target.name}", problems)
    refuse(graph, f"{graph.name} on {target.name}")
    graph, notes = rewrite(graph)
    task = _Task(target, wish, costs, check, reuse, guard_bytes)
    if wish.optimize != "ram" or not reuse:
        return _plan(graph, task, notes)
    meetings = live_values(graph)[1]
    if meetings > MOST_MEETINGS_IN_BANDS:
        notes.append(Note("bands", f"not sought: {meetings} values meet others, more than {MOST_MEETINGS_IN_BANDS}"))
        return _plan(graph, task, notes)
    # Every piece of a layer is a call of its own: measuring those of all bands that are tried would take minutes.
    quick = replace(task, wish=replace(wish, flash_budget=None), costs=None, check=None)
    tried: dict[int, tuple[Plan, Graph, list[Note]]] = {}

    def attempt(banded: Graph, said: list[Note]) -> Plan:
        plan = _plan(banded, quick, notes + said)
        tried[id(plan)] = plan, banded, notes + said
        return plan

    _, graph, notes = tried[id(smallest_in_bands(graph, attempt(graph, []), attempt, stream=not wish.whole_input))]
    return _plan(graph, task, notes)


@dataclass(frozen=True)
class _Task:
    """What a plan is asked for; see `make_plan`."""

    target: Target
    wish: Wish
    costs: Costs | str | None
    check: Callable[[Least], None] | None
    reuse: bool
    guard_bytes: int


def _plan(graph: Graph, task: _Task, notes: list[Note]) -> Plan:
    """Kernels, order and arena of a graph as it is."""
    notes, target = list(notes), task.target
    joined, streamed = joins(graph), streamed_inputs(graph)
    calls = {n.name: () if n.name in joined else _calls(graph, n, streamed) for n in graph.nodes}
    if target.rom == "separate":
        graph, calls = load_operands(graph, calls)

    preference = uncoded(target.kernels) if task.wish.uncoded else target.kernels
    wish = task.wish
    kernels = Kernels(
        graph, calls, preference, task.costs, wish.optimize, wish.flash_budget, index_limit(target.index_bits),
        alone=not wish.shared, allowed=wish.kernels,
    )  # fmt: skip
    if task.check is not None:
        task.check(_least(graph, task, kernels.candidates()))
    kernels.find_costs()

    def arrange(
        ordered: frozenset[str], sparing: frozenset[str] = frozenset()
    ) -> tuple[_Arrangement, dict[str, tuple[Choice, ...]]]:
        try:
            found, said = kernels.choose(ordered, sparing)
        except OverBudget as e:
            fits = parts_within(graph, e.need_bytes - e.budget)
            raise OverBudget(e.need_bytes, e.budget, f"{graph.name} on {target.name}: ", fits) from None
        best = {name: chosen for name, (chosen, _) in found.items()}
        arranged = _choose_order(graph, target, best, task.reuse, task.guard_bytes)
        return replace(arranged, kernels=said), {n: why for n, (_, why) in found.items()}

    if task.wish.optimize == "ram":
        small, ordered = _smallest(graph, arrange, notes)
        full = partial(fullest, align=max(target.arena_align, 1), guard=task.guard_bytes)
        (chosen, why), said = spare(small, partial(arrange, ordered), full, kernels.sparing())
        notes += said
    else:
        chosen, why = arrange(frozenset())
    graph, calls = chosen.graph, chosen.calls
    copies = [n for n in chosen.order if n.name not in why]
    copied = {n.name: _calls(graph, n, frozenset()) for n in copies}
    made = Kernels(
        graph, copied, preference, None, wish.optimize, None, alone=not wish.shared, allowed=wish.kernels
    )  # fmt: skip
    why |= {name: choices for name, (_, choices) in made.choose(frozenset())[0].items()}
    why |= {name: () for name in why if not calls[name]}  # what writes back a state has no work where that is done
    placements, scratch = _placements(graph, chosen, task.guard_bytes)
    steps = tuple(
        Step(k, n, calls[n.name], registry()[n.op].macs(graph.instance(n)), reason, why[n.name], scratch.get(n.name))
        for k, (n, reason) in enumerate(
            zip(chosen.order, reasons(chosen.layout, chosen.order, placements), strict=True)
        )
    )
    notes += [Note("kernels", chosen.kernels)] if chosen.kernels else []
    notes += [chosen.note, Note("arena", chosen.packing)]
    bytes_ = chosen.bytes, chosen.bound
    taken = [pair for step in steps for pair in zip(step.calls, step.choices, strict=True)]
    warnings = (*kernels.warnings(), *slowness(taken, wish.flash_budget is not None))
    return Plan(graph, target, steps, placements, *bytes_, tuple(notes), task.guard_bytes, warnings).verify()


def _least(graph: Graph, task: _Task, candidates: Mapping[str, Sequence[Sequence[Call]]]) -> Least:
    table_bytes = least_table_bytes(graph, (c for calls in candidates.values() for c in calls))
    align = max(task.target.arena_align, 1)
    arena_bytes = least_arena_bytes(graph, candidates, align, task.reuse, task.guard_bytes)
    return Least(graph, table_bytes, arena_bytes, least_largest_tables(graph, candidates))


def _smallest(
    graph: Graph,
    arrange: Callable[[frozenset[str]], tuple[_Arrangement, dict[str, tuple[Choice, ...]]]],
    notes: list[Note],
) -> tuple[tuple[_Arrangement, dict[str, tuple[Choice, ...]]], frozenset[str]]:
    """The arrangement with the smallest arena, of these one with few layers slowed down for it, and which."""
    fast = arrange(frozenset())
    small = arrange(frozenset(n.name for n in graph.nodes))
    if small[0].bytes >= fast[0].bytes:
        notes.append(Note("ram", f"no kernel that keeps an order makes the arena smaller than {fast[0].bytes:,} bytes"))
        return fast, frozenset()
    # Only layers whose operands do not fit side by side into the small arena have to overlap them.
    tight = frozenset(n.name for n in graph.nodes if _operand_bytes(graph, n) > small[0].bytes)
    few = arrange(tight)
    every = frozenset(n.name for n in graph.nodes)
    best, ordered = (few, tight) if few[0].bytes <= small[0].bytes else (small, every)
    figures = f"arena {best[0].bytes:,} bytes, not {fast[0].bytes:,}"
    notes.append(Note("ram", f"{figures}: kernels that keep an order in {len(ordered)} layers"))
    return best, ordered


def _operand_bytes(graph: Graph, node: Node) -> int:
    operands = {t for t in (*node.inputs, *node.outputs) if t and graph.tensors[t].data is None}
    return sum(graph.tensors[t].type.bytes for t in operands)


def _calls(graph: Graph, node: Node, streamed: frozenset[str]) -> tuple[Call, ...]:
    """The node's kernel calls; none where its output is its input's buffer under another shape."""
    op, inst = registry()[node.op], graph.instance(node)
    if op.alias(inst) and inst.const(0) is None and node.inputs[0] not in streamed:
        return ()
    return op.lower(inst)


def load_operands(graph: Graph, calls: dict[str, tuple[Call, ...]]) -> tuple[Graph, dict[str, tuple[Call, ...]]]:
    """Copy constant operands into RAM, on cores whose flash is another address space.

    y = op(x, c)  -->  r = load(c); y = op(x, r)
    """
    tensors: dict[str, Tensor] = {}
    nodes: list[Node] = []
    changed = dict(calls)
    for node in graph.nodes:
        operands = dict.fromkeys(i for c in calls[node.name] for i in c.inputs)
        renamed = {i: f"{node.name}/{i}/ram" for i in operands if graph.tensors[i].data is not None}
        for constant, name in renamed.items():
            copy = load.node(constant, name)
            tensors[name] = Tensor(name, graph.tensors[constant].type)
            changed[copy.name] = load.OP.lower(Instance(copy, (graph.tensors[constant],), (tensors[name],)))
            nodes.append(copy)
        changed[node.name] = tuple(
            replace(c, inputs=tuple(renamed.get(i, i) for i in c.inputs)) for c in calls[node.name]
        )
        nodes.append(replace(node, inputs=tuple(renamed.get(i, i) for i in node.inputs)))
    return with_nodes(graph, nodes, tensors), changed


@dataclass(frozen=True, eq=False)
class _Arrangement:
    graph: Graph
    calls: dict[str, tuple[Call, ...]]
    order: Sequence[Node]
    layout: Layout
    offsets: list[int]
    bytes: int
    bound: int
    note: Note
    packing: str
    kernels: str = ""


def _choose_order(
    graph: Graph, target: Target, calls: dict[str, tuple[Call, ...]], reuse: bool, guard: int
) -> _Arrangement:
    """Pack the arena for each candidate order; keep the smallest, the earlier one on a tie."""
    tried = {}
    for name, order in orders(graph).items():
        if not reads_in_order(graph, order):
            continue
        layout = assign_buffers(graph, order, [calls[n.name] for n in order], reuse=reuse)
        tried[name] = _arrange(graph, order, layout, calls, target, guard)
    best = min(tried, key=lambda n: tried[n].bytes)
    figures = ", ".join(f"{n} needs {a.bytes:,} bytes" for n, a in tried.items())
    return replace(tried[best], note=Note("order", f"{best} ({figures})"))


def _arrange(
    graph: Graph,
    order: Sequence[Node],
    layout: Layout,
    calls: dict[str, tuple[Call, ...]],
    target: Target,
    guard: int,
) -> _Arrangement:
    """Pack one order, with slides if these are worth it."""
    align = max(target.arena_align, 1)
    buffers, overlaps = aligned_buffers(layout, align, guard)
    offsets, size, how = arena.pack(buffers, overlaps)
    bound = arena.lower_bound(buffers, overlaps)
    working = calls | dict.fromkeys(_idle(graph, layout), ())
    plain = _Arrangement(graph, working, order, layout, offsets, size, bound, Note("", ""), "")
    # Where the arena is divided, copies that let two buffers overlap in one memory may find them in two.
    wanted = size > bound and not target.memories
    slid = slides.pack_with_slides(buffers, overlaps, bound, size, align) if wanted else None
    if slid is not None:
        plain = _with_slides(plain, slid, target)
        how = "in execution order"
        if slid.copied:
            how += f", {slid.copied:,} bytes copied upwards on the way (else {size:,} bytes)"
    sizes, _ = aligned_buffers(plain.layout, align, guard)
    settled = settle(sizes, plain.offsets, set(plain.layout.scratch.values()), plain.bytes)
    plain = replace(plain, offsets=settled)
    proof = "which is optimal for this order" if plain.bytes == bound else f"proven bound for this order {bound:,}"
    return replace(plain, packing=f"{plain.bytes:,} bytes, placed {how}; {proof}")


def _idle(graph: Graph, layout: Layout) -> list[str]:
    """Nodes that would write back a state's update, were it not at the state's place already."""
    states = written_back(graph)
    ends = [(n.name, n.inputs[0], states[n.outputs[0]]) for n in graph.nodes if n.outputs[0] in states]
    return [n for n, update, s in ends if update in layout.of and layout.place(update) == layout.place(s)]


def _with_slides(a: _Arrangement, slid: slides.Slid, target: Target) -> _Arrangement:
    """Insert the copies as steps.

    y = op(x)  -->  r = slide(x); y = op(r)
    """
    old = {name: slid.offsets[k] for name, k in a.layout.of.items()}
    readers = {o.y: o.x for o in a.layout.overlaps if o.x in slid.moved}
    tensors: dict[str, Tensor] = {}
    order: list[Node] = []
    calls = dict(a.calls)
    for node in a.order:
        k = readers.get(a.layout.of[node.outputs[0]])
        if k is None or node.inputs[0] not in a.layout.of or a.layout.of[node.inputs[0]] != k:
            order.append(node)
            continue
        name = f"{node.inputs[0]}/slid"
        moved = slide.node(node.inputs[0], name)
        tensors[name] = replace(a.graph.tensors[node.inputs[0]], name=name)
        x = a.graph.tensors[node.inputs[0]]
        copy = slide.OP.lower(Instance(moved, (x,), (tensors[name],)))
        calls[moved.name], _ = choose_kernels(copy, target.kernels)
        calls[node.name] = tuple(replace(c, inputs=(name,)) for c in calls[node.name])
        order += [moved, replace(node, inputs=(name, *node.inputs[1:]))]
        old[name] = slid.moved[k]
    graph = with_nodes(a.graph, order, tensors)
    layout = assign_buffers(graph, order, [calls[n.name] for n in order], reuse=True)
    scratch = {k: slid.offsets[a.layout.scratch[name]] for name, k in layout.scratch.items()}
    offsets = [scratch[k] if k in scratch else old[b.tensors[0]] for k, b in enumerate(layout.buffers)]
    return replace(a, graph=graph, calls=calls, order=order, layout=layout, offsets=offsets, bytes=slid.bytes)


def reasons(layout: Layout, order: Sequence[Node], placements: Mapping[str, Placement]) -> list[str]:
    """The layout's reasons, and of those outputs that do overlap their inputs by how much and why they may."""
    reasons = list(layout.reasons)
    overlaps = {o.y: o for o in layout.overlaps}
    for step, node in enumerate(order):
        y = placements[node.outputs[0]]
        x = placements.get(node.inputs[0]) if node.inputs else None
        if x is None or y.buffer not in overlaps or y.first != step:
            continue
        shared = min(x.offset + x.bytes, y.offset + y.bytes) - max(x.offset, y.offset)
        if shared > 0 and overlaps[y.buffer].exact:
            reasons[step] = (
                f"in place: starts where {x.tensor} starts, and the kernel reads each byte before it writes it"
            )
        elif shared > 0:
            reasons[step] = (
                f"overlaps its input by {shared:,} bytes: starts {x.offset - y.offset:,} bytes below {x.tensor}, and "
                f"from {overlaps[y.buffer].distance:,} bytes on {node.op} overwrites only what it will not read again"
            )
        if registry()[node.op].moves:
            reasons[step] = f"copied by {y.offset - x.offset:,} bytes, to where the next output can overlap it"
    return reasons


def _placements(graph: Graph, chosen: _Arrangement, guard: int) -> tuple[dict[str, Placement], dict[str, Placement]]:
    """Where each tensor lies, by its name, and each node's scratch, by the node's."""
    layout, end, kept = chosen.layout, len(chosen.order), {*graph.states, *written_back(graph)}

    def place(name: str, k: int, delta: int, size: int) -> Placement:
        b = layout.buffers[k]
        first, last = (-1, end) if name in kept else (b.first, min(b.last, end))
        return Placement(name, k, chosen.offsets[k] + guard + delta, size, first, last)

    tensors = {n: place(n, k, layout.delta.get(n, 0), graph.tensors[n].type.bytes) for n, k in layout.of.items()}
    return tensors, {n: place("", k, 0, layout.buffers[k].bytes) for n, k in layout.scratch.items()}
