"""Every record that commands print and folders keep, read back from its own text; and what its keys have to be."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from cores import needs
from floatnets import images, small_net
from lapel import doctor
from lapel.apps import digits
from lapel.cli import main
from lapel.errors import FormatError
from lapel.files import LEDGER
from lapel.ir import Graph
from lapel.records import (
    MANIFEST,
    Build,
    Diff,
    Difference,
    Estimate,
    PlanRecord,
    ProgramBuild,
    Quantized,
    Record,
    Run,
    Targets,
)
from lapel.wish import Wish
from nets import Net
from timenets import TimeNet, image


def again(record: Record, **unwritten: object) -> None:
    """Assert that its text gives the record again, but for what is not written."""
    plain = record.to_json()
    assert plain["record"] == type(record).kind()
    text = json.dumps(plain, allow_nan=False)
    read = type(record).from_json(json.loads(text))
    same = {f.name: getattr(record, f.name) for f in fields(record)} | unwritten  # type: ignore[arg-type]
    assert {f.name: getattr(read, f.name) for f in fields(read)} == same  # type: ignore[arg-type]
    assert json.dumps(read.to_json()) == text


def model(name: str = "small") -> Graph:
    """With everything that a plan may say: a constant operand, an alias, an operator without work, two outputs."""
    net = Net(name, (1, 6, 6, 2))
    a = net.conv("x", 2, (1, 1, 1, 1))
    b = net.add(net.relu(a), net.constant(np.full((1, 6, 6, 2), 3, np.int8), net.tensors["x"].type.quant))
    return net.graph(a, net.dense(net.reshape(b, (1, 72)), 4))


@pytest.mark.parametrize("target", ["host", pytest.param("nucleo-l4r5zi", marks=needs("nucleo-l4r5zi"))])
def test_a_build_and_its_folder(target: str, tmp_path: Path) -> None:
    graph = replace(model(), origin=lapel.ir.Origin(classes=("a", 2, 0.5, True)))
    built = lapel.build(graph, target, tmp_path, wish=Wish("balanced", flash_budget=60_000))
    again(built)
    read = Build.of_folder(tmp_path)
    assert read == replace(built, seconds=None) and read.seconds is None and built.seconds
    assert (
        (tmp_path / "plan.txt").read_text() == str(read.plan) == str(lapel.plan(graph, target, wish=read.recipe.wish))
    )
    assert (read.cycle_model is None) == (target == "host")
    assert [step.kernel for step in read.plan.steps] == [layer.kernel for layer in read.layers]


def test_runs_with_and_without_labels() -> None:
    graph = model()
    x = np.zeros((3, 1, 6, 6, 2), np.int8)
    plain = lapel.run(
        Graph(graph.name, graph.nodes, graph.tensors, graph.inputs, graph.outputs[1:]), "host", x, labels=[0, 1, 2]
    )
    assert plain.score is not None and plain.reference_score is not None and plain.float_score is None
    again(plain, outputs={})
    again(lapel.run(graph, "host"), outputs={})


@pytest.mark.measured
@needs("cortex-m4")
def test_a_plan_by_measured_costs() -> None:
    plan = lapel.plan(model(), "cortex-m4", wish=Wish("flash")).record()
    again(plan)
    choices = [call.choice for step in plan.steps for call in step.calls]
    assert all(c.cost is not None and c.unit == "modelled cycles" for c in choices)
    assert any(r.cost is not None for c in choices for r in c.rejected)
    assert any(r.kernel is None for c in choices for r in c.rejected)


@pytest.mark.parametrize("goal", ["latency", "ram"])
def test_the_places_of_all_tensors(goal: Any) -> None:
    net = Net("m/streamed", (1, 24, 24, 2))
    plan = lapel.plan(net.graph(net.conv(net.conv("x", 4), 1)), "host", wish=Wish(goal)).record()
    again(plan)
    assert {t.place for t in plan.tensors} == {"arena", "flash"} | ({"caller"} if goal == "ram" else set())
    assert {p.tensor for p in plan.placements} == {t.name for t in plan.tensors if t.place == "arena"}
    assert max(s.live_bytes for s in plan.steps) <= plan.arena_bytes
    assert set(plan.labels) >= {t.name for t in plan.tensors}
    assert plan.macs == sum(s.macs for s in plan.steps)


def test_differences() -> None:
    again(lapel.diff(model(), "host"))
    values = ((1, -2), (float("inf"), 0.5))
    found = tuple(Difference("host", 0, 1, "n", "conv", "conv", "t", (0, 2), *v, 1, 9) for v in values)
    again(Diff("m", "host", 2, 5, ("host",), found))


def test_what_doctor_and_demo_found(tmp_path: Path) -> None:
    again(doctor.examine())
    demo = digits.run_demo([lapel.load_target("host")], tmp_path)
    read = digits.Demo.read(tmp_path / digits.RECORD, ignored=(LEDGER,))
    assert read.to_json() == demo.to_json() and read.runs[0].accuracy == demo.runs[0].accuracy


def test_what_is_estimated() -> None:
    again(lapel.estimate(model(), "host"))


def test_what_was_quantized() -> None:
    net, x = small_net(), images(small_net(), 24)
    wish = lapel.Quantization(weights="int4", correct_bias=False, search_weights=False, accuracy_loss=1.0)
    found = lapel.quantize(net, x, wish, labels=lapel.predict(net, x).argmax(axis=1))
    assert found.remedies and found.wide and found.score and found.agreement and found.warnings
    again(found, graph=None)


def test_a_stream() -> None:
    net = TimeNet(np.random.default_rng(0), (1, 12, 3))
    graph = net.graph(net.dense(net.reshape(net.conv(image(net, 12, 3), 2, 3), (1, 20)), 3))
    for target in (None, "host"):
        found = lapel.streaming(graph, target=target)
        assert (found.step is None) == (target is None) and found.layers and found.ring_bytes == 2 * 3 + 9 * 2
        again(found, graph=None)


def test_boards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards", "--json"]) == 0
    found = Targets.from_json(json.loads(capsys.readouterr().out))
    assert tuple(t.name for t in found.targets) == lapel.list_targets()
    again(found)


def test_a_program() -> None:
    again(lapel.build([model("one"), model("two")], "host"))


def test_every_document_is_tested_here() -> None:
    ours = {c for c in Record.__subclasses__() if c.__module__.startswith("lapel.")}
    here = {Build, Run, Diff, Estimate, PlanRecord, ProgramBuild, Quantized, Targets, doctor.Report, digits.Demo}
    tests = "".join(path.read_text() for path in Path(__file__).parent.parent.glob("*/test_*.py"))
    untested = {c.__name__ for c in ours - here if not re.search(rf"\b{c.__name__}\.(from_json|read)\(", tests)}
    assert here <= ours and not untested, "read one back from its own text, in the tests of its room"


def test_a_folder_without_a_build(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=f"{tmp_path / MANIFEST}: cannot be read as JSON: No such file"):
        Build.of_folder(tmp_path)
