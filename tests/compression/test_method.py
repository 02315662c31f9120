"""Methods are found, their options checked, graphs and steps that do not go together refused."""

from __future__ import annotations

from typing import Any

import pytest

import lapel
from lapel import compression
from lapel.compression.method import kind_of, make_options
from lapel.data import Splits
from lapel.errors import UsageError
from lapel.ir import Graph


def test_every_method_keeps_the_protocol() -> None:
    assert compression.methods()
    for name, method in compression.methods().items():
        assert set(method.takes) <= {"float", "integer"} and method.makes in ("float", "integer"), name
        assert method.options.__dataclass_params__.frozen, name
        assert (type(method).__doc__ or "") and callable(getattr(compression, name))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("prun", {}, "there is no method 'prun': did you mean 'prune'\\?"),
        ("prune", {}, "method 'prune' needs density: give it"),
        ("prune", {"densty": 0.1}, "method 'prune': option 'densty' is unknown: did you mean 'density'\\?"),
        ("prune", {"density": 1.5}, "density is 1.5, expected a number from 0 to 1 or a table of numbers from 0 to 1"),
        ("prune", {"density": {"dense": -1}}, "density is {'dense': -1}, expected a number from 0 to 1 or a table"),
        ("prune", {"density": 0.1, "scope": "all"}, "scope is 'all', expected one of layer, global"),
        ("prune", {"density": 0.1, "epochs": -1}, "epochs is -1, expected a whole number from 0 to 100000"),
        ("prune", {"density": 0.1, "steps": 1.5}, "steps is 1.5, expected a whole number from 1 to 10000"),
        ("prune", {"density": 0.1, "soft": 0.5}, "there is no teacher to learn from: give the float network"),
    ],
)
def test_options_that_are_wrong(
    trained: Graph, parts: Splits, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        compression.apply(name, trained, parts, **options)


def test_options_of_a_recipe_are_checked_alone() -> None:
    method = compression.method_named("prune")
    assert make_options("prune", method, {"density": {"dense*": 0.5}}).density == {"dense*": 0.5}
    with pytest.raises(UsageError, match=r"r.toml step 2: density is 'x'"):
        make_options("prune", method, {"density": "x"}, "r.toml step 2")


def test_an_integer_graph_is_pruned_no_more(trained: Graph, parts: Splits) -> None:
    integers = lapel.quantize(trained, parts.train.numbers()).graph
    assert (kind_of(trained), kind_of(integers)) == ("float", "integer")
    with pytest.raises(UsageError, match="method 'prune' takes float graphs, mlp is quantized already: do this before"):
        compression.prune(integers, parts, density=0.5)
    with pytest.raises(AttributeError, match="has no attribute 'prunes'"):
        compression.prunes  # noqa: B018
