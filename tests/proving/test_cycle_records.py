"""Modelled cycles in records, JSON and tables: never under the name of counted ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lapel
from lapel.cli import tables
from lapel.errors import SimulationError
from lapel.ir import Graph
from lapel.ops import registry
from lapel.proving import cycles as prove_cycles
from lapel.simulate import run as simulate_run

KEYS = ("modelled_cycles", "modelled_cycles_low", "modelled_cycles_high", "modelled_error")
BOARD = "nucleo-l4r5zi"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return registry()["dense"].cases()[0].draw(np.random.default_rng(3))


@pytest.fixture(scope="module")
def run(graph: Graph) -> lapel.Run:
    return lapel.run(graph, BOARD)


def test_a_run_says_what_is_modelled(run: lapel.Run) -> None:
    model, board = run.cycle_model, lapel.load_target(BOARD)
    assert model is not None and run.cycles is None and run.time_us is None
    found = model.inference
    assert found.low < found.cycles < found.high and run.instructions is not None
    assert 1 < found.cycles / run.instructions < 3
    assert found.error == max(found.high - found.cycles, found.cycles - found.low) / found.cycles
    assert model.time_us == pytest.approx(found.cycles / board.clock_hz * 1e6)
    assert model.energy_uj == pytest.approx(found.cycles * 350e-6)
    assert model.table == "cortex-m4" and "100166" in model.source and "5 wait states" in model.flash
    assert sum(model.by_class.values()) == run.instructions and "other" not in model.by_class
    layers = [layer.modelled for layer in run.layers]
    assert all(layers) and sum(m.cycles for m in layers if m) <= found.cycles


def test_json_keeps_them_apart(run: lapel.Run, graph: Graph) -> None:
    built = lapel.build(graph, BOARD).to_json()
    for found in (run.to_json(), built):
        assert found["cycles"] is None
        assert found["modelled_cycles"] == run.cycle_model.inference.cycles
        assert all(found[key] for key in (*KEYS, "modelled_time_us", "modelled_energy_uj"))
        assert set(found["cycle_model"]) == {"table", "title", "source", "flash", "memories", "by_class"}
        assert all(layer["cycles"] is None and layer["modelled_cycles"] for layer in found["layers"])
        assert "modelled" not in found["layers"][0]


@pytest.mark.parametrize("target", ["arduino-uno", "rv32imac", "host"])
def test_a_core_without_a_model_has_none(graph: Graph, target: str) -> None:
    found = lapel.run(graph, target)
    assert found.cycle_model is None and all(layer.modelled is None for layer in found.layers)
    plain = found.to_json()
    assert all(plain[key] is None for key in (*KEYS, "modelled_time_us", "modelled_energy_uj", "cycle_model"))
    assert (found.cycles is not None) == (target == "arduino-uno")


def test_wait_states_cost(graph: Graph) -> None:
    plain = lapel.load_target("cortex-m4")
    waiting = replace(plain, flash_wait_states=5, flash_line_bytes=8, flash_accelerator="none")
    without, with_waits = (lapel.run(graph, t).cycle_model for t in (plain, waiting))
    assert with_waits.inference.cycles > 2 * without.inference.cycles
    assert without.time_us is None and without.energy_uj is None


def test_the_line_that_is_printed(run: lapel.Run, capsys: pytest.CaptureFixture[str]) -> None:
    tables.print_layers(run.layers, run.instructions, run.cycles, run.cycle_model)
    tables.print_model(run.cycle_model, lapel.load_target(BOARD))
    said = capsys.readouterr().out
    assert "modelled cycles" in said and f"{run.cycle_model.inference.cycles:,}" in said
    assert "modelled for Arm Cortex-M4" in said and "at 120 MHz" in said and "uJ" in said
    assert "not measured on silicon" in said and "% to +" in said


def test_a_profile_that_misses_instructions_is_an_error(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulate_run.profiles.read

    def lossy(log: np.ndarray, places: int) -> object:
        return whole(log[: np.flatnonzero(log[:, 1] == 0)[-1]], places)

    monkeypatch.setattr(simulate_run.profiles, "read", lossy)
    with pytest.raises(SimulationError, match=r"the profile has \d+ instructions, \d+ were counted"):
        lapel.run(graph, "cortex-m4")


def test_words_for_the_flash() -> None:
    for target, words in (
        ("cortex-m4", "flash without wait states"),
        ("microbit-v2", "whose real number is not known"),
        ("bluepill-f103c8", "2 wait states and prefetch"),
    ):
        assert words in prove_cycles.flash_assumption(lapel.load_target(target))
