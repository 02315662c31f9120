"""C that is written where there is no compiler: the files of a build, which say that nothing is proven."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from lapel.cli import main
from lapel.errors import DoesNotFit, UsageError
from lapel.ir import Graph
from lapel.records import Generated
from nets import Net


def small(outputs: int = 3) -> Graph:
    net = Net("small", (1, 4, 4, 2), seed=5)
    c = net.conv("x", 3, (1, 1, 1, 1))
    graph = net.graph(net.dense(net.reshape(c, (1, 48)), outputs))
    return replace(graph, origin=replace(graph.origin, task="classification"))


def test_without_any_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = np.random.default_rng(0).integers(-128, 128, (1, 4, 4, 2), np.int8)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "/nonexistent")
        made = lapel.generate(small(), "host", tmp_path / "out", sample=sample)
    out = tmp_path / "out"
    names = ["lapel.json", "plan.txt", "small.c", "small.h", "small_sample.h", "small_values.h"]
    assert sorted(p.name for p in out.iterdir()) == names
    assert Generated.from_json(json.loads(json.dumps(made.to_json()))) == made and "not proven" in repr(made)
    for name in ("small.c", "small.h"):
        assert "NOT PROVEN: nothing of this was compiled, run or measured" in (out / name).read_text()
    header = (out / "small.h").read_text()
    assert "the firmware was not compiled and run" in header and "SMALL_STACK_BYTES" not in header
    assert f"#define SMALL_ARENA_BYTES {made.plan.arena_bytes}\n" in header
    (out / "main.c").write_text('#include "small_sample.h"\nint main(void) { return (int)small_sample_run(0); }\n')
    strict = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    subprocess.run(["gcc", *strict, "main.c", "small.c", "-o", "main"], cwd=out, check=True)
    assert subprocess.run([out / "main"], check=False).returncode == 0, "the reference's outputs, all the same"
    with pytest.raises(UsageError, match="was written with --no-prove, and nothing is proven of it"):
        lapel.export(out, tmp_path / "x", "cmake")


def test_a_build_takes_its_place(tmp_path: Path) -> None:
    lapel.generate(small(), "host", tmp_path)
    lapel.build(small(), "host", tmp_path)
    assert "NOT PROVEN" not in (tmp_path / "small.c").read_text()


def test_what_is_known_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net("big", (1, 60), seed=5)
    with pytest.raises(DoesNotFit, match="bytes of flash for its constants"):
        lapel.generate(net.graph(net.dense("x", 700)), "arduino-uno", tmp_path / "out")
    with pytest.raises(UsageError, match="ram_budget is given, and without a proof nothing is measured"):
        lapel.generate(small(), "host", tmp_path / "out", wish=lapel.Wish(ram_budget=5))
    assert not (tmp_path / "out").exists()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.tflite").write_bytes(lapel.write_tflite(small()))
    assert main(["build", "small.tflite", "-t", "cortex-m4", "--no-prove"]) == 0
    said = capsys.readouterr().out
    assert "small for cortex-m4: not proven: nothing was compiled, run or measured\n" in said
    assert "written: build/small-cortex-m4/small.h" in said
    assert main(["build", "small.tflite", "small.tflite", "-t", "host", "--no-prove"]) == UsageError.exit_code
    assert "--no-prove is for one model that does not listen" in capsys.readouterr().err
