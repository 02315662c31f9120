"""Ctrl-C, SIGTERM and SIGHUP at known moments: one line, the right exit code, no process and no file left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import first_on_path, program, runs, wait_until

SAID = {
    signal.SIGINT: "lapel: error: interrupted\n",
    signal.SIGTERM: "lapel: error: terminated\n",
    signal.SIGHUP: "lapel: error: the terminal has gone\n",
}


class Busy:
    """`lapel` in a process that waits for a compiler which never ends, if its command line is like `hangs`."""

    def __init__(self, folder: Path, arguments: list[str], preexec: Callable[[], None] | None, hangs: str) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        os.mkfifo(folder / "ready")
        # It has a child and a temporary file of its own, as gcc has.
        others = f'case "$*" in {hangs}) ;; *) exec {shutil.which("gcc")} "$@" ;; esac'
        program(folder / "bin", "gcc", f'{others}\nmktemp\nsleep 1000 &\necho $$ $! > "{folder}/ready"\nwait')
        where = {"PATH": first_on_path(folder / "bin"), "TMPDIR": str(self.temporary)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lapel", *arguments],
            cwd=folder,
            env={**os.environ, **where},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=preexec,
        )
        self.pids = [int(pid) for pid in self._hear(folder / "ready").split()]

    def _hear(self, path: Path) -> bytes:
        """What the compiler writes once it runs; an end of the process before that is an error."""
        said = b""
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as ready:

            def whole() -> bool:
                nonlocal said
                said += ready.read() or b""
                assert said or self.process.poll() is None, f"it ended: {self.process.communicate()}"
                return said.endswith(b"\n")

            wait_until(whole)
        return said

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal to all of its group, as a terminal does; exit code and what it said."""
        os.killpg(self.process.pid, number)
        out, err = self.process.communicate(timeout=300)
        return self.process.returncode, out, err


@pytest.fixture
def busy(model: str, tmp_path: Path) -> Iterator[Callable[..., Busy]]:
    """A function that starts it, with a handler set before if one is given."""
    started: list[Busy] = []

    def start(*arguments: str, preexec: Callable[[], None] | None = None, hangs: str = "*") -> Busy:
        started.append(Busy(tmp_path, [arguments[0], model, *arguments[1:]], preexec, hangs))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("number", SAID, ids=lambda n: n.name)
def test_a_signal_ends_a_process_and_all_that_it_started(number: signal.Signals, busy, tmp_path: Path) -> None:
    one = busy("build", "-t", "host", "-o", "out", "--json")
    assert os.listdir(one.temporary) and all(runs(pid) for pid in one.pids)
    code, out, err = one.end(number)
    assert (code, err) == (128 + number, SAID[number])
    assert json.loads(out)["error"]["exit_code"] == code
    wait_until(lambda: not any(runs(pid) for pid in one.pids))
    assert os.listdir(one.temporary) == [] and not (tmp_path / "out").exists()


def test_a_signal_while_stacks_are_measured(busy, tmp_path: Path) -> None:
    """Many compilers run then, at other levels of optimization."""
    one = busy("build", "-t", "host", "-o", "out", hangs="*-Og*model.c*")
    assert one.end(signal.SIGTERM) == (143, "", SAID[signal.SIGTERM])
    wait_until(lambda: not any(runs(pid) for pid in one.pids))
    assert os.listdir(one.temporary) == [] and not (tmp_path / "out").exists()


def test_a_signal_that_was_ignored_stays_so(busy) -> None:
    """As under nohup, and Ctrl-C in a background job of a shell."""

    def ignore() -> None:
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    one = busy("build", "-t", "host", preexec=ignore)
    for number in (signal.SIGHUP, signal.SIGINT):
        os.killpg(one.process.pid, number)
    assert one.end(signal.SIGTERM)[0] == 128 + signal.SIGTERM


@pytest.mark.parametrize("module", ["numpy", "click", "rich"])
@pytest.mark.parametrize("json_too", [False, True])
def test_control_c_while_modules_are_imported(module: str, json_too: bool, tmp_path: Path) -> None:
    """A module in place of a real one, which interrupts its process as soon as it is imported."""
    (tmp_path / f"{module}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "lapel", "boards", *["--json"] * json_too]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (130, "lapel: error: interrupted\n")
    assert (json.loads(done.stdout)["error"]["exit_code"] == 130) if json_too else (done.stdout == "")


def test_a_program_that_imports_lapel_keeps_its_handlers() -> None:
    script = (
        "import signal; before = [signal.getsignal(n) for n in (2, 15, 1)]; import lapel, lapel.cli\n"
        "assert before == [signal.getsignal(n) for n in (2, 15, 1)]\n"
        "assert lapel.cli.main(['boards', '--json']) == 0\n"
        "assert before == [signal.getsignal(n) for n in (2, 15, 1)]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")


def test_control_c_when_all_is_done(tmp_path: Path) -> None:
    """While the interpreter ends."""
    late = "import atexit, os, signal\natexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))\n"
    (tmp_path / "sitecustomize.py").write_text(late)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "lapel", "--version"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("lapel ")
