"""Trainings that end by a signal: one line says what ended them, and the same command goes on from what is kept."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lapel
from bars import make_bars
from lapel.cli import kinds
from lapel.errors import ProcessEnded
from lapel.training.recipe import read_recipe, train_recipe
from tools import runs, wait_until

pytest.importorskip("torch")

RECIPE = """
[data]
path = "bars.npz"
[split]
shares = [0.6, 0.2, 0.2]
[network]
name = "mlp"
hidden = [8]
[training]
epochs = 3
threads = 1
"""

FAULT = """
import os, signal, sys

class Late:
    def find_spec(self, name, path=None, target=None):
        if name == "lapel.training.trainer" and os.environ.get("FAULT"):
            sys.meta_path.remove(self)
            from lapel.training import loop
            advance, at, kind = loop.Loop._advance, int(os.environ["FAULT"]), os.environ["KIND"]
            def crashing(self, state, *rest):
                if len(state.epochs) == at:
                    print("PID", os.getpid(), os.getppid(), flush=True)
                    signal.pause() if kind == "pause" else os.kill(os.getpid(), getattr(signal, kind))
                return advance(self, state, *rest)
            loop.Loop._advance = crashing

sys.meta_path.insert(0, Late())
"""
"""As a fault of compiled code at the beginning of an epoch: the process sends it to itself."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = make_bars()
    np.savez(tmp_path / "bars.npz", x=data.x, y=data.y)
    (tmp_path / "bars.toml").write_text(RECIPE)
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "sitecustomize.py").write_text(FAULT)
    return tmp_path


def train(folder: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(folder / "late"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "lapel", "train", "bars.toml", *more], cwd=folder, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": path, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str, list[str]]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err.splitlines()


def test_a_fault_names_what_is_kept_and_the_same_command_goes_on(folder: Path) -> None:
    code, _, err = ended(train(folder, FAULT="1", KIND="SIGSEGV"))
    assert code == ProcessEnded.exit_code
    assert err[-1] == (
        "lapel: error: SIGSEGV ended the process that trained: a fault in compiled code, such as PyTorch's; what was "
        "finished is kept in build/bars/checkpoint.pt: the same command goes on from there; with "
        "ONEDNN_MAX_CPU_ISA=SSE41 in the environment PyTorch leaves out instructions whose code is known to fault on "
        "some processors"
    )
    assert any("Segmentation fault" in line for line in err) and any("in run" in line for line in err)
    assert ended(train(folder))[0] == 0
    whole = train_recipe(read_recipe(folder / "bars.toml"))
    assert (folder / "build/bars/mlp.tflite").read_bytes() == lapel.write_tflite(whole.graph)


def test_every_training_is_supervised() -> None:
    """All kinds, and what else trains for hours."""
    commands = [kinds.command(name) for name in kinds.kinds()]
    others = ("train", "compress", "compare")
    commands += [importlib.import_module(f"lapel.cli.commands.{name}").COMMAND for name in others]
    assert len(commands) >= 4
    for command in commands:
        assert command is not None and command.callback is not None
        assert "supervision.py" in command.callback.__code__.co_filename, command.name


def test_a_fault_before_anything_is_finished(folder: Path) -> None:
    given = {"FAULT": "0", "KIND": "SIGKILL", "ONEDNN_MAX_CPU_ISA": "SSE41"}
    code, out, err = ended(train(folder, "--json", **given))
    said = (
        "SIGKILL ended the process that trained: somebody's, or the system's that had no memory left; no step was "
        "finished yet: give the command again, with more memory, or a smaller batch"
    )
    assert (code, err[-1]) == (ProcessEnded.exit_code, f"lapel: error: {said}")
    error = json.loads(out[out.index("{") :])["error"]
    assert error == {"type": "ProcessEnded", "message": said, "exit_code": ProcessEnded.exit_code}


@pytest.mark.parametrize("to_all", [True, False])
def test_a_signal_ends_both_and_is_said_once(folder: Path, to_all: bool) -> None:
    """From a terminal it comes to both, from `kill` to the command alone."""
    process = train(folder, FAULT="1", KIND="pause")
    assert process.stdout is not None
    _, child, parent = process.stdout.readline().split()
    assert int(parent) == process.pid
    (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
    code, _, err = ended(process)
    assert code == 130 and [line for line in err if "error" in line] == ["lapel: error: interrupted"]
    assert not runs(int(child))


def test_a_child_whose_parent_was_killed_ends(folder: Path) -> None:
    process = train(folder, FAULT="1", KIND="pause")
    assert process.stdout is not None
    child = int(process.stdout.readline().split()[1])
    process.kill()
    wait_until(lambda: not runs(child))
    process.communicate()
