"""What a machine is: a module of `lapel.simulate.machines` with a function `execute`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from lapel.errors import SimulationError
from lapel.simulate.cache import cached
from lapel.simulate.firmware import Firmware
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.profile import Chosen
from lapel.simulate.toolchain import compile_all, find_tool, tool_identity
from lapel.targets.target import Region

COUNTERS = Path(__file__).parent / "counters"


@dataclass(frozen=True)
class Execution:
    """What came out of one run of an emulator.

    marks: uint64 (passes, 2): instructions and cycles since reset at each marker passed; None: not counted.
    has_cycles: whether the second column says anything.
    profile: uint64 (rows, 6), the log of `counters/profile.h`; None: not asked for, or not to be had.
    ended: how the emulator ended, for the error when the stream is not complete.
    """

    stream: bytes
    marks: np.ndarray | None
    has_cycles: bool
    ended: str
    profile: np.ndarray | None = None


class StackOverflow(SimulationError):
    """The model's stack does not fit between its variables and the end of the machine's RAM."""


class Refused(SimulationError):
    """The interpreter of a firmware refused its model: what it returned, and where in the blob."""

    def __init__(self, target: str, status: int, offset: int) -> None:
        self.status, self.offset = status, offset
        super().__init__(f"{target}: the interpreter refused the blob with status {status}, at byte {offset:,}")


class Machine(Protocol):
    """A way to execute a firmware.

    One that GDB can attach to has a function `waiting(firmware, stimulus, port)` as well: the command that runs it.
    """

    def execute(
        self,
        firmware: Firmware,
        stimulus: bytes,
        markers: Sequence[int],
        timeout_s: float,
        profile: Chosen | None = None,
    ) -> Execution:
        """Run it to its end; raises SimulationError when it takes longer than timeout_s (host seconds)."""
        ...


def load_machine(kind: str) -> Machine:
    """The machine module of that name (`Emulator.kind` of a target)."""
    return cast(Machine, importlib.import_module(f"lapel.simulate.machines.{kind}"))


def build_counter(
    name: str, suffix: str, flags: Sequence[str], libraries: Sequence[str] = (), timeout_s: float = TIMEOUT_S
) -> Path:
    """Compile `counters/<name>.c` for this computer, once; raises MissingTool, CompileError."""
    compiler = find_tool("gcc")
    source = COUNTERS / f"{name}.c"
    identity = [tool_identity(compiler, (), timeout_s), *flags, *libraries]
    identity += [path.read_text(encoding="utf-8") for path in (source, *sorted(COUNTERS.glob("*.h")))]

    def make(path: Path) -> None:
        command = [
            compiler,
            "-O2",
            "-Wall",
            f"-I{COUNTERS}",
            *flags,
            str(source),
            "-o",
            str(path),
            *libraries,
        ]
        compile_all([command], path.parent, f"{name} for this computer", timeout_s)

    return cached(name, suffix, identity, make)


def qemu_plugin(
    counting: bool, profiled: Region | None = None, timeout_s: float = TIMEOUT_S, chosen: Chosen | None = None
) -> list[str]:
    """QEMU's arguments for our plugin: it ends QEMU with us, and if asked to counts into marks.bin.

    profiled: the flash of a machine whose blocks are counted, too, into profile.bin, in the chosen invocations.
    """
    built = build_counter("qemu_count", ".so", ("-shared", "-fPIC"), timeout_s=timeout_s)
    plugin = str(built).replace(",", ",,")
    arguments = ",list=markers.txt,log=marks.bin" if counting else ""
    if counting and profiled and chosen:
        arguments += f",chosen={chosen.first}-{chosen.every}"
        arguments += ",ranges=ranges.txt" if chosen.ranges else ""
        arguments += f",profile=profile.bin,flash={profiled.origin:x}-{profiled.origin + profiled.length:x}"
    return ["-plugin", plugin + arguments]


def read_marks(path: Path) -> np.ndarray:
    """The log that `marks.h` writes; an emulator that crashed leaves it short, or does not make it."""
    if not path.is_file():
        return np.zeros((0, 2), np.uint64)
    numbers = np.fromfile(path, dtype=np.uint64)
    return numbers[: len(numbers) // 2 * 2].reshape(-1, 2)


def read_profile(path: Path) -> np.ndarray:
    """The log that `profile.h` writes; the same of a crashed emulator."""
    if not path.is_file():
        return np.zeros((0, 6), np.uint64)
    numbers = np.fromfile(path, dtype=np.uint64)
    return numbers[: len(numbers) // 6 * 6].reshape(-1, 6)
