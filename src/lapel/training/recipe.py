"""Recipes: a training as a .toml file, checked as a whole before anything is computed.

| table | keys |
|---|---|
| `[data]` | `path`, relative to the recipe; what the reader of its kind takes (`lapel.data.readers`) |
| `[split]` | `shares`, `seed`, `val_groups`, `test_groups` (`lapel.data.split`); not for data that is split |
| `[network]` | `name` of the zoo and its options, or `model`: the path of a float model |
| `[training]` | options of `lapel.train`; `[training.augment]`: augmentations |
| `[quantize]` | options of a second, quantization-aware training of what the first one gave |
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lapel import zoo
from lapel.data import Splits, read, split
from lapel.data.dataset import Dataset
from lapel.errors import InputError, UsageError
from lapel.files import reason
from lapel.frontends import load
from lapel.ir import Graph
from lapel.keywords import check_names
from lapel.records import TrainingOptions
from lapel.training import Progress, Trained, require_torch
from lapel.training.options import make_options

TABLES = ("data", "split", "network", "training", "quantize")
SPLIT = ("shares", "seed", "val_groups", "test_groups")
SET_BY_DATA = ("input", "outputs", "seed")
"""Of a network's options those that are not the recipe's to say."""


@dataclass(frozen=True)
class Source:
    """Data and a network, as recipes name them. data, split, network: keywords of their functions, without what has a
    field of its own. normal: whether the network is meant to be trained with batch normalization.
    """

    where: Path
    path: Path
    data: Mapping[str, Any]
    split: Mapping[str, Any]
    name: str
    model: Path | None
    network: Mapping[str, Any]
    normal: bool

    def splits(self) -> Splits:
        """The data, read and split."""
        found = read(self.path, **self.data)
        if isinstance(found, Dataset):
            return split(found, **self.split)
        if self.split:
            raise UsageError(f"{self.where}: [split] is given, and {self.path} is split already: leave it out")
        return found

    def maker(self, splits: Splits) -> Graph | Callable[[int], Graph]:
        """seed -> network, for samples as these are; the graph itself if it is a model of the user's."""
        if self.model is not None:
            return load(self.model)
        shape, outputs = splits.train.x.shape[1:], splits.train.outputs
        return partial(self._make, shape, outputs)

    def _make(self, shape: tuple[int, ...], outputs: int, seed: int) -> Graph:
        return zoo.make(self.name, input=shape, outputs=outputs, seed=seed, **self.network)


@dataclass(frozen=True)
class TrainingRecipe(Source):
    """What a recipe says. given, aware_given: what the tables of options say; aware: of the quantization-aware
    training, None without one.
    """

    options: TrainingOptions
    given: Mapping[str, Any] = field(default_factory=dict)
    aware: TrainingOptions | None = None
    aware_given: Mapping[str, Any] = field(default_factory=dict)


def read_recipe(path: Path | str) -> TrainingRecipe:
    """The recipe in a file. Raises InputError: not readable, no TOML; UsageError: tables, keys or values that are
    unknown or wrong."""
    path = Path(path)
    found = read_toml(path)
    check_names(found, TABLES, f"{path}:")
    check_tables(path, found)
    source = read_source(path, found)
    given = found.get("training", {})
    options = make_options({"normalize": source.normal, **given}, f"{path} [training]")
    aware_given = {**found.get("quantize", {}), "quantize": True}
    aware = make_options(aware_given, f"{path} [quantize]") if "quantize" in found else None
    return TrainingRecipe(**vars(source), options=options, given=given, aware=aware, aware_given=aware_given)


def read_toml(path: Path) -> dict[str, Any]:
    """What a file of TOML says. Raises InputError: not readable, no TOML."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as e:
        raise InputError(f"{path} cannot be read: {reason(e)}; give a recipe in TOML") from None
    except UnicodeDecodeError as e:
        raise InputError(f"{path} is not UTF-8 text (byte {e.start}), expected a recipe in TOML") from None
    except tomllib.TOMLDecodeError as e:
        raise InputError(f"{path} is no TOML: {e}: mend it") from None


def check_tables(path: Path, found: Mapping[str, Any]) -> None:
    """Raise UsageError for the first of these that is no table."""
    for name, table in found.items():
        if not isinstance(table, Mapping):
            raise UsageError(f"{path}: {name} is {table!r}, expected a table [{name}]")


def read_source(path: Path, found: Mapping[str, Any]) -> Source:
    """What the tables [data], [split] and [network] of a recipe say. Raises UsageError: keys or values are wrong."""
    data, network = dict(_table(path, found, "data", "path")), dict(found.get("network", {}))
    check_names(found.get("split", {}), SPLIT, f"{path} [split]:")
    name, model, normal = _network(path, network)
    return Source(path, path.parent / str(data.pop("path")), data, found.get("split", {}), name, model, network, normal)


def train_recipe(
    recipe: TrainingRecipe,
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    discarded: Sequence[Path] = (),
) -> Trained:
    """Train what a recipe says. discarded: checkpoints that are removed before it begins, once the recipe has been
    checked with its data. Raises what `lapel.train` raises."""
    require_torch()
    from lapel.training.trainer import run

    splits = recipe.splits()
    options = {**recipe.given, "normalize": recipe.options.normalize}
    return run(recipe.maker(splits), splits, checkpoint, progress, options, discarded)


def train_quantized(
    recipe: TrainingRecipe,
    trained: Trained,
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Trained:
    """Train what came out of `train_recipe` once more, quantization-aware. Raises what `lapel.train` raises."""
    require_torch()
    from lapel.training.trainer import run

    return run(trained.graph, recipe.splits(), checkpoint, progress, recipe.aware_given)


def checkpoints_of(recipe: TrainingRecipe, first: Path, second: Path) -> list[Path]:
    """All that the recipe's trainings write, given the paths of both trainings' checkpoints."""
    require_torch()
    from lapel.training.checkpoints import places

    aware = {} if recipe.aware is None else places(second, recipe.aware)
    return [*places(first, recipe.options).values(), *aware.values()]


def _table(path: Path, found: Mapping[str, Any], name: str, key: str) -> Mapping[str, Any]:
    table: Mapping[str, Any] = found.get(name, {})
    if key not in table:
        raise UsageError(f"{path}: [{name}] has no {key}, expected one")
    if not isinstance(table[key], str):
        raise UsageError(f"{path} [{name}]: {key} is {table[key]!r}, expected text in quotes")
    return table


def _network(path: Path, network: dict[str, Any]) -> tuple[str, Path | None, bool]:
    """Take name or model out of the table: (name, model, whether it is meant to be normalized)."""
    where = f"{path} [network]"
    if ("name" in network) == ("model" in network):
        raise UsageError(f"{where}: expected either name, of the zoo, or model, the path of a float model")
    if "model" in network:
        check_names(network, ("model",), f"{where}:")
        return "", path.parent / str(network.pop("model")), False
    found = zoo.network(str(network.pop("name")))
    check_names(network, [o for o in found.options if o not in SET_BY_DATA], f"{where}:")
    return found.name, None, found.normalize
