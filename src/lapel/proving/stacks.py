"""Stack of a firmware at every level of optimization that users may compile it with, as measured by running each.

A painted run at the target's own level says nothing of the others, at which functions are inlined or not, and registers
spilled or not. Figures are kept with those of kernels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from lapel import codegen
from lapel.codegen.program import ProgramCode
from lapel.errors import DoesNotFit, LapelError, Mismatch, SimulationError
from lapel.measuring.figures import read_figures, write_figures
from lapel.records import Stack
from lapel.simulate import Firmware, RawRun, run_firmware
from lapel.simulate.firmware import build_levels
from lapel.simulate.toolchain import compiler_identity
from lapel.simulate.workspace import workspace
from lapel.targets import Target

LEVELS = ("-Og", "-O1", "-O2", "-O3", "-Os")
LASTING = ("does not fit", "does not compile")
NOT_RUN = "does not run"
"""Not kept: what an emulator did not finish in time may be this computer's load."""
FORMAT = "1"
"""Of what is stored."""


def measure_stacks(
    code: codegen.Firmware | ProgramCode,
    target: Target,
    inputs: np.ndarray,
    known: RawRun,
    timeout_s: float,
    progress: Callable[[str], None] = lambda stage: None,
) -> tuple[Stack, ...]:
    """Of `invoke`, and of `invoke_from` where there is one, at each of LEVELS.

    inputs: uint8 (N, input_bytes), as for `run_firmware`. known: what the firmware answered at the target's own level.
    A level that does not compile, does not fit, or overflows the emulated machine's stack has no figure, but a reason.
    Raises Mismatch if the outputs at any level are others, CompilerHung, MissingTool.
    """
    sources = {name: text for name, text in code.files().items() if name != "adapter.c"}
    adapters = code.adapters()
    jobs = [(function, level) for function in adapters for level in LEVELS]
    about = [FORMAT, sorted(sources.items()), compiler_identity(target, timeout_s), target.cflags, target.emulator]
    keys = {job: _key(repr([about, adapters[job[0]], job]), inputs) for job in jobs}
    stored = {key: c for key, c in read_figures(list(keys.values())).items() if type(c) is int or c in LASTING}
    missing = [level for level in LEVELS if any(keys[f, level] not in stored for f in adapters)]
    if missing:
        progress(f"measuring the stack at {' '.join(missing)}")
        with workspace() as folder:
            built = build_levels(sources, adapters, target, folder, missing, timeout_s)
            found = {keys[job]: _measured(target, job[1], f, inputs, known, timeout_s) for job, f in built.items()}
        write_figures({key: content for key, content in found.items() if content != NOT_RUN})
        stored |= found
    return tuple(_stack(*job, stored[keys[job]]) for job in jobs)


def _measured(
    target: Target, level: str, firmware: Firmware | LapelError, inputs: np.ndarray, known: RawRun, timeout_s: float
) -> int | str:
    if isinstance(firmware, LapelError):
        return LASTING[0] if isinstance(firmware, DoesNotFit) else LASTING[1]
    try:
        raw = run_firmware(firmware, inputs, known.outputs.shape[1], timeout_s=timeout_s)
    except SimulationError:
        return NOT_RUN
    if not np.array_equal(raw.outputs, known.outputs):
        raise Mismatch(
            f"{target.name}: outputs at {level} are not those at {target.optimize}: report this defect of Lapel"
        )
    return raw.stack_bytes


def _stack(function: str, level: str, content: int | str) -> Stack:
    return Stack(function, level, None, content) if isinstance(content, str) else Stack(function, level, content)


def _key(about: str, inputs: np.ndarray) -> str:
    return hashlib.sha256(about.encode() + inputs.tobytes()).hexdigest()
