"""`build_blob`: a model as data, run on the emulated core by the interpreter, and compared with the reference."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lapel.codegen.blob import CRC_FROM, Link
from lapel.codegen.interpreted import INTERPRETER, MODEL, SECTION, Entry, Interpreted, interpret
from lapel.codegen.kernelset import kernel_set
from lapel.codegen.names import identifier
from lapel.errors import Mismatch, UnsupportedModel, UsageError
from lapel.files import check_folder, write_folder
from lapel.frontends import Model
from lapel.measuring import fit, plan_for
from lapel.planning import Plan
from lapel.proving.bits import count_mismatches
from lapel.proving.cycles import modelled, nominal
from lapel.proving.firmware import recipe_for
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.proof import choose
from lapel.proving.run import Progress, reference_outputs
from lapel.proving.samples import from_bytes, to_bytes
from lapel.records import MANIFEST, BlobBuild, Memory
from lapel.simulate import Firmware, RawRun, build_firmware, run_firmware
from lapel.simulate.workspace import workspace
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


def build_blob(
    model: Model,
    target: str | Target,
    out: Path | str | None = None,
    *,
    calibration: Any = None,
    wish: Wish = ANY,
    slot: int = 0,
    kernels: Sequence[str] | None = None,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> BlobBuild:
    """Write a model as data, with the interpreter and the kernels that run it, proven on the target's core.

    `out` (a folder; None writes nothing) gets `<model>.blob`, `lapel_interpreter.c` and `.h`, `<model>_kernels.c` and
    `.h`, and `lapel.json`.

    slot: the address of flash where the blob will lie: params are used where they are; 0: any address, at the price of
    a copy of each step's params on the stack. What runs is linked for a place in the flash of the machine that emulates
    the core, where the slot is none of that (`BlobBuild.proven_slot`). kernels: those of the firmware, of which the
    model takes its own: of one that is there already (`BlobBuild.set_kernels` of another one), or `family_kernels`, for
    models that come later; None: those that the model takes, whichever are best. wish: as of `build`; steps share
    their kernels.

    Raises UsageError for an address that no slot has, UnsupportedModel for a core whose constants are in an address
    space of their own, or if a kernel's header does not state all that checking its params takes, and as `build`.
    """
    started = time.perf_counter()
    chosen = load_target(target) if isinstance(target, str) else target
    folder = None if out is None else Path(out)
    graph = load(model, calibration)
    prefix = identifier(graph.name)
    proven_slot = _proven_slot(chosen, slot)
    if folder is not None:
        check_folder(folder, blob_files(prefix), MANIFEST)
    progress("planning")
    wish = replace(wish, shared=True, whole_input=True, kernels=tuple(kernels or wish.kernels))
    plan = plan_for(graph, chosen, wish, progress, timeout_s)
    own = {call.kernel for step in plan.steps for call in step.calls}
    chosen_set = kernel_set(f"{prefix}_kernels", chosen, kernels or own)
    written, made = (interpret(plan, chosen_set, Link(at)) for at in (slot, proven_slot))
    samples = choose(graph, None)
    progress("compiling")
    inputs = to_bytes(graph, samples)
    place = (f"-Wl,--section-start={SECTION}={proven_slot:#x}",) if slot else ()
    with _linked(plan, made, "invoke", place, timeout_s) as firmware:
        size = sum(p.type.bytes for p in made.outputs)
        raw = run_firmware(firmware, inputs, size, timeout_s=timeout_s, profile=chosen.timing is not None)
        whole, _ = modelled(firmware, raw, ())
    with _linked(plan, made, "load", place, timeout_s) as firmware:
        loaded = run_firmware(firmware, inputs[:1], size, timeout_s=timeout_s)
        interpreter = firmware.unit_bytes(f"{INTERPRETER}.c")
        memory = _memory(plan, firmware, raw, max(raw.stack_bytes, loaded.stack_bytes))
    outputs = from_bytes(plan.graph, raw.outputs)
    expected = reference_outputs(graph, samples)
    if count_mismatches(dict(zip(expected, outputs.values(), strict=True)), expected):
        raise Mismatch(f"{graph.name} as data on {chosen.name} differs from the reference: report this defect")
    record = BlobBuild(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        recipe=recipe_for(graph, chosen, wish),
        set_kernels=chosen_set.kernels,
        kernel_set=chosen_set.number,
        slot=slot,
        proven_slot=proven_slot,
        blob_bytes=len(written.blob),
        crc32=struct.unpack_from("<I", written.blob, CRC_FROM - 4)[0],
        samples=len(next(iter(samples.values()))),
        macs=plan.macs,
        instructions=raw.instructions,
        cycles=raw.cycles,
        load_instructions=loaded.instructions,
        interpreter_bytes=interpreter,
        memory=memory,
        files=() if folder is None else tuple(str(folder / n) for n in (*blob_files(prefix), MANIFEST)),
        plan=plan.record(),
        cycle_model=whole,
        warnings=tuple(notices(graph, plan)),
        seconds=time.perf_counter() - started,
    )
    whole_memory = replace(memory, flash_data_bytes=memory.flash_data_bytes + len(written.blob))
    fit.check_fit(fit.Asked(graph, chosen, wish), whole_memory)
    fit.check_budgets(graph.name, chosen, wish, whole_memory, nominal(raw.cycles, whole))
    if folder is not None:
        progress(f"writing {folder}")
        contents = {n: text.encode() for n, text in made.sources.items()} | {f"{prefix}.blob": written.blob}
        write_folder(folder, contents, MANIFEST, replace(record, seconds=None).to_json())
    return record


def _proven_slot(target: Target, slot: int) -> int:
    """Where the blob that runs lies: in the slot, or in the middle of the emulated machine's flash."""
    if target.rom == "separate":
        why = "its constants are in an address space of their own, which the interpreter does not read yet"
        raise UnsupportedModel(f"a model as data for {target.name}", [why])
    align = max(target.arena_align, 4)
    if slot % align or not 0 <= slot < 1 << 32:
        raise UsageError(f"slot is {slot:#x}, expected an address below 2^32 and a multiple of {align}")
    if slot == 0:
        return 0
    flash = next((r for r in target.memory if r.name == "flash"), None)
    if flash is None:
        raise UsageError(f"slot is {slot:#x}, and {target.name} has no flash: leave it out")
    middle = flash.origin + flash.length // 2
    return slot if middle <= slot < flash.origin + flash.length * 3 // 4 else middle // align * align


