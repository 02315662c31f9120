"""Stack of a firmware at every level of optimization that users may compile it with, as measured by running each.

A painted run at the target's own level says nothing of the others, at which functions are inlined or not, and registers
spilled or not. All are compiled at the same time; figures are kept with those of kernels.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np

from lapel import codegen
from lapel.errors import CompileError, CompilerHung, DoesNotFit, Mismatch, SimulationError
from lapel.records import Stack
from lapel.simulate import RawRun, build_firmware, run_firmware
from lapel.simulate.figures import read_figures, write_figures
from lapel.simulate.process import kill_all
from lapel.simulate.toolchain import compiler_identity
from lapel.simulate.workspace import workspace
from lapel.targets import Target

LEVELS = ("-Og", "-O1", "-O2", "-O3", "-Os")
FORMAT = "1"
"""Of what is stored."""
STOP_S = 0.02
"""Between two looks at threads that are to end."""


def measure_stacks(
    code: codegen.Firmware,
    target: Target,
    inputs: np.ndarray,
    known: RawRun,
    timeout_s: float,
    progress: Callable[[str], None] = lambda stage: None,
) -> tuple[Stack, ...]:
    """Of `invoke`, and of `invoke_from` where there is one, at each of LEVELS.

    inputs: uint8 (N, input_bytes), as for `run_firmware`. known: what the firmware answered at the target's own level.
    A level that does not compile, does not fit, or overflows the emulated machine's stack has no figure, but a reason.
    Raises Mismatch if the outputs at any level are others, CompilerHung if a compiler takes longer than timeout_s.
    """
    kinds = {"invoke_from": code.files(), "invoke": code.whole_files()} if code.streamed else {"invoke": code.files()}
    jobs = {(f, level): files for f, files in kinds.items() for level in LEVELS}
    keys = {job: _key(files, replace(target, optimize=job[1]), inputs, timeout_s) for job, files in jobs.items()}
    stored = {key: size for key, size in read_figures(list(keys.values())).items() if isinstance(size, int)}
    missing, found = {job: files for job, files in jobs.items() if keys[job] not in stored}, {}
    if missing:
        progress(f"measuring the stack at {', '.join(LEVELS)}")
        found = _measure_all(missing, target, inputs, known, timeout_s)
        # What an emulator did not finish in time may be this computer's load.
        write_figures({keys[job]: s.bytes for job, s in found.items() if s.bytes is not None})
    return tuple(found.get(job) or Stack(*job, stored[keys[job]]) for job in jobs)


def _measure_all(
    jobs: Mapping[tuple[str, str], dict[str, str]], target: Target, inputs: np.ndarray, known: RawRun, timeout_s: float
) -> dict[tuple[str, str], Stack]:
    threads = set[int]()
    with workspace() as folder:
        pool = ThreadPoolExecutor(os.cpu_count() or 1, initializer=lambda: threads.add(get_ident()))
        futures = {
            job: pool.submit(_measure, job, files, target, inputs, known, folder / "".join(job), timeout_s)
            for job, files in jobs.items()
        }
        try:
            return {job: future.result() for job, future in futures.items()}
        finally:
            # An error, or a signal, of which only this thread hears.
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures.values()):
                kill_all(threads)
                time.sleep(STOP_S)
            pool.shutdown()


def _measure(
    job: tuple[str, str],
    files: dict[str, str],
    target: Target,
    inputs: np.ndarray,
    known: RawRun,
    folder: Path,
    timeout_s: float,
) -> Stack:
    function, level = job
    try:
        # Warnings are for the target's own level: at others GCC sees less or more, and warns of what cannot happen.
        at_level = replace(target, optimize=level)
        options: dict[str, Any] = {"mode": "plain", "cflags_extra": ("-w",), "timeout_s": timeout_s}
        firmware = build_firmware(files, at_level, folder, **options)
        raw = run_firmware(firmware, inputs, known.outputs.shape[1], timeout_s=timeout_s)
    except DoesNotFit:
        return Stack(function, level, None, "does not fit")
    except CompilerHung:
        raise
    except CompileError:
        return Stack(function, level, None, "does not compile")
    except SimulationError:
        return Stack(function, level, None, "does not run")
    if not np.array_equal(raw.outputs, known.outputs):
        raise Mismatch(
            f"{target.name}: outputs at {level} are not those at {target.optimize}: report this defect of Lapel"
        )
    return Stack(function, level, raw.stack_bytes)


def _key(files: Mapping[str, str], target: Target, inputs: np.ndarray, timeout_s: float) -> str:
    compiler = compiler_identity(target, timeout_s)
    emulator = [target.emulator.kind, target.emulator.machine, target.emulator.harness, target.emulator.defines]
    about = [FORMAT, sorted(files.items()), compiler, target.cflags, target.optimize, emulator]
    return hashlib.sha256(repr(about).encode() + inputs.tobytes()).hexdigest()
