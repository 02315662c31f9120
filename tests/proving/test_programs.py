"""Programs of several models: exact in turn on every core, what they share, how they are written and refused."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import lapel
from cores import needs
from lapel import codegen
from lapel.codegen.program import generate_program
from lapel.errors import DoesNotFit, Mismatch, UsageError
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.planning.programs import make_program
from lapel.proving import program as programs
from lapel.proving.bits import count_mismatches
from lapel.proving.run import reference_outputs
from lapel.proving.samples import draw
from lapel.records import ProgramBuild
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net
from smallnets import draw_listener, draw_variant


def named(name: str, seed: int) -> Graph:
    return replace(draw_variant(seed), name=name)


def models() -> list[Graph]:
    """Of one family, so that their kernels are the same; the second one is the largest."""
    return [named("first", 12), named("second", 11), named("third", 14)]


def with_state() -> list[Graph]:
    """Two that listen, with one between them whose arena is the largest."""
    return [draw_listener(1, "one"), named("between", 12), draw_listener(2, "two")]


@pytest.mark.parametrize(
    "core", ["host", *(pytest.param(c, marks=needs(c)) for c in ("cortex-m4", "cortex-m55", "rv32imac"))]
)
def test_models_take_turns_and_every_output_is_exact(core: str) -> None:
    built = lapel.build(models(), core)
    assert isinstance(built, ProgramBuild) and built.bit_exact and built.samples == programs.ROUNDS
    assert built.program == "first_second_third"
    assert built.memory.arena_bytes == max(m.alone_arena_bytes for m in built.models)
    assert built.memory.arena_used_bytes <= built.memory.arena_bytes
    assert built.saved_flash_bytes > 0 and built.saved_arena_bytes > 0
    assert [m.model for m in built.models] == ["first", "second", "third"]
    if core != "host":
        parts = [m.instructions for m in built.models]
        assert built.instructions is not None and None not in parts
        # What follows the last step, the copy of its output, is no layer's.
        assert 0 < built.instructions - sum(p for p in parts if p) < 100


@pytest.mark.parametrize(
    "core",
    [
        "host",
        pytest.param("cortex-m4", marks=needs("cortex-m4")),
        *(pytest.param(c, marks=[needs(c), pytest.mark.long]) for c in ("cortex-m55", "rv32imac")),
    ],
)
def test_states_are_kept_while_others_run(core: str) -> None:
    """Random samples of a model with state: what is lost of it is seen in the outputs of the next rounds."""
    built = lapel.build(with_state(), core)
    states = sum(m.state_bytes for m in built.models)
    assert built.memory.state_bytes == states == 352
    assert built.memory.arena_bytes < sum(m.alone_arena_bytes for m in built.models)
    spoilt = make_program("spoilt", [make_plan(g, load_target(core)) for g in with_state()])
    alone = tuple(make_plan(g, load_target(core)) for g in with_state())
    plans = tuple(replace(p, arena_bytes=spoilt.arena_bytes) for p in alone)
    samples = tuple(draw(g, programs.ROUNDS) for g in with_state())
    spoilt = replace(spoilt, plans=plans)
    turns = programs.run_turns(spoilt, generate_program(spoilt), with_state(), samples, 600.0)
    wrong = [
        count_mismatches(found, reference_outputs(graph, given))
        for graph, found, given in zip(with_state(), turns.outputs, samples, strict=True)
    ]
    assert wrong[0] > 0 and wrong[1] == 0


@pytest.mark.long
@pytest.mark.measured
@pytest.mark.parametrize(
    "core", ["host", *(pytest.param(c, marks=needs(c)) for c in ("cortex-m4", "cortex-m55", "rv32imac"))]
)
def test_other_peoples_models_in_one_image(core: str, shared: Path) -> None:
    files = {"kws": "mlperf-tiny/kws_int8", "ad": "mlperf-tiny/ad_int8", "okay_nabu": "public/okay_nabu"}
    graphs = [lapel.load(shared / "models" / f"{file}.tflite", name=name) for name, file in files.items()]
    built = lapel.build(graphs, core)
    largest, states = max(m.alone_arena_bytes for m in built.models), sum(m.state_bytes for m in built.models)
    assert states == 3_472
    # What the layers of okay_nabu read behind their six states, 408 bytes, lies beside them, and each is aligned.
    assert built.memory.arena_bytes <= largest + states + 408 + 6 * load_target(core).arena_align
    assert built.memory.flash_bytes < sum(m.alone_flash_bytes for m in built.models)


@pytest.mark.measured
@needs("cortex-m4")
def test_a_model_in_a_program_costs_what_it_costs_alone() -> None:
    """By measured costs: a kernel that it shares takes as long with other models' calls as with its own alone."""
    built = lapel.build(models(), "cortex-m4")
    for graph, found in zip(models(), built.models, strict=True):
        alone = lapel.build(graph, "cortex-m4")
        assert found.alone_flash_bytes == alone.memory.flash_bytes
        assert found.instructions == pytest.approx(alone.instructions, rel=0.01)
        assert found.modelled_cycles == pytest.approx(alone.modelled_cycles, rel=0.02)
        assert found.macs == alone.macs and found.recipe.sha256 == alone.digest


