"""Firmware that runs a blob: linked with the test bench, counted call by call, and traced step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lapel import codegen
from lapel.codegen.blob import Link
from lapel.codegen.blobimage import BlobImage
from lapel.codegen.interface import ports
from lapel.codegen.interpreted import ARENA, INTERPRETER, MODEL, SECTION, Watch, adapter_text, with_watches
from lapel.codegen.kernelset import runner
from lapel.errors import DoesNotFit, FormatError, InputError, SimulationError, UsageError
from lapel.ir import Graph
from lapel.measuring import plan_for
from lapel.planning import Plan
from lapel.proving.blobfolder import AGAIN, BlobFirmware
from lapel.proving.cycles import modelled
from lapel.proving.firmware import Compiled, plan_layers
from lapel.records import CycleModel, Layer, Memory, Modelled
from lapel.runtime.source import read
from lapel.simulate import Firmware, RawRun, build_firmware
from lapel.simulate.firmware import Mode
from lapel.simulate.machine import Refused
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.profile import Chosen
from lapel.simulate.workspace import workspace
from lapel.targets import Target
from lapel.targets.target import Region

Progress = Callable[[str], None]
LPM_BYTES = 1 << 16
"""What the AVR's instruction reads of its flash, and all its constants are in."""
_STATUS = re.compile(r"^ +(LAPEL_\w+) = (\d+),? */\* (.*?) \*/", re.M)


@dataclass(frozen=True, eq=False)
class Interpreting(Compiled):
    """A blob, its plan, and the linked firmware that runs it. code: for who reads outputs and traces; it has no C."""

    image: BlobImage

    def execute_bytes(
        self,
        inputs: np.ndarray,
        output_bytes: int,
        timeout_s: float,
        *,
        reset_every: int | None = None,
        profile: bool = False,
        chosen: Chosen | None = None,
    ) -> RawRun:
        """As of generated code. Raises FormatError: the interpreter refused the blob."""
        try:
            return super().execute_bytes(
                inputs, output_bytes, timeout_s, reset_every=reset_every, profile=profile, chosen=chosen
            )
        except Refused as e:
            raise refusal(e, self.image.name) from None

    def memory(self, raw: RawRun) -> Memory:
        """Of the firmware with the blob, which is constants, and the model's variable."""
        found = super().memory(raw)
        static_bytes = found.static_ram_bytes + self.firmware.image.objects[MODEL]
        flash_bytes = found.flash_data_bytes + len(self.image.data)
        return replace(found, flash_data_bytes=flash_bytes, static_ram_bytes=static_bytes)

    def layers(self, raw: RawRun) -> tuple[Layer, ...]:
        """One record a step, with what its calls take together."""
        return self.costs(raw)[1]

    def costs(self, raw: RawRun) -> tuple[CycleModel | None, tuple[Layer, ...]]:
        """The cycle model's account, and the layers with theirs."""
        whole, calls = call_costs(self.firmware, [c.kernel for s in self.plan.steps for c in s.calls], raw)
        return whole, merged(self.plan, plan_layers(self.plan), calls)


def call_costs(firmware: Firmware, kernels: Sequence[str], raw: RawRun) -> tuple[CycleModel | None, tuple[Layer, ...]]:
    """The cycle model's account, and one record a call; what is before the first call is the first one's."""
    blank: tuple[None, ...] = (None,) * (len(kernels) + 1)
    counted = zip(["", *kernels], raw.step_instructions or blank, raw.step_cycles or blank, strict=True)
    whole, parts = modelled(firmware, raw, tuple(Layer("", "", kernel, 0, i, c) for kernel, i, c in counted))
    return whole, tuple(_sum(p, parts[:2] if k == 0 else [p], parts) for k, p in enumerate(parts[1:]))


def merged(plan: Plan, layers: Sequence[Layer], calls: Sequence[Layer]) -> tuple[Layer, ...]:
    """Layers of a plan's steps with the costs of their calls together; a step without any costs nothing."""
    ends = np.cumsum([0, *(len(s.calls) for s in plan.steps)])
    parts = [calls[a:b] for a, b in pairwise(ends)]
    return tuple(_sum(layer, part, calls) for layer, part in zip(layers, parts, strict=True))


