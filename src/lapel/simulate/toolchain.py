"""Compilers and other programs: found, or how to install them; run, or their first error."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from lapel.errors import CompileError, CompilerHung, DoesNotFit, MissingTool, UsageError, shown
from lapel.simulate.process import TIMEOUT_S, started
from lapel.simulate.workspace import workspace
from lapel.targets import Target

PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "arm-none-eabi-objdump": "binutils-arm-none-eabi",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
    "avr-gcc": "gcc-avr avr-libc",
    "gcc": "gcc libc6-dev",
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-riscv32": "qemu-system-misc",
    "qemu-system-avr": "qemu-system-misc",
    "libsimavr": "libsimavr-dev",
}
"""Debian and Ubuntu packages that hold each program."""

JOBS = "LAPEL_JOBS"
"""The variable that says how many compilers a process runs at once."""

_ERRORS = (
    re.compile(r"^.*(?:(?<!collect2: )[eE]rror:|undefined reference|multiple definition).*$", re.M),
    re.compile(r"^.*relocation truncated.*$", re.M),
    re.compile(r"^.*ld: (?!warning).*$", re.M),
)
"""What the line that matters looks like, the surest sign first."""
_PROBE = """
struct params { const signed char *w; const int *bias; int n, mul, shift; short zero; };
extern void *memcpy(void *, const void *, __SIZE_TYPE__);
int probe_dot(const signed char *x, const struct params *p)
{
    int acc = p->bias[0];
    for (int i = 0; i < p->n; i++) {
        acc += (x[i] - p->zero) * p->w[i];
    }
    long long wide = (long long)acc * p->mul;
    return (int)(wide >> p->shift) + (wide < 0);
}
void probe_rows(signed char *y, const signed char *x, unsigned rows, unsigned bytes)
{
    for (unsigned r = 0; r < rows; r++) {
        memcpy(y + r * bytes, x + 2 * r * bytes, bytes);
        for (unsigned i = 0; i < bytes; i++) {
            y[r * bytes + i] = y[i] > x[i] ? y[i] : x[i];
        }
    }
}
"""
"""A unit that is like kernels: dot products, wide multiplications, copies, maxima."""
_OVERFLOW = re.compile(r"region [`'](\w+)' overflowed by (\d+) bytes")


class Overflow(DoesNotFit):
    """A memory region of the emulated machine is `extra_bytes` too small for a firmware with its harness."""

    def __init__(self, what: str, region: str, extra_bytes: int) -> None:
        self.region, self.extra_bytes = region, extra_bytes
        super().__init__(
            f"{what}: {region} of the emulated machine is too small by {extra_bytes:,} bytes; "
            "choose a larger target or a smaller model"
        )


def find_tool(program: str) -> str:
    """Path of a program; raises MissingTool with the command that installs it."""
    path = shutil.which(program)
    if path is None:
        raise missing(program)
    return os.path.abspath(path)  # PATH may have relative folders, and compilers run in others


def missing(program: str) -> MissingTool:
    """The error for a program or library that is not installed."""
    package = PACKAGES.get(program, program)
    return MissingTool(f"{program} is not installed, or not on PATH; install it: sudo apt-get install {package}")


def compiler_identity(target: Target, timeout_s: float = TIMEOUT_S) -> str:
    """`tool_identity` of a target's compiler, with the flags that models are compiled with."""
    return _compiler_answer(target, timeout_s)[1]


def compiler_version(target: Target, timeout_s: float = TIMEOUT_S) -> str:
    """The first line that a target's compiler says of itself; raises what `tool_identity` raises."""
    return _compiler_answer(target, timeout_s)[0]


def tool_identity(path: str, flags: Sequence[str] = (), timeout_s: float = TIMEOUT_S) -> str:
    """What tells one compiler from another: a hash of what it says of itself and of a unit that it compiles.

    Not its path and time: a wrapper, such as ccache's, stays the same whatever is behind it. It is asked once a
    process. Raises MissingTool if it cannot be run, CompileError if it does not compile, or says nothing.
    """
    return _answer(path, tuple(flags), timeout_s)[1]


_ANSWERS: dict[tuple[str, int, int, tuple[str, ...]], tuple[str, str]] = {}
"""Version and identity by path, size, time and flags."""


