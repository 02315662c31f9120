"""What single pictures draw of records, and what viewers of others get."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn_records import cascade, comparison, diff, ladder, quantized, wakeword

import lapel
from cores import needs
from hearing import listening_net, noise, two_words
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.planning.division import Traffic, divide
from lapel.planning.repacking import layout_of
from lapel.proving.ears import take
from lapel.records import (
    Accesses,
    Build,
    Changed,
    Classes,
    Record,
    Run,
)
from lapel.reports.axes import Captions, frame, linear, logarithmic
from lapel.reports.numbers import Scale, days, decades, duration, percent, round_size, short, size, ticks
from lapel.reports.shapes import fitted, width_of
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

BOARD = "nucleo-l4r5zi"


@pytest.fixture(scope="module")
def run(branched: Graph) -> Run:
    x = np.random.default_rng(0).integers(-128, 128, (6, 1, 8, 8, 4), np.int8)
    floats = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    return lapel.run(branched, BOARD, x, labels=[0, 1, 2, 0, 1, 2], float_outputs=floats)


def drawn(*sources: Record, **given: object) -> dict[str, str]:
    """Pictures by their own names."""
    pictures = lapel.report(list(sources), **given).pictures  # type: ignore[arg-type]
    return {name.rsplit("-", 1)[1].removesuffix(".svg"): svg for name, svg in pictures.items()}


def words(svg: str) -> str:
    """Text of a picture, without marks."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", svg, flags=re.S).split())


@needs(BOARD)
def test_lanes_of_the_graph(build: Build) -> None:
    """A chain is one line; what skips a layer runs beside it."""
    svg = drawn(build)["graph"]
    edges = re.findall(r'<path d="(M[^"]+)" class="s-edge"', svg)
    read = {name for step in build.plan.steps for name in step.inputs}
    made = [(k, name) for k, step in enumerate(build.plan.steps) for name in step.outputs]
    uses = sum(name in step.inputs for step in build.plan.steps for _, name in made) + 1
    assert len(edges) == uses and any("C" in d for d in edges) and all(name in read for _, name in made[:-1])
    assert len(re.findall("<circle", svg)) == len(build.plan.steps) + 1


@needs(BOARD)
def test_a_run_stands_with_its_build(build: Build, run: Run) -> None:
    found = drawn(build, run)
    assert set(found) == {"memory", "stacks", "cycles", "graph", "accuracy", "tradeoff", "energy"}
    assert run.by_class is not None and run.score is not None and run.score.accuracy is not None
    assert f"{100 * run.score.accuracy:.2f} %" in words(found["accuracy"])
    assert found["accuracy"].count("samples of") == 2 * 9 - sum(n == 0 for row in run.by_class.confusion for n in row)
    assert set(drawn(run)) == {"cycles", "accuracy", "tradeoff", "energy"}
    other = replace(run, recipe=replace(run.recipe, sha256="0" * 64))
    assert "difference" in drawn(build, other)


@needs(BOARD)
def test_samples_that_changed(run: Run) -> None:
    changed = replace(run, classes=("cat", "dog", "<b>"), by_class=Classes((), 7, (Changed(4, 2, 1, None),)))
    html = lapel.report(changed).html
    assert "Quantization changes the class of 7 samples." in html
    assert "<td>4</td><td>&lt;b&gt;</td><td>dog</td><td></td>" in html
    assert "Samples that changed their class, the first 1" in html


@needs(BOARD)
def test_a_plan_alone(branched: Graph) -> None:
    """What is planned, and no stack, flash or time, which nobody has measured."""
    plan = lapel.plan(branched, BOARD)
    made = lapel.report(plan.record())
    assert {name.rsplit("-", 1)[1] for name in made.pictures} == {"memory.svg", "graph.svg"}
    assert "stack and variables are not known yet" in made.html and "Flash" not in made.html
    html = plan._repr_html_()
    assert html is not None and html.startswith("<iframe srcdoc=") and "branched on" in html


