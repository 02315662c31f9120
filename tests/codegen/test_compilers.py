"""The generated C with users' compilers and flags: it compiles without a warning, and has the same bits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from batch import draw_samples, draws, each_kernel, inlined, merge
from compilers import ARM_CLANG, build_with
from cores import needs, needs_program
from lapel import codegen
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.proving.bits import count_mismatches
from lapel.proving.run import reference_outputs
from lapel.proving.samples import from_bytes, to_bytes
from lapel.runtime.source import closure, files, include_flags
from lapel.simulate import run_firmware
from lapel.targets import load_target

GCC = ("arm-none-eabi-gcc", "-std=c99", "-pedantic")
CLANG = (*ARM_CLANG, "-std=c99", "-pedantic")
SAMPLES = 4
PARTS = 4
"""So many firmwares for two draws of everything: one graph would be beyond the bounds of `lapel.ir.limits`."""


def check(graph: Graph, core: str, command: tuple[str, ...], folder: Path) -> None:
    """All operators with shared kernels, and in the same firmware again with kernels compiled into their steps."""
    for inline in (False, True):
        plan = make_plan(graph, load_target(core))
        code = codegen.generate(inlined(plan) if inline else plan)
        firmware = build_with(code.files(), plan.target, folder / str(inline), command)
        samples = draw_samples(graph, np.random.default_rng(3), SAMPLES)
        raw = run_firmware(firmware, to_bytes(graph, samples), sum(p.type.bytes for p in code.outputs))
        found = dict(zip(graph.outputs, from_bytes(plan.graph, raw.outputs).values(), strict=True))
        want = reference_outputs(graph, samples)
        wrong = [o for o in graph.outputs if count_mismatches({o: found[o]}, {o: want[o]})]
        assert not wrong, f"inlined {inline}: {wrong}"


def cases(*, long: bool) -> list[object]:
    """(core, command): the flags that are known to change most in `make test`, all others in `make test-long`."""
    often = [("cortex-m4", (*GCC, "-O0")), ("cortex-m55", (*CLANG, "-O2"))]
    rare = [("cortex-m55", (*GCC, "-O0")), ("cortex-m4", (*CLANG, "-O2"))]
    rare += [(c, (*GCC, *o.split())) for c in ("cortex-m4", "cortex-m55") for o in ("-Og", "-O3", "-Os")]
    rare += [(c, (*GCC, "-O2", "-fno-omit-frame-pointer")) for c in ("cortex-m4", "cortex-m55")]
    rare += [(c, (*CLANG, o)) for c in ("cortex-m4", "cortex-m55") for o in ("-O0", "-O3", "-Oz")]
    rare += [("cortex-m0", (*CLANG, "-O2")), ("cortex-m0", (*GCC, "-O0"))]
    chosen = rare if long else often
    return [pytest.param(c, f, marks=needs(c), id=f"{c}-{f[0]} {' '.join(f[1:])}") for c, f in chosen]


@pytest.mark.parametrize(("core", "command"), cases(long=False))
def test_a_users_compiler_gives_the_same_bits(core: str, command: tuple[str, ...], tmp_path: Path) -> None:
    needs_program(command[0])
    check(merge("users", each_kernel()), core, command, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(("core", "command"), cases(long=True))
def test_all_flags_give_the_same_bits(core: str, command: tuple[str, ...], tmp_path: Path) -> None:
    needs_program(command[0])
    for k in range(PARTS):
        check(merge("users", draws(2)[k::PARTS]), core, command, tmp_path / str(k))


@pytest.mark.parametrize("kernel", sorted(name for name in files() if name.endswith(".c")))
def test_kernels_are_cpp_too(kernel: str, tmp_path: Path) -> None:
    helium = "mve.h" in closure([kernel])
    compiler = ["arm-none-eabi-g++", *load_target("cortex-m55").cflags] if helium else ["g++"]
    needs_program(compiler[0])
    flags = ["-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsyntax-only"]
    command = [*compiler, "-x", "c++", *flags, *include_flags(), str(files()[kernel])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("compiler", "file", "said"),
    [
        (("arm-none-eabi-gcc", "-mcpu=cortex-m4"), "conv_mve.c", "want a core with Helium"),
        (("avr-gcc", "-mmcu=atmega328p", "-std=c99"), "conv.c", "with -std=gnu99 or later"),
        (("avr-gcc", "-mmcu=atmega328p", "-std=gnu89"), "conv.c", "with -std=c99 or later"),
        (("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mbig-endian"), "conv_dsp.c", "want a little-endian core"),
    ],
)
def test_a_wrong_core_or_language_is_said(compiler: tuple[str, ...], file: str, said: str) -> None:
    needs_program(compiler[0])
    command = [*compiler, "-fsyntax-only", *include_flags(), str(files()[file])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert said in done.stderr
