"""Blobs that reach every kernel of a core, from which hostile ones are made, and holes in what refuses those."""

from __future__ import annotations

import ast
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

import lapel
from coded_layers import CODED_CASES
from depthwise_cases import DEPTHWISE_CASES
from images import draw_image_net
from lapel import zoo
from lapel.codegen.blob import blob
from lapel.codegen.facts import compiled as compiled_facts
from lapel.codegen.kernelfamilies import every_kernel
from lapel.codegen.kernelset import KernelSet, abi, facts_text, kernel_set
from lapel.errors import UnsupportedModel
from lapel.ir import Graph
from lapel.ops import registry
from lapel.planning import Plan, make_plan
from lapel.runtime.contracts import Fact
from lapel.targets import Target, load_target
from lapel.variants import FlashSaver, variants
from lapel.wish import Wish
from large_windows import LARGE_CASES
from nets import Net
from shallow import SHALLOW_CASES
from statenets import cell, ring

HOST = load_target("host")
NETS = 12
SETS = {t: load_target(t).kernels for t in ("host", "cortex-m0", "cortex-m4", "cortex-m55")}
"""Forms of kernels, by the cores that prefer them."""
DATA = Wish(shared=True, whole_input=True)
EACH = 3
"""Layers of a kernel, at least."""
MORE = (*SHALLOW_CASES, *LARGE_CASES, *DEPTHWISE_CASES)
Seeds = tuple[KernelSet, list[bytes]]
"""Kernels, and blobs that take all of them."""


def draws() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(8, 8, 8, 1)).astype(np.float32)


def networks() -> list[Graph]:
    perceptron = lapel.quantize(zoo.make("mlp", input=(8, 8, 1), outputs=10, hidden=(8,)), draws()).graph
    return [*map(draw_image_net, range(NETS)), perceptron, *(net(np.random.default_rng(0)) for net in (ring, cell))]


def on_host(core: str) -> Target:
    """This computer, with the forms of kernels that a core prefers."""
    return replace(HOST, kernels=SETS[core])


def seeds_of(target: Target) -> Seeds:
    """Blobs of small networks and of layers that take all of a target's kernels, and the kernels of all of them."""
    known = set(every_kernel(target))
    plans = [make_plan(graph, target, replace(DATA, kernels=tuple(known))) for graph in networks()]
    plans.append(make_plan(streamed(), target, Wish("ram", shared=True, kernels=tuple(known))))
    seen = Counter[str]()
    for plan in (make_plan(graph, target, DATA) for graph in layers()):
        called = kernels_of(plan)
        if called <= known and any(seen[k] < EACH for k in called):
            plans.append(plan)
            seen.update(called)
    plans += coded(target, known)
    kernels = kernel_set("kernels", target, set[str]().union(*map(kernels_of, plans)))
    missing = {k for k in known if target.kernels == HOST.kernels or "_" in k} - set(kernels.kernels)
    assert not missing, f"no layer takes {missing}: add a case to MORE"
    return kernels, [blob(plan, kernels) for plan in plans]


def streamed() -> Graph:
    """Its input is read in bands, of which rows are kept."""
    net = Net("streamed", (1, 16, 8, 3), seed=5)
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pool = net.node("maxpool", (t,), (1, 2, 2, 4), kernel=(8, 4), stride=(8, 4), pad=(0,) * 4, activation="none")
    return net.graph(net.dense(net.reshape(pool, (1, 16)), 4))


def coded(target: Target, known: Collection[str]) -> Iterator[Plan]:
    """Layers of coded weights, of every kernel that takes some: it is the only one that may be called."""
    for kernel in sorted(k for k in known if isinstance(variants().get(k), FlashSaver)):
        taken = 0
        for case in CODED_CASES[kernel.split("_")[0]]:
            with suppress(UnsupportedModel):  # weights that this code makes no smaller
                graph = case.draw(np.random.default_rng(zlib.crc32(f"{kernel}/{case.name}".encode())))
                yield make_plan(graph, target, replace(DATA, kernels=(kernel,)))
                taken += 1
            if taken == EACH:
                break
        assert taken, f"no layer takes {kernel}: add a case to CODED_CASES"


def kernels_of(plan: Plan) -> set[str]:
    return {c.kernel for s in plan.steps for c in s.calls}


def layers() -> Iterator[Graph]:
    """Of every operator's cases, and of those for which cores have kernels."""
    cases = [(op.name, case) for op in registry().values() for case in op.cases()]
    for name, case in [*cases, *(("more", case) for case in MORE)]:
        for k in range(EACH):
            yield case.draw(np.random.default_rng((zlib.crc32(f"{name}/{case.name}".encode()), k)))


HOLES = (
    ("facts", "bias of [out_c]"),
    ("facts", "in_c == groups * group_in"),
    ("facts", "table of [256]"),
    ("facts", "kernel_h > pad_top"),
    ("facts", "mul of [out_c if per_channel else 1]"),
    ("facts", "kernel_w > pad_left"),
    ("facts", "counts and values"),
    ("lapel_interpreter.c", "step->kernel >= model->kernels->count"),
    ("lapel_interpreter.c", "step->params % entry->params_align != 0"),
    ("lapel_interpreter.c", "!lapel_within(step->params, entry->params_bytes, h->bytes)"),
    ("lapel_interpreter.c", "!lapel_within(port->place, port->bytes, h->arena_bytes)"),
)
"""Tests of the loader, each of which is left out: of kernels' headers, or of a file."""


def said(fact: Fact) -> str:
    """A fact as HOLES name it."""
    if fact.kind in ("book", "aside"):
        return f"{fact.subject} and {fact.other}"
    text = ast.unparse(fact.test)
    return f"{fact.subject} of [{text}]" if fact.kind in ("table", "operand", "elements") else text


def opened(name: str, text: str, where: str, condition: str, kernels: KernelSet) -> str:
    """The source without one of its conditions."""
    if name == where:
        assert condition in text, condition
        return text.replace(condition, "(0)")
    if where == "facts" and name == "kernels.c":
        core, before = abi(kernels.target), text
        for kernel in kernels.kernels:
            whole, less = compiled_facts(kernel, core), compiled_facts(kernel, core, lambda f: said(f) == condition)
            text = text.replace(facts_text(kernel, whole), facts_text(kernel, less))
        assert text != before, condition
    return text
