"""Networks by name, each a function that makes a float `Graph` with initial weights; one a file.

zoo.make("lenet5", input=(28, 28, 1), outputs=10, seed=0)

All take the shape of a sample (without the batch), the number of outputs, and a seed; what else one takes is in its
file. Outputs are logits, or numbers of a regression: a softmax changes no decision. Initial weights are drawn as He et
al. (2015) do for layers with a ReLU, as Glorot and Bengio (2010) do for others; biases are 0.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from lapel.errors import UsageError, shown, some
from lapel.ir import Graph

__all__ = ["Network", "make", "networks"]


@dataclass(frozen=True)
class Network:
    """A network of the zoo. make: keyword options -> float graph; normalize: whether it is meant to be trained with
    batch normalization behind its layers (`lapel.train(..., normalize=True)`)."""

    name: str
    make: Callable[..., Graph]
    normalize: bool

    @property
    def options(self) -> tuple[str, ...]:
        """Names of what `make` takes."""
        return tuple(inspect.signature(self.make).parameters)


@cache
def networks() -> Mapping[str, Network]:
    """Every network by name: each module of this package whose stem has no leading underscore has a `NETWORK`."""
    found: dict[str, Network] = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            network = importlib.import_module(f"{__name__}.{module.name}").NETWORK
            assert network.name == module.name, f"zoo/{module.name}.py defines network {network.name!r}"
            found[network.name] = network
    return found


def network(name: str) -> Network:
    """The network of this name. Raises UsageError, with those that there are."""
    found = networks().get(name)
    if found is None:
        raise UsageError(f"there is no network {shown(name)!r}{_meant(name, tuple(networks()))}")
    return found


def make(name: str, **options: Any) -> Graph:
    """A new float graph of batch 1. Raises UsageError for names and options that are unknown or out of range."""
    found = network(name)
    for option in options:
        if option not in found.options:
            raise UsageError(f"network {name!r} has no option {shown(option)!r}{_meant(option, found.options)}")
    missing = [
        p.name
        for p in inspect.signature(found.make).parameters.values()
        if p.default is p.empty and p.name not in options
    ]
    if missing:
        raise UsageError(f"network {name!r} needs {some(missing)}: give it")
    hints = get_type_hints(found.make)
    for option, value in options.items():
        expected = _expected(hints[option], value, 0 if option == "seed" else 1)
        if expected:
            raise UsageError(f"network {name!r}: {option} is {shown(repr(value))}, expected {expected}")
    return found.make(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})


def _expected(hint: Any, value: Any, least: int) -> str:
    """What an option of this type has to be; "" if the value is."""
    if hint is float:
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
        return "" if right else "a number above 0"
    if get_origin(hint) in (tuple, Sequence):
        count = len(get_args(hint)) if get_origin(hint) is tuple else None
        right = isinstance(value, (list, tuple)) and all(_is_whole(v, 1) for v in value)
        right = right and count in (None, len(value))
        return "" if right else f"a list of {'' if count is None else f'{count} '}whole numbers from 1 on"
    if value is None and type(None) in get_args(hint):
        return ""
    return "" if _is_whole(value, least) else f"a whole number from {least} on"


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) >= least


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {near[0]!r}?" if near else f", expected one of {', '.join(known)}"