def _sum(layer: Layer, calls: Sequence[Layer], known: Sequence[Layer]) -> Layer:
    """A layer with the costs of calls together. known: some of which any are known if these are."""
    models = [c.modelled for c in calls if c.modelled is not None]
    whole = Modelled(sum(m.cycles for m in models), sum(m.low for m in models), sum(m.high for m in models))
    return replace(
        layer,
        instructions=sum(c.instructions or 0 for c in calls) if _any(c.instructions for c in known) else None,
        cycles=sum(c.cycles or 0 for c in calls) if _any(c.cycles for c in known) else None,
        modelled=whole if _any(c.modelled for c in known) else None,
    )


def _any(values: Iterable[object]) -> bool:
    return any(v is not None for v in values)


def interpreted_plan(of: BlobFirmware, graph: Graph, progress: Progress, timeout_s: float) -> Plan:
    """The plan that a blob was made of. Raises InputError: it is of another model, or this Lapel plans it otherwise."""
    if of.own and of.record.model != graph.name:
        found = f"{of.file}: is {of.record.model!r} as data"
        raise InputError(f"{found}, expected {graph.name!r}: give its model, or --name")
    wish = replace(of.record.recipe.wish, shared=True, whole_input=True, kernels=of.record.set_kernels)
    plan = plan_for(graph, of.target, of.record.recipe.wish if of.own else wish, progress, timeout_s)
    if plan.graph.digest() != of.image.sha256:
        found = f"{of.file}: the graph's sha256 is {of.image.sha256[:12]}…, of {graph.name} it is"
        raise InputError(f"{found} {plan.graph.digest()[:12]}…: another model, or another Lapel planned it: {AGAIN}")
    called = [c.kernel for s in plan.steps for c in s.calls]
    if called != call_kernels(of):
        raise InputError(f"{of.file}: calls other kernels than this model's plan: another Lapel planned it: {AGAIN}")
    return plan


def call_kernels(of: BlobFirmware) -> list[str]:
    """The kernels that a blob calls, in order. Raises FormatError for a number that its set does not have."""
    known = of.record.set_kernels
    for k, call in enumerate(of.image.calls):
        if call.kernel >= len(known):
            found = f"call {k} is of kernel {call.kernel}, expected one below {len(known)}"
            raise FormatError(f"{of.file}: {found}: {AGAIN}")
    return [known[c.kernel] for c in of.image.calls]


@contextmanager
def interpreting(
    of: BlobFirmware,
    graph: Graph,
    plan: Plan,
    mode: Mode = "plain",
    timeout_s: float = TIMEOUT_S,
    edited: Callable[[str], str] = lambda adapter: adapter,
    cflags: tuple[str, ...] = (),
) -> Iterator[Interpreting]:
    """A folder's firmware with its blob. edited: what is compiled of the adapter, which hands traces over."""
    watches = watches_of(plan) if mode == "trace" else None
    sources = dict(of.sources)
    if watches is not None:
        name = f"{INTERPRETER}.c"
        sources[name] = with_watches(sources[name])
        if not sources[name]:
            found = "there is no call of a kernel in it, expected the interpreter"
            raise InputError(f"{of.folder / name}: {found}: {AGAIN}")
    inputs, outputs = ports(plan)
    # Somebody's own C may be compiled with warnings.
    flags = ("-Wno-error", *cflags)
    with emulated(replace(of, sources=sources), watches, edited, mode, flags, timeout_s) as (firmware, image):
        code = codegen.Firmware(
            of.name, "", "", "", inputs, outputs, tuple(plan.placements), len(image.data), bool(plan.graph.carries)
        )
        yield Interpreting(graph, plan, code, firmware, image)


@contextmanager
def linked(
    sources: Mapping[str, str],
    adapter: str,
    target: Target,
    image: BlobImage,
    mode: Mode = "plain",
    called: Sequence[str] = (),
    cflags: tuple[str, ...] = (),
    timeout_s: float = TIMEOUT_S,
) -> Iterator[Firmware]:
    """The firmware of an adapter, in a folder that is gone afterwards; the blob lies where it is linked for."""
    place = (f"-Wl,--section-start={SECTION}={image.link.slot:#x}",) if image.link.slot else ()
    with workspace() as folder:
        yield build_firmware(
            {**sources, "adapter.c": adapter}, target, folder, mode=mode, cflags_extra=(*place, *cflags), called=called,
            timeout_s=timeout_s,
        )  # fmt: skip


def watches_of(plan: Plan) -> tuple[Watch, ...]:
    """Every tensor after the last call of the step that makes it."""
    numbers, found, calls = {n: k for k, n in enumerate(plan.placements)}, [], -1
    for step in plan.steps:
        calls += len(step.calls)
        for name in step.node.outputs:
            p = plan.placements[name]
            found.append(Watch(calls, step.index, numbers[name], p.offset, p.bytes))
    return tuple(found)


