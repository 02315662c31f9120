"""`Streaming`: a network over windows of time that takes what is new alone, beside what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from lapel.records.brief import warning_parts
from lapel.records.document import Record
from lapel.records.figures import Memory
from lapel.records.plain import Absent, Flat


@dataclass(frozen=True)
class StreamedLayer:
    """A node of the network with multiplications or a ring buffer.

    step_macs, window_macs: at each step of the stream, and over a whole window of the network that it was.
    step_frames_out, window_frames_out: elements along time of its output; 1 where no time is left in it. ring_bytes: of
    what is kept of its output from step to step.
    """

    name: str
    op: str
    step_macs: int
    window_macs: int
    step_frames_out: int
    window_frames_out: int
    ring_bytes: int
    label: str = ""


@dataclass(frozen=True)
class StepFigures:
    """Firmware on a target. instructions, cycles: of its first call, counted; modelled_cycles: by the core's model.
    They are None where the emulator does not count, or the core has no model."""

    instructions: int | None
    cycles: int | None
    modelled_cycles: int | None
    memory: Annotated[Memory, Flat()]


@dataclass(frozen=True, eq=False, repr=False)
class Streaming(Record):
    """A network that takes `step_frames` new frames a call, and says what the one of `window_frames` says.

    stride_frames: steps are a multiple of that. exact: with which windows its results are those of the network that it
    was: every one, or the one that begins with a reset. warmup_steps: calls after a reset whose results are not yet
    those of a window, or not all of them. lag_frames: frames of a window that are not there yet when its result is
    (below 0: results come so many frames late). input_ring_bytes: of frames that are kept. window_reads: layers that
    read a window of what is kept at each step. proven_windows: of the network that it was, on random frames, with which
    each tensor was compared; proven_values: how many of its values. target: where step and window, what one call of
    each network takes, were measured; None without one. graph: the network; not in JSON. file: where the command line
    wrote it.
    """

    ALSO: ClassVar = ("ring_bytes", "step_macs", "window_macs")

    model: str
    axis: int
    step_frames: int
    window_frames: int
    stride_frames: int
    exact: Literal["every window", "from a reset"]
    warmup_steps: int
    lag_frames: int
    input_ring_bytes: int
    layers: tuple[StreamedLayer, ...]
    window_reads: tuple[str, ...]
    proven_windows: int
    proven_values: int
    graph: Annotated[Any, Absent(lambda: None)]
    target: str | None = None
    step: Annotated[StepFigures | None, Flat("step_")] = None
    window: Annotated[StepFigures | None, Flat("window_")] = None
    warnings: tuple[str, ...] = ()
    file: str | None = None

    @property
    def ring_bytes(self) -> int:
        """Of all ring buffers together: what is kept from step to step."""
        return self.input_ring_bytes + sum(x.ring_bytes for x in self.layers)

    @property
    def step_macs(self) -> int:
        """Multiply-accumulates of a step."""
        return sum(x.step_macs for x in self.layers)

    @property
    def window_macs(self) -> int:
        """Multiply-accumulates of a window, as the network that it was computes it."""
        return sum(x.window_macs for x in self.layers)

    def __repr__(self) -> str:
        parts = [f"{self.step_frames} of {self.window_frames} frames a step", f"warm-up {self.warmup_steps} steps"]
        parts += [f"{self.step_macs:,} of {self.window_macs:,} MACs", f"{self.ring_bytes:,} bytes of rings"]
        return f"<Streaming {self.model}: {', '.join([*parts, *warning_parts(self.warnings)])}>"
