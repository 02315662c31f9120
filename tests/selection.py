"""What `--op` and `--target` select of the generic tests of operators and variants.

    python -m pytest tests/ops tests/variants --op add --target all
    python -m pytest tests/ops tests/variants --op add_dsp,limit_mve --target host,cortex-m4

`--op`: operators, or variants of kernels, which stand for the operators that call their kernel, too. `--target`: whose
cores; all if it is not given. Everything else in these folders is left out then.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from lapel.ir.op import Op
from lapel.ops import registry
from lapel.targets import list_targets, load_target
from lapel.variants import variants as all_variants

ALL = "all"
NAMES: set[str] = set()
"""What --op names; empty if it is not given."""
CORES: set[str] = set()
"""The cores of the targets that --target names; empty for all."""


def select(names: str, targets: str) -> None:
    """Take the options. Raises pytest.UsageError for a name that there is not."""
    NAMES.update(_checked("--op", names, {*registry(), *all_variants()}))
    wanted = _checked("--target", targets, {ALL, *list_targets()})
    CORES.update(load_target(name).core for name in wanted if name != ALL)
    if ALL in wanted:
        CORES.clear()


def _checked(option: str, text: str, known: set[str]) -> list[str]:
    names = [name for name in text.split(",") if name]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise pytest.UsageError(f"{option} {','.join(wrong)}: there are {', '.join(sorted(known))}")
    return names


def operators() -> list[str]:
    """The operators to test."""
    kernels = {name.split("_")[0] for name in NAMES if name in all_variants()}
    return sorted(n for n in registry() if not NAMES or n in NAMES or not kernels.isdisjoint(kernels_of(n)))


def variants(names: Sequence[str]) -> list[str]:
    """Of these variants those to test: all, or those that are named, and those that a named operator may take."""
    named = {k for n in NAMES if n in registry() for k in kernels_of(n)}
    return [n for n in names if not NAMES or n in NAMES or n.split("_")[0] in named]


def cores(names: Sequence[str]) -> list[str]:
    """Of these cores those to test."""
    return [name for name in names if not CORES or name in CORES]


@cache
def kernels_of(operator: str) -> frozenset[str]:
    """The kernels that some of the operator's cases call."""
    found: set[str] = set()
    for case in registry()[operator].cases():
        for seed in range(3):
            graph = case.draw(np.random.default_rng(seed))
            (node,) = graph.nodes
            found |= {call.kernel for call in registry()[operator].lower(graph.instance(node))}
    return frozenset(found)


def callers(variant: str) -> list[Op]:
    """The operators that call a variant's kernel: no other one's draws need to be made to find some that it takes."""
    return [op for name, op in registry().items() if variant.split("_")[0] in kernels_of(name)]
