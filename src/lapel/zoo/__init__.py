"""Networks by name, each a function that makes a float `Graph` with initial weights; one a file.

zoo.make("lenet5", input=(28, 28, 1), outputs=10, seed=0)

All take the shape of a sample (without the batch), the number of outputs, and a seed; what else one takes is in its
file. Outputs are logits, or numbers of a regression: a softmax changes no decision. Initial weights are drawn as He et
al. (2015) do for layers with a ReLU, as Glorot and Bengio (2010) do for others; biases are 0.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lapel.errors import UsageError, shown, some
from lapel.ir import Graph
from lapel.keywords import check_names, check_values, meant

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
        raise UsageError(f"there is no network {shown(name)!r}: {meant(name, networks())}")
    return found


def make(name: str, **options: Any) -> Graph:
    """A new float graph of batch 1. Raises UsageError for names and options that are unknown or out of range."""
    found = network(name)
    check_names(options, found.options, f"network {name!r}: option")
    missing = [
        p.name
        for p in inspect.signature(found.make).parameters.values()
        if p.default is p.empty and p.name not in options
    ]
    if missing:
        raise UsageError(f"network {name!r} needs {some(missing)}: give it")
    check_values(found.make, options, f"network {name!r}")
    return found.make(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
