"""Recipes of the compression benchmark are right, and end with coded weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from lapel.ladder import read_recipe

RECIPES = sorted((Path(__file__).parent.parent.parent / "benchmarks" / "compression").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_recipe(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.steps[-1].method == "code" and recipe.seed == 0 and recipe.name
    assert recipe.path.name == "mnist.npz"
