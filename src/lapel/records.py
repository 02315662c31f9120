"""Results passed between layers and printed by the command line: frozen, and plain data when turned into JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.scores import Input, Score, scores_json, share_lost
from lapel.wish import Wish


@dataclass(frozen=True)
class Modelled:
    """Clock cycles by a cycle model: computed from counted instructions, not counted, and not measured on silicon.

    low, high: between which the model takes the truth to be.
    """

    cycles: int
    low: int
    high: int

    @property
    def error(self) -> float:
        """The larger of both deviations, as a share of `cycles`."""
        return max(self.high - self.cycles, self.cycles - self.low) / self.cycles if self.cycles else 0.0


@dataclass(frozen=True)
class CycleModel:
    """What one inference takes by a cycle model, and which model that is.

    table: file of lapel/targets/timing. flash: the assumption about the flash. time_us, energy_uj: with the board's
    clock and energy per cycle, None where they are not known. by_class: executed instructions by class.
    """

    table: str
    title: str
    source: str
    flash: str
    inference: Modelled
    time_us: float | None
    energy_uj: float | None
    by_class: dict[str, int]


@dataclass(frozen=True)
class Layer:
    """One step of the firmware. `instructions` and `cycles` are counted on the emulated core, None where it cannot.

    name: the output tensor's name. kernel: kernels called, "none" for an alias. macs: multiply-accumulates.
    modelled: where the core has a cycle model. label: the name as tables show it.
    """

    name: str
    op: str
    kernel: str
    macs: int
    instructions: int | None
    cycles: int | None
    modelled: Modelled | None = None
    label: str = ""


@dataclass(frozen=True)
class Memory:
    """Bytes of the model in the firmware, without the test harness.

    arena: planned size; state: of it, what must be kept from call to call; arena_used: highest byte written plus one,
    painted. stack: deepest use below the call of
    invoke, painted. static_ram: variables beside the arena. Code and data (constants, params) from the ELF file.
    """

    arena_bytes: int
    arena_used_bytes: int
    arena_bound_bytes: int
    state_bytes: int
    static_ram_bytes: int
    stack_bytes: int
    flash_code_bytes: int
    flash_data_bytes: int

    @property
    def ram_bytes(self) -> int:
        """Arena, static RAM and stack together."""
        return self.arena_bytes + self.static_ram_bytes + self.stack_bytes

    @property
    def flash_bytes(self) -> int:
        """Code and data together."""
        return self.flash_code_bytes + self.flash_data_bytes


@dataclass(frozen=True)
class Recipe:
    """What a firmware was made of, and how: what tells two builds apart.

    sha256: of the graph (`Graph.digest`). file_sha256: of the model file, None without one. compiler: what it says of
    itself; flags: that the figures were measured with.
    """

    lapel: str
    target: str
    sha256: str
    file_sha256: str | None
    wish: Wish
    compiler: str
    flags: tuple[str, ...]

    def lines(self) -> list[str]:
        """The same as text for the heads of the generated files."""
        wish = self.wish
        budget = "" if wish.flash_budget is None else f", flash budget {wish.flash_budget} bytes"
        return [
            *([f"file   sha256 {self.file_sha256}"] if self.file_sha256 else []),
            f"graph  sha256 {self.sha256}",
            f"goal   {wish.optimize}{budget}{', whole input' if wish.whole_input else ''}",
            f"figures by {self.compiler}",
            f"  with {' '.join(self.flags)}",
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        plain = {key: value for key, value in vars(self).items() if key != "wish"}
        return {**plain, **vars(self.wish), "flags": " ".join(self.flags)}


@dataclass(frozen=True)
class Stack:
    """Stack below one of the model's functions, compiled with one option in place of the target's own level.

    function: "invoke" or "invoke_from". option: such as "-Os". bytes: None where `why` says why not.
    """

    function: str
    option: str
    bytes: int | None
    why: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """Firmware run over samples on a target, compared with the reference.

    instructions, cycles: of the first sample, counted (None where the target's emulator does not count them).
    cycle_model: cycles of the first sample, modelled; None where cycles are counted, and for cores without a model.
    time_us: cycles over the target's clock. mismatches: samples with an output that differs from the reference.
    score: how the firmware's outputs meet the labels; reference_score: the reference's; float_score: the float model's,
    where it is known. float_agreement: the firmware's outputs scored by the float model's as labels.
    classes: the model's, by their labels. inputs: how the samples were taken. warnings: what a user has to know about
    this result, a sentence each; a loss of more than LOUD_LOSS against the float model is one.
    """

    model: str
    target: str
    core: str
    samples: int
    macs: int
    instructions: int | None
    cycles: int | None
    time_us: float | None
    memory: Memory
    layers: tuple[Layer, ...]
    mismatches: int
    host_seconds: float
    outputs: dict[str, np.ndarray]
    recipe: Recipe
    cycle_model: CycleModel | None = None
    score: Score | None = None
    reference_score: Score | None = None
    float_score: Score | None = None
    float_agreement: Score | None = None
    classes: tuple[str | int | float | bool, ...] = ()
    inputs: tuple[Input, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def bit_exact(self) -> bool:
        """Whether every output of every sample equals the reference."""
        return self.mismatches == 0

    @property
    def accuracy(self) -> float | None:
        """Share of labels met by the firmware's outputs; None for a regression, and without labels."""
        return self.score.accuracy if self.score else None

    @property
    def reference_accuracy(self) -> float | None:
        """Share of labels met by the reference's outputs."""
        return self.reference_score.accuracy if self.reference_score else None

    @property
    def float_accuracy(self) -> float | None:
        """Share of labels met by the float model."""
        return self.float_score.accuracy if self.float_score else None

    @property
    def loss(self) -> float | None:
        """What of the float model's accuracy or R² is lost; None where one of both is not known."""
        return share_lost(self.float_score, self.score)

    def __repr__(self) -> str:
        exact = "bit exact" if self.bit_exact else f"{self.mismatches} mismatches"
        parts = [f"{self.samples} samples", exact, *_cost_parts(self.instructions, self.cycles, self.cycle_model)]
        if self.score is not None and self.score.share is not None:
            kind = "R²" if self.score.accuracy is None else "accuracy"
            beside = self.float_score.share if self.float_score else None
            parts.append(f"{kind} {self.score.share:.4f}" + ("" if beside is None else f" (float {beside:.4f})"))
        return _brief("Run", self.model, self.target, [*parts, *_warning_parts(self.warnings)])

    def to_json(self) -> dict[str, Any]:
        """Plain data; the outputs themselves are left out."""
        return {
            "model": self.model,
            "target": self.target,
            "core": self.core,
            **recipe_json(self.recipe),
            "samples": self.samples,
            "bit_exact": self.bit_exact,
            "mismatches": self.mismatches,
            **scores_json(self.score, self.reference_score, self.float_score),
            "loss": self.loss,
            "float_agreement": None if self.float_agreement is None else dict(vars(self.float_agreement)),
            "classes": list(self.classes),
            "inputs": [dict(vars(i)) for i in self.inputs],
            "warnings": list(self.warnings),
            "instructions": self.instructions,
            "cycles": self.cycles,
            "time_us": self.time_us,
            **model_json(self.cycle_model),
            "macs": self.macs,
            **memory_json(self.memory),
            "layers": [layer_json(layer) for layer in self.layers],
            "host_seconds": self.host_seconds,
        }


def _cost_parts(instructions: int | None, cycles: int | None, model: CycleModel | None) -> list[str]:
    if cycles is not None:
        return [f"{cycles:,} cycles"]
    if model is not None:
        return [f"{model.inference.cycles:,} modelled cycles"]
    return [] if instructions is None else [f"{instructions:,} instructions"]


def _warning_parts(warnings: tuple[str, ...]) -> list[str]:
    return [f"{len(warnings)} warnings" if len(warnings) > 1 else f"warning: {warnings[0]}"] if warnings else []


def _brief(kind: str, model: str, target: str, parts: list[str]) -> str:
    return f"<{kind} {model!r} on {target}: {', '.join(parts)}>"


@dataclass(frozen=True, eq=False, repr=False)
class Build:
    """Generated firmware, measured by one run of it. `files` are the paths written, empty if none were.

    samples: random ones, on which its outputs were the reference's. stacks: what each function takes at each level of
    optimization, at which its outputs were the same, too; empty if nothing was written. classes: the model's, by their
    labels. warnings: what a user has to know about the model, a sentence each.
    """

    model: str
    target: str
    core: str
    recipe: Recipe
    samples: int
    macs: int
    instructions: int | None
    cycles: int | None
    memory: Memory
    layers: tuple[Layer, ...]
    fits: bool | None
    boards: tuple[str, ...]
    files: tuple[str, ...]
    seconds: float
    cycle_model: CycleModel | None = None
    stacks: tuple[Stack, ...] = ()
    classes: tuple[str | int | float | bool, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def stack_worst_bytes(self) -> int | None:
        """The most stack that any function takes at any level of optimization; None if nothing was written."""
        return worst(self.stacks)

    @property
    def digest(self) -> str:
        """SHA-256 of the graph."""
        return self.recipe.sha256

    def __repr__(self) -> str:
        memory = [f"{self.memory.flash_bytes:,} bytes of flash", f"{self.memory.ram_bytes:,} of RAM"]
        parts = [*memory, *_cost_parts(self.instructions, self.cycles, self.cycle_model)]
        parts.append(f"{len(self.files)} files" if self.files else "nothing written")
        return _brief("Build", self.model, self.target, [*parts, *_warning_parts(self.warnings)])

    def to_json(self) -> dict[str, Any]:
        """Plain data.

        fits: None for a bare core, whose memory is not known. boards: those with this core and room for it.
        """
        return {
            "model": self.model,
            "target": self.target,
            "core": self.core,
            **recipe_json(self.recipe),
            "samples": self.samples,
            "bit_exact": True,
            "instructions": self.instructions,
            "cycles": self.cycles,
            **model_json(self.cycle_model),
            "macs": self.macs,
            **memory_json(self.memory),
            "stack_worst_bytes": self.stack_worst_bytes,
            "stacks": [vars(s) for s in self.stacks],
            "fits": self.fits,
            "boards": list(self.boards),
            "classes": list(self.classes),
            "warnings": list(self.warnings),
            "layers": [layer_json(layer) for layer in self.layers],
            "files": list(self.files),
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class Difference:
    """The first element that differs: in which machine, step and tensor, and both values; label: a short name of it."""

    machine: str
    sample: int
    step: int
    layer: str
    op: str
    kernel: str
    tensor: str
    index: tuple[int, ...]
    expected: int | float
    found: int | float
    count: int
    size: int
    label: str = ""

    def __str__(self) -> str:
        return (
            f"{self.machine}, sample {self.sample}, step {self.step} {self.op} [{self.kernel}] {self.layer}: "
            f"tensor {self.label or self.tensor!r} element {list(self.index)} is {self.found}, the reference has "
            f"{self.expected}; {self.count:,} of {self.size:,} elements differ"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Diff:
    """Reference, host C and the emulated core compared tensor by tensor."""

    model: str
    target: str
    samples: int
    tensors: int
    machines: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether every tensor of every sample is the same everywhere."""
        return not self.differences

    def __repr__(self) -> str:
        same = "all equal" if self.equal else f"{len(self.differences)} machines differ, first: {self.differences[0]}"
        parts = [f"{self.tensors} tensors of {self.samples} samples", same]
        return _brief("Diff", self.model, " and ".join(self.machines), parts)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `differences` has the first one of each machine."""
        return {
            "model": self.model,
            "target": self.target,
            "samples": self.samples,
            "tensors": self.tensors,
            "machines": list(self.machines),
            "equal": self.equal,
            "differences": [difference_json(d) for d in self.differences],
        }


def worst(stacks: Sequence[Stack]) -> int | None:
    """The deepest of these that are known; None if none is."""
    return max((s.bytes for s in stacks if s.bytes is not None), default=None)


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """Plain data of a recipe, without the target, which stands beside it."""
    return {key: value for key, value in recipe.to_json().items() if key != "target"}


def difference_json(difference: Difference) -> dict[str, Any]:
    """Plain data of a difference."""
    plain = {key: value for key, value in vars(difference).items() if key != "label"}
    return {**plain, "index": list(difference.index)}


def layer_json(layer: Layer) -> dict[str, Any]:
    """Plain data of a layer."""
    plain = {key: value for key, value in vars(layer).items() if key not in ("modelled", "label")}
    return {**plain, **_modelled_json(layer.modelled)}


def model_json(model: CycleModel | None) -> dict[str, Any]:
    """Plain data of a cycle model; its keys are there, and null, where a core has none."""
    plain = {key: value for key, value in vars(model).items() if key != "inference"} if model else None
    return {
        **_modelled_json(model.inference if model else None),
        "modelled_time_us": plain.pop("time_us") if plain else None,
        "modelled_energy_uj": plain.pop("energy_uj") if plain else None,
        "cycle_model": plain,
    }


def _modelled_json(modelled: Modelled | None) -> dict[str, Any]:
    return {
        "modelled_cycles": modelled.cycles if modelled else None,
        "modelled_cycles_low": modelled.low if modelled else None,
        "modelled_cycles_high": modelled.high if modelled else None,
        "modelled_error": round(modelled.error, 4) if modelled else None,
    }


def memory_json(memory: Memory) -> dict[str, int]:
    """Plain data of the memory figures, with their sums."""
    return {**vars(memory), "ram_bytes": memory.ram_bytes, "flash_bytes": memory.flash_bytes}
