"""Splits: of each class the same share on every side, or whole groups, so that nothing of a test is in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lapel.data.dataset import Dataset, Splits, check_classes
from lapel.errors import InputError, UsageError, shown, some
from lapel.keywords import expected

SHARES = (0.7, 0.15, 0.15)
SEED = 20
"""Of a split that is the same in every run."""


def split(
    data: Dataset,
    shares: Sequence[float] = SHARES,
    *,
    seed: int = SEED,
    val_groups: Sequence[str] = (),
    test_groups: Sequence[str] = (),
) -> Splits:
    """Train, validation and test sets.

    shares: of samples for each of the three, which sum to 1. Where the data has groups, each is on one side as a whole:
    those that are named, and others by chance so that the shares are nearly met. Else each class is shared alike.
    Raises InputError if a side would be empty, or has none of a class to train with.
    """
    _check_wishes(shares, seed, {"val_groups": val_groups, "test_groups": test_groups})
    check_classes(data)
    rng = np.random.default_rng(seed)
    named = (*val_groups, *test_groups)
    if named and data.groups is None:
        raise InputError(f"{data.where} has no groups, and groups {some(named)} are to be held out: say what they are")
    sides = (
        _by_class(data, shares, rng) if data.groups is None else _by_group(data, shares, rng, val_groups, test_groups)
    )
    train = data.take(np.flatnonzero(sides == 0))
    _check_train(data, train)
    for k, name in enumerate(("validation", "test"), 1):
        if shares[k] and not (sides == k).any():
            raise InputError(
                f"{data.where}: no samples are left for {name}, its share is {shares[k]:g}: give more samples or "
                "groups, or a share of 0"
            )
    val, test = (data.take(at) if len(at := np.flatnonzero(sides == k)) else None for k in (1, 2))
    return Splits(train, val, test)


def _check_wishes(shares: Sequence[float], seed: int, groups: Mapping[str, Sequence[str]]) -> None:
    """Raise UsageError for what is of another type or out of range."""
    listed = isinstance(shares, Sequence) and len(shares) == 3 and all(isinstance(s, int | float) for s in shares)
    if not listed or not (min(shares) >= 0 and shares[0] > 0 and abs(sum(shares) - 1) <= 1e-6):
        raise UsageError(f"shares are {shares}, expected three of train, validation and test that sum to 1")
    for name, value in {"seed": seed, **groups}.items():
        wanted = expected(int if name == "seed" else Sequence[str], value, 0)
        if wanted:
            raise UsageError(f"{name} is {shown(repr(value))}, expected {wanted}")


def _by_class(data: Dataset, shares: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """The side of each sample: those of a class in random order, cut at its shares."""
    sides = np.zeros(len(data), np.int64)
    strata = data.y if data.task == "classification" else np.zeros(len(data), np.int64)
    for k in np.unique(strata):
        at = rng.permutation(np.flatnonzero(strata == k))
        counts = [round(share * len(at)) for share in shares[1:]]
        counts = [max(c, 1) if s and len(at) > 2 else c for c, s in zip(counts, shares[1:], strict=True)]
        while len(at) - sum(counts) < 1:
            counts[counts.index(max(counts))] -= 1
        sides[at[: counts[0]]] = 1
        sides[at[counts[0] : sum(counts)]] = 2
    return sides


def _by_group(
    data: Dataset, shares: Sequence[float], rng: np.random.Generator, val: Sequence[str], test: Sequence[str]
) -> np.ndarray:
    """The side of each sample: that of its group. Groups in random order go where most samples are missing."""
    assert data.groups is not None
    names, inverse, counts = np.unique(data.groups, return_inverse=True, return_counts=True)
    strange = sorted({*val, *test} - set(names.tolist()))
    if strange or set(val) & set(test):
        raise InputError(f"{data.where}: groups {some(strange or val)}, expected different ones of {some(names)}")
    fixed = {**dict.fromkeys(val, 1), **dict.fromkeys(test, 2)}
    missing = np.array(shares, np.float64) * len(data)
    for k, name in enumerate(names.tolist()):
        if name in fixed:
            missing[fixed[name]] -= counts[k]
    # A side whose groups were named has those alone.
    missing[[side for side, given in ((1, val), (2, test)) if given]] = -np.inf
    sides = np.zeros(len(names), np.int64)
    for k in rng.permutation(len(names)):
        name = names[k].item()
        sides[k] = fixed[name] if name in fixed else int(missing.argmax())
        if name not in fixed:
            missing[sides[k]] -= counts[k]
    return sides[inverse]


def _check_train(data: Dataset, train: Dataset) -> None:
    if not len(train):
        raise InputError(f"{data.where}: no samples are left to train with: hold out fewer groups")
    if data.task == "classification":
        missing = sorted(set(np.unique(data.y).tolist()) - set(np.unique(train.y).tolist()))
        if missing:
            names = some([data.classes[k] for k in missing])
            raise InputError(f"{data.where}: classes {names} are in groups that are held out alone: hold out others")
