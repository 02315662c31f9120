"""`PlanRecord`: all that was decided about a firmware, and why, as a record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from lapel.errors import shown
from lapel.records.document import Record
from lapel.records.energy import Constant
from lapel.records.plain import Flat, Named

_WORD = re.compile(r"[^\s,]+(?<![:,;])")
"""What may be a name in a sentence."""


@dataclass(frozen=True)
class Cost:
    """One call, as it stands in a firmware.

    | field | unit | meaning |
    |---|---|---|
    | time | see `Choice.unit` | of one execution |
    | code_bytes | bytes | code of this call alone |
    | data_bytes | bytes | its constants: params that are not compiled into the code, and tables |
    | shared | bytes | by name: functions, and their constants, that all calls which need them share |
    """

    time: int
    code_bytes: int
    data_bytes: int
    shared: Annotated[Mapping[str, int], Named("shared_bytes")]

    @property
    def bytes(self) -> int:
        """Flash for this call alone, without what it shares."""
        return self.code_bytes + self.data_bytes


@dataclass(frozen=True)
class Rejected:
    """A kernel that was not taken: its name, what it would have cost if that is known, and why it was not.

    kernel: None if `why` says which. coded: whether `why` is about kernels that only were to store weights in codes.
    """

    kernel: str | None
    inline: Annotated[bool, Named("inlined")]
    cost: Annotated[Cost | None, Flat()]
    why: str
    coded: bool = False

    @property
    def name(self) -> str:
        """The kernel and how it would be called; empty if `why` says which."""
        return called(self.kernel, self.inline) if self.kernel else ""


@dataclass(frozen=True)
class Choice:
    """Why a call is as it is: what it costs (None: not measured), the reason, and what was not taken.

    unit: what times are: "modelled cycles", "counted cycles" or "counted instructions"; None: nothing was measured.
    """

    cost: Annotated[Cost | None, Flat()]
    unit: str | None
    why: str
    rejected: tuple[Rejected, ...]

    def __str__(self) -> str:
        others = ", ".join(f"not {r.name}: {r.why}" if r.kernel else r.why for r in self.rejected)
        return self.why + (f" ({others})" if others else "")


def called(kernel: str, inline: bool) -> str:
    """A kernel and how it is called, as shown to users."""
    return f"{kernel}, inlined" if inline else kernel


@dataclass(frozen=True)
class Placement:
    """Where a tensor, or ("") scratch, lives in the arena: byte offset and size, and the steps that it is needed in.

    `first` and `last` are step indexes, inclusive; -1 is before the first step (a model input). Tensors of one
    `buffer` share their bytes on purpose (aliases and in-place outputs).
    """

    tensor: str
    buffer: int
    offset: int
    bytes: int
    first: int
    last: int


@dataclass(frozen=True)
class Accesses:
    """How often one inference reads and writes a buffer, counted by the emulated core: loads and stores."""

    buffer: int
    reads: int
    writes: int


@dataclass(frozen=True)
class ArenaPart:
    """The part of the arena that lies in one of a board's memories.

    | field | unit | meaning |
    |---|---|---|
    | offset, bytes | bytes | of this part, in addresses that run through the parts of all memories |
    | room_bytes | bytes | of the memory for a firmware: all that is in it |
    | address, section | | where that is on the board, None where nobody knows; of the linker script |
    | reads, writes | accesses | of an inference, counted by the emulated core; None: not counted |
    | read_cycles, write_cycles | clock cycles | that one takes more than in a memory without wait states |
    | has_stack | | whether the stack and other variables are there as well: in the board's first memory |
    """

    memory: str
    offset: int
    bytes: int
    room_bytes: int
    address: int | None
    section: str
    reads: int | None
    writes: int | None
    read_cycles: Constant
    write_cycles: Constant
    has_stack: bool

    @property
    def wait_cycles(self) -> float | None:
        """Cycles of all accesses beyond those of a memory without wait states; None: not counted."""
        if self.reads is None or self.writes is None:
            return None
        return self.reads * self.read_cycles.figure.value + self.writes * self.write_cycles.figure.value


@dataclass(frozen=True)
class Note:
    """A decision about the whole plan: what was decided, why, and what was rejected."""

    subject: str
    text: str


@dataclass(frozen=True)
class PlannedTensor:
    """A tensor that a step reads or writes.

    scale, zero: of a tensor that is quantized as a whole. place: "arena" (see the
    placements), "flash" (a constant) or "caller" (an input that is read from the caller while the inference runs).
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int
    scale: float | None
    zero: int | None
    place: Literal["arena", "flash", "caller"]


@dataclass(frozen=True)
class PlannedCall:
    """A kernel call. layout: of each of its tables type and size, and in what order the values lie."""

    kernel: str
    inline: Annotated[bool, Named("inlined")]
    choice: Annotated[Choice, Flat()]
    layout: Mapping[str, str]


@dataclass(frozen=True)
class PlannedStep:
    """One node in its place in the order: its kernel calls, none for an alias.

    name: of its first output. inputs, outputs: names of tensors. placement: why the outputs lie where they do.
    live_bytes: of the arena, in use while it runs. scratch: where its calls' scratch lies; None if they have none.
    """

    index: int
    name: str
    op: str
    macs: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    placement: str
    live_bytes: int
    calls: tuple[PlannedCall, ...]
    scratch: Placement | None = None

    @property
    def kernel(self) -> str:
        """The kernels called, as shown to users."""
        return "+".join(dict.fromkeys(c.kernel for c in self.calls)) or "none"


