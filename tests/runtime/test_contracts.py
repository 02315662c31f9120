"""Headers state what params have to keep, in words that are read."""

from __future__ import annotations

import ast

import pytest

from lapel.codegen.kernelset import kernel_set
from lapel.errors import UnsupportedModel
from lapel.runtime.contracts import contract, operands
from lapel.runtime.source import kernels, params_fields
from lapel.targets import load_target

TOTAL = tuple(k for k in kernels() if contract(k).total)


def texts(kernel: str, kind: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in contract(kernel).facts:
        if fact.kind == kind:
            found.setdefault(fact.subject, []).append(ast.unparse(fact.test))
    return found


def test_a_convolutions_facts() -> None:
    assert operands("conv") == ("y", "x")
    assert texts("conv", "table")["w"] == ["out_c * kernel_h * kernel_w * group_in"]
    assert texts("conv", "table")["shift"] == texts("conv", "table")["mul"] == ["out_c if per_channel else 1"]
    assert texts("conv", "table")["scratch"] == ["2 * kernel_h * kernel_w * in_c if gather else 0"]
    assert texts("conv", "operand")["x"] == ["batches * in_h * in_w * in_c"]
    assert texts("conv", "number")["x_end"] == ["x_first <= it and it <= out_w"]
    assert texts("conv", "relation")["gather"] == ["not gather or (groups == 1 and dilation_w == 1)"]
    assert texts("conv", "elements")["shift"] == ["-31 <= it and it <= 30", "not plain or it <= -2"]
    assert texts("softmax", "elements")["exps"] == ["0 <= it and it <= 2147483647", "exps[0] >= 2048"]
    assert "channels >= 4" in texts("avgpool_dsp", "relation")[""], "of params that are another kernel's"


def test_facts_of_what_decoders_rely_on() -> None:
    found = {(f.kind, f.subject, f.other) for f in contract("conv_coded32_gaps").facts if f.kind in ("book", "aside")}
    books = {("book", "gap_counts", "gaps"), ("book", "counts", "values")}
    assert found == books | {("aside", "table", "y"), ("aside", "table", "list"), ("aside", "list", "y")}


def test_elements_may_have_as_many_bytes_as_a_member_says() -> None:
    sizes = {f.subject: f.size for f in contract("rescale").facts if f.kind == "operand"}
    assert sizes == {"y": "y_bytes", "x": "x_bytes"}


@pytest.mark.parametrize("kernel", TOTAL)
def test_what_is_total_says_it_of_everything(kernel: str) -> None:
    said = contract(kernel)
    assert said.missing() == ()
    numbers = {n.id for f in said.facts for n in ast.walk(f.test) if isinstance(n, ast.Name)} - {"it"}
    tested = {f.subject for f in said.facts if f.kind == "number"} | {
        n.id for f in said.facts if f.kind == "relation" for n in ast.walk(f.test) if isinstance(n, ast.Name)
    }
    # What sizes are computed from is bounded itself; jumps and strides are by the function that walks them.
    sizes = {n for n in numbers if n in params_fields(kernel) and params_fields(kernel)[n].length is None}
    assert sizes <= tested | {f.subject for f in said.facts if f.kind in ("table", "elements")}, kernel


def test_kernels_that_nobody_has_read_are_refused() -> None:
    assert not contract("forest").total
    with pytest.raises(UnsupportedModel, match=r"forest.h does not say"):
        kernel_set("some", load_target("cortex-m4"), ["conv", "forest"])
