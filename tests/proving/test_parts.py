"""What is in the flash: bytes by layer and kind."""

from __future__ import annotations

import pytest

import lapel
from cores import needs
from lapel.records import bytes_by_kind
from lapel.runtime.roles import role
from nets import Net


@pytest.mark.parametrize("target", ["host", pytest.param("cortex-m4", marks=needs("cortex-m4"))])
def test_parts_add_up_to_the_flash(target: str) -> None:
    net = Net("parts", (1, 64))
    a = net.dense("x", 32)
    graph = net.graph(net.dense(net.relu(a), 16))
    run = lapel.run(graph, target)
    kinds = bytes_by_kind(run.parts)
    assert sum(kinds.values()) == run.memory.flash_bytes
    assert kinds["weights"] >= 64 * 32 + 32 * 16 and kinds["scales"] > 0
    assert kinds["code"] == run.memory.flash_code_bytes and "decoder" not in kinds
    assert 0 <= kinds.get("other", 0) < 64
    assert {p.layer for p in run.parts if p.kind == "weights"} == {x.label for x in run.layers if x.op == "dense"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("w", "weights"), ("w_bias", "biases"), ("", "params"), ("mul", "scales"), ("value_book", "codebooks")],
)
def test_a_tables_kind_is_its_names_last_word(name: str, kind: str) -> None:
    assert role(name) == kind
