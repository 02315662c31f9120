"""Many one-node graphs as one model: one compilation and one run prove them all."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lapel import codegen
from lapel.frontends.tflite.variables import initial_value
from lapel.ir import DTYPES, Call, Carry, Graph, Tensor
from lapel.ops import registry
from lapel.planning import Plan
from lapel.proving.bits import count_mismatches, differing
from lapel.proving.run import reference_outputs
from lapel.proving.samples import Samples, from_bytes, to_bytes
from lapel.simulate import Mode, build_firmware, run_firmware
from lapel.variants import variants

EDGES = 3


def draws(count: int) -> list[Graph]:
    """`count` graphs of each case of each operator."""
    cases = {f"{name}/{case.name}": case for name, op in sorted(registry().items()) for case in op.cases()}
    return [c.draw(np.random.default_rng((zlib.crc32(s.encode()), i))) for s, c in cases.items() for i in range(count)]


def each_kernel() -> list[Graph]:
    """So many of these that every kernel and form which one of them could call is called for by some."""
    found, reached = [], set[str]()
    for graph in draws(1):
        (node,) = graph.nodes
        calls = registry()[node.op].lower(graph.instance(node))
        own = {c.kernel for c in calls}
        for name, variant in variants().items():
            taken = [variant.specialize(c) for c in calls if name.split("_")[0] == c.kernel]
            own |= {t.kernel for t in taken if isinstance(t, Call)}
        if own - reached:
            found.append(graph)
            reached |= own
    return found


def inlined(plan: Plan) -> Plan:
    """Every call with code of its own."""
    steps = [replace(s, calls=tuple(replace(c, inline=True) for c in s.calls)) for s in plan.steps]
    return replace(plan, steps=tuple(steps))


def merge(name: str, graphs: Sequence[Graph]) -> Graph:
    """Side by side: tensors and nodes of graph k are prefixed with `k/`."""
    nodes, tensors, arguments, results, carries = [], {}, [], [], []
    for k, g in enumerate(graphs):

        def rename(t: str, k: int = k) -> str:
            return f"{k}/{t}" if t else ""

        for node in g.nodes:
            ins, outs = tuple(map(rename, node.inputs)), tuple(map(rename, node.outputs))
            nodes.append(replace(node, name=rename(node.name), inputs=ins, outputs=outs))
        for t in g.tensors.values():
            tensors[rename(t.name)] = Tensor(rename(t.name), t.type, t.data)
        arguments += map(rename, g.arguments)
        results += map(rename, g.results)
        carries += [replace(c, state=rename(c.state), update=rename(c.update)) for c in g.carries]
    inputs = (*arguments, *(c.state for c in carries))
    outputs = (*results, *(c.update for c in carries))
    return Graph(name, tuple(nodes), tensors, inputs, outputs, tuple(carries))


def with_states(graph: Graph) -> Graph:
    """A one-node graph; if its operator has state, that is kept from call to call, and no port any more."""
    (node,) = graph.nodes
    pairs = [(node.inputs[i], node.outputs[k]) for i, k in registry()[node.op].renews(graph.instance(node))]
    if not pairs:
        return graph
    carries = [Carry(state, update, initial_value(graph.tensors[state].type)) for state, update in pairs]
    inputs, outputs = (
        (*(t for t in ends if t not in kept), *kept)
        for ends, kept in zip((graph.inputs, graph.outputs), zip(*pairs, strict=True), strict=True)
    )
    return replace(graph, inputs=inputs, outputs=outputs, carries=tuple(carries))


def check_bits(plan: Plan, graph: Graph, folder: Path, count: int) -> None:
    """Run a plan on `count` samples, nothing counted: the reference's bits, or which nodes have others."""
    code = codegen.generate(plan)
    firmware = build_firmware(code.files(), plan.target, folder, mode="plain")
    samples = draw_samples(graph, np.random.default_rng(2), count)
    raw = run_firmware(firmware, to_bytes(graph, samples), sum(p.type.bytes for p in code.outputs))
    found = dict(zip(graph.outputs, from_bytes(plan.graph, raw.outputs).values(), strict=True))
    wrong = wrong_nodes(graph, samples, found)
    assert not wrong, f"on {plan.target.name} not the reference's: {wrong}"