def _compiler_answer(target: Target, timeout_s: float) -> tuple[str, str]:
    return _answer(find_tool(f"{target.compiler}gcc"), (target.optimize, *target.cflags), timeout_s)


def _answer(path: str, flags: tuple[str, ...], timeout_s: float) -> tuple[str, str]:
    state = os.stat(path)
    key = path, state.st_size, state.st_mtime_ns, flags
    if key not in _ANSWERS:
        with workspace() as folder:
            (folder / "probe.c").write_text(_PROBE, encoding="ascii")
            probe = [path, *flags, "-c", "probe.c", "-o", "probe.o"]
            said, _ = compile_all([[path, "--version"], probe], folder, f"{path}: a probe", timeout_s)
            digest = hashlib.sha256(said.encode() + (folder / "probe.o").read_bytes()).hexdigest()
        if not said.strip():
            raise CompileError(f"{path} --version: no answer: expected a compiler, reinstall it")
        _ANSWERS[key] = said.strip().splitlines()[0], digest
    return _ANSWERS[key]


def compilers_at_once() -> int:
    """Compilers that one process runs at the same time: `LAPEL_JOBS`, else as many as it has processors.

    Who starts several processes of Lapel divides the processors among them by that. Raises UsageError.
    """
    given = os.environ.get(JOBS)
    if not given:
        return os.cpu_count() or 1
    if not given.isascii() or not given.isdigit() or int(given) == 0:
        raise UsageError(f"{JOBS} is {shown(given)!r}, expected a number of compilers from 1 on")
    return int(given)


def compile_all(commands: Sequence[Sequence[str]], folder: Path, what: str, timeout_s: float = TIMEOUT_S) -> list[str]:
    """Run compiler commands in `folder`, `compilers_at_once` at the same time; what they said.

    Raises CompileError with the first error of the first command that failed, or if one wrote nothing; CompilerHung
    after timeout_s (host seconds), Overflow where a memory region is too small, MissingTool for what is no program.
    """
    # What a compiler keeps between its passes lies in the folder, too, and goes with it when the compiler is killed.
    environment = {**os.environ, "LC_ALL": "C", "TMPDIR": str(folder)}
    end_s, most = time.monotonic() + timeout_s, compilers_at_once()
    ended: list[tuple[int, str]] = []
    with contextlib.ExitStack() as stack:
        running: list[subprocess.Popen[bytes]] = []
        for command in commands:
            if len(running) - len(ended) == most:
                ended.append(_end(commands[len(ended)], running[len(ended)], end_s, what, timeout_s))
            running.append(stack.enter_context(started(command, folder, env=environment, stderr=subprocess.STDOUT)))
        while len(ended) < len(running):
            ended.append(_end(commands[len(ended)], running[len(ended)], end_s, what, timeout_s))
    for command, (status, output) in zip(commands, ended, strict=True):
        if status != 0:
            raise _failure(what, output)
        _check_written(command, folder, what)
    return [output for _, output in ended]


def _end(
    command: Sequence[str], process: subprocess.Popen[bytes], end_s: float, what: str, timeout_s: float
) -> tuple[int, str]:
    """Exit status of a compiler, and what it said."""
    try:
        said, _ = process.communicate(timeout=max(end_s - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        late = f"{command[0]} did not end within {timeout_s:g} s; --timeout gives it more time"
        raise CompilerHung(f"{what}: {late}") from None
    return process.returncode, said.decode(errors="replace")


def _check_written(command: Sequence[str], folder: Path, what: str) -> None:
    """A compiler that ends well has written its output."""
    if "-o" in command:
        made = folder / command[command.index("-o") + 1]
        if not made.is_file() or made.stat().st_size == 0:
            raise CompileError(f"{what}: {command[0]} ended without an error and wrote no {made.name}: no compiler?")


def _failure(what: str, output: str) -> CompileError | DoesNotFit:
    overflow = _OVERFLOW.search(output)
    if overflow:
        return Overflow(what, overflow[1], int(overflow[2]))
    found = (match.group(0) for pattern in _ERRORS if (match := pattern.search(output)))
    line = next(found, (output.strip().splitlines() or ["the compiler said nothing"])[-1])
    return CompileError(f"{what}: {line.strip()}")
