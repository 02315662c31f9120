"""Arenas and ports at any address: each works, or is refused before anything is computed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from batch import draw_samples, merge
from compilers import ARM_CLANG, build_with
from cores import needs, needs_program
from lapel import codegen
from lapel.errors import SimulationError
from lapel.ir import Graph
from lapel.ops import registry
from lapel.planning import make_plan
from lapel.proving.run import reference_outputs
from lapel.proving.samples import to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.targets import load_target

CORES = [pytest.param(c, marks=needs(c)) for c in ("cortex-m0", "cortex-m4", "cortex-m7", "cortex-m55", "rv32imac")]
SAMPLES = 4


def graph() -> Graph:
    """Ports of one, four and more bytes an element, short ones (which compilers copy inline) and long ones."""
    cases = [registry()[op].cases()[0] for op in ("quantize", "dequantize", "argmax", "dense")]
    drawn = [c.draw(np.random.default_rng(k)) for k, c in enumerate(cases)]
    return merge("ports", drawn)


def wanted(g: Graph) -> tuple[np.ndarray, np.ndarray]:
    samples = draw_samples(g, np.random.default_rng(3), SAMPLES)
    expected = reference_outputs(g, samples)
    rows = [np.ascontiguousarray(expected[o]).reshape(SAMPLES, -1).view(np.uint8) for o in g.outputs]
    return to_bytes(g, samples), np.concatenate(rows, axis=1)


def shifted_ports(code: codegen.Firmware, shift: int) -> str:
    """An adapter whose arrays all lie `shift` bytes after an aligned address."""
    ports = [*code.inputs, *code.outputs]
    rooms = "".join(f"static uint8_t room_{p.cname}[{p.type.bytes + 8}] __attribute__((aligned(8)));\n" for p in ports)
    reads = "".join(f"    harness_read(room_{p.cname} + {shift}, {p.type.bytes});\n" for p in code.inputs)
    writes = "".join(f"    harness_write(room_{p.cname} + {shift}, {p.type.bytes});\n" for p in code.outputs)
    places = ", ".join(f"({p.ctype} *)(void *)(room_{p.cname} + {shift})" for p in ports)
    return (
        f'#include "harness.h"\n#include "{code.prefix}.h"\n{rooms}'
        f"void adapter_reset(void)\n{{\n}}\n"
        f"void adapter_read_inputs(void)\n{{\n{reads}}}\n"
        f"void adapter_invoke(void)\n{{\n    {code.prefix}_invoke({places});\n}}\n"
        f"void adapter_write_outputs(void)\n{{\n{writes}}}\n"
        f"uint8_t *adapter_arena(void)\n{{\n    return {code.prefix}_arena;\n}}\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {code.prefix.upper()}_ARENA_BYTES;\n}}\n"
    )


@pytest.mark.parametrize("core", CORES)
def test_ports_may_lie_anywhere(core: str, tmp_path: Path) -> None:
    code = codegen.generate(make_plan(graph(), load_target(core)))
    inputs, want = wanted(graph())
    for shift in (1, 2):
        sources = {**code.files(), "adapter.c": shifted_ports(code, shift)}
        firmware = build_firmware(sources, load_target(core), tmp_path / str(shift), mode="plain")
        assert (run_firmware(firmware, inputs, want.shape[1]).outputs == want).all(), shift


@pytest.mark.parametrize("core", CORES[:2])
def test_ports_may_lie_anywhere_for_clang(core: str, tmp_path: Path) -> None:
    needs_program(ARM_CLANG[0])
    code = codegen.generate(make_plan(graph(), load_target(core)))
    inputs, want = wanted(graph())
    sources = {**code.files(), "adapter.c": shifted_ports(code, 1)}
    firmware = build_with(sources, load_target(core), tmp_path, (*ARM_CLANG, "-std=c99", "-O2"))
    assert (run_firmware(firmware, inputs, want.shape[1]).outputs == want).all()


def arena_at(code: codegen.Firmware, shift: int) -> str:
    """A definition of the arena that the header's declaration cannot align: a symbol within another array."""
    name = f"{code.prefix}_arena"
    room = f"room[{code.prefix.upper()}_ARENA_BYTES + 32] __attribute__((aligned(16)))"
    return f'#include "{code.prefix}.h"\nuint8_t {room};\n__asm__(".globl {name}\\n.set {name}, room + {shift}");\n'


@pytest.mark.parametrize("core", CORES)
def test_an_arena_of_the_callers_that_is_not_aligned_stops_invoke(core: str, tmp_path: Path) -> None:
    code = codegen.generate(make_plan(graph(), load_target(core)))
    inputs, want = wanted(graph())

    def outputs(shift: int, *flags: str) -> np.ndarray:
        folder = tmp_path / f"{shift}{len(flags)}"
        sources = {**code.files(), "room.c": arena_at(code, shift)}
        extra = ("-DPORTS_CALLER_ARENA", *flags)
        firmware = build_firmware(sources, load_target(core), folder, mode="plain", cflags_extra=extra)
        return run_firmware(firmware, inputs, want.shape[1]).outputs

    assert (outputs(16) == want).all()
    with pytest.raises(SimulationError, match=r"exception \d+ in ports_invoke"):
        outputs(1)
    noted = outputs(1, "-DPORTS_MISALIGNED()=(*(uint8_t *)ports_output_0 = 77)")
    assert (noted[:, 0] == 77).all() and (noted[:, 1:] != want[:, 1:]).any(axis=1).all()


USER = """
#include "ports.h"
#ifdef SAYS_SO
PORTS_ALIGNED
#endif
uint8_t ports_arena[PORTS_ARENA_BYTES];
"""
COMPILERS = ["gcc -std=c99", "gcc -std=c11", "clang -std=c99", "g++ -x c++ -std=c++11", "clang++ -x c++ -std=c++11"]


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("says_so", [True, False])
def test_the_header_aligns_the_callers_array(compiler: str, says_so: bool, tmp_path: Path) -> None:
    """Said or not: a definition after the declaration has its alignment."""
    code = codegen.generate(make_plan(graph(), load_target("cortex-m55")))
    (tmp_path / "ports.h").write_text(code.header)
    (tmp_path / "user.c").write_text(USER)
    flags = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fdata-sections", *(["-DSAYS_SO"] if says_so else [])]
    subprocess.run([*compiler.split(), *flags, "-c", "user.c", "-o", "user.o"], cwd=tmp_path, check=True)
    with (tmp_path / "user.o").open("rb") as file:
        section = ELFFile(file).get_section_by_name(".bss.ports_arena")
        assert section is not None and section["sh_addralign"] >= 16


@pytest.mark.parametrize("compiler", ["gcc -std=c11", "g++ -x c++ -std=c++11", "gcc -std=c99"])
def test_other_compilers_align_by_their_standard_or_are_told(compiler: str, tmp_path: Path) -> None:
    code = codegen.generate(make_plan(graph(), load_target("cortex-m55")))
    (tmp_path / "ports.h").write_text(code.header)
    (tmp_path / "user.c").write_text(f"#include <stdint.h>\n#undef __GNUC__\n#define SAYS_SO\n{USER}")
    command = [*compiler.split(), "-Wno-builtin-macro-redefined", "-fdata-sections", "-c", "user.c", "-o", "user.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if "c99" in compiler:
        assert done.returncode != 0 and "define PORTS_ALIGNED: what this compiler wants" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    with (tmp_path / "user.o").open("rb") as file:
        section = ELFFile(file).get_section_by_name(".bss.ports_arena")
        assert section is not None and section["sh_addralign"] >= 16
