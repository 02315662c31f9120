"""The same toy model on every core: outputs, counts, high-water marks, traces and sizes."""

from pathlib import Path

import numpy as np
import pytest

from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.depths import stack_depth
from lapel.targets import load_target

# adapter_invoke by hand: (assembly, instructions, cycles on the AVR: DEC 1, BRNE taken 2 and not 1, RET 4).
THUMB = ("movs r3, #100\n1: subs r3, #1\n bne 1b\n bx lr\n", 202, None)
RISCV = ("li a5, 100\n1: addi a5, a5, -1\n bnez a5, 1b\n ret\n", 202, None)
AVR = "ldi r24, 100\n1: dec r24\n brne 1b\n ret\n"
LOOPS = {
    **dict.fromkeys(("rv32imac", "rv32ec", "rv32emc"), RISCV),
    **dict.fromkeys(("atmega328p", "attiny85"), (AVR, 202, 1 + 100 + 99 * 2 + 1 + 4)),
    "atmega2560": (AVR, 202, 1 + 100 + 99 * 2 + 1 + 5),  # a return address of three bytes
}
WRITTEN = 77
"""So that no core's deepest byte ends as the paint that lies there: it would count as untouched."""
AVRS = ("atmega328p", "atmega2560", "attiny85")


@pytest.mark.parametrize("mode", ["plain", "count", "trace"])
def test_outputs_and_arena(core: str, mode: str, toy, tmp_path: Path) -> None:
    firmware = build_firmware(toy.sources, load_target(core), tmp_path, mode=mode)
    run = run_firmware(firmware, toy.samples, 16, timeout_s=300)
    assert np.array_equal(run.outputs, toy.wanted)
    assert run.arena_bytes == 48
    assert (run.instructions is None) == (core == "host" or mode == "trace")
    assert (run.cycles is None) == (core not in AVRS or mode == "trace")
    assert len(run.step_instructions) == (3 if run.instructions and mode == "count" else 0)


def test_counts_repeat_exactly(emulated: str, toy, tmp_path: Path) -> None:
    firmware = build_firmware(toy.sources, load_target(emulated), tmp_path)
    first = run_firmware(firmware, toy.samples, 16, timeout_s=300)
    second = run_firmware(firmware, toy.samples, 16, timeout_s=300)
    for name in ("sample_instructions", "step_instructions", "sample_cycles", "step_cycles", "stack_bytes"):
        assert getattr(first, name) == getattr(second, name)
    assert len(first.sample_instructions) == 5
    assert len(set(first.sample_instructions)) == 1 or emulated == "attiny85"  # which multiplies bit by bit
    assert 0 < sum(first.step_instructions) <= first.instructions
    assert first.batch_instructions == sum(first.sample_instructions)


def test_counting_build_is_the_shipped_one(emulated: str, toy, tmp_path: Path) -> None:
    counts = {}
    for mode in ("plain", "count"):
        firmware = build_firmware(toy.sources, load_target(emulated), tmp_path / mode, mode=mode)
        counts[mode] = run_firmware(firmware, toy.samples, 16, timeout_s=300).instructions
    # The probe's memory clobber keeps the compiler from fusing steps; in the toy that costs a few.
    assert abs(counts["plain"] - counts["count"]) <= counts["plain"] // 4


def test_hand_counted_loop(emulated: str, toy, tmp_path: Path) -> None:
    assembly, instructions, cycles = LOOPS.get(emulated, THUMB)
    thumb = "" if emulated in LOOPS else ".syntax unified\n.thumb_func\n"
    function = f".text\n.global adapter_invoke\n.type adapter_invoke, %function\n{thumb}adapter_invoke:\n{assembly}"
    if emulated in AVRS:
        function = function.replace("%", "@")
    text = "__asm__(" + "\n".join(f'"{line}\\n"' for line in function.splitlines()) + ");\n"
    adapter = toy.sources["adapter.c"].replace("void adapter_invoke(void) { toy_invoke(in, out); }", text)
    firmware = build_firmware({**toy.sources, "adapter.c": adapter}, load_target(emulated), tmp_path, mode="plain")
    run = run_firmware(firmware, toy.samples, 16, timeout_s=300)
    assert run.sample_instructions == (instructions,) * 5
    assert run.cycles == cycles


