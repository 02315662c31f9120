"""What --op and --target select of the generic tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import selection
from lapel.ops import registry
from lapel.variants import variants


@pytest.fixture(autouse=True)
def blank() -> Iterator[None]:
    """Nothing is selected before, and afterwards what this run selects is."""
    names, cores = set(selection.NAMES), set(selection.CORES)
    selection.NAMES.clear()
    selection.CORES.clear()
    yield
    for kept, before in ((selection.NAMES, names), (selection.CORES, cores)):
        kept.clear()
        kept.update(before)


def test_without_options_all_are_tested() -> None:
    selection.select("", "")
    every = sorted(variants())
    assert selection.operators() == sorted(registry()) and selection.variants(every) == every
    assert selection.cores(["host", "rv32imac"]) == ["host", "rv32imac"]


def test_an_operator_brings_its_variants() -> None:
    selection.select("maximum", "host,nucleo-l4r5zi")
    assert selection.operators() == ["maximum"]
    assert set(selection.variants(sorted(variants()))) >= {"maximum_dsp", "maximum_mve"}
    assert "conv_dsp" not in selection.variants(sorted(variants()))
    assert selection.cores(["host", "cortex-m0", "cortex-m4"]) == ["host", "cortex-m4"]


def test_a_variant_brings_the_operators_that_call_its_kernel() -> None:
    selection.select("maximum_dsp", "all")
    assert selection.operators() == ["maximum", "minimum"]
    assert selection.variants(sorted(variants())) == ["maximum_dsp"]
    assert selection.cores(["host", "cortex-m0"]) == ["host", "cortex-m0"]


@pytest.mark.parametrize(
    ("names", "targets", "said"),
    [
        ("max", "", "--op max: there are abs, absf32, activity"),
        ("", "m4", "--target m4: there are all, arduino-mega"),
    ],
)
def test_names_that_there_are_not(names: str, targets: str, said: str) -> None:
    with pytest.raises(pytest.UsageError, match=said):
        selection.select(names, targets)
