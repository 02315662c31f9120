"""Devices of boards: their C compiles, and one of them runs on an emulated flash controller, reset by reset."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import lapel
from cores import needs
from images import draw_image_net
from lapel.cli import main
from lapel.codegen.blobimage import BlobImage
from lapel.errors import OutputError, UsageError
from lapel.simulate.firmware import MODEL_WARNINGS
from lapel.targets import load_target
from lapel.updates import keys
from lapel.updates.device import boards, write_device
from lapel.updates.trial import Flash
from lapel.updates.update import make_update

MICROBIT = Path(__file__).with_name("microbit.c")
WARNINGS = (*MODEL_WARNINGS, "-std=c99", "-pedantic", "-Wno-pointer-arith")
LINK = """
MEMORY { flash (rx) : ORIGIN = 0, LENGTH = 0x30000
         slots (rx) : ORIGIN = 0x30000, LENGTH = 0x8000
         ram (rwx) : ORIGIN = 0x20000000, LENGTH = 0x4000 }
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text .text.* .rodata .rodata.*) } > flash
    .slot : { KEEP(*(.slot)) } > slots
    .data : { *(.data .data.*) } > ram
    ASSERT(SIZEOF(.data) == 0, "nothing here copies that")
    .bss : { __bss_start = .; *(.bss .bss.* COMMON) . = ALIGN(4); __bss_end = .; } > ram
    /DISCARD/ : { *(.ARM.exidx* .comment .note* .eh_frame*) }
}
"""


def built(target: str, place: Path) -> tuple[Path, Path]:
    graphs = [draw_image_net(seed) for seed in (1, 2)]
    plans = [lapel.plan(graph, target, wish=lapel.Wish(shared=True, whole_input=True)) for graph in graphs]
    kernels = sorted({call.kernel for plan in plans for step in plan.steps for call in step.calls})
    for graph, name in zip(graphs, ("first", "second"), strict=True):
        lapel.build_blob(graph, target, place / name, kernels=kernels)
    return place / "first", place / "second"


@needs("cortex-m4")
@pytest.mark.parametrize("board", boards())
def test_the_flash_of_a_board_compiles(board: str, tmp_path: Path) -> None:
    target = load_target(board)
    lapel.build_blob(draw_image_net(1), target, tmp_path / "first")
    words = ["update", "--device", board, "--from", str(tmp_path / "first"), "--out", str(tmp_path / "device")]
    assert main(words) == 0
    gcc = f"{target.compiler}gcc"
    for source in ("lapel_flash.c", "lapel_device.c", "lapel_update.c"):
        command = [gcc, *WARNINGS, *target.cflags, "-O2", "-c", source, "-o", "o.o"]
        done = subprocess.run(command, cwd=tmp_path / "device", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    (tmp_path / "device/lapel_device.c").write_text("of a user")
    with pytest.raises(OutputError):
        write_device(tmp_path / "first", board, tmp_path / "device")


MONOCYPHER = """
#include <stddef.h>
#include <stdint.h>
int crypto_ed25519_check(const uint8_t signature[64], const uint8_t key[32], const uint8_t *message, size_t size);
void crypto_sha512(uint8_t hash[64], const uint8_t *message, size_t size);
int crypto_verify64(const uint8_t a[64], const uint8_t b[64]);
"""
"""What its manual declares."""


@needs("cortex-m4")
def test_a_device_that_asks_for_signatures_compiles(tmp_path: Path) -> None:
    lapel.build_blob(draw_image_net(1), "cortex-m4", tmp_path / "first")
    keys.make_key(tmp_path / "key")
    write_device(tmp_path / "first", "nucleo-l4r5zi", tmp_path / "device", tmp_path / "key")
    (tmp_path / "device/monocypher-ed25519.h").write_text(MONOCYPHER)
    command = ["arm-none-eabi-gcc", *WARNINGS, *load_target("cortex-m4").cflags, "-O2", "-c", "lapel_device.c"]
    done = subprocess.run(command, cwd=tmp_path / "device", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_board_whose_flash_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the flash of arduino-uno is not known, of arduino-nano33ble, nucleo"):
        write_device(tmp_path, "arduino-uno", tmp_path)
    assert main(["update", "--device", "nucleo-l4r5zi"]) == 2


@needs("cortex-m0")
def test_resets_of_an_emulated_controller(tmp_path: Path) -> None:
    """The nRF51 of QEMU: the driver of the nRF52840 with pages of 1 KB, and resets of the core."""
    old, new = built("cortex-m0", tmp_path)
    make_update(old, new, tmp_path / "package", flash=Flash(1024, 4))
    device = tmp_path / "device"
    write_device(old, "arduino-nano33ble", device)
    package = (tmp_path / "package").read_bytes()
    (device / "package.h").write_text(f"static const uint8_t package[] = {{{', '.join(map(str, package))}}};\n")
    (device / "slot.S").write_text('.section .slot, "a"\n.balign 8\n.incbin "image_1.blob"\n')
    (device / "link.ld").write_text(LINK)
    (device / MICROBIT.name).write_bytes(MICROBIT.read_bytes())
    target = load_target("cortex-m0")
    places = ("-DLAPEL_SECTOR_BYTES=1024u", "-DLAPEL_SLOT_BYTES=0x2000u", "-DLAPEL_SLOTS=0x30000u")
    sources = [*sorted(p.name for p in device.glob("*.c")), "slot.S"]
    before, after = (BlobImage.of(f.read_bytes()) for f in (old / "image_1.blob", new / "image_2.blob"))
    arena = f"-DLAPEL_DEVICE_ARENA_BYTES={max(before.arena_bytes, after.arena_bytes)}"
    options = ("-Os", "-w", "-ffunction-sections", "-Wl,--gc-sections", "-nostartfiles", "-Tlink.ld", "-funsigned-char")
    command = [f"{target.compiler}gcc", *target.cflags, *options, *places, arena, *sources]
    done = subprocess.run([*command, "-o", "device.elf"], cwd=device, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    words = ["-M", "microbit", "-display", "none", "-monitor", "none", "-serial", "none"]
    semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", "device.elf"]
    ran = subprocess.run(
        [target.emulator.program, *words, *semihosting], cwd=device, capture_output=True, text=True, timeout=60
    )
    # Each answer: status, trouble, slot, on trial. Boot; package; boot on trial; confirmed; boot; outputs.
    assert (ran.stderr + ran.stdout).split() == ["000000", "000000", "000011", "000010", "000010", after.expected.hex()]
