"""Firmware for this computer that updates its model: small networks as blobs, and what compiles it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from images import draw_image_net
from lapel.codegen.blob import blob
from lapel.codegen.interpreted import interpreter_files
from lapel.codegen.kernelset import kernel_set
from lapel.codegen.updating import update_files
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.proving.proof import choose
from lapel.proving.run import reference_outputs
from lapel.proving.samples import to_bytes
from lapel.targets import load_target
from lapel.wish import Wish

HOST = load_target("host")
SEEDS = (1, 2, 4)
FLAGS = ("-g1", "-O1", "-w", "-funsigned-char", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@dataclass(frozen=True)
class Firmware:
    """Its sources by name, whose kernel set is `kernels`, and blobs for it with samples."""

    sources: dict[str, str]
    blobs: tuple[bytes, ...]


def sample_of(graph: Graph) -> bytes:
    samples = choose(graph, None)
    outputs = reference_outputs(graph, samples)
    return to_bytes(graph, samples)[0].tobytes() + b"".join(outputs[name][0].tobytes() for name in graph.results)


@cache
def firmware() -> Firmware:
    graphs = [draw_image_net(seed) for seed in SEEDS]
    plans = [make_plan(graph, HOST, Wish(shared=True, whole_input=True)) for graph in graphs]
    kernels = kernel_set("kernels", HOST, {c.kernel for plan in plans for s in plan.steps for c in s.calls})
    made = tuple(blob(plan, kernels, sample=sample_of(graph)) for plan, graph in zip(plans, graphs, strict=True))
    return Firmware({**interpreter_files(kernels), **update_files()}, made)


def compiled(made: Firmware, main: Path, folder: Path, *libraries: str, flags: tuple[str, ...] = FLAGS) -> Path:
    for name, text in made.sources.items():
        (folder / name).write_text(text)
    sources = ["lapel_interpreter.c", "kernels.c", "lapel_update.c", str(main)]
    subprocess.run(["gcc", *flags, "-I.", *sources, "-o", main.stem, *libraries], cwd=folder, check=True)
    return folder / main.stem