def test_stack_grows_by_what_an_array_takes(core: str, toy, tmp_path: Path) -> None:
    used, walked = [], []
    for size in (104, 232):
        body = f"""
            volatile uint8_t pad[{size}];
            for (uint8_t i = 0; i < {size}; i++) {{ pad[i] = (uint8_t)(in[i & 15] + {WRITTEN}); }}
            for (uint8_t i = 0; i < 16; i++) {{ out[i] = (int8_t)pad[i]; }}"""
        firmware = build_firmware(toy.with_model(body), load_target(core), tmp_path / str(size), mode="plain")
        used.append(run_firmware(firmware, toy.samples, 16, timeout_s=300).stack_bytes)
        walked.append(stack_depth(firmware))
    # What aligns a stack is in it, whether or not anything is written there.
    assert core == "host" or all(u <= d.bytes < u + 16 for d, u in zip(walked, used, strict=True)), walked
    assert {d.why for d in walked} == ({""} if core != "host" else {"not available for host"})
    assert used[1] - used[0] == 128
    assert 104 <= used[0] <= 104 + 64


def test_trace(core: str, toy, tmp_path: Path) -> None:
    firmware = build_firmware(toy.sources, load_target(core), tmp_path, mode="trace")
    run = run_firmware(firmware, toy.samples, 16, timeout_s=300)
    for x, y, tensors in zip(toy.samples, toy.wanted, run.tensors, strict=True):
        tripled = (3 * x.astype(int)).astype(np.uint8)
        assert tensors == ((0, 5, tripled.tobytes()), (1, 6, y.tobytes()))


def test_a_large_batch_is_one_run(core: str, toy, tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(0, 256, (400, 16), dtype=np.uint8)
    firmware = build_firmware(toy.sources, load_target(core), tmp_path)
    run = run_firmware(firmware, samples, 16, timeout_s=300)
    assert len(run.outputs) == 400
    assert core == "host" or len(run.sample_instructions) == 400


def test_sizes_are_the_models_alone(core: str, toy, tmp_path: Path) -> None:
    read = "for (uint8_t i = 0; i < 16; i++) { out[i] = (int8_t)(in[i] + table[(uint8_t)in[i]]); }"
    sizes = {}
    for entries in (256, 512):
        table = f"static const ROM int8_t table[{entries}] = {{1, 2, 3}};"
        firmware = build_firmware(toy.with_model(read, table), load_target(core), tmp_path / str(entries))
        sizes[entries] = firmware
    assert sizes[512].flash_data_bytes - sizes[256].flash_data_bytes == 256
    assert sizes[512].flash_code_bytes == sizes[256].flash_code_bytes
    assert 0 < sizes[256].flash_code_bytes < 300
    assert sizes[256].static_ram_bytes < 8


def test_the_compilers_own_functions(core: str, toy, tmp_path: Path) -> None:
    body = """
        for (uint8_t i = 0; i < 16; i++) {
            const int32_t product = (int32_t)in[i] * in[15 - i] * 1237;
            out[i] = (int8_t)((int64_t)product * product / (1000003 + in[i]) >> 3);
        }"""
    x = toy.samples.view(np.int8).astype(np.int64)
    wanted = (((x * x[:, ::-1] * 1237) ** 2 // (1000003 + x)) >> 3).astype(np.uint8)
    firmware = build_firmware(toy.with_model(body), load_target(core), tmp_path)
    run = run_firmware(firmware, toy.samples, 16, timeout_s=300)
    assert np.array_equal(run.outputs, wanted)
    # Assembly of the library: branches on the data, tails that functions share, other registers to return by.
    depth = stack_depth(firmware)
    assert core == "host" or (depth.bytes is not None and run.stack_bytes <= depth.bytes <= run.stack_bytes + 16), depth


def test_sizes_have_the_variables_and_the_library(core: str, toy, tmp_path: Path) -> None:
    body = "for (uint8_t i = 0; i < 16; i++) { wide = wide * 5 + in[i]; out[i] = (int8_t)(wide @ 1000003); }"
    before = "static volatile int64_t wide = 7; static volatile uint8_t extra[40];"
    built = {}
    for operation in ("+", "/"):
        sources = toy.with_model(body.replace("@", operation) + " extra[0] = 1;", before)
        built[operation] = build_firmware(sources, load_target(core), tmp_path / str(ord(operation)))
    assert built["+"].static_ram_bytes in range(48, 56)
    if core not in ("host",):  # elsewhere the 64-bit division is a function of libgcc
        assert built["/"].flash_code_bytes > built["+"].flash_code_bytes + 100
