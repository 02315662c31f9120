"""Compilers and other programs: found, or how to install them; run, or their first error."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lapel.errors import CompileError, DoesNotFit, MissingTool

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

_ERRORS = (
    re.compile(r"^.*(?:[eE]rror:|undefined reference|multiple definition).*$", re.M),
    re.compile(r"^.*ld: (?!warning).*$", re.M),
)
"""What the line that matters looks like, the surest sign first."""
_OVERFLOW = re.compile(r"region [`'](\w+)' overflowed by (\d+) bytes")


def find_tool(program: str) -> str:
    """Path of a program; raises MissingTool with the command that installs it."""
    path = shutil.which(program)
    if path is None:
        raise missing(program)
    return path


def missing(program: str) -> MissingTool:
    """The error for a program or library that is not installed."""
    package = PACKAGES.get(program, program)
    return MissingTool(f"{program} is not installed, or not on PATH; install it: sudo apt-get install {package}")


def tool_identity(path: str) -> str:
    """What tells one version of a compiler from another without running it: its file, size and time."""
    real = os.path.realpath(path)
    state = os.stat(real)
    return f"{real} {state.st_size} {state.st_mtime_ns}"


def compile_all(commands: Sequence[Sequence[str]], folder: Path, what: str) -> None:
    """Run compiler commands at the same time, in `folder`.

    Raises CompileError with the first error of the first command that failed, DoesNotFit where a
    memory region is too small.
    """
    environment = {**os.environ, "LC_ALL": "C"}
    running = [
        subprocess.Popen(c, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for c in commands
    ]
    outputs = [process.communicate()[0].decode(errors="replace") for process in running]
    for process, output in zip(running, outputs, strict=True):
        if process.returncode != 0:
            raise _failure(what, output)


def _failure(what: str, output: str) -> CompileError | DoesNotFit:
    overflow = _OVERFLOW.search(output)
    if overflow:
        region, extra = overflow.groups()
        return DoesNotFit(f"{what}: {region} is too small by {extra} bytes; choose a larger target or a smaller model")
    found = (match.group(0) for pattern in _ERRORS if (match := pattern.search(output)))
    line = next(found, (output.strip().splitlines() or ["the compiler said nothing"])[-1])
    return CompileError(f"{what}: {line.strip()}")