def test_a_folder_has_a_header_for_each_and_one_source(tmp_path: Path) -> None:
    built = lapel.build(models(), "host", tmp_path, name="trio")
    found = {p.name for p in tmp_path.iterdir() if not p.name.startswith(".")}
    own = {f"{m}{end}.h" for m in ("first", "second", "third") for end in ("", "_values", "_sample")}
    assert found == {"trio.h", "trio.c", *own, "plan.txt", "lapel.json"}
    assert {Path(f).name for f in built.files} == found
    read = ProgramBuild.of_folder(tmp_path)
    assert read == replace(built, seconds=None)
    assert json.loads((tmp_path / "lapel.json").read_text())["record"] == "program"
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    lapel.build(models(), "host", tmp_path, name="trio")
    assert {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_users_call_each_model_by_its_own_header(tmp_path: Path) -> None:
    """Beside a model that was built apart, with two programs' worth of names in one."""
    lapel.build(models()[:2], "host", tmp_path / "program", name="duo")
    lapel.build(named("apart", 14), "host", tmp_path / "apart")
    main = '#include "second.h"\n#include "first.h"\n#include "apart.h"\n#include "duo.h"\n'
    main += "int main(void)\n{\n    static int8_t x[FIRST_INPUT_COUNT], y[FIRST_OUTPUT_COUNT];\n"
    main += "    first_invoke(x, y);\n    second_invoke(second_input, 0);\n    apart_invoke(0, 0);\n"
    main += "    return sizeof duo_arena != SECOND_ARENA_BYTES || FIRST_ARENA_BYTES != DUO_ARENA_BYTES;\n}\n"
    (tmp_path / "main.c").write_text(main)
    sources = ["main.c", "program/duo.c", "apart/apart.c"]
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-Iprogram", "-Iapart", *sources, "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "main"], check=True)


def test_what_is_equal_stands_there_once() -> None:
    """One network under two names: its tables, its params, and the steps with code of their own."""
    plans = [make_plan(named(name, 11), load_target("cortex-m4")) for name in ("one", "two")]
    plans = [
        replace(p, steps=tuple(replace(s, calls=tuple(replace(c, inline=True) for c in s.calls)) for s in p.steps))
        for p in plans
    ]
    both = generate_program(make_program("both", plans)).source
    alone = codegen.generate(plans[0]).source
    for what in ("static const", "LAPEL_STEP void"):
        assert both.count(what) == alone.count(what) > 0
    assert both.count("_invoke(const int8_t *input, int8_t *output)\n{") == 2


def test_two_names_that_are_one() -> None:
    with pytest.raises(UsageError, match=r"^two models of the program are named same: give one another name, [^\n]*$"):
        lapel.build([named("same", 0), named("same", 12)], "host")
    with pytest.raises(UsageError, match="the program has the name of its model a: give it another one with --name"):
        lapel.build([named("a", 0), named("b", 12)], "host", name="a")
    with pytest.raises(UsageError, match="a program of 1 models, expected 2 or more"):
        lapel.build([named("a", 0)], "host")
    with pytest.raises(UsageError, match="name is 'x', and only programs have one"):
        lapel.build(named("a", 0), "host", name="x")


@needs("cortex-m4")
def test_a_budget_is_the_programs() -> None:
    with pytest.raises(DoesNotFit, match=r"second_third on cortex-m4 needs [\d,]+ bytes of flash, .* budget of 9"):
        lapel.build(models(), "cortex-m4", wish=Wish(flash_budget=9_000))


@needs("atmega328p")
def test_a_program_that_is_too_large() -> None:
    wide = [Net(name, (1, 980)) for name in ("one", "two")]
    graphs = [net.graph(net.add(net.relu("x", "relu6"), "x")) for net in wide]
    with pytest.raises(DoesNotFit, match=r"one_two does not fit arduino-uno: with the harness .* small by [\d,]+ by"):
        lapel.build(graphs, "arduino-uno")
    small = replace(load_target("bluepill-f103c8"), flash_bytes=4_000)
    with pytest.raises(DoesNotFit, match=r"first_second_third does not fit bluepill.*: it needs [\d,]+ bytes of flash"):
        lapel.build(models(), small)


def test_a_model_that_differs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "count_mismatches", lambda found, expected: 1)
    with pytest.raises(Mismatch, match="first in first_second_third on host differs from the reference"):
        lapel.build(models(), "host")
