"""Loops of Helium kernels start a word: "can cause stall cycles" else (Arm's Helium optimization guides on GitHub)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from cores import needs
from lapel.runtime.source import amalgamate
from lapel.simulate.cycles import helium
from lapel.simulate.elf import read_image
from lapel.targets import load_target

KERNELS = ("conv_mve", "dense_mve", "depthwise_blocks", "depthwise_mve", "depthwise_mve_large")


@needs("cortex-m55")
@pytest.mark.parametrize("kernel", KERNELS)
def test_loops_in_assembly_start_a_word(kernel: str, tmp_path: Path) -> None:
    target, source, built = load_target("cortex-m55"), tmp_path / "kernel.c", tmp_path / "kernel.o"
    text = amalgamate([kernel])
    source.write_text(f"#define LAPEL_KERNEL\n{text}")
    flags = [*target.cflags, target.optimize, "-c", str(source), "-o", str(built)]
    subprocess.run([f"{target.compiler}gcc", *flags], check=True)
    written = set(re.findall(r"LAPEL_MVE_ASM void (\w+)", text))
    functions = [(start, start + size) for start, size, name in read_image(built).functions if name in written]
    assert functions
    loops = [i for i in helium.instructions(built, target.compiler).values() if i.name in ("le", "letp")]
    ours = [i.target for i in loops if any(start <= i.address_at < end for start, end in functions)]
    assert ours and all(at is not None and at % 4 == 0 for at in ours)