@needs(BOARD)
def test_notebooks_show_what_verbs_return(branched: Graph, build: Build, run: Run) -> None:
    for record in (build, run, lapel.report(build)):
        html = record._repr_html_()
        assert html is not None and html.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;') and "<script" not in html
        assert re.fullmatch(r'<iframe srcdoc="[^"]*" title="[^"]*" sandbox="[^"]*" style="[^"]*"></iframe>', html)
    assert lapel.estimate(branched, "host")._repr_html_() is None, "there is no picture of it, its text is shown"


@needs(BOARD)
def test_stacks_by_level_of_optimization(build: Build) -> None:
    svg = drawn(build)["stacks"]
    assert len(build.stacks) >= 4
    for s in build.stacks:
        assert f"{s.function} {s.option}" in words(svg) and f"{s.bytes:,}" in words(svg)


@needs(BOARD)
def test_two_builds(build: Build) -> None:
    slower = replace(
        build, recipe=replace(build.recipe, wish=Wish("flash")),
        layers=tuple(replace(y, modelled=replace(y.modelled, cycles=2 * y.modelled.cycles, high=9**9)) if y.modelled
                     else y for y in build.layers),
    )  # fmt: skip
    html = lapel.report([build, slower]).html
    assert f"branched on {BOARD}, latency" in html and f"branched on {BOARD}, flash" in html
    assert "the same flash, the same RAM" in html and html.count("+100 %") >= 4
    assert html.index("Layer by layer") < html.index("Memory over time")


@needs(BOARD)
def test_weights_of_the_model(branched: Graph, build: Build) -> None:
    found = drawn(build, model=branched)["weights"]
    constants = [t.data for t in branched.tensors.values() if t.data is not None and t.data.dtype == np.int8]
    assert len(re.findall(r"different integers", found)) == len(constants) == 3
    for data in constants:
        zeros = percent(float((data == 0).mean()))
        assert zeros in words(found)
    with pytest.raises(UsageError, match=r"other: the graph's sha256 is \w{12}…, the builds' are \w{12}: expected the"):
        lapel.report(build, model=Net("other", (1, 4)).graph("x"))


def test_quantization_layer_by_layer() -> None:
    found = drawn(quantized())
    said = words(found["quantization"])
    assert "∞" in said and "7.2" in said and "25 %" in said and 'class="f-bad"' in found["quantization"]
    assert "75.00 %" in words(found["accuracy"]) and "float model" in words(found["accuracy"])


def test_a_ladder_of_compression() -> None:
    record = ladder()
    svg = drawn(record)["ladder"]
    said = words(svg)
    for step in ("0 train", "1 prune&lt;", "2 code", "without prune", "flash by what it is for"):
        assert step in said, step
    assert svg.count("bytes of weights") == 3 and svg.count("bytes of decoder") == 3
    unmeasured = replace(record, rungs=tuple(replace(r, firmware=None) for r in record.rungs))
    with pytest.raises(
        UsageError, match=r"there is no picture of what was given \(compression\), expected the folder of a"
    ):
        lapel.report(unmeasured)


@needs(BOARD)
def test_other_viewers(build: Build) -> None:
    data = lapel.report(build).data
    stem = f"branched-on-{BOARD}"
    trace = json.loads(data[f"{stem}.trace.json"])
    spans = [e for e in trace["traceEvents"] if e["ph"] == "X"]
    assert [s["name"] for s in spans] == [f"{k} {layer.op}" for k, layer in enumerate(build.layers)]
    cycles = [layer.modelled.cycles for layer in build.layers if layer.modelled]
    assert sum(s["dur"] for s in spans) * 120 == pytest.approx(sum(cycles)), "us at 120 MHz"
    for before, after in pairwise(spans):
        assert after["ts"] == pytest.approx(before["ts"] + before["dur"])
    assert max(e["args"]["bytes"] for e in trace["traceEvents"] if e["ph"] == "C") <= build.memory.arena_bytes
    nodes = json.loads(data[f"{stem}.modelled-cycles.node-data.json"])
    assert nodes["results"] == {y.name: {"value": y.modelled.cycles} for y in build.layers if y.modelled}
    assert [g["stop"] for g in nodes["gradient"]] == [0, 1]
    folded = data[f"{stem}.folded"].splitlines()
    assert sum(int(row.rsplit(" ", 1)[1]) for row in folded) == build.modelled_cycles
    assert all(len(row.rsplit(" ", 1)[0].split(";")) == 4 for row in folded[:-1])


