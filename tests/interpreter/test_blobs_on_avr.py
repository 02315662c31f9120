"""Models as data on the AVR, whose constants are in an address space of their own: linked, and read where they lie."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from lapel.codegen.blob import Link, blob
from lapel.codegen.kernelfamilies import every_kernel
from lapel.codegen.kernelset import kernel_set
from lapel.errors import UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.proving.blob import build_blob
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

UNO = load_target("arduino-uno")


def network() -> Graph:
    """A convolution whose windows are gathered in the arena, and a dense layer."""
    net = Net("avr", (1, 6, 6, 2), 3)
    return net.graph(net.dense(net.reshape(net.conv("x", 3, (1, 1, 1, 1)), (1, 108)), 4))


def test_a_blob_runs_from_the_flash_of_an_avr(tmp_path: Path) -> None:
    found = build_blob(network(), UNO, tmp_path, slot=0x5000, arena=0x200)
    assert found.bit_exact and found.cycles and {"conv", "dense"} == set(found.set_kernels)
    assert (found.slot, found.arena_address) == (0x5000, 0x200)
    assert found.proven_slot % 256 == 0 and found.proven_slot + found.blob_bytes <= 32256
    assert 0x100 <= found.proven_arena < 0x900
    assert found.memory.static_ram_bytes == 16 + 4
    (written,) = tmp_path.glob("*.blob")
    assert struct.unpack_from("<II", written.read_bytes(), 20) == (0x5000, 0x200)


def test_params_that_need_the_arena_say_so() -> None:
    plan = make_plan(network(), UNO, Wish(shared=True, whole_input=True, kernels=every_kernel(UNO)))
    kernels = kernel_set("few", UNO, {c.kernel for s in plan.steps for c in s.calls})
    with pytest.raises(UnsupportedModel, match=r"step 0 conv: params hold an address in the arena: .* \(--arena\)"):
        blob(plan, kernels, Link(0x5000))
    with pytest.raises(UnsupportedModel, match="link the blob for a slot"):
        blob(plan, kernels, Link())


@pytest.mark.parametrize(
    ("target", "arena", "said"),
    [
        ("arduino-uno", 0x800118, "expected an address below 2\\^16, without avr-gcc's 0x800000"),
        ("cortex-m4", 0x20000000, "cortex-m4 finds it by itself: leave it out"),
    ],
)
def test_arenas_that_are_none(target: str, arena: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        build_blob(network(), target, arena=arena)