@dataclass(frozen=True, repr=False)
class PlanRecord(Record):
    """A plan, as reports, exporters and comparisons want it; `str` of it is the text of plan.txt.

    inputs, outputs: names of the model's tensors that are given and returned. states: of those that are kept from call
    to call; state_bytes: of all of them. labels: their names as texts show them, also of images that are there
    in bands only; folder: what these leave out of all names, "" for nothing. arena_bytes: size of the arena;
    arena_bound_bytes: no placement of these buffers in this order needs less. tensors: all, constants too; placements:
    of those in the arena. warnings: what a user has to know about the plan, a sentence each. parts: of the arena, one a
    memory, on a board with several; else none, and the arena is one array. accesses: of buffers, if they were counted.
    """

    model: str
    target: str
    core: str
    macs: int
    arena_bytes: int
    arena_bound_bytes: int
    folder: str
    labels: Mapping[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    states: tuple[str, ...]
    state_bytes: int
    notes: tuple[Note, ...]
    tensors: tuple[PlannedTensor, ...]
    placements: tuple[Placement, ...]
    steps: tuple[PlannedStep, ...]
    warnings: tuple[str, ...] = ()
    parts: tuple[ArenaPart, ...] = ()
    accesses: tuple[Accesses, ...] = ()

    def __str__(self) -> str:
        return plan_text(self)

    def __repr__(self) -> str:
        cost = f"{len(self.steps)} steps, {self.macs:,} MACs, arena {self.arena_bytes:,} bytes"
        return f"<PlanRecord {self.model!r} for {self.target}: {cost}>"


def plan_text(plan: PlanRecord) -> str:
    """Ports, and of each step its kernels, where its operands lie, and why all that is so."""
    bound = plan.arena_bound_bytes
    gap = "the optimum" if plan.arena_bytes == bound else f"the lower bound is {bound:,}"
    names, places = plan.labels, _places(plan)
    lines = [
        f"plan {plan.model} for {plan.target}: {len(plan.steps)} steps, {plan.macs:,} MACs, "
        f"arena {plan.arena_bytes:,} bytes ({gap})",
        *([f"  names: what is in {shown(plan.folder)} is named without it"] if plan.folder else []),
        *(f"  warning: {relabel(w, names)}" for w in plan.warnings),
        *(f"  {n.subject}: {relabel(n.text, names)}" for n in plan.notes),
        *(f"  memory {_part(part)}" for part in plan.parts),
        *(f"  input  {places[name]}" for name in plan.inputs),
        *(f"  state  {places[name]}" for name in plan.states),
        *(line for step in plan.steps for line in _step(plan, step, places)),
        *(f"  output {places[name]}" for name in plan.outputs),
    ]
    return "\n".join(lines) + "\n"


def _places(plan: PlanRecord) -> dict[str, str]:
    """Of every tensor its label and type, and where it lies."""
    at = {p.tensor: _range(plan, p) for p in plan.placements}
    where = {"flash": "flash", "caller": "the caller, read in bands"}
    return {
        t.name: f"{plan.labels[t.name]} {t.dtype}{list(t.shape)} @ {at.get(t.name) or where[t.place]}"
        for t in plan.tensors
    }


def _part(part: ArenaPart) -> str:
    """What of the arena is in a memory, and what accesses to it cost."""
    where = part.section if part.address is None else f"{part.address:#010x}"
    said = f"{part.memory} ({where}): {part.bytes:,} of {part.room_bytes:,} bytes"
    if part.reads is not None and part.writes is not None:
        said += f", {part.reads:,} reads, {part.writes:,} writes: {part.wait_cycles or 0:,.0f} cycles of waiting"
    return said


def part_of(parts: tuple[ArenaPart, ...], offset: int) -> ArenaPart | None:
    """The part of the arena with this address; None where the arena is one."""
    return next((p for p in reversed(parts) if p.offset <= offset), None)


def _range(plan: PlanRecord, p: Placement) -> str:
    part = part_of(plan.parts, p.offset)
    name, start = ("arena", p.offset) if part is None else (part.memory, p.offset - part.offset)
    return f"{name} {start}..{start + p.bytes}"


def _step(plan: PlanRecord, step: PlannedStep, places: Mapping[str, str]) -> Iterator[str]:
    names = plan.labels
    yield f"  {step.index:3d} {step.op} [{step.kernel}] {', '.join(places[o] for o in step.outputs)}"
    yield f"      from {', '.join(places[i] for i in step.inputs)}"
    if step.scratch is not None:
        yield f"      scratch {step.scratch.bytes:,} bytes @ {_range(plan, step.scratch)}"
    yield f"      {relabel(step.placement, names)}"
    for call in {str(c.choice): c for c in step.calls}.values():
        yield from _call(call)


def _call(call: PlannedCall) -> Iterator[str]:
    yield f"      {call.choice.why}"
    yield from (f"        {table} {lies}" for table, lies in call.layout.items())
    codes = [r.why for r in call.choice.rejected if r.coded]
    others = (r for r in call.choice.rejected if not r.coded)
    yield from (f"        not {r.name}: {r.why}" if r.kernel else f"        {r.why}" for r in others)
    if codes:
        yield f"        {codes[0]}{'; nor other codes, the record says why' if len(codes) > 1 else ''}"


def relabel(text: str, names: Mapping[str, str]) -> str:
    """A text in which whole words that are one of these names, or start with one and a slash, have its label."""
    return _WORD.sub(lambda word: _relabelled(word[0], names), text)


def _relabelled(word: str, names: Mapping[str, str]) -> str:
    start = len(word)
    while start > 0:
        label = names.get(word[:start])
        if label is not None:
            return label + word[start:]
        start = word.rfind("/", 0, start)
    return word