@contextmanager
def emulated(
    of: BlobFirmware,
    watches: Sequence[Watch] | None = None,
    edited: Callable[[str], str] = lambda adapter: adapter,
    mode: Mode = "plain",
    cflags: tuple[str, ...] = (),
    timeout_s: float = TIMEOUT_S,
) -> Iterator[tuple[Firmware, BlobImage]]:
    """The firmware, and the blob as it is linked for places that the emulated machine has.

    edited: what is compiled of the adapter, which hands `watches` over. Where a blob is linked for an arena, too, that
    is the adapter's: known from the build, or else when it was linked once.
    """
    separate = of.target.rom == "separate"
    slot = last_slot(of.target, len(of.image.data)) if separate else emulated_slot(of.target, of.image.link.slot)
    arena = of.record.proven_arena if separate else of.image.link.arena
    called = tuple(map(runner, call_kernels(of)))
    for _ in range(2):
        same = (slot, arena) == (of.image.link.slot, of.image.link.arena)
        image = of.image if same else of.image.relinked(of.kernels, slot, arena)
        adapter = edited(adapter_text(image, of.name, arena_align(of.target), "invoke", watches))
        with linked(of.sources, adapter, of.target, image, mode, called, cflags, timeout_s) as firmware:
            found = firmware.symbols[ARENA] & 0xFFFF if separate else arena
            if found == arena:
                yield firmware, image
                return
            arena = found
    raise SimulationError(f"{of.target.name}: the arena's place depends on its own address: report this defect")


def emulated_slot(target: Target, slot: int) -> int:
    """Where the blob that runs lies: in the slot, or in the middle of the emulated machine's flash.

    Of a core with one address space. Raises UsageError for an address that no slot has.
    """
    check_link(target, Link(slot))
    if slot == 0:
        return 0
    flash = _flash(target, slot)
    middle = flash.origin + flash.length // 2
    align = arena_align(target)
    return slot if middle <= slot < flash.origin + flash.length * 3 // 4 else middle // align * align


def check_link(target: Target, link: Link) -> None:
    """Raises UsageError for addresses that no slot or arena of the core has."""
    align, separate = arena_align(target), target.rom == "separate"
    most = LPM_BYTES if separate else 1 << 32
    if link.slot % align or not 0 <= link.slot < most:
        bound = f"{LPM_BYTES:,}, where constants are read" if separate else "2^32"
        raise UsageError(f"slot is {link.slot:#x}, expected an address below {bound} and a multiple of {align}")
    if link.slot:
        _flash(target, link.slot)
    if link.arena and not separate:
        raise UsageError(f"arena is {link.arena:#x}, and {target.name} finds it by itself: leave it out")
    if link.arena % target.arena_align or not 0 <= link.arena < 1 << 16:
        raise UsageError(f"arena is {link.arena:#x}, expected an address below 2^16, without avr-gcc's 0x800000")


def last_slot(target: Target, size: int) -> int:
    """The last place in flash for a blob of so many bytes, on a core with two address spaces; by 256, as pages are.

    Raises DoesNotFit, if there is none.
    """
    flash = _flash(target, 0)
    end = min(flash.origin + flash.length, LPM_BYTES, target.flash_bytes or LPM_BYTES)
    slot = (end - size) // 256 * 256
    if slot <= flash.origin:
        found = f"a blob of {size:,} bytes is too large for {target.name}"
        raise DoesNotFit(f"{found}, whose constants are in its first {end:,} bytes of flash")
    return slot


def _flash(target: Target, slot: int) -> Region:
    flash = next((r for r in target.memory if r.name == "flash"), None)
    if flash is None:
        raise UsageError(f"slot is {slot:#x}, and {target.name} has no flash: leave it out")
    return flash


def arena_align(target: Target) -> int:
    """Of blobs and arenas, bytes."""
    return max(target.arena_align, 4)


def refusal(e: Refused, blob: str) -> FormatError:
    """What the interpreter said of a blob, in its header's words."""
    known = {int(n): f"{name}: {' '.join(said.split())}" for name, n, said in _STATUS.findall(read("interpreter.h"))}
    said = known.get(e.status, f"status {e.status}")
    return FormatError(f"{blob}: the interpreter refuses it at byte {e.offset:,}, {said}: {AGAIN}")
