"""Each kind of bad input: one line, its exit code, nothing half-written, no traceback."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lapel
from lapel.cli import main
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from nets import Net

Check = Callable[..., None]


@pytest.fixture
def refused(model: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Check:
    """Check that a command line fails with a code and a line, in plain and with --json, and writes nothing."""

    def check(code: int, said: str, *arguments: str) -> None:
        before = sorted(tmp_path.rglob("*"))
        assert main(arguments) == code
        streams = capsys.readouterr()
        assert streams.out == "" and streams.err.startswith("lapel: error: ") and streams.err.count("\n") == 1
        assert said in streams.err
        if arguments[0] in ("run", "build", "diff"):
            assert main([*arguments, "--json"]) == code
            error = json.loads(capsys.readouterr().out)["error"]
            assert error["exit_code"] == code and said in error["message"]
        assert sorted(tmp_path.rglob("*")) == before

    return check


def test_command_line(refused: Check) -> None:
    refused(2, "No such command 'frob'; there are boards, build", "frob")
    refused(2, "No such command 'bulid'; did you mean 'build'?", "bulid", "model.tflite")
    refused(2, "a command comes before the model, as in `lapel run model.tflite --target", "model.tflite")
    refused(2, "a command comes before the model, as in `lapel run none.tflite --target", "none.tflite")
    refused(2, "'--target'", "run", "--taget", "host")
    refused(2, "No such option", "--frob")
    refused(2, "Missing argument 'MODEL'", "run", "--target", "host")
    refused(2, "Option '--json' does not take a value (`lapel run --help` shows", "run", "x.tflite", "--json=1")
    refused(2, "no target was given: add --target NAME; `lapel boards`", "run", "model.tflite")
    refused(2, "no target was given", "build", "model.tflite")
    refused(2, "--timeout is -1.0", "run", "model.tflite", "-t", "host", "--timeout", "-1")
    refused(2, "--timeout is nan", "run", "model.tflite", "-t", "host", "--timeout", "nan")
    why = "the model's name is 'time', but that is a header of C: try 'time_model'"
    refused(2, why, "build", "model.tflite", "-t", "host", "--name", "time")
    refused(2, "not a valid float", "run", "model.tflite", "-t", "host", "--timeout", "soon")


def test_target(refused: Check) -> None:
    refused(6, "did you mean 'arduino-uno'?", "run", "model.tflite", "-t", "arduino-un")
    refused(6, "`lapel boards` lists them", "build", "model.tflite", "-t", "../cores/host")
    refused(6, "did you mean 'cortex-m4'?", "demo", "-t", "cortexm4")
    refused(6, "Xtensa architecture: there is no target for it", "plan", "model.tflite", "-t", "esp32")


def test_too_large(refused: Check) -> None:
    net = Net("big", (1, 100))
    Path("big.tflite").write_bytes(write_tflite(net.graph(net.dense("x", 400))))
    for command in ("build", "run", "plan", "diff"):
        refused(7, "big does not fit arduino-uno: it needs at least 4", command, "big.tflite", "-t", "arduino-uno")


def test_model(refused: Check) -> None:
    Path("text.tflite").write_text("no model")
    Path("short.tflite").write_bytes(Path("model.tflite").read_bytes()[:100])
    Path("model").mkdir()
    refused(3, "none.tflite", "run", "none.tflite", "-t", "host")
    refused(3, "directory", "run", "model", "-t", "host")
    refused(4, "text", "build", "text.tflite", "-t", "host")
    refused(4, "short", "diff", "short.tflite", "-t", "host")
    refused(4, "short", "plan", "short.tflite", "-t", "host")


def test_input(refused: Check, graph: Graph) -> None:
    run = ("run", "model.tflite", "-t", "host", "-O", "y.npy", "-i")
    good = np.zeros((2, *graph.tensors[graph.inputs[0]].type.shape[1:]), np.int8)
    stream = io.BytesIO()
    np.save(stream, good)
    Path("short.npy").write_bytes(stream.getvalue()[:-1])
    Path("text.npy").write_text("1,2,3")
    np.save("objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save("shape.npy", good[:, :-1])
    np.save("dtype.npy", good.astype(np.int32))
    np.save("nan.npy", np.full(good.shape, np.nan))
    np.save("none.npy", good[:0])
    np.savez("name.npz", other=good)
    refused(3, "missing.npy cannot be read: No such file", *run, "missing.npy")
    refused(3, "is a folder", *run, ".")
    refused(3, "truncated or corrupt", *run, "short.npy")
    refused(3, "neither an .npy nor an .npz", *run, "text.npy")
    refused(3, "Python objects", *run, "objects.npy")
    refused(3, "shape", *run, "shape.npy")
    refused(3, "int32", *run, "dtype.npy")
    refused(3, "NaN", *run, "nan.npy")
    refused(3, "no samples", *run, "none.npy")
    refused(3, "other", *run, "name.npz")
    refused(3, "truncated or corrupt", "diff", "model.tflite", "-t", "host", "-i", "short.npy")


def test_labels(refused: Check, graph: Graph) -> None:
    np.save("x.npy", np.zeros((2, *graph.tensors[graph.inputs[0]].type.shape[1:]), np.int8))
    np.save("long.npy", np.zeros(3, np.int64))
    np.save("float.npy", np.full(2, 0.5))
    np.save("large.npy", np.full(2, 1000))
    run = ("run", "model.tflite", "-t", "host", "-i", "x.npy", "-l")
    refused(3, "labels are int64[3], expected [2]", *run, "long.npy")
    refused(3, "float64", *run, "float.npy")
    refused(3, "classes", *run, "large.npy")
    refused(3, "No such file", *run, "missing.npy")


def test_output(refused: Check) -> None:
    Path("mine").mkdir()
    mine = [Path("file"), *(Path("mine") / name for name in ("model.h", "digits.tflite"))]
    for path in mine:
        path.write_text("keep")
    np.save("mine/x.npy", np.zeros(3))
    model = ("model.tflite", "-t", "host")
    refused(9, "ends in '.txt'", "run", *model, "-O", "y.txt")
    refused(9, "there is no folder", "run", *model, "-O", "none/y.npy")
    refused(9, "model.h is there, and nothing says that lapel wrote it: move", "build", *model, "-o", "mine")
    refused(9, "is an input of this run, and would be lost", "run", *model, "-i", "mine/x.npy", "-O", "./mine/x.npy")
    refused(9, f"{'n' * 300}.npy cannot be written: File name too long", "run", *model, "-O", f"{'n' * 300}.npy")
    refused(9, "not a folder", "build", *model, "-o", "file")
    refused(9, "cannot be made: Not a directory", "build", *model, "-o", "file/sub/sub")
    refused(9, "cannot be made: File name too long", "build", *model, "-o", "n" * 300)
    refused(9, "digits.tflite is there, and nothing says that lapel wrote it", "demo", "-t", "host", "-o", "mine")
    assert {path.read_text() for path in mine} == {"keep"}


def test_missing_tools(refused: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused(8, "arm-none-eabi-gcc is not installed", "run", "model.tflite", "-t", "cortex-m4")
    refused(8, "not installed: gcc, libc of gcc; install with: ", "demo", "-t", "host")


def test_interrupt(refused: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lapel, "run", interrupt)
    refused(130, "interrupted", "run", "model.tflite", "-t", "host")


def test_a_defect_says_so(model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(lapel, "run", fail)
    assert main(["run", model, "-t", "host", "--json"]) == 70
    streams = capsys.readouterr()
    assert "Traceback" in streams.err and "this is a defect of Lapel" in streams.err
    assert json.loads(streams.out)["error"]["type"] == "ZeroDivisionError"


def test_names_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "\x1b[2J.tflite", "-t", "host"]) == 3
    assert "\x1b[2J" not in capsys.readouterr().err


def test_a_process_ends_with_the_code(lapel_process: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = lapel_process("run", "none.tflite", "--target", "host")
    assert (done.returncode, done.stdout) == (3, "") and done.stderr.count("\n") == 1
    done = lapel_process("--version")
    assert (done.returncode, done.stdout) == (0, f"lapel {lapel.__version__}\n")


def test_full_disk() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "lapel", "boards"]
        done = subprocess.run(command, stdout=full, stderr=-1, text=True, timeout=300)
    assert done.returncode == 9 and done.stderr.count("\n") == 1
    assert "standard output cannot be written" in done.stderr
