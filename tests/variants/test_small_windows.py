"""Windows of a few pixels on the Cortex-M55: the reference's bits, with kernels shared and compiled into steps.

Known sizes that a compiler got wrong are in every run; `make test-long` has all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from batch import draw_samples, inlined, merge
from cores import needs
from lapel import codegen
from lapel.families.window import Window, same_pad
from lapel.planning import make_plan
from lapel.proving.bits import count_mismatches
from lapel.proving.run import reference_outputs
from lapel.proving.samples import from_bytes, to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.targets import load_target
from small_windows import Size, small_window, windows

CORE, CHANNELS, SAMPLES, BATCH = "cortex-m55", 16, 4, 150
OPS = ("depthwise", "conv", "avgpool", "maxpool")
KERNELS = (load_target(CORE).kernels, ("portable",))
STRIDE_OF = 401
"""In `make test` every so many-th window is tried."""


def known() -> list[tuple[Size, Window]]:
    """Windows of which GCC 12.2 left out all taps, or made code that did not assemble; and one whose rows and pixels
    are as many, so that it held both in one register."""
    found = [((2, 2), Window((2, 1), (1, 1)))]
    for kernel, image, stride in [
        ((4, 2), (1, 3), (1, 3)),
        ((8, 2), (1, 3), (1, 3)),
        ((4, 1), (2, 2), (1, 1)),
        ((4, 1), (1, 2), (1, 1)),
        ((4, 1), (1, 4), (1, 1)),
        ((4, 2), (3, 2), (3, 2)),
    ]:
        window = Window(kernel, stride)
        found.append((image, replace(window, pad=same_pad(image, window))))
    return found


def check(op: str, chosen: Sequence[tuple[Size, Window]], kernels: tuple[str, ...], inline: bool, folder: Path) -> None:
    graph = merge("small", [small_window(op, i, w, CHANNELS, k) for k, (i, w) in enumerate(chosen)])
    plan = make_plan(graph, replace(load_target(CORE), kernels=kernels))
    code = codegen.generate(inlined(plan) if inline else plan)
    firmware = build_firmware(code.files(), plan.target, folder, mode="plain")
    samples = draw_samples(graph, np.random.default_rng(1), SAMPLES)
    raw = run_firmware(firmware, to_bytes(graph, samples), sum(p.type.bytes for p in code.outputs))
    found = dict(zip(graph.outputs, from_bytes(plan.graph, raw.outputs).values(), strict=True))
    want = reference_outputs(graph, samples)
    wrong = [chosen[k] for k, o in enumerate(graph.outputs) if count_mismatches({o: found[o]}, {o: want[o]})]
    assert not wrong, f"{len(wrong)} of {len(chosen)} windows differ, the first: {wrong[0]}"


FORMS = [(op, kernels, inline) for op in OPS for kernels in KERNELS for inline in (False, True)]


@needs(CORE)
@pytest.mark.parametrize(("op", "kernels", "inline"), FORMS)
def test_some_small_windows(op: str, kernels: tuple[str, ...], inline: bool, tmp_path: Path) -> None:
    offset = FORMS.index((op, kernels, inline))
    check(op, [*known(), *itertools.islice(windows(), offset, None, STRIDE_OF)], kernels, inline, tmp_path)


@needs(CORE)
@pytest.mark.long
@pytest.mark.parametrize(("op", "kernels", "inline"), FORMS)
def test_all_small_windows(op: str, kernels: tuple[str, ...], inline: bool, tmp_path: Path) -> None:
    everything = list(windows())
    assert len(everything) > 3000
    for first in range(0, len(everything), BATCH):
        check(op, everything[first : first + BATCH], kernels, inline, tmp_path / str(first))