def blob_files(prefix: str) -> tuple[str, ...]:
    """Names of what `build_blob` writes beside the manifest."""
    kernels = f"{prefix}_kernels"
    return f"{prefix}.blob", "lapel_interpreter.c", "lapel_interpreter.h", f"{kernels}.c", f"{kernels}.h"


@contextmanager
def _linked(
    plan: Plan, made: Interpreted, entry: Entry, cflags: tuple[str, ...], timeout_s: float
) -> Iterator[Firmware]:
    """The firmware whose counted part is `entry`, in a folder that is gone afterwards."""
    sources = {**made.sources, "adapter.c": made.adapters[entry]}
    with workspace() as folder:
        yield build_firmware(sources, plan.target, folder, mode="plain", cflags_extra=cflags, timeout_s=timeout_s)


def _memory(plan: Plan, firmware: Firmware, raw: RawRun, stack_bytes: int) -> Memory:
    """Of one model: what the interpreter keeps of it is a variable of the caller's, and counts."""
    return Memory(
        arena_bytes=plan.arena_bytes,
        arena_used_bytes=raw.arena_bytes,
        arena_bound_bytes=plan.bound_bytes,
        static_ram_bytes=firmware.static_ram_bytes + firmware.image.objects[MODEL],
        stack_bytes=stack_bytes,
        flash_code_bytes=firmware.flash_code_bytes,
        flash_data_bytes=firmware.flash_data_bytes,
        state_bytes=plan.graph.state_bytes,
    )
