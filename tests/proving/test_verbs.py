"""build, run and diff as a caller of the Python API sees them, planted faults included."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

import lapel
from batch import merge
from lapel.errors import DoesNotFit, InputError, Mismatch, OutputError, UnknownTarget
from lapel.ir import Call, Graph, Instance, Quant
from lapel.ops import evaluate, registry
from lapel.ops.conv import Conv
from lapel.wish import Goal, Wish
from nets import Net


def small() -> Graph:
    net = Net("small", (1, 4, 4, 2), seed=5)
    c = net.conv("x", 3, (1, 1, 1, 1))
    return net.graph(net.dense(net.reshape(c, (1, 48)), 10))


def big(values: int) -> Graph:
    net = Net("big", (1, 100), seed=5)
    return net.graph(net.dense("x", values // 100))


@pytest.mark.parametrize("target", ["host", "cortex-m4", "arduino-uno"])
def test_run_is_bit_exact_and_counts(target: str) -> None:
    x = np.random.default_rng(0).integers(-128, 128, (7, 4, 4, 2), np.int8)
    result = lapel.run(small(), target, x)
    assert result.bit_exact and result.samples == 7
    graph = small()
    for k in range(7):
        want = evaluate(graph, {"x": x[k][None]})[graph.outputs[0]]
        assert (result.outputs[graph.outputs[0]][k] == want).all()
    assert [layer.op for layer in result.layers] == ["conv", "reshape", "dense"]
    assert result.macs == sum(layer.macs for layer in result.layers)
    if target == "host":
        assert result.instructions is None and result.layers[0].instructions is None
    else:
        assert result.instructions is not None and result.instructions > result.macs
        assert all(layer.instructions is not None for layer in result.layers)
    if target == "arduino-uno":
        assert result.cycles is not None and result.time_us == pytest.approx(result.cycles / 16)
    assert 0 < result.memory.stack_bytes < 1000
    assert 0 < result.memory.arena_used_bytes <= result.memory.arena_bytes


def test_counts_are_the_same_every_time() -> None:
    first, second = (lapel.run(small(), "cortex-m4") for _ in range(2))
    assert first.layers == second.layers and first.instructions == second.instructions


def test_accuracy_of_labelled_samples() -> None:
    graph = small()
    x = np.random.default_rng(0).integers(-128, 128, (20, 4, 4, 2), np.int8)
    best = np.array([evaluate(graph, {"x": s[None]})[graph.outputs[0]].argmax() for s in x])
    best[:5] = (best[:5] + 1) % 10
    result = lapel.run(graph, "cortex-m4", x, labels=best)
    assert result.accuracy == result.reference_accuracy == 0.75


def test_float_inputs_are_quantized_with_the_models_scale() -> None:
    graph = small()
    t = graph.tensors["x"].type
    q = np.random.default_rng(0).integers(-128, 128, (3, *t.shape), np.int8)
    real = (q.astype(np.float64) - t.zero) * t.scale
    a, b = lapel.run(graph, "host", q), lapel.run(graph, "host", real)
    assert (a.outputs[graph.outputs[0]] == b.outputs[graph.outputs[0]]).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((4, 4, 3), np.int8), r"shape \[4, 4, 3\], expected \[4, 4, 2\]"),
        (np.zeros((0, 4, 4, 2), np.int8), "no samples"),
        (np.zeros((4, 4, 2), np.uint8), "is uint8, expected int8 or float"),
        (np.full((4, 4, 2), np.nan), "NaN"),
        (np.full((4, 4, 2), "a"), "expected int8 or float"),
        ({"y": np.zeros((4, 4, 2), np.int8)}, r"inputs are \['y'\], expected \['x'\]"),
    ],
)
def test_wrong_inputs(given: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        lapel.run(small(), "host", given)


def test_inputs_of_different_lengths() -> None:
    cases = registry()["dense"].cases()
    graph = merge("two", [cases[0].draw(np.random.default_rng(k)) for k in range(2)])
    shapes = {n: graph.tensors[n].type.shape for n in graph.inputs}
    given = {n: np.zeros((k + 1, *shapes[n]), np.int8) for k, n in enumerate(graph.inputs)}
    with pytest.raises(InputError, match="different numbers of samples"):
        lapel.run(graph, "host", given)
    with pytest.raises(InputError, match="has 2 inputs"):
        lapel.run(graph, "host", np.zeros(3, np.int8))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(2, np.int64), r"labels are int64\[2\], expected \[1\], one for each sample"),
        (np.full(1, 0.5), "labels are float64 with 0.5, expected a class for each sample: its index"),
        (np.full(1, np.nan), "labels are float64 with NaN"),
        (np.array([10]), "the model has 10 classes"),
        (np.array([-1]), "the model has 10 classes"),
    ],
)
def test_wrong_labels(labels: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        lapel.run(small(), "host", np.zeros((1, 4, 4, 2), np.int8), labels=labels)


def test_unknown_target_suggests_the_nearest() -> None:
    with pytest.raises(UnknownTarget, match="cortex-m4"):
        lapel.run(small(), "cortex-m44")


def test_build_writes_its_files(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "firmware"
    record = lapel.build(small(), "nucleo-l4r5zi", out)
    files = ["lapel.json", "plan.txt", "small.c", "small.h", "small_sample.h", "small_values.h"]
    assert sorted(p.name for p in out.iterdir()) == files
    assert record.fits and "nucleo-l4r5zi" in record.boards and "arduino-uno" not in record.boards
    header = (out / "small.h").read_text()
    m = record.memory
    for name in ("flash_code_bytes", "flash_data_bytes", "static_ram_bytes", "stack_bytes", "arena_bytes"):
        assert f"#define SMALL_{name.upper()} {getattr(m, name)}\n" in header
    assert json.loads((out / "lapel.json").read_text())["instructions"] == record.instructions
    for path in out.iterdir():
        os.utime(path, (1, 1))
    again = lapel.build(small(), "nucleo-l4r5zi", out)
    assert again.instructions == record.instructions
    assert {path.stat().st_mtime for path in out.iterdir()} == {1}, "the same build writes nothing"
    assert [p.name for p in out.parent.iterdir()] == ["firmware"]


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_text("years of work")
    with pytest.raises(OutputError, match=r"plan\.txt is there, and nothing says that lapel wrote it: move it away"):
        lapel.build(small(), "host", tmp_path)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError, match="is not a folder"):
        lapel.build(small(), "host", file)
    with pytest.raises(OutputError, match="cannot be made"):
        lapel.build(small(), "host", file / "sub")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "plan.txt"]


def test_a_second_build_keeps_all_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the current folder, where the user's own work is."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.c").write_text("years of work")
    monkeypatch.chdir(tmp_path)
    for goal in ("latency", "flash"):
        lapel.build(small(), "cortex-m4", ".", wish=Wish(cast(Goal, goal)))
    ours = ["plan.txt", "small.c", "small.h", "small_sample.h", "small_values.h"]
    names = [".git", "lapel.json", "main.c", *ours]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    assert Path("main.c").read_text() == "years of work"
    with Path("small.c").open("a") as file:
        file.write("/* mine */\n")
    with pytest.raises(OutputError, match=r"small\.c was changed since lapel wrote it, and would be lost: move"):
        lapel.build(small(), "cortex-m4", ".")
    assert Path("small.c").read_text().endswith("/* mine */\n")


def test_a_failed_build_leaves_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "o"
    lapel.build(small(), "arduino-uno", out)
    before = {p.name: p.read_text() for p in out.iterdir()}
    with pytest.raises(DoesNotFit):
        lapel.build(big(40_000), "arduino-uno", out)
    assert {p.name: p.read_text() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["o"]


FAULTY_HI = 100


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Firmware that is wrong: its convolutions clamp at 100 where the model says 127."""
    lower = Conv.lower

    def faulty(self: Conv, inst: Instance) -> tuple[Call, ...]:
        return tuple(replace(c, params={**c.params, "hi": FAULTY_HI, "plain": 0}) for c in lower(self, inst))

    monkeypatch.setattr(Conv, "lower", faulty)


