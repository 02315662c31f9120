"""`Wish`: what a user wants of a plan; `Quantization`: of a quantized model.

An option of these is one field here, and one row of `lapel.cli.wishes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args, get_origin, get_type_hints

from lapel.errors import UsageError

Goal = Literal["latency", "ram", "flash", "balanced"]
"""What a plan is made small in: time, bytes of the arena, bytes of flash, or the product of time and flash."""


@dataclass(frozen=True)
class Wish:
    """What a plan shall be.

    | field | unit | meaning |
    |---|---|---|
    | optimize | | what kernels are chosen for: see `lapel.planning.make_plan` and `lapel.planning.goals` |
    | flash_budget | bytes | of code and constants that the firmware may have; None: what the target has |
    | whole_input | | the input lies in the arena as a whole, even where "ram" would have it read in bands |
    | shared | | steps share kernels: none has code of its own, so that the plan can be data (`lapel.build_blob`) |
    | ram_budget | bytes | of arena, variables and stack that the firmware may have; None: what the target has |
    | cycle_budget | cycles | that an inference may take, counted or modelled; None: any number |
    | kernels | | those that may be called, by name, as of a firmware that is there already; none: all of the core |
    | uncoded | | weights are stored as they are, even where a code of them takes less flash |

    Raises UsageError for a goal that there is not, and a budget below 1.
    """

    optimize: Goal = "latency"
    flash_budget: int | None = field(default=None, metadata={"unit": "bytes"})
    whole_input: bool = False
    shared: bool = False
    kernels: tuple[str, ...] = ()
    uncoded: bool = False
    ram_budget: int | None = field(default=None, metadata={"unit": "bytes"})
    cycle_budget: int | None = field(default=None, metadata={"unit": "cycles"})

    def __post_init__(self) -> None:
        if self.optimize not in get_args(Goal):
            raise UsageError(f"optimize is {self.optimize!r}, expected one of {', '.join(get_args(Goal))}")
        for name, least in (("flash_budget", "1 byte"), ("ram_budget", "1 byte"), ("cycle_budget", "1 cycle")):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} is {value}, expected at least {least}")


ANY = Wish()
"""The fastest kernels, within what the target has."""

Weights = Literal["int8", "int4"]
Activations = Literal["int8", "int16"]
Accumulators = Literal["int32", "int16"]
WEIGHT_BITS = {"int8": 8, "int4": 4}
"""Bits of symmetric weights by what users call them; those of four bits are int8 in a graph."""


@dataclass(frozen=True)
class Quantization:
    """How a float model shall be quantized.

    | field | unit | meaning |
    |---|---|---|
    | weights | | int8 or int4, one scale a channel |
    | activations | | int8, or int16 where operators have it |
    | observer | | how ranges are found: a module of `lapel.quantization.observers` |
    | equalize | | channels between layers get like ranges first |
    | replace_relu6 | | for that, relu6 becomes relu even where data is cut by it, which changes the network |
    | search_weights | | the widest weights are clipped where that makes sums more exact |
    | correct_bias | | biases take away what rounding the weights adds on average |
    | accumulators | | int16: weights get scales at which 16 bits hold every sum of an int8 layer, and its multipliers |
    | accuracy_loss | points | of accuracy that may be lost, or of agreement; layers get int16 until it is not more |

    Raises UsageError for a value that there is not; which observers there are, `lapel.quantization` knows.
    """

    weights: Weights = "int8"
    activations: Activations = "int8"
    observer: str = "percentile"
    equalize: bool = False
    replace_relu6: bool = False
    search_weights: bool = True
    correct_bias: bool = True
    accumulators: Accumulators = "int32"
    accuracy_loss: float | None = field(default=None, metadata={"unit": "points"})

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            choices = get_args(hint)
            if get_origin(hint) is Literal and getattr(self, name) not in choices:
                raise UsageError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(choices)}")
        if self.replace_relu6 and not self.equalize:
            raise UsageError("replace_relu6 was given without equalize, expected both: it is a part of equalization")
        if self.accuracy_loss is not None and not 0 <= self.accuracy_loss <= 100:
            raise UsageError(f"accuracy_loss is {self.accuracy_loss}, expected 0 to 100 points")

    @property
    def weight_bits(self) -> int:
        """Of symmetric weights."""
        return WEIGHT_BITS[self.weights]


AS_IT_COMES = Quantization()
"""int8, by what is best on most models."""
