"""Results passed between layers and printed by the command line: frozen, and plain data when turned into JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


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
    modelled: where the core has a cycle model.
    """

    name: str
    op: str
    kernel: str
    macs: int
    instructions: int | None
    cycles: int | None
    modelled: Modelled | None = None


@dataclass(frozen=True)
class Memory:
    """Bytes of the model in the firmware, without the test harness.

    arena: planned size; arena_used: highest byte written plus one, painted. stack: deepest use below the call of
    invoke, painted. static_ram: variables beside the arena. Code and data (constants, params) from the ELF file.
    """

    arena_bytes: int
    arena_used_bytes: int
    arena_bound_bytes: int
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

    sha256: of the graph (`Graph.digest`). file_sha256: of the model file, None without one. flash_budget: bytes, None:
    what the target has. compiler: what it says of itself; flags: that the figures were measured with.
    """

    lapel: str
    target: str
    sha256: str
    file_sha256: str | None
    optimize: str
    flash_budget: int | None
    whole_input: bool
    compiler: str
    flags: tuple[str, ...]

    def lines(self) -> list[str]:
        """The same as text for the heads of the generated files."""
        budget = "" if self.flash_budget is None else f", flash budget {self.flash_budget} bytes"
        return [
            *([f"file   sha256 {self.file_sha256}"] if self.file_sha256 else []),
            f"graph  sha256 {self.sha256}",
            f"goal   {self.optimize}{budget}{', whole input' if self.whole_input else ''}",
            f"figures by {self.compiler}",
            f"  with {' '.join(self.flags)}",
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "flags": " ".join(self.flags)}


@dataclass(frozen=True)
class Stack:
    """Stack below one of the model's functions, compiled with one option in place of the target's own level.

    function: "invoke" or "invoke_from". option: such as "-Os". bytes: None where `why` says why not.
    """

    function: str
    option: str
    bytes: int | None
    why: str = ""


@dataclass(frozen=True, eq=False)
class Run:
    """Firmware run over samples on a target, compared with the reference.

    instructions, cycles: of the first sample, counted (None where the target's emulator does not count them).
    cycle_model: cycles of the first sample, modelled; None where cycles are counted, and for cores without a model.
    time_us: cycles over the target's clock. mismatches: samples with an output that differs from the reference.
    accuracy: share of labels met by the firmware's outputs; reference_accuracy: by the reference's.
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
    accuracy: float | None
    reference_accuracy: float | None
    host_seconds: float
    outputs: dict[str, np.ndarray]
    recipe: Recipe
    cycle_model: CycleModel | None = None

    @property
    def bit_exact(self) -> bool:
        """Whether every output of every sample equals the reference."""
        return self.mismatches == 0

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
            "accuracy": self.accuracy,
            "reference_accuracy": self.reference_accuracy,
            "instructions": self.instructions,
            "cycles": self.cycles,
            "time_us": self.time_us,
            **model_json(self.cycle_model),
            "macs": self.macs,
            **memory_json(self.memory),
            "layers": [layer_json(layer) for layer in self.layers],
            "host_seconds": self.host_seconds,
        }


@dataclass(frozen=True, eq=False)
class Build:
    """Generated firmware, measured by one run of it. `files` are the paths written, empty if none were.

    samples: random ones, on which its outputs were the reference's. stacks: what each function takes at each level of
    optimization, at which its outputs were the same, too; empty if nothing was written.
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

    @property
    def digest(self) -> str:
        """SHA-256 of the graph."""
        return self.recipe.sha256

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
            "stack_worst_bytes": worst(self.stacks),
            "stacks": [vars(s) for s in self.stacks],
            "fits": self.fits,
            "boards": list(self.boards),
            "layers": [layer_json(layer) for layer in self.layers],
            "files": list(self.files),
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class Difference:
    """The first element that differs: in which machine, step and tensor, and both values."""

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

    def __str__(self) -> str:
        return (
            f"{self.machine}, sample {self.sample}, step {self.step} {self.op} [{self.kernel}] {self.layer}: "
            f"tensor {self.tensor!r} element {list(self.index)} is {self.found}, the reference has {self.expected}; "
            f"{self.count} of {self.size} elements differ"
        )


@dataclass(frozen=True, eq=False)
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

    def to_json(self) -> dict[str, Any]:
        """Plain data; `differences` has the first one of each machine."""
        return {
            "model": self.model,
            "target": self.target,
            "samples": self.samples,
            "tensors": self.tensors,
            "machines": list(self.machines),
            "equal": self.equal,
            "differences": [{**vars(d), "index": list(d.index)} for d in self.differences],
        }


def worst(stacks: Sequence[Stack]) -> int | None:
    """The deepest of these that are known; None if none is."""
    return max((s.bytes for s in stacks if s.bytes is not None), default=None)


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """Plain data of a recipe, without the target, which stands beside it."""
    return {key: value for key, value in recipe.to_json().items() if key != "target"}


def layer_json(layer: Layer) -> dict[str, Any]:
    """Plain data of a layer."""
    plain = {key: value for key, value in vars(layer).items() if key != "modelled"}
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