def test_diff_finds_no_difference() -> None:
    result = lapel.diff(small(), "cortex-m4")
    assert result.equal and result.machines == ("host", "cortex-m4") and result.tensors == 3


@pytest.mark.usefixtures("fault")
def test_diff_names_the_first_layer_and_element() -> None:
    graph = small()
    x = np.random.default_rng(1).integers(-128, 128, (1, 4, 4, 2), np.int8)
    conv = evaluate(graph, {"x": x})[graph.nodes[0].outputs[0]]
    result = lapel.diff(graph, "cortex-m4", x)
    assert [d.machine for d in result.differences] == ["host", "cortex-m4"]
    for d in result.differences:
        first = tuple(np.argwhere(conv > FAULTY_HI)[0])
        assert (d.op, d.step, d.index) == ("conv", 0, first)
        assert (d.expected, d.found) == (conv[first], FAULTY_HI)
        assert d.count == int((conv > FAULTY_HI).sum())
        assert f"the reference has {conv[first]}" in str(d)


@pytest.mark.usefixtures("fault")
def test_run_and_build_do_not_hide_a_fault(tmp_path: Path) -> None:
    net = Net("wrong", (1, 8, 8, 4), seed=1)
    graph = net.graph(net.conv("x", 8))
    assert lapel.run(graph, "host").mismatches == 1
    with pytest.raises(Mismatch, match="lapel diff says where"):
        lapel.build(graph, "host", tmp_path / "o")
    assert not (tmp_path / "o").exists()


def test_folded_nodes_are_compared_too() -> None:
    net = Net("folded", (1, 8))
    graph = net.graph(net.relu(net.dense("x", 8)))
    result = lapel.diff(graph, "cortex-m0")
    assert result.equal and result.tensors == 1


def test_several_outputs_and_a_constant_one() -> None:
    net = Net("outs", (1, 8))
    a = net.dense("x", 5)
    c = net.constant(np.arange(4, dtype=np.int8), Quant((1.0,), (0,)))
    graph = net.graph(a, c, "x")
    x = np.arange(8, dtype=np.int8)
    result = lapel.run(graph, "cortex-m4", x)
    assert result.bit_exact
    assert result.outputs[c].tolist() == [[0, 1, 2, 3]]
    assert result.outputs["x"].reshape(-1).tolist() == x.tolist()
    assert lapel.run(graph, "atmega328p", x).bit_exact


def test_a_plan_is_a_verb_like_the_others(tmp_path: Path) -> None:
    path = tmp_path / "small.tflite"
    path.write_bytes(lapel.write_tflite(small()))
    plan = lapel.plan(path, "cortex-m4", wish=lapel.Wish("ram"))
    assert plan.target.name == "cortex-m4" and str(plan).startswith("plan small for cortex-m4: ")
    assert plan.arena_bytes <= lapel.plan(path, "cortex-m4").arena_bytes