def test_names_in_folded_stacks(build: Build) -> None:
    names = {build.layers[0].name: "a;b\nc"}
    odd = replace(build, model="x;y", layers=(replace(build.layers[0], label="a;b\nc"), *build.layers[1:]))
    (folded,) = (text for name, text in lapel.report(odd).data.items() if name.endswith(".folded"))
    assert names and folded.startswith("x,y;conv;0 a,b") and len(folded.splitlines()) <= len(build.layers) + 1


def test_numbers() -> None:
    assert [size(n) for n in (0, 9_999, 10_240, 12_345, 2_097_152)] == ["0 B", "9,999 B", "10 KiB", "12.1 KiB", "2 MiB"]
    assert [round_size(n) for n in (0, 512, 1536, 65_536)] == ["0", "512 B", "1.5 KiB", "64 KiB"]
    assert [short(n) for n in (7, 950_452, 1_200_000, 2e9)] == ["7", "950 k", "1.2 M", "2 G"]
    assert [duration(n) for n in (3.21, 57_092.0, 2.1e6)] == ["3.21 µs", "57.1 ms", "2.1 s"]
    assert [days(n) for n in (0.5, 100.0, 3652.5, float("inf"))] == ["12 h", "100 days", "10 years", "for ever"]
    assert percent(0.123) == "12.3 %" and percent(0.99999) == "100 %"
    assert ticks(10, 5) == [0, 2, 4, 6, 8, 10] and ticks(9000, 7, binary=True)[1] == 2048 and ticks(0, 5) == [0.0]
    assert decades(3, 700) == [5, 10, 20, 50, 100, 200, 500] and len(decades(1, 1e9, 6)) > 0
    scale = Scale(1, 100, 0, 200, log=True)
    assert (scale(1), scale(10), scale(100), scale(1000), scale(0)) == (0, 100, 200, 200, 0)
    assert Scale(5, 5, 3, 9)(5) == 3


def test_captions_keep_out_of_each_others_way() -> None:
    captions = Captions(0, 400, 0, 400)
    placed = [t for k in range(40) for t in captions.place(200, 200, f"caption {k}")]
    boxes = []
    for t in placed:
        left = t.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[t.anchor] * width_of(t.text, t.style)
        boxes.append((left, t.y - 9, left + width_of(t.text, t.style), t.y + 2))
    assert 2 <= len(boxes) < 40
    for k, a in enumerate(boxes):
        assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[k + 1 :])


def test_ticks_do_not_touch() -> None:
    x = logarithmic(1, 1e6, 900, 100, "x", lambda v: f"{v:,.0f} bytes", most=30)
    y = linear(1.0, 300, 20, "y", str)
    at = sorted((t.x, width_of(t.text, t.style)) for t in frame(x, y) if getattr(t, "anchor", "") == "middle")  # type: ignore[union-attr]
    assert len(at) > 3 and all(b[0] - a[0] > (a[1] + b[1]) / 2 for a, b in pairwise(at))


def test_names_are_cut_in_their_middle() -> None:
    assert fitted("activation_12/Relu", 200) == "activation_12/Relu"
    cut = fitted("activation_12/Relu", 80)
    assert cut.startswith("activ") and cut.endswith("elu") and "…" in cut and width_of(cut) <= 80
    assert fitted("activation", 10) == ""


def test_of_a_recording_that_was_heard() -> None:
    listening = lapel.listen(noise(160 * 70), take(listening_net(160, 2), two_words()), "host")
    svg = drawn(listening)["listening"]
    assert listening.events and svg.count("ends at") == len(listening.events) and "instructions of a step, mean" in svg
    for stage in listening.stages:
        assert stage.name in words(svg)


