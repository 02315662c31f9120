"""What a build says of how it was made: version, model, goal, options, compiler."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import lapel
from lapel.errors import CompileError
from lapel.ir import Graph
from lapel.simulate.toolchain import compiler_version
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net


def small(name: str = "small") -> Graph:
    net = Net(name, (1, 8))
    return net.graph(net.dense("x", 3))


def test_header_source_and_json_say_how_they_were_made(tmp_path: Path) -> None:
    file = tmp_path / "small.tflite"
    file.write_bytes(lapel.write_tflite(small()))
    graph = lapel.load(file)
    built = lapel.build(graph, "host", tmp_path / "out", wish=Wish("flash", flash_budget=60_000, whole_input=True))
    said = json.loads((tmp_path / "out" / "lapel.json").read_text())
    gcc = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    wanted = {
        "lapel": lapel.__version__,
        "target": "host",
        "sha256": graph.digest(),
        "file_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "optimize": "flash",
        "flash_budget": 60_000,
        "whole_input": True,
        "compiler": gcc,
        "samples": 1,
        "bit_exact": True,
    }
    assert {key: said[key] for key in wanted} == wanted
    assert "-O2" in said["flags"].split() and "-std=c99" in said["flags"].split()
    for name in ("small.c", "small.h"):
        head = (tmp_path / "out" / name).read_text().split("*/")[0]
        for text in (lapel.__version__, "for host", said["sha256"], said["file_sha256"], gcc, said["flags"]):
            assert text in head, name
        assert "flash, flash budget 60000 bytes, whole input" in head
    ran = lapel.run(graph, "host", wish=Wish("flash", flash_budget=60_000, whole_input=True))
    assert ran.recipe == built.recipe
    assert {key: ran.to_json()[key] for key in wanted} == wanted


def test_two_builds_can_be_told_apart(tmp_path: Path) -> None:
    for goal in ("latency", "ram"):
        lapel.build(small(), "host", tmp_path / goal, wish=Wish(goal))  # type: ignore[arg-type]
    texts = [(tmp_path / goal / "small.c").read_text() for goal in ("latency", "ram")]
    assert texts[0].replace("goal   latency", "goal   ram") == texts[1] != texts[0]
    assert "file " not in texts[0].split("*/")[0]  # it was not read from one


def test_the_files_of_a_build_bear_the_models_name(tmp_path: Path) -> None:
    names = [f"{n}{s}" for n in ("kws", "k_w_s") for s in (".c", ".h", "_values.h", "_sample.h")]
    for name in ("kws", "k_w_s"):
        lapel.build(replace(small(), name=name), "host", tmp_path / name)
    assert sorted(p.name for p in tmp_path.rglob("*.[ch]")) == sorted(names)


@pytest.mark.parametrize("name", ["port", "harness", "adapter", "firmware", "time"])
def test_names_of_the_test_bench_build(name: str) -> None:
    assert lapel.run(small(name), "host").bit_exact


def test_a_compiler_that_does_not_say_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = tmp_path / "gcc"
    compiler.write_text("#!/bin/sh\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(CompileError, match=r"gcc ended without an error and wrote no probe.o"):
        compiler_version(load_target("host"))
