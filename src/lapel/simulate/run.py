"""Run a firmware over samples and return what it answered and what that took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lapel.errors import InputError, SimulationError
from lapel.simulate import counts, stream
from lapel.simulate import profile as profiles
from lapel.simulate.firmware import Firmware
from lapel.simulate.machine import Execution, Refused, StackOverflow, load_machine

_HARNESS_FAULTS = {
    256: "the core started again: it ran into address 0 or an interrupt vector",
    257: "it asked for more input than there is: the adapter reads more bytes than the samples have",
    258: "it asked for bytes of a streamed input a second time",
}
_REFUSED = 259

PROFILED_BATCH = 2
"""For more samples than this, a second run over the first one is the faster way to its profile."""


@dataclass(frozen=True)
class RawRun:
    """One run of a firmware over N samples. Counts are None on the host, which counts nothing.

    | field | unit | meaning |
    |---|---|---|
    | outputs | uint8 (N, output_bytes) | the models' outputs, byte for byte |
    | instructions | instructions | from the entry of `adapter_invoke` to its return, first sample |
    | step_instructions | instructions | of each step, first sample; what follows the last step is the rest |
    | sample_instructions | instructions | as `instructions`, for each sample |
    | cycles, step_cycles, sample_cycles | clock cycles | the same in cycles; only on the AVR |
    | stack_bytes | bytes | stack below `adapter_invoke`, highest of all samples; traces add to it |
    | arena_bytes | bytes | the arena's bytes up to the highest one written, over all samples |
    | all_step_instructions, all_step_cycles | int64 [N, steps] | the same of each step, for each sample |
    | tensors | | trace mode: for each sample (step, tensor, bytes), in order |
    | host_seconds | s | wall time of the emulator |
    | profile | | which blocks ran how often in the first sample; None: not asked for, or not to be had |
    | chosen_profiles | | the same of each sample that `chosen` says, in order |
    """

    outputs: np.ndarray
    instructions: int | None
    step_instructions: tuple[int, ...]
    sample_instructions: tuple[int, ...]
    cycles: int | None
    step_cycles: tuple[int, ...]
    sample_cycles: tuple[int, ...]
    stack_bytes: int
    arena_bytes: int
    tensors: tuple[tuple[tuple[int, int, bytes], ...], ...]
    host_seconds: float
    profile: profiles.Profile | None = None
    chosen_profiles: tuple[profiles.Profile, ...] = ()
    all_step_instructions: np.ndarray = field(default_factory=lambda: counts.NOTHING.all_steps)
    all_step_cycles: np.ndarray = field(default_factory=lambda: counts.NOTHING.all_steps)

    @property
    def batch_instructions(self) -> int | None:
        """Instructions of all invocations together."""
        return sum(self.sample_instructions) if self.sample_instructions else None


def run_firmware(
    firmware: Firmware,
    inputs: np.ndarray,
    output_bytes: int,
    *,
    reset_every: int | None = None,
    timeout_s: float = 120.0,
    profile: bool = False,
    chosen: profiles.Chosen | None = None,
    ranges: Sequence[profiles.Span] = (),
) -> RawRun:
    """Run the firmware over `inputs`, uint8 (N, input_bytes), which are consecutive calls.

    inputs: a sample is the bytes of its inputs, one input after the other. reset_every: the model's state is set to its
    initial values before every so many samples; None: before the first alone.
    output_bytes: bytes of all outputs of one sample together. timeout_s: host seconds for the whole batch.
    profile: whether to return the first sample's profile, too; it slows the emulator down about twice. chosen: samples
    whose profiles are wanted in its place, all in this one run. ranges: of addresses, ascending, whose accesses a
    profile has apart; if there are none, those of the board's memories.

    Raises InputError (inputs of another shape or type), SimulationError (the core faulted, hung, overflowed
    its stack, or did not answer in the harness's protocol; Refused by an interpreter), MissingTool.
    """
    if inputs.dtype != np.uint8 or inputs.ndim != 2 or len(inputs) == 0:
        raise InputError(f"inputs are {inputs.dtype} {inputs.shape}, expected uint8 (samples, bytes), not empty")
    places = counts.markers(firmware)
    started = time.perf_counter()
    machine = load_machine(firmware.target.emulator.kind)
    stimulus = stream.encode(np.ascontiguousarray(inputs), reset_every)
    at_once = profile and len(inputs) <= PROFILED_BATCH
    ranges = tuple(ranges) or tuple((r.origin, r.origin + r.length) for r in firmware.target.emulated())
    first = replace(profiles.FIRST, ranges=ranges)
    wanted = replace(chosen, ranges=ranges) if chosen else first if at_once else None
    execution = machine.execute(firmware, stimulus, places, timeout_s, wanted)
    log = None if chosen else execution.profile
    if profile and not at_once and not chosen and execution.marks is not None:
        log = machine.execute(firmware, stream.encode(inputs[:1]), places, timeout_s, first).profile
    logs = execution.profile if chosen else None
    seconds = time.perf_counter() - started
    emission = _decode(firmware, execution, len(inputs), output_bytes)
    instructions = cycles = counts.NOTHING
    if execution.marks is not None:
        instructions = counts.count(execution.marks[:, 0], len(inputs), len(places), firmware)
        if execution.has_cycles:
            cycles = counts.count(execution.marks[:, 1], len(inputs), len(places), firmware)
    return RawRun(
        outputs=emission.outputs,
        instructions=instructions.samples[0] if instructions.samples else None,
        step_instructions=instructions.steps,
        sample_instructions=instructions.samples,
        cycles=cycles.samples[0] if cycles.samples else None,
        step_cycles=cycles.steps,
        sample_cycles=cycles.samples,
        stack_bytes=emission.stack_bytes,
        arena_bytes=emission.arena_bytes,
        tensors=emission.tensors,
        host_seconds=seconds,
        profile=None if log is None else profiles.read(log, len(places)),
        chosen_profiles=() if logs is None else profiles.read_all(logs, len(places)),
        all_step_instructions=instructions.all_steps,
        all_step_cycles=cycles.all_steps,
    )


def _decode(firmware: Firmware, execution: Execution, samples: int, output_bytes: int) -> stream.Emission:
    name = firmware.target.name
    try:
        emission = stream.decode(execution.stream, samples, output_bytes)
    except SimulationError as error:
        raise SimulationError(f"{name}: {error.message} ({execution.ended})") from None
    if emission.fault and emission.fault.code == _REFUSED:
        raise Refused(name, emission.fault.pc >> 24, emission.fault.pc & 0xFFFFFF)
    if emission.fault:
        raise SimulationError(f"{name}: {_describe(firmware, emission.fault)}")
    if emission.stack_bytes >= emission.stack_size_bytes:
        raise StackOverflow(
            f"{name}: the model ran over its stack of {emission.stack_size_bytes:,} bytes, "
            "which is what the emulated machine has beside its variables"
        )
    return emission


def _describe(firmware: Firmware, fault: stream.Fault) -> str:
    if fault.code in _HARNESS_FAULTS:
        return f"the firmware failed: {_HARNESS_FAULTS[fault.code]}"
    where = f"in {firmware.image.function_at(fault.pc)}" if fault.pc else "with its stack pointer out of the stack"
    return f"the core took exception {fault.code} {where}, PC {fault.pc:#010x}"
