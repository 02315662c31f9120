"""Where constants and the arena lie, and the record of a firmware: options of the compiler, read from objects."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import lapel
from lapel.ir import Graph
from lapel.records import Build
from nets import Net

COMPILERS = {
    "cortex-m4": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
    "arduino-uno": ["avr-gcc", "-mmcu=atmega328p", "-std=gnu99"],
}


def small() -> Graph:
    net = Net("small", (1, 4, 4, 2), seed=5)
    c = net.conv("x", 3, (1, 1, 1, 1))
    return net.graph(net.dense(net.reshape(c, (1, 48)), 3))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Build]]:
    folder = tmp_path_factory.mktemp("placed")
    return {t: (folder / t, lapel.build(small(), t, folder / t)) for t in COMPILERS}


def objects(folder: Path, target: str, *flags: str) -> dict[str, tuple[str, bytes]]:
    """Section and content of each object of the compiled model."""
    command = [*COMPILERS[target], "-O2", "-Wall", "-Wextra", "-Werror", *flags, "-c", "small.c", "-o", "small.o"]
    subprocess.run(command, cwd=folder, check=True)
    found = {}
    with (folder / "small.o").open("rb") as file:
        elf = ELFFile(file)
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            where = symbol["st_shndx"]
            if symbol["st_info"]["type"] == "STT_OBJECT" and isinstance(where, int):
                section = elf.get_section(where)
                at, size = symbol["st_value"], symbol["st_size"]
                found[symbol.name] = section.name, section.data()[at : at + size]
    return found


def test_constants_and_the_arena_in_sections_of_their_own(built: dict[str, tuple[Path, Build]]) -> None:
    folder, _ = built["cortex-m4"]
    plain = objects(folder, "cortex-m4")
    flags = ['-DLAPEL_ROM_SECTION=".model_rom"', '-DSMALL_ARENA_SECTION=".bss.fast"']
    placed = objects(folder, "cortex-m4", *flags)
    constants = [name for name in plain if name != "small_arena"]
    assert constants and all(not plain[n][0].startswith(".model") for n in constants)
    assert {placed[n][0] for n in constants} == {".model_rom"}
    assert placed["small_arena"][0] == ".bss.fast" and plain["small_arena"][0] == ".bss"
    assert {n: len(c) for n, (_, c) in placed.items()} == {n: len(c) for n, (_, c) in plain.items()}


def test_an_avr_says_that_it_has_no_such_section(built: dict[str, tuple[Path, Build]]) -> None:
    folder, _ = built["arduino-uno"]
    command = [*COMPILERS["arduino-uno"], '-DLAPEL_ROM_SECTION=".x"', "-c", "small.c", "-o", "small.o"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "constants of an AVR are in its flash" in done.stderr


@pytest.mark.parametrize("target", COMPILERS)
def test_the_record_of_a_firmware(target: str, built: dict[str, tuple[Path, Build]]) -> None:
    folder, record = built[target]
    assert "small_about" not in objects(folder, target)
    section, content = objects(folder, target, "-DSMALL_ABOUT")["small_about"]
    assert section.startswith(".rodata" if target == "cortex-m4" else ".progmem")
    magic, digest, *rest = struct.unpack("<8s32s4H7I", content)
    assert magic == b"lapel 1\0" and digest.hex() == record.recipe.sha256
    assert rest[:4] == [*map(int, lapel.__version__.split(".")[:3]), 0]
    m, cycles = record.memory, record.cycles or record.modelled_cycles
    assert rest[4:] == [
        record.macs, m.arena_bytes, m.flash_bytes, m.ram_bytes, m.stack_bytes, record.instructions, cycles,
    ]  # fmt: skip
    header = (folder / "small.h").read_text()
    assert f'#define SMALL_MODEL_SHA256 "{record.recipe.sha256}"\n' in header
    assert f'#define SMALL_LAPEL_VERSION "{lapel.__version__}"\n' in header
    assert f'#define SMALL_COMPILE_OPTIONS "{record.recipe.flags}"\n' in header
    assert f"#define SMALL_CYCLES {cycles}\n" in header