def wrong_nodes(graph: Graph, samples: Samples, found: Samples) -> str:
    """Operators and names of the nodes with an output that is not the reference's, bit for bit."""
    want = reference_outputs(graph, samples)
    wrong = {o for o in want if differing(found[o].reshape(want[o].shape), want[o]).any()}
    return ", ".join(f"{n.op} {n.name}" for n in graph.nodes if not wrong.isdisjoint(n.outputs))


def check_guarded(
    plan: Plan, graph: Graph, folder: Path, count: int, mode: Mode = "plain", extra: Sequence[str] = ()
) -> None:
    """Run a plan whose buffers lie apart, on `count` samples: the reference's bits, and no byte outside of a buffer.

    extra: of a host build; with sanitizers no byte outside of a buffer may be read, either.
    """
    code = codegen.generate(plan, with_arena=True)
    used = np.zeros(plan.arena_bytes, bool)
    for p in plan.places():
        used[p.offset : p.offset + p.bytes] = True
    files = code.files()
    if any("address" in flag for flag in extra):
        files["adapter.c"] = poisoned(files["adapter.c"], code.prefix, used)
    firmware = build_firmware(files, plan.target, folder, mode=mode, cflags_extra=extra)
    samples = draw_samples(graph, np.random.default_rng(1), count)
    size = sum(p.type.bytes for p in code.outputs)
    raw = run_firmware(firmware, to_bytes(graph, samples), size + plan.arena_bytes)
    found = dict(zip(graph.outputs, from_bytes(plan.graph, raw.outputs[:, :size]).values(), strict=True))
    assert count_mismatches(found, reference_outputs(graph, samples)) == 0
    paint = (0xA5 + 29 * np.arange(plan.arena_bytes)).astype(np.uint8)
    assert (raw.outputs[:, size:][:, ~used] == paint[~used]).all(), "written outside of a buffer"


def poisoned(adapter: str, prefix: str, used: np.ndarray) -> str:
    """An adapter that forbids the sanitizer's program all bytes of the arena that are in no buffer, while it runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], used, [True]]))).reshape(-1, 2)
    ranges = ", ".join(f"{{{start}, {end - start}}}" for start, end in edges.tolist())
    call = f"    {prefix}_invoke("
    assert adapter.count(call) == 1
    return (
        "#include <stddef.h>\nvoid __asan_poison_memory_region(void const volatile *, size_t);\n"
        "void __asan_unpoison_memory_region(void const volatile *, size_t);\n"
        f"static const size_t outside[][2] = {{{ranges}}};\n"
        + adapter.replace(
            call,
            "    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {\n"
            f"        __asan_poison_memory_region({prefix}_arena + outside[i][0], outside[i][1]);\n    }}\n{call}",
        ).replace(
            "void adapter_write_outputs(void)\n{\n",
            f"void adapter_write_outputs(void)\n{{\n    __asan_unpoison_memory_region({prefix}_arena, {len(used)});\n",
        )
    )


def draw_samples(graph: Graph, rng: np.random.Generator, count: int) -> Samples:
    """Random samples after three edge ones: every element at its lowest, at its highest, at the zero point."""
    return {n: _draw(graph.tensors[n], rng, count) for n in graph.arguments}


def _draw(t: Tensor, rng: np.random.Generator, count: int) -> np.ndarray:
    shape, dtype = (count, *t.type.shape), DTYPES[t.type.dtype]
    zero = t.type.zero if t.type.quant else 0
    if t.type.dtype == "float32":
        x = rng.normal(0.0, 3.0, shape).astype(np.float32)
        # Beyond int32 after the division by a scale, TFLite Micro's conversion is undefined behaviour of C++.
        edges = [np.float32(-1e6), np.float32(1e6), np.float32(0.0)]
    elif t.type.dtype == "bool":
        return rng.integers(0, 2, shape).astype(np.bool_)
    else:
        info = np.iinfo(dtype)
        x = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
        if info.min == 0 and info.bits > 8:  # energies, of any magnitude
            x >>= rng.integers(0, info.bits, shape, dtype)
        edges = [info.min, info.max, zero]
    for k, e in enumerate(edges[:count]):
        x[k] = e
    return x
