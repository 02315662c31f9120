"""`make_plan`: rewrites, then order, kernels and arena for one target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lapel.errors import UnsupportedModel
from lapel.ir import Call, Graph, Node, Tensor
from lapel.ops import registry
from lapel.plan import arena
from lapel.plan.buffers import Layout, assign_buffers
from lapel.plan.kernels import choose_kernels
from lapel.plan.order import ORDERS
from lapel.plan.plan import Note, Placement, Plan, Step
from lapel.plan.rewrites import rewrite
from lapel.plan.rewrites.edit import with_nodes
from lapel.targets import Target


def make_plan(graph: Graph, target: Target, *, reuse: bool = True, guard_bytes: int = 0) -> Plan:
    """Decide everything about the firmware of `graph` on `target`.

    reuse=False gives every tensor bytes of its own for the whole inference; guard_bytes keeps that many bytes
    free round each buffer (both are for tests).
    """
    graph, notes = rewrite(graph)
    calls = {n.name: _calls(graph, n) for n in graph.nodes}
    if target.rom == "separate":
        graph, calls = load_operands(graph, calls)
    choices = {n.name: choose_kernels(calls[n.name], target.kernels) for n in graph.nodes}
    calls = {name: best for name, (best, _) in choices.items()}
    chosen = _choose_order(graph, target, calls, reuse, guard_bytes)
    placements = _placements(graph, chosen, guard_bytes)
    steps = tuple(
        Step(k, n, calls[n.name], registry()[n.op].macs(graph.instance(n)), reason, choices[n.name][1])
        for k, (n, reason) in enumerate(zip(chosen.order, chosen.layout.reasons, strict=True))
    )
    notes += [chosen.note, Note("arena", chosen.packing)]
    plan = Plan(graph, target, steps, placements, chosen.bytes, chosen.bound, tuple(notes), guard_bytes)
    return plan.verify()


def _calls(graph: Graph, node: Node) -> tuple[Call, ...]:
    """The node's kernel calls; none where its output is its input's buffer under another shape."""
    op, inst = registry()[node.op], graph.instance(node)
    if op.alias(inst) and inst.const(0) is None:
        return ()
    return op.lower(inst)


def check_index_range(plan: Plan) -> None:
    """Raise UnsupportedModel unless every tensor can be indexed with the target's `lapel_index`."""
    graph, target = plan.graph, plan.target
    limit = 2 ** (target.index_bits - 1) - 1
    problems = [
        f"tensor {t.name!r} has {t.type.bytes} bytes, more than the {limit} that {target.core} can index; "
        "choose a 32-bit target or a smaller model"
        for t in graph.tensors.values()
        if t.type.bytes > limit
    ]
    if problems:
        raise UnsupportedModel(f"{graph.name} on {target.name}", problems)


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
            load = Node("load", f"{name}/load", (constant,), (name,))
            tensors[name] = Tensor(name, graph.tensors[constant].type)
            with_load = with_nodes(graph, [load], tensors)
            changed[load.name] = registry()["load"].lower(with_load.instance(load))
            nodes.append(load)
        changed[node.name] = tuple(
            replace(c, inputs=tuple(renamed.get(i, i) for i in c.inputs)) for c in calls[node.name]
        )
        nodes.append(replace(node, inputs=tuple(renamed.get(i, i) for i in node.inputs)))
    return with_nodes(graph, nodes, tensors), changed


@dataclass(frozen=True, eq=False)
class _Arrangement:
    order: Sequence[Node]
    layout: Layout
    offsets: list[int]
    bytes: int
    bound: int
    note: Note
    packing: str


def _choose_order(
    graph: Graph, target: Target, calls: dict[str, tuple[Call, ...]], reuse: bool, guard: int
) -> _Arrangement:
    """Pack the arena for each candidate order; keep the smallest, the earlier one on a tie."""
    tried = {}
    for name, make in ORDERS.items():
        order = make(graph)
        layout = assign_buffers(graph, order, [calls[n.name] for n in order], reuse=reuse)
        align = max(target.arena_align, 1)
        sizes = [-(-(b.bytes + 2 * guard) // align) * align for b in layout.buffers]
        buffers = [arena.Buffer(s, b.first, b.last) for s, b in zip(sizes, layout.buffers, strict=True)]
        offsets, size, how = arena.pack(buffers)
        bound = arena.lower_bound(buffers)
        proof = "which is optimal for this order" if size == bound else f"proven bound for this order {bound}"
        tried[name] = _Arrangement(
            order, layout, offsets, size, bound, Note("", ""), f"{size} bytes, placed {how}; {proof}"
        )
    best = min(tried, key=lambda n: tried[n].bytes)
    figures = ", ".join(f"{n} needs {a.bytes} bytes" for n, a in tried.items())
    return replace(tried[best], note=Note("order", f"{best} ({figures})"))


def _placements(graph: Graph, chosen: _Arrangement, guard: int) -> dict[str, Placement]:
    end = len(chosen.order)
    found = {}
    for name, k in chosen.layout.of.items():
        b = chosen.layout.buffers[k]
        offset = chosen.offsets[k] + guard
        size = graph.tensors[name].type.bytes
        found[name] = Placement(name, k, offset, size, b.first, min(b.last, end))
    return found
