"""Cycle models on profiles of the emulator: steps, blocks, constants, batches. The rules are in test_cycle_rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from lapel.simulate import RawRun, build_firmware, cycles, run_firmware
from lapel.simulate.cycles import Estimate
from lapel.simulate.profile import Chosen
from lapel.targets import load_target
from microbenchmarks import FRAME, LEAVE


def model(core: str, assembly: str, toy, folder: Path) -> tuple[Estimate, RawRun]:
    """The cycles of adapter_invoke in assembly."""
    lines = [".syntax unified", ".text", ".balign 4", ".global adapter_invoke", ".type adapter_invoke, %function"]
    lines += [".thumb_func", "adapter_invoke:", *assembly.split(";")]
    text = "__asm__(" + "\n".join(f'"{line}\\n"' for line in lines) + ");\n"
    adapter = toy.sources["adapter.c"].replace("void adapter_invoke(void) { toy_invoke(in, out); }", text)
    firmware = build_firmware({**toy.sources, "adapter.c": adapter}, load_target(core), folder, mode="plain")
    raw = run_firmware(firmware, toy.samples[:1], 16, timeout_s=300, profile=True)
    assert raw.profile is not None
    found = cycles.whole(cycles.estimate(firmware, raw.profile))
    assert found.instructions == raw.instructions
    return found, raw


def test_steps_have_their_own_cycles(emulated: str, toy, tmp_path: Path) -> None:
    """The profile has what the counter has, step by step, though markers lie within blocks."""
    target = load_target(emulated)
    firmware = build_firmware(toy.sources, target, tmp_path)
    raw = run_firmware(firmware, toy.samples, 16, timeout_s=300, profile=True)
    if not target.timing:
        return
    assert raw.profile is not None
    found = cycles.estimate(firmware, raw.profile)
    assert tuple(e.instructions for e in found[:-1]) == raw.step_instructions
    assert sum(e.instructions for e in found) == raw.instructions
    assert all(e.cycles.low > 0 for e in found)


@pytest.mark.parametrize("filler", ["nop", "add.w r0, r0, #1", "nop; add.w r0, r0, #1; nop"])
def test_code_across_the_emulators_pages(filler: str, toy, tmp_path: Path) -> None:
    """Blocks end there in the middle of straight code, before or after an instruction that goes over the end."""
    code = f".rept 700; {filler}; .endr; mov r3, lr; bl 1f; b 2f; 1: bx lr; 2: mov lr, r3"
    straight = 700 * (1 + filler.count(";"))
    found, raw = model("cortex-m4", f"{FRAME}; {code}; {LEAVE}", toy, tmp_path)
    assert raw.instructions == 4 + straight + 5 + 2
    # MOV, BL, BX, B, MOV: 1 + 2 + 3 + 2 + 1, and LEAVE: 1 + 3; where blocks end, nothing is added or lost.
    assert found.cycles.nominal == 4 + straight + 9 + 4


def test_reads_of_constants_are_seen(toy, tmp_path: Path) -> None:
    reads = "ldr r2, [r0]; ldrb r3, [r0, #4]; ldrb r3, [r0, #7]"  # of one aligned piece of 8 bytes
    for more, found in (("nop", (3, 6, 1)), ("ldr r3, [r0, #8]", (4, 10, 2)), ("ldr r3, [r0, #5]", (4, 10, 1))):
        code = f".balign 8; adr r0, 1f; nop; {reads}; {more}; b 2f; .balign 8; 1: .word 7, 8, 9, 10; 2: nop"
        _, raw = model("cortex-m4", f"{FRAME}; {code}; str r2, [r1]; ldr r2, [r1]; {LEAVE}", toy, tmp_path)
        assert raw.profile is not None
        (interval,) = raw.profile.intervals
        assert (interval.flash_reads, interval.flash_read_bytes, interval.flash_pieces) == found


def test_a_batch_is_profiled_by_its_first_sample(toy, tmp_path: Path) -> None:
    body = "for (uint8_t i = 0; i < (uint8_t)in[0]; i++) { toy_arena[i & 63] = i; out[i & 15] = in[i & 15]; }"
    firmware = build_firmware(toy.with_model(body), load_target("cortex-m4"), tmp_path, mode="plain")
    assert toy.samples[0, 0] != toy.samples[1, 0]
    one = run_firmware(firmware, toy.samples[:1], 16, timeout_s=300, profile=True)
    for count in (2, 5):  # in one run, and in a run of its own
        many = run_firmware(firmware, toy.samples[:count], 16, timeout_s=300, profile=True)
        assert one.profile == many.profile is not None
        assert len(set(many.sample_instructions)) == count
    assert run_firmware(firmware, toy.samples, 16, timeout_s=300).profile is None


def test_chosen_samples_of_a_batch_are_profiled(toy, tmp_path: Path) -> None:
    """Each as if it were the only one, and with the steps that are counted in it."""
    firmware = build_firmware(toy.sources, load_target("cortex-m4"), tmp_path)
    raw = run_firmware(firmware, toy.samples, 16, timeout_s=300, chosen=Chosen(1, 2))
    assert raw.profile is None and len(raw.chosen_profiles) == 2
    assert raw.all_step_instructions.shape == (5, 3)
    assert tuple(raw.all_step_instructions[0].tolist()) == raw.step_instructions
    for k, profile in zip((1, 3), raw.chosen_profiles, strict=True):
        found = cycles.estimate(firmware, profile)
        assert [e.instructions for e in found[:-1]] == raw.all_step_instructions[k].tolist()
        assert sum(e.instructions for e in found) == raw.sample_instructions[k]
        alone = run_firmware(firmware, toy.samples[k : k + 1], 16, timeout_s=300, profile=True).profile
        assert profile == alone
    last = run_firmware(firmware, toy.samples, 16, timeout_s=300, chosen=Chosen(4)).chosen_profiles
    assert len(last) == 1 and run_firmware(firmware, toy.samples, 16, timeout_s=300).chosen_profiles == ()
