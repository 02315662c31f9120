"""Float32 firmware with users' flags: no product is fused with a sum, and arithmetic that is not IEEE's is an error."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import each_kernel, inlined, merge
from compilers import ARM_CLANG
from cores import needs, needs_program
from lapel import codegen
from lapel.building import GraphBuilder
from lapel.planning import make_plan
from lapel.runtime.source import amalgamate, closure, kernels
from lapel.targets import load_target

KERNELS = ("convf32", "depthwisef32", "densef32", "softmaxf32", "tanhf32")
GUARD = re.compile(r"^#pragma (?:GCC optimize\(\"fp-contract=off\"\)|STDC FP_CONTRACT OFF)$", re.M)
FUSED = re.compile(r"\tvfn?m[as]")

UNVECTORIZED = re.compile(
    r"^#pragma GCC optimize.*no-tree-vectorize.*$|__asm__ volatile\(\"\" : \"\+t\"\(v\)[^)]*\);", re.M
)
VECTORS = re.compile(r"\tv[a-z]+\.f32(?:\.s32)?\s+q")
COMPUTING = [k for k in kernels() if re.search(r"\bfloat\b", amalgamate([k]))]
"""Kernels that compute in float32, those between floats and integers among them."""


def compiled(
    folder: Path, text: str, command: tuple[str, ...], core: str = "cortex-m7"
) -> subprocess.CompletedProcess[str]:
    """Assembly text of the kernels, by default for a Cortex-M7, for which both compilers fuse if they may."""
    (folder / "kernels.c").write_text(f"#define LAPEL_KERNEL\n{text}")
    line = [*command, *load_target(core).cflags, "-S", "kernels.c", "-o", "kernels.s"]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=60)


@needs("cortex-m7")
@pytest.mark.parametrize(
    ("compiler", "flags"),
    [
        (("arm-none-eabi-gcc",), ("-std=gnu11", "-O2")),
        (("arm-none-eabi-gcc",), ("-std=c99", "-O3", "-ffp-contract=fast")),  # Clang takes that for an order
        (ARM_CLANG, ("-std=gnu11", "-O2")),
    ],
    ids=["gcc", "gcc-fast", "clang"],
)
def test_no_product_is_fused_with_a_sum(compiler: tuple[str, ...], flags: tuple[str, ...], tmp_path: Path) -> None:
    needs_program(compiler[0])
    text = amalgamate(KERNELS)
    assert len(GUARD.findall(text)) == 2
    for source, fuses in ((text, False), (GUARD.sub("", text), True)):
        done = compiled(tmp_path, source, (*compiler, *flags))
        assert done.returncode == 0, done.stderr
        assert bool(FUSED.search((tmp_path / "kernels.s").read_text())) == fuses


@needs("cortex-m55")
@pytest.mark.parametrize("compiler", [("arm-none-eabi-gcc",), ARM_CLANG], ids=["gcc", "clang"])
def test_no_vectors_of_helium_are_made(compiler: tuple[str, ...], tmp_path: Path) -> None:
    """They flush denormal numbers."""
    needs_program(compiler[0])
    text = amalgamate(COMPUTING)
    for source, vectors in ((text, False), (UNVECTORIZED.sub("", text), True)):
        done = compiled(tmp_path, source, (*compiler, "-std=gnu11", "-O3"), "cortex-m55")
        assert done.returncode == 0, done.stderr
        assert bool(VECTORS.search((tmp_path / "kernels.s").read_text())) == vectors


@needs("cortex-m55")
def test_none_are_made_of_steps_with_code_of_their_own(tmp_path: Path) -> None:
    """Where Clang knows how many elements there are, it unrolls loops, and may join what stands side by side then."""
    needs_program(ARM_CLANG[0])
    graphs = [g for g in each_kernel() if any(t.type.dtype == "float32" for t in g.tensors.values())]
    plan = inlined(make_plan(merge("steps", graphs), load_target("cortex-m55")))
    files = codegen.generate(plan).files()
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    done = compiled(tmp_path, files["steps.c"], (*ARM_CLANG, "-std=gnu11", "-O3", "-I."), "cortex-m55")
    assert done.returncode == 0, done.stderr
    assert not VECTORS.search((tmp_path / "kernels.s").read_text())


def test_every_kernel_of_floats_is_guarded() -> None:
    """By the header that refuses other arithmetic and vectors."""
    assert {"quantize", "dequantize16", "floatmul", "addf32"} < set(COMPUTING)
    assert [k for k in COMPUTING if "ieee.h" not in closure([f"{k}.c"])] == []


@needs("cortex-m7")
@pytest.mark.parametrize("kernel", ["densef32", "quantize"])
@pytest.mark.parametrize("flag", ["-ffast-math", "-Ofast", "-ffinite-math-only"])
def test_other_arithmetic_is_an_error(flag: str, kernel: str, tmp_path: Path) -> None:
    done = compiled(tmp_path, amalgamate([kernel]), ("arm-none-eabi-gcc", "-O2", flag))
    assert done.returncode != 0 and "proven for IEEE arithmetic: compile it without -f" in done.stderr


def test_x87_arithmetic_is_an_error(tmp_path: Path) -> None:
    needs_program("gcc")
    (tmp_path / "kernels.c").write_text(f"#define LAPEL_KERNEL\n{amalgamate(['densef32'])}")
    line = ["gcc", "-mfpmath=387", "-mno-sse2", "-O2", "-c", "kernels.c"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "this compiler computes wider" in done.stderr


@pytest.mark.parametrize("core", [pytest.param(c, marks=needs(c)) for c in ("atmega328p", "cortex-m0")])
def test_quotients_below_the_normal_numbers(core: str) -> None:
    """Some that the AVR's library rounds wrongly, ties, the least number and its half, and the greatest of them."""
    pairs = [("-0x1.7e7b4ap-63", "-0x1.6388cep+65"), ("0x1.a33014p-6", "0x1.dc9994p+120"), ("0x1.8p-100", "0x1p+48")]
    pairs += [("0x1p-100", "0x1p+49"), ("0x1p-100", "0x1p+50"), ("0x1.000002p-100", "0x1p+50"), ("0x1p-126", "-0x1p+1")]
    pairs += [("0x1.fffffep-126", "0x1p+1"), ("0x1p-149", "0x1.8p+0"), ("0x0p+0", "-0x1p+1"), ("0x1p-100", "inf")]
    a, b = (np.array([[[float.fromhex(p[k]) for p in pairs]]], np.float32) for k in (0, 1))
    builder = GraphBuilder("quotients")
    x, y = builder.input("a", (1, len(pairs))), builder.input("b", (1, len(pairs)))
    assert lapel.run(builder.graph(builder.node("div", x, y)), core, {"a": a, "b": b}).bit_exact
