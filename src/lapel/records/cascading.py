"""`CascadeBuild`: a cascade as firmware, and how it was tuned; `CascadeListening`: a recording through it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Self

from lapel.files import LEDGER
from lapel.records.brief import brief, warning_parts
from lapel.records.cascade import Cascade, Cascaded
from lapel.records.detector import Detector
from lapel.records.document import Record
from lapel.records.figures import Memory, Modelled
from lapel.records.frontend import FrontEnd
from lapel.records.listening import Heard
from lapel.records.plain import Flat
from lapel.records.recording import Recording
from lapel.records.verifier import Verifier

CASCADE_FILE = "cascade.json"


@dataclass(frozen=True)
class CascadeStage:
    """A stage of a cascade's firmware, called alone on what it got in `runs` calls of a recording.

    instructions: counted, the mean; most_instructions: the dearest call's; cycles: counted; modelled: the mean of some
    of the calls. front_end_instructions: of them, those of the front end. flash_bytes: of a firmware with this stage
    alone, kernels that it shares with others among them; arena_bytes: what its arena would take alone; state_bytes: of
    it, what is kept from call to call; stack_bytes: the deepest. None where this computer does not count.
    """

    name: str
    runs: int
    instructions: int | None
    most_instructions: int | None
    cycles: int | None
    modelled: Annotated[Modelled | None, Flat("modelled_")]
    front_end_instructions: int | None
    flash_bytes: int
    arena_bytes: int
    state_bytes: int
    stack_bytes: int


@dataclass(frozen=True)
class CascadePoint:
    """One setting of all thresholds, and what it gives on the audio that it is chosen by.

    cascade: of the gate; warmup_steps, threshold_sums, smoothing: of the detector; verifier: thresholds of the check.
    missed: of the words that were said; false_accepts: an hour. listened: share of the steps in which the words were
    computed; checks: an hour. power_uw: average power of all that is known. smoothing is 0 in records of before it was
    tried: that of the words.
    """

    cascade: Cascade
    warmup_steps: int
    threshold_sums: tuple[int, ...]
    verifier: tuple[int, ...]
    missed: float
    false_accepts: float
    listened: float
    checks: float
    instructions_s: float
    power_uw: float
    smoothing: int = 0


@dataclass(frozen=True)
class CascadeTuning:
    """How thresholds were chosen. audio: a sentence on what by; seconds, words: of it, and said in it.

    alone: the words' model by itself, that listens all the time, with the best of the same detectors: its setting of
    the gate means nothing. points: of all settings that were tried the best ones, by power; tried: how many there were.
    chosen: number of a point; choice: why that one.
    """

    audio: str
    seconds: float
    words: int
    alone: CascadePoint
    points: tuple[CascadePoint, ...]
    tried: int
    chosen: int
    choice: str

    @property
    def point(self) -> CascadePoint:
        """The one that was chosen."""
        return self.points[self.chosen]


@dataclass(frozen=True, repr=False)
class CascadeBuild(Record):
    """A cascade as one C program, run on the target's core, and equal to its reference there.

    words: a .tflite file beside this one, words_sha256 of that file; front: before it, None where it takes samples.
    detector, cascade: with the thresholds that were chosen. verifier: of detections, its model a file beside this one.
    steps: that were run and compared with the reference. quiet_instructions: of a step in which the words are not
    heard, the mean; heard_instructions: of one in which they are, once; most_instructions: of the dearest call, which
    begins to listen. stages: each alone. memory: of the whole. tuning: None where nothing was tuned. compiler, flags:
    what the figures were measured with.
    """

    lapel: str
    name: str
    target: str
    core: str
    rate_hz: int
    step_samples: int
    words: str
    words_sha256: str
    front: FrontEnd | None
    cascade: Cascade
    detector: Detector
    verifier: Verifier | None
    steps: int
    quiet_instructions: int | None
    heard_instructions: int | None
    most_instructions: int | None
    stages: tuple[CascadeStage, ...]
    memory: Annotated[Memory, Flat()]
    ring_bytes: int
    tuning: CascadeTuning | None = None
    files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float | None = None
    compiler: str = ""
    flags: str = ""

    @classmethod
    def of_folder(cls, folder: Path | str) -> Self:
        """The record of the command that wrote a folder. Raises FormatError, which names the file."""
        return cls.read(Path(folder) / CASCADE_FILE, ignored=(LEDGER,))

    def __repr__(self) -> str:
        m = self.memory
        parts = [f"{m.flash_bytes:,} bytes of flash", f"{m.ram_bytes:,} of RAM", *warning_parts(self.warnings)]
        return brief("CascadeBuild", self.name, self.target, parts)


@dataclass(frozen=True, repr=False)
class CascadeListening(Record):
    """A recording through the firmware of a cascade.

    whole: of all of the recording, by firmware of this computer with the same bits; its figures of a target are those
    of `stages`. target_steps: how many ran on the emulated core, from the start on; heard_steps, checks: of them, in
    which the words were computed, and detections that were checked. mismatches: of target_steps, those whose events,
    counts or scores are not the reference's. events: of all of the recording. instructions: of a step on the core, the
    mean over target_steps; most_instructions: of the dearest call. listening_instructions: of them, what is no stage's:
    ring, detector. duty: share of the time in which the core computes, over the whole recording. power_uw: average of
    what is known, with bounds in `lapel energy`; unknown: what is not in it.
    """

    ALSO: ClassVar = ("bit_exact",)

    target: str
    core: str
    recording: Recording
    detector: Detector
    whole: Cascaded
    target_steps: int
    heard_steps: int
    checks: int
    mismatches: int
    events: tuple[Heard, ...]
    instructions: int | None
    most_instructions: int | None
    listening_instructions: int | None
    stages: tuple[CascadeStage, ...]
    memory: Annotated[Memory, Flat()]
    duty: float | None
    power_uw: float | None
    unknown: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def bit_exact(self) -> bool:
        """Whether every step on the target gave what the reference gives."""
        return self.mismatches == 0

    def __repr__(self) -> str:
        exact = "bit exact" if self.bit_exact else f"{self.mismatches} mismatches"
        share = f"listens {100 * self.whole.listened_steps / self.whole.steps:.1f} %"
        parts = [f"{len(self.events)} detections", exact, share, *warning_parts(self.warnings)]
        return brief("CascadeListening", self.whole.model, self.target, parts)
