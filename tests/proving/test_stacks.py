"""Stack at every level of optimization, in the header, in the JSON, and when there is none."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from cores import needs
from lapel import codegen
from lapel.errors import CompileError, DoesNotFit, LapelError, Mismatch, SimulationError
from lapel.ir import Graph
from lapel.measuring import figures
from lapel.planning import make_plan
from lapel.proving import stacks
from lapel.proving.firmware import compiled
from lapel.proving.samples import draw, to_bytes
from lapel.records import BlobBuild
from lapel.records.plain import to_plain
from lapel.simulate import Firmware, RawRun, build_firmware, run_firmware
from lapel.simulate.depths import stack_depth
from lapel.simulate.firmware import build_levels
from lapel.targets import Target, load_target
from lapel.wish import Wish
from nets import Net


def image() -> Graph:
    """Under the goal ram its input is streamed."""
    net = Net("image", (1, 24, 24, 4))
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pooled = net.node("maxpool", (t,), (1, 6, 6, 4), kernel=(4, 4), stride=(4, 4), pad=(0,) * 4, activation="none")
    return net.graph(net.dense(net.reshape(pooled, (1, 144)), 4))


def small() -> Graph:
    net = Net("small", (1, 8))
    return net.graph(net.dense("x", 3))


@pytest.mark.parametrize("core", [pytest.param("cortex-m4", marks=needs("cortex-m4"))])
def test_a_streamed_model_has_figures_of_both_functions(core: str, tmp_path: Path) -> None:
    built = lapel.build(image(), core, tmp_path, wish=Wish("ram"))
    found = {(s.function, s.option): s.bytes for s in built.stacks}
    assert set(found) == {(f, o) for f in ("invoke", "invoke_from") for o in stacks.LEVELS}
    assert found["invoke_from", "-O2"] == built.memory.stack_bytes
    whole = found["invoke", "-O2"]
    assert whole is not None and whole > built.memory.stack_bytes  # it calls the other one
    header = (tmp_path / "image.h").read_text()
    defined = {name: int(value) for name, value in re.findall(r"#define IMAGE_(\w+) (\d+)\n", header)}
    assert defined["STACK_BYTES"] == built.memory.stack_bytes and defined["STACK_INVOKE_BYTES"] == whole
    assert defined["STACK_WORST_BYTES"] == built.stack_worst_bytes == max(b for b in found.values() if b is not None)
    assert "painted run of image_invoke_from" in header and "image_invoke: -Og " in header
    # Of two models, the name of one may begin with the other's: `image` and `image_input`. Nothing they define is one.
    names = set(re.findall(r"\b(?:IMAGE|image)(_\w+)", header))
    assert not [(a, b) for a in names for b in names if a != b and a.endswith(b)]
    stored = json.loads((tmp_path / "lapel.json").read_text())
    assert stored["stack_worst_bytes"] == built.stack_worst_bytes
    assert stored["stacks"] == [to_plain(s) for s in built.stacks] and len(stored["stacks"]) == 10
    # One run need not take the deepest branch.
    bounds = {(s.function, s.option): s.bound for s in built.stacks}
    assert {b.why for b in bounds.values()} == {""}
    beyond = [b.bytes - found[job] for job, b in bounds.items()]
    assert min(beyond) == 0 and max(beyond) < 400, bounds
    assert built.stack_bound == bounds["invoke_from", "-O2"]
    assert [f.function for f in built.stack_bound.path][:2] == ["adapter_invoke", "image_invoke_from"]
    assert defined["STACK_BOUND_BYTES"] == stored["stack_bound_bytes"] == built.stack_bound.bytes
    most = max(b.bytes for b in bounds.values())
    assert defined["STACK_WORST_BOUND_BYTES"] == stored["stack_worst_bound_bytes"] == most
    assert f" > {built.stack_bound.path[-1].function} " in header


NETS = ("cortex-m0", "cortex-m3", "cortex-m33", "cortex-m55", "rv32imac", "rv32ec", "rv32emc", "atmega328p")
BEYOND = {"atmega328p": 24, "cortex-m55": 48, "rv32ec": 60, "rv32emc": 60}
"""Bytes by which the worst case may be beyond one run, elsewhere none: branches on the data, blocks with fewer sums."""


@pytest.mark.parametrize("core", [pytest.param(core, marks=needs(core)) for core in NETS])
def test_the_worst_case_is_no_less_than_what_was_painted(core: str) -> None:
    net = Net("net", (1, 6, 6, 3))
    graph = net.graph(net.dense(net.reshape(net.conv("x", 4), (1, 64)), 3))
    plan = make_plan(graph, load_target(core))
    with compiled(plan, graph, "count") as c:
        painted = c.execute(draw(graph, 2), 300).stack_bytes
        found = stack_depth(c.firmware)
    assert found.why == "" and found.bytes is not None
    assert painted <= found.bytes <= painted + BEYOND.get(core, 0)
    assert sum(size for _, size in found.path) == found.bytes and "net_invoke" in dict(found.path)


def empty_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "figures").mkdir()
    monkeypatch.setattr(figures, "cache_folder", lambda: folder / "figures")


def known_run(folder: Path) -> tuple[codegen.Firmware, Target, np.ndarray, RawRun]:
    chosen, graph = load_target("host"), small()
    code, inputs = codegen.generate(make_plan(graph, chosen)), to_bytes(graph, draw(graph, 1))
    return code, chosen, inputs, run_firmware(build_firmware(code.files(), chosen, folder, mode="plain"), inputs, 3)


def test_figures_are_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_cache(tmp_path, monkeypatch)
    given = known_run(tmp_path / "model")
    first = stacks.measure_stacks(*given, timeout_s=60)
    assert [s.option for s in first] == list(stacks.LEVELS) and all(s.bytes for s in first)
    monkeypatch.setattr(stacks, "build_levels", None)
    assert stacks.measure_stacks(*given, timeout_s=60) == first


@pytest.mark.parametrize(
    ("error", "why"), [(DoesNotFit, "does not fit"), (CompileError, "does not compile"), (None, "does not run")]
)
def test_a_level_that_cannot_be_had_says_so(
    error: type[LapelError] | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_cache(tmp_path, monkeypatch)
    asked, lost = [], []

    def build(*given: Any) -> Any:
        asked.append(given[4])
        found = stacks_build(*given)
        lost.append(found["invoke", "-O3"])
        return {**found, **({("invoke", "-O3"): error("no")} if error else {})}

    def run(firmware: Firmware, *given: Any, **more: Any) -> RawRun:
        if error is None and firmware is lost[-1]:
            raise SimulationError("no")
        return run_firmware(firmware, *given, **more)

    given, stacks_build = known_run(tmp_path / "model"), stacks.build_levels
    monkeypatch.setattr(stacks, "build_levels", build)
    monkeypatch.setattr(stacks, "run_firmware", run)
    found = {s.option: s for s in stacks.measure_stacks(*given, timeout_s=60)}
    assert found["-O3"].bytes is None and found["-O3"].why == why
    assert all(s.bytes for option, s in found.items() if option != "-O3")
    assert stacks.measure_stacks(*given, timeout_s=60) == tuple(found.values())
    # What an emulator did not end may be the load, and is tried again.
    assert asked[1:] == ([["-O3"]] if error is None else [])
    header = codegen.generate(
        make_plan(small(), load_target("host")), contract=codegen.Contract(1, 2, 3, 4, tuple(found.values()))
    ).header
    assert f"-O3 {why}, " in header


def test_levels_that_do_not_compile_or_link_are_told_from_the_others(tmp_path: Path) -> None:
    sources = {"odd.c": "#ifdef __OPTIMIZE_SIZE__\n#error no\n#endif\nint odd = 1;\n"}
    adapters = {
        "with": ADAPTER,
        "without": ADAPTER.replace("return &arena", "extern uint8_t not_there; return &not_there"),
    }
    found = build_levels(sources, adapters, load_target("host"), tmp_path, ["-O1", "-Os", "-O2"])
    assert {job for job, f in found.items() if isinstance(f, Firmware)} == {("with", "-O1"), ("with", "-O2")}
    assert all(isinstance(f, (Firmware, CompileError)) for f in found.values())
    assert "#error no" in str(found["with", "-Os"]) and "not_there" in str(found["without", "-O2"])


ADAPTER = """
#include "harness.h"
static uint8_t arena;
void adapter_reset(void) {}
void adapter_read_inputs(void) {}
void adapter_invoke(void) {}
void adapter_write_outputs(void) {}
uint8_t *adapter_arena(void) { return &arena; }
uint32_t adapter_arena_bytes(void) { return 1; }
"""


def test_other_outputs_at_another_level_are_a_mismatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_cache(tmp_path, monkeypatch)
    code, chosen, inputs, known = known_run(tmp_path / "model")
    with pytest.raises(Mismatch, match=r"host: outputs at -O. are not those at -O2: report this defect of Lapel"):
        stacks.measure_stacks(code, chosen, inputs, replace(known, outputs=known.outputs ^ 1), timeout_s=60)


def test_nothing_is_measured_where_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("lapel.proving.build"), "measure_stacks", None)
    built = lapel.build(small(), "host")
    assert built.stacks == () and built.to_json()["stack_worst_bytes"] is None


@pytest.mark.parametrize("core", [pytest.param("cortex-m0", marks=needs("cortex-m0"))])
def test_an_interpreter_calls_the_kernels_of_its_table(core: str, tmp_path: Path) -> None:
    built = lapel.build_blob(small(), core, tmp_path)
    bound = built.stack_bound
    assert bound is not None and bound.bytes is not None, bound
    assert built.memory.stack_bytes <= bound.bytes <= built.memory.stack_bytes + 64
    assert any(f.function in ("lapel_invoke", "lapel_load") for f in bound.path)
    assert BlobBuild.of_folder(tmp_path).stack_bound_bytes == bound.bytes
