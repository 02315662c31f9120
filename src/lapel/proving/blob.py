"""`build_blob`: a model as data, run on the emulated core by the interpreter, and compared with the reference."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lapel.codegen.blob import CRC_FROM, Link, blob
from lapel.codegen.blobimage import BlobImage
from lapel.codegen.facade import facade_files, facade_names, has_facade
from lapel.codegen.interpreted import ARENA, INTERPRETER, MODEL, interpret
from lapel.codegen.kernelfamilies import every_kernel
from lapel.codegen.kernelset import KernelSet, kernel_set, runner
from lapel.codegen.names import identifier
from lapel.codegen.updating import UPDATE, update_files
from lapel.errors import Mismatch, UnsupportedModel
from lapel.files import check_folder, write_folder
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.measuring import fit, plan_for
from lapel.planning import Plan
from lapel.proving.bits import count_mismatches
from lapel.proving.cycles import nominal
from lapel.proving.firmware import plan_layers, recipe_for
from lapel.proving.interpreting import call_costs, check_link, emulated_slot, last_slot, linked, merged
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.parts import interpreter_parts
from lapel.proving.proof import choose, decision_of, proof_of
from lapel.proving.run import Progress, reference_outputs
from lapel.proving.samples import Samples, from_bytes, to_bytes
from lapel.proving.stacks import bound_of
from lapel.records import MANIFEST, BlobBuild, Memory, deepest
from lapel.simulate import Firmware, RawRun, run_firmware
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


def build_blob(
    model: Model,
    target: str | Target,
    out: Path | str | None = None,
    *,
    calibration: Any = None,
    sample: Any = None,
    wish: Wish = ANY,
    slot: int = 0,
    arena: int = 0,
    kernels: Sequence[str] | None = None,
    self_test: bool = True,
    streamed: bool = False,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> BlobBuild:
    """Write a model as data, with the interpreter and the kernels that run it, proven on the target's core.

    `out` (a folder; None writes nothing) gets `<model>.blob`, `lapel_interpreter.c` and `.h`, `<model>_kernels.c` and
    `.h`, `<model>.h` and `.c` with the functions of generated code, `_values.h` and `_sample.h` beside them,
    `lapel_update.c` and `.h` (for devices that get new models), and `lapel.json`.

    slot: the address of flash where the blob will lie: params are used where they are; 0: any address, at the price of
    a copy of each step's params on the stack. What runs is linked for a place in the flash of the machine that emulates
    the core, where the slot is none of that (`BlobBuild.proven_slot`). arena: the address of RAM where the arena will
    lie, for a core whose constants are in an address space of their own: its blobs are always linked, with 0 for the
    emulated machine. kernels: those of the firmware, of which the model takes its own: of one that is there already
    (`BlobBuild.set_kernels` of another one), or `family_kernels`, for models that come later; None: those that the
    model takes, whichever are best of `every_kernel`. sample, wish: as of `build`; steps share their kernels.
    self_test: the first sample and its outputs travel in the blob, for a device that gets it.
    streamed: the input may be read while the inference runs, where that takes less RAM and the wish is for "ram": the
    caller then gives a stream.

    Raises UsageError for an address that no slot or arena has, UnsupportedModel if a kernel of the wish does not state
    all that checking its params takes, and as `build`.
    """
    started = time.perf_counter()
    chosen = load_target(target) if isinstance(target, str) else target
    folder = None if out is None else Path(out)
    graph = load(model, calibration)
    prefix = identifier(graph.name)
    check_link(chosen, Link(slot, arena))
    if folder is not None:
        check_folder(folder, (*blob_files(prefix), *facade_names(prefix)), MANIFEST)
    progress("planning")
    allowed = tuple(kernels or wish.kernels or every_kernel(chosen))
    wish = replace(wish, shared=True, whole_input=not streamed, kernels=allowed)
    plan = plan_for(graph, chosen, wish, progress, timeout_s)
    if plan.parts and not (len(plan.parts) == 1 and plan.parts[0].has_stack):
        named, first = " and ".join(f"{p.bytes:,} bytes in {p.memory}" for p in plan.parts), chosen.memories[0].name
        why = (
            f"its arena has {named}, and that of a model as data is one array, in {first}: write C, which has one each"
        )
        raise UnsupportedModel(f"{graph.name} as data for {chosen.name}", [why])
    own = {call.kernel for step in plan.steps for call in step.calls}
    chosen_set = kernel_set(f"{prefix}_kernels", chosen, kernels or own)
    samples = choose(graph, sample)
    expected = reference_outputs(graph, samples)
    tested = _first(graph, samples, expected) if self_test else b""
    asked, proven = _links(plan, chosen_set, Link(slot, arena), tested, timeout_s)
    written, made = (interpret(plan, chosen_set, link, tested) for link in (asked, proven))
    progress("compiling")
    inputs = to_bytes(graph, samples)
    image, called = BlobImage.of(made.blob), [c.kernel for s in plan.steps for c in s.calls]
    with linked(
        made.sources, made.adapters["invoke"], chosen, image, called=[runner(k) for k in called], timeout_s=timeout_s
    ) as firmware:
        size = sum(p.type.bytes for p in made.outputs)
        raw = run_firmware(firmware, inputs, size, timeout_s=timeout_s, profile=chosen.timing is not None)
        whole, calls = call_costs(firmware, called, raw)
        parts = interpreter_parts(firmware, len(written.blob))
        layers, memory = merged(plan, plan_layers(plan), calls), _memory(plan, firmware, raw)
        bounds = [bound_of(firmware, timeout_s)] if folder is not None else []
    with linked(made.sources, made.adapters["load"], chosen, image, timeout_s=timeout_s) as firmware:
        loaded = run_firmware(firmware, inputs[:1], size, timeout_s=timeout_s)
        if folder is not None:  # loading checks params of kernels, and runs none
            bounds.append(bound_of(firmware, timeout_s, [runner(k) for k in chosen_set.kernels]))
    memory = replace(memory, stack_bytes=max(memory.stack_bytes, loaded.stack_bytes))
    outputs = from_bytes(plan.graph, raw.outputs)
    if count_mismatches(dict(zip(expected, outputs.values(), strict=True)), expected):
        raise Mismatch(f"{graph.name} as data on {chosen.name} differs from the reference: report this defect")
    proof = proof_of(plan, graph, samples, expected, sample is None)
    faces = facade_files(plan, chosen_set, proof, decision_of(graph)) if has_facade(plan) else {}
    sources = {**made.sources, **faces, **update_files()}
    contents = {n: text.encode() for n, text in sources.items()} | {f"{prefix}.blob": written.blob}
    record = BlobBuild(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        recipe=recipe_for(graph, chosen, wish),
        set_kernels=chosen_set.kernels,
        kernel_set=chosen_set.number,
        slot=asked.slot,
        proven_slot=proven.slot,
        arena_address=asked.arena,
        proven_arena=proven.arena,
        blob_bytes=len(written.blob),
        crc32=struct.unpack_from("<I", written.blob, CRC_FROM - 4)[0],
        samples=len(next(iter(samples.values()))),
        macs=plan.macs,
        instructions=raw.instructions,
        cycles=raw.cycles,
        load_instructions=loaded.instructions,
        parts=parts,
        memory=memory,
        stack_bound=deepest(bounds),
        layers=layers,
        files=() if folder is None else tuple(str(folder / n) for n in (*blob_files(prefix), *faces, MANIFEST)),
        plan=plan.record(),
        cycle_model=whole,
        warnings=tuple(notices(graph, plan)),
        seconds=time.perf_counter() - started,
    )
    whole_memory = replace(memory, flash_data_bytes=memory.flash_data_bytes + len(written.blob))
    fit.check_parts(graph.name, plan, whole_memory)
    fit.check_fit(fit.Asked(graph, chosen, wish), whole_memory)
    fit.check_budgets(graph.name, chosen, wish, whole_memory, nominal(raw.cycles, whole))
    if folder is not None:
        progress(f"writing {folder}")
        write_folder(folder, contents, MANIFEST, replace(record, seconds=None).to_json())
    return record


def _links(plan: Plan, kernels: KernelSet, asked: Link, tested: bytes, timeout_s: float) -> tuple[Link, Link]:
    """What a blob is linked for, and what of that runs: places that the emulated machine has."""
    target = plan.target
    if target.rom != "separate":
        return asked, Link(emulated_slot(target, asked.slot))
    # The last place that it fits in; the arena lies where the adapter's is, which does not depend on the blob.
    guess = Link(1, 1)
    guess = Link(last_slot(target, len(blob(plan, kernels, guess, tested))), 1)
    made = interpret(plan, kernels, guess, tested)
    image = BlobImage.of(made.blob)
    with linked(made.sources, made.adapters["invoke"], target, image, timeout_s=timeout_s) as firmware:
        proven = Link(guess.slot, firmware.symbols[ARENA] & 0xFFFF)
    return Link(asked.slot or proven.slot, asked.arena or proven.arena), proven


def _first(graph: Graph, samples: Samples, expected: Samples) -> bytes:
    """The first sample, and its outputs."""
    outputs = (np.ascontiguousarray(expected[name][0]).tobytes() for name in graph.results)
    return to_bytes(graph, samples)[0].tobytes() + b"".join(outputs)


def blob_files(prefix: str) -> tuple[str, ...]:
    """Names of what `build_blob` writes beside the manifest."""
    kernels = f"{prefix}_kernels"
    return f"{prefix}.blob", *(f"{stem}.{end}" for stem in (INTERPRETER, UPDATE, kernels) for end in "ch")


def _memory(plan: Plan, firmware: Firmware, raw: RawRun) -> Memory:
    """Of one model: what the interpreter keeps of it is a variable of the caller's, and counts."""
    return Memory(
        arena_bytes=plan.arena_bytes,
        arena_used_bytes=raw.arena_bytes,
        arena_bound_bytes=plan.bound_bytes,
        static_ram_bytes=firmware.static_ram_bytes + firmware.image.objects[MODEL],
        stack_bytes=raw.stack_bytes,
        flash_code_bytes=firmware.flash_code_bytes,
        flash_data_bytes=firmware.flash_data_bytes,
        state_bytes=plan.graph.state_bytes,
    )