def test_beside_a_float_model() -> None:
    """Of the record of a comparison: noise by layer, and which machine differs where."""
    record = diff()
    made = lapel.report(record)
    assert (
        "The first layer that hurts by itself is b." in made.html and "Most noise is in b (dense), 5.0 dB." in made.html
    )
    assert "<td>a wrong shift</td>" in made.html
    found = drawn(record)
    assert found["machines"].count("f-bad") == 2 and found["machines"].count("f-flash") == 2, "with the style sheet's"
    assert "7 of 100 elements differ" in found["machines"] and "f-bad" in found["quantization"]
    (noise,) = (text for name, text in made.data.items() if name.endswith("sqnr-db.node-data.json"))
    assert json.loads(noise)["results"] == {"a<": {"value": 40.0}, "b": {"value": 5.0}}


def test_models_compared() -> None:
    record = comparison()
    made = lapel.report(record)
    svg = drawn(record)["contest"]
    assert "Small is enough." in made.html and "<td>too large</td>" in made.html
    rows = [words(svg).rindex(name) for name in ("small", "worse", "large")]
    assert rows == sorted(rows), "by flash"
    assert "98.0 %" in words(svg) and "55.0 %" in words(svg) and "100 µs" in words(svg)
    assert svg.count('class="s-one s-dashed"') == 1


def test_a_wake_word() -> None:
    """A curve as it is and one under noise for each word, and the detector on both."""
    svg = drawn(wakeword())["wakeword"]
    assert svg.count("<circle") == 4 and svg.count(' s-thick"') == 2 and svg.count(' s-dashed"') == 3, "and the goal"
    html = lapel.report(wakeword()).html
    assert "yes: 2.0 % (0.1 to 7.0) missed, 8.0 % (3.0 to 15.0) at 10 dB, 0.50 an hour (0.10 to 1.46)." in html
    assert "<td>no&lt;</td><td>2 of 100</td>" in html
    with pytest.raises(UsageError, match=r"no picture of what was given \(wakeword\)"):
        lapel.report(replace(wakeword(), test=()))


def test_a_cascade() -> None:
    record = cascade()
    svg = drawn(record)["cascade"]
    assert svg.count("<circle") == 2 + 2 and "1 mW" in svg and "all the time" in words(svg)
    assert "Chosen (rule): 2.0 % missed, 0.00 false accepts an hour, 1,100 µW" in lapel.report(record).html
    with pytest.raises(UsageError, match="no picture of what was given"):
        lapel.report(replace(record, tuning=None))


def test_memories_lie_one_above_the_other() -> None:
    """Each with its own addresses and its limit, to scale or, far above what is used, as a dashed line."""
    board = load_target("nucleo-h743zi2")
    dtcm, axi = board.memories
    net = Net("memories", (1, 8, 8, 8), 3)
    a = net.conv("x", 8, (1, 1, 1, 1))
    graph = net.graph(net.add(a, net.conv(net.conv(a, 8, (1, 1, 1, 1)), 8, (1, 1, 1, 1))))
    plan = make_plan(graph, replace(board, memories=(replace(dtcm, bytes=1024), axi)))
    counted = Traffic(tuple(Accesses(k, 100 * k, 64) for k in range(len(layout_of(plan).buffers))), 0)
    divided = divide(plan, counted)
    assert [p.memory for p in divided.parts] == ["dtcm", "axi"]
    svg = drawn(divided.record())["memory"]
    said = words(svg)
    assert "dtcm of nucleo-h743zi2: 1 KiB" in said and "axi of nucleo-h743zi2: 512 KiB, " in said
    low = max(float(y) for y in re.findall(r'<rect [^>]*y="([\d.]+)"[^>]*class="f-well"', svg))
    for p in divided.placements.values():
        part = divided.parts[0] if p.offset < divided.parts[1].offset else divided.parts[1]
        start = p.offset - part.offset
        title = f"bytes at {part.memory} {start:,} to {start + p.bytes:,}, "
        assert title in svg
        accesses = divided.accesses[p.buffer]
        assert f"{accesses.reads} reads and {accesses.writes} writes of its bytes" in svg
        (top,) = {float(y) for y in re.findall(rf'<rect [^>]*y="([\d.]+)"[^>]*><title>[^<]*{re.escape(title)}', svg)}
        assert (top >= low) == (part.memory == "dtcm")
    page = lapel.report([divided.record()]).html
    assert (
        "dtcm costs 0 cycles a read and 0 a write, 0 in an inference; axi costs 3 cycles a read and 1 a write, " in page
    )
