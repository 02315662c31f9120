"""Stack of a firmware at every level of optimization that users may compile it with: as measured by running each, and
the worst case by the code of each.

A painted run at the target's own level says nothing of the others, at which functions are inlined or not, and registers
spilled or not. Figures are kept with those of kernels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence

import numpy as np

from lapel import codegen
from lapel.codegen.program import ProgramCode
from lapel.errors import DoesNotFit, FormatError, LapelError, Mismatch, SimulationError
from lapel.measuring.figures import read_figures, write_figures
from lapel.records import Frame, Stack, StackBound
from lapel.records.plain import from_plain, to_plain
from lapel.simulate import Firmware, RawRun, run_firmware
from lapel.simulate.depths import identity, stack_depth
from lapel.simulate.firmware import build_levels
from lapel.simulate.toolchain import compiler_identity
from lapel.simulate.workspace import workspace
from lapel.targets import Target

LEVELS = ("-Og", "-O1", "-O2", "-O3", "-Os")
LASTING = ("does not fit", "does not compile")
NOT_RUN = "does not run"
"""Not kept: what an emulator did not finish in time may be this computer's load."""
FORMAT = "2"
"""Of what is stored."""


def measure_stacks(
    code: codegen.Firmware | ProgramCode,
    target: Target,
    inputs: np.ndarray,
    known: RawRun,
    timeout_s: float,
    progress: Callable[[str], None] = lambda stage: None,
) -> tuple[Stack, ...]:
    """Of `invoke`, and of `invoke_from` where there is one, at each of LEVELS and at the target's own level.

    inputs: uint8 (N, input_bytes), as for `run_firmware`. known: what the firmware answered at the target's own level.
    A level that does not compile, does not fit, or overflows the emulated machine's stack has no figure, but a reason.
    Raises Mismatch if the outputs at any level are others, CompilerHung, MissingTool, SimulationError if what is linked
    cannot be disassembled.
    """
    sources = {name: text for name, text in code.files().items() if name != "adapter.c"}
    adapters = code.adapters()
    levels = (*LEVELS, *([target.optimize] if target.optimize not in LEVELS else []))
    jobs = [(function, level) for function in adapters for level in levels]
    made_by = compiler_identity(target, timeout_s), target.cflags, target.emulator
    about = [FORMAT, identity(), sorted(sources.items()), *made_by]
    keys = {job: _key(repr([about, adapters[job[0]], job]), inputs) for job in jobs}
    stored = {key: s for key, c in read_figures(list(keys.values())).items() if (s := _kept(c)) is not None}
    missing = [level for level in levels if any(keys[f, level] not in stored for f in adapters)]
    if missing:
        progress(f"measuring the stack at {' '.join(missing)}")
        with workspace() as folder:
            built = build_levels(sources, adapters, target, folder, missing, timeout_s)
            found = {keys[job]: _measured(target, *job, f, inputs, known, timeout_s) for job, f in built.items()}
        write_figures({key: to_plain(stack) for key, stack in found.items() if stack.why != NOT_RUN})
        stored |= found
    return tuple(stored[keys[job]] for job in jobs)


def bound_of(firmware: Firmware, timeout_s: float, apart: Collection[str] = ()) -> StackBound:
    """The worst case of the function that the harness calls. apart: see `stack_depth`, whose errors it raises."""
    depth = stack_depth(firmware, timeout_s, apart)
    return StackBound(depth.bytes, tuple(Frame(*f) for f in depth.path), depth.why)


def own_bound(code: codegen.Firmware | ProgramCode, target: Target, stacks: Sequence[Stack]) -> StackBound | None:
    """The worst case of the function that the harness calls, at the target's own level; None if there are no stacks."""
    function = next(iter(code.adapters()))
    return next((s.bound for s in stacks if (s.function, s.option) == (function, target.optimize)), None)


def _kept(content: object) -> Stack | None:
    """What is stored; None if it is not ours."""
    try:
        return from_plain(Stack, content, "a stored figure")
    except FormatError:
        return None


def _measured(
    target: Target,
    function: str,
    level: str,
    firmware: Firmware | LapelError,
    inputs: np.ndarray,
    known: RawRun,
    timeout_s: float,
) -> Stack:
    if isinstance(firmware, LapelError):
        return Stack(function, level, None, LASTING[0] if isinstance(firmware, DoesNotFit) else LASTING[1])
    bound = bound_of(firmware, timeout_s)
    try:
        raw = run_firmware(firmware, inputs, known.outputs.shape[1], timeout_s=timeout_s)
    except SimulationError:
        return Stack(function, level, None, NOT_RUN, bound)
    if not np.array_equal(raw.outputs, known.outputs):
        raise Mismatch(
            f"{target.name}: outputs at {level} are not those at {target.optimize}: report this defect of Lapel"
        )
    return Stack(function, level, raw.stack_bytes, "", bound)


def _key(about: str, inputs: np.ndarray) -> str:
    return hashlib.sha256(about.encode() + inputs.tobytes()).hexdigest()
