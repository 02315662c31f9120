"""`CompressionRecord`: what each step of a compression makes of a network, and of its firmware on a target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from lapel.records.document import Record
from lapel.records.figures import Memory
from lapel.records.flash import FlashPart, bytes_by_kind
from lapel.records.plain import Flat
from lapel.records.scores import Score
from lapel.records.search import Search
from lapel.records.training import Setting
from lapel.wish import Wish

OF_WEIGHTS = ("weights", "indexes", "codebooks", "biases", "scales", "params")
"""Kinds of `FlashPart` that are there for weights; "decoder" is, too, and is shown apart."""


@dataclass(frozen=True)
class Judged:
    """How outputs meet the labels of so many test samples, which are spread over the test set if it has more."""

    samples: int
    score: Annotated[Score, Flat()]


@dataclass(frozen=True)
class RungFirmware:
    """A firmware of the network, built and run on the emulated core; every output was the reference's, bit for bit.

    core: how its outputs meet the labels. cycles: see cycles_are. energy_uj: modelled, where the board has energy per
    cycle. parts: what is in the flash, which add up to it. warnings: those of the run.
    """

    core: Judged
    memory: Annotated[Memory, Flat()]
    instructions: int | None
    cycles: int | None
    cycles_are: Literal["counted", "modelled"] | None
    energy_uj: float | None
    parts: tuple[FlashPart, ...]
    warnings: tuple[str, ...] = ()

    @property
    def kinds(self) -> dict[str, int]:
        """Bytes in flash by kind."""
        return bytes_by_kind(self.parts)

    @property
    def weight_bytes(self) -> int:
        """All constants in flash that layers with weights need: streams, code books, biases, scales and params."""
        return sum(size for kind, size in self.kinds.items() if kind in OF_WEIGHTS)

    @property
    def decoder_bytes(self) -> int:
        """Code of decoders, and of kernels that decode their weights."""
        return self.kinds.get("decoder", 0)


@dataclass(frozen=True)
class Rung:
    """A step, and the network after it.

    | field | meaning |
    |---|---|
    | step | its name in the recipe; that of the first rung is "train" or "load" |
    | method, options | what was done, with all options |
    | key | SHA-256 of all that the network depends on: equal keys, equal networks |
    | measured_key | the same of the firmware's figures |
    | file, sha256 | of the network: where it is in the folder (None if nothing was written), its digest |
    | kind | what it computes on |
    | float_score, reference | of the float network over the reals, and of what firmware computes, see their samples |
    | firmware | None where it was not measured, and `unmeasured` says why |
    | notes, warnings | of the method: what was done, and what a user has to know, a sentence each |
    | no_gain | that it saves nothing by itself, against the rung before, if it does not |
    | dear | that it takes much more RAM or time than the rung before, if it does |
    | lost | that much accuracy is lost against the first rung, if it is |
    """

    step: str
    method: str
    options: Mapping[str, Setting | Mapping[str, Setting] | None]
    key: str
    measured_key: str
    file: str | None
    sha256: str
    kind: Literal["float", "integer"]
    wish: Wish
    float_score: Judged | None
    reference: Judged | None
    firmware: RungFirmware | None
    unmeasured: str = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    no_gain: str = ""
    dear: str = ""
    lost: str = ""

    @property
    def best(self) -> Judged | None:
        """How the network does by the figure that most samples were judged for: of equal ones the core's, then the
        reference's."""
        core = self.firmware.core if self.firmware is not None else None
        found = [judged for judged in (core, self.reference, self.float_score) if judged is not None]
        return max(found, key=lambda judged: judged.samples, default=None)


def cost_of(rung: Rung) -> dict[str, int]:
    """What a rung's firmware takes: flash and RAM in bytes, and the best figure of time; {} if it was not measured."""
    f = rung.firmware
    if f is None:
        return {}
    found = {"flash": f.memory.flash_bytes, "RAM": f.memory.ram_bytes}
    if f.cycles is not None:
        found["cycles"] = f.cycles
    elif f.instructions is not None:
        found["instructions"] = f.instructions
    return found


@dataclass(frozen=True)
class Variant:
    """The ladder in another form: without a step, or with other options. warnings: what its figures say of these."""

    label: str
    rungs: tuple[Rung, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class CompressionRecord(Record):
    """A ladder of compression steps. float_bytes: what the constants of the first network are in float32, against
    which factors are. rungs: the first network, then each step. picture: the file of the plot, None without one."""

    ALSO: ClassVar = ("factors",)

    lapel: str
    network: str
    target: str
    core: str
    seed: int
    train_samples: int
    val_samples: int
    test_samples: int
    float_bytes: int
    rungs: tuple[Rung, ...]
    variants: tuple[Variant, ...] = ()
    search: Search | None = None
    picture: str | None = None
    seconds: float | None = None

    @property
    def factors(self) -> tuple[float | None, ...]:
        """Of each rung how often its bytes for weights, decoder included, go into float_bytes; None: not measured."""
        return tuple(self.factor(rung) for rung in self.rungs)

    def factor(self, rung: Rung) -> float | None:
        """See `factors`."""
        if rung.firmware is None:
            return None
        found = rung.firmware.weight_bytes + rung.firmware.decoder_bytes
        return round(self.float_bytes / found, 3) if found else None

    def all_warnings(self) -> Iterator[tuple[str, str]]:
        """(step or variant, warning) of all that the ladder itself has, and of what its other forms say of it."""
        for rung in self.rungs:
            firmware = () if rung.firmware is None else rung.firmware.warnings
            yield from ((rung.step, said) for said in (*rung.warnings, *firmware, rung.dear, rung.lost) if said)
        for variant in self.variants:
            yield from ((variant.label, said) for said in variant.warnings)

    def __repr__(self) -> str:
        last = self.rungs[-1]
        factor = self.factor(last)
        size = "" if last.firmware is None else f", {last.firmware.memory.flash_bytes:,} bytes of flash"
        much = "" if factor is None else f", weights {factor:.1f} times smaller"
        best = "" if last.best is None or last.best.score.share is None else f", score {last.best.score.share:.4f}"
        return f"<Compression {self.network!r} on {self.target}: {len(self.rungs) - 1} steps{size}{much}{best}>"
