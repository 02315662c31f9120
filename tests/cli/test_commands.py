"""Each command: what it prints, writes and returns."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import lapel
from cores import needs
from lapel.cli import entry, main
from lapel.codegen.names import identifier
from lapel.errors import Mismatch
from lapel.ir import Graph
from lapel.records import Difference
from lapel.targets import load_target

RUN_KEYS = {
    "target", "instructions", "layers", "macs", "arena_bytes", "static_ram_bytes", "stack_bytes",
    "flash_code_bytes", "flash_data_bytes", "bit_exact",
}  # fmt: skip


def samples(graph: Graph, count: int) -> np.ndarray:
    t = graph.tensors[graph.inputs[0]].type
    return np.random.default_rng(1).integers(-128, 128, (count, *t.shape[1:])).astype(np.int8)


def test_every_command_is_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    files = {p.stem for p in (Path(entry.__file__).parent / "commands").glob("*.py")} - {"__init__"}
    assert main([]) == 0
    said = capsys.readouterr().out
    for name in files:
        assert f"\n  {name} " in said
        assert main([name, "--help"]) == 0
        assert capsys.readouterr().out.startswith(f"Usage: lapel {name} ")


def test_help_of_the_group_through_click() -> None:
    done = CliRunner().invoke(entry.lapel, ["--version"])
    assert done.exit_code == 0 and done.output == f"lapel {lapel.__version__}\n"


@pytest.mark.parametrize("target", ["host", "cortex-m4", "arduino-uno"])
def test_run_prints_one_json_object(model: str, graph: Graph, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("x.npy", samples(graph, 3))
    assert main(["run", model, "--target", target, "--input", "x.npy", "--json"]) == 0
    streams = capsys.readouterr()
    found = json.loads(streams.out)
    assert found.keys() >= RUN_KEYS and streams.err == ""
    assert (found["target"], found["samples"], found["bit_exact"]) == (target, 3, True)
    assert found["layers"][0].keys() >= {"name", "op", "kernel", "macs", "instructions"}
    assert (found["instructions"] is None) == (target == "host")


def test_run_prints_tables(model: str, graph: Graph, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("x.npy", samples(graph, 4))
    np.save("y.npy", np.zeros(4, np.int64))
    assert main(["run", model, "-t", "nucleo-l4r5zi", "-i", "x.npy", "-l", "y.npy"]) == 0
    said = capsys.readouterr().out
    for word in (
        "4 samples, every bit",
        "dense",
        "whole inference",
        "2,097,152",
        "accuracy:",
        "instructions (counted)",
    ):
        assert word in said


def test_run_writes_outputs_in_the_models_own_type(model: str, graph: Graph) -> None:
    x = samples(graph, 3)
    np.save("x.npy", x)
    assert main(["run", model, "-t", "host", "-i", "x.npy", "-O", "y.npy"]) == 0
    y, (wanted,) = np.load("y.npy"), lapel.run(graph, "host", x).outputs.values()
    assert y.dtype == np.int8 and np.array_equal(y, wanted.reshape(3, -1))
    np.savez("x.npz", **{graph.inputs[0]: x[:1]})
    assert main(["run", model, "-t", "host", "-i", "x.npz", "-O", "y.npz"]) == 0
    with np.load("y.npz") as found:
        assert np.array_equal(found[graph.outputs[0]], y[:1])


def test_run_ends_with_the_code_of_a_mismatch(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = lapel.run
    monkeypatch.setattr(lapel, "run", lambda *a, **k: dataclasses.replace(honest(*a, **k), mismatches=1))
    assert main(["run", model, "-t", "host", "--json"]) == Mismatch.exit_code
    streams = capsys.readouterr()
    assert json.loads(streams.out)["bit_exact"] is False
    assert "1 of 1 samples differ from the reference; `lapel diff model.tflite --target host`" in streams.err


def test_build_writes_a_folder(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", model, "-t", "arduino-uno"]) == 0
    assert {p.name for p in Path("build/model-arduino-uno").iterdir()} == {
        "model.c", "model.h", "model_sample.h", "model_values.h", "plan.txt", "lapel.json",
    }  # fmt: skip
    said = capsys.readouterr().out
    assert "% of 32,256" in said and "written: build/model-arduino-uno/model.h" in said
    assert "the firmware gave the reference's bits on 1 random sample\n" in said
    assert main(["energy", "build/model-arduino-uno", "--rate", "5"]) == 0
    assert "(counted), duty" in capsys.readouterr().out
    assert "at any level of -O at most" in said
    assert "its name in C" not in said
    assert main(["build", model, "-t", "cortex-m4", "-o", "out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["boards"]


def test_a_name_of_the_users(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", model, "-t", "host", "--name", "kws"]) == 0
    assert {p.name for p in Path("build/kws-host").iterdir()} >= {"kws.c", "kws.h"}
    assert "kws_invoke(" in Path("build/kws-host/kws.h").read_text()
    capsys.readouterr()
    for command in ("run", "diff", "plan"):
        assert main([command, model, "-t", "host", "--name", "kws", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["model"] == "kws"


def test_a_name_that_c_cannot_have_is_derived(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("Time", "TIME"):
        Path(model).rename(f"{name}.tflite")
        model = f"{name}.tflite"
        assert main(["build", model, "-t", "host"]) == 0
        assert f"its name in C is {identifier(name)}; --name gives it another" in capsys.readouterr().out
    folders = sorted(p.name for p in Path("build").iterdir())
    assert folders == sorted(f"{identifier(name)}-host" for name in ("Time", "TIME"))
    assert len({f.lower() for f in folders}) == 2


def test_diff(model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", model, "-t", "cortex-m4"]) == 0
    assert "are the same on host and cortex-m4" in capsys.readouterr().out
    wrong = Difference("cortex-m4", 0, 1, "fc", "dense", "dense", "y0", (0, 3), 5, 6, 1, 9)
    honest = lapel.diff
    monkeypatch.setattr(lapel, "diff", lambda *a, **k: dataclasses.replace(honest(*a, **k), differences=(wrong,)))
    assert main(["diff", model, "-t", "cortex-m4", "--json"]) == Mismatch.exit_code
    streams = capsys.readouterr()
    assert json.loads(streams.out)["differences"][0]["index"] == [0, 3]
    assert "element [0, 3] is 6, the reference has 5" in streams.err


def test_plan(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", model, "-t", "arduino-uno"]) == 0
    assert capsys.readouterr().out.startswith("plan model for arduino-uno: ")


@needs("cortex-m4")
def test_estimate(model: str, graph: Graph, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", model, "-t", "cortex-m4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["record"], found["model"], found["macs"]) == ("estimate", "model", lapel.plan(graph, "host").macs)
    assert main(["estimate", model, "-t", "host"]) == 0
    said = capsys.readouterr().out
    assert "neither linked nor run" in said and "not measured: " in said


def test_boards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in lapel.list_targets()) and "2,048" in said
    assert main(["boards", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["targets"]
    assert [t["name"] for t in found] == list(lapel.list_targets())
    assert found[-1]["flash_bytes"] == load_target(found[-1]["name"]).flash_bytes


def test_doctor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert main(["doctor", "--json"]) == 0
    assert {c["name"] for c in json.loads(capsys.readouterr().out)["cores"]} >= {"host", "cortex-m4", "atmega328p"}
    assert main(["doctor"]) == 0
    assert "libsimavr" in capsys.readouterr().out
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["doctor"]) == 8
    assert "all that is missing: " in capsys.readouterr().out
    assert main(["doctor", "--packages"]) == 0
    assert "gcc-avr" in capsys.readouterr().out.split()
