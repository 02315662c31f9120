"""Cycle models against microbenchmarks in assembly, whose cycles are added up by hand from the manuals.

Sections: Cortex-M0+ TRM (DDI 0484) table 3-1; Cortex-M3 TRM (100165) and Cortex-M4 TRM (100166) table 3-1 and
section 3.3.2, "load/store timings". P, the refill, is 2 to an instruction that is fetched at once, else 3, and 3 after
a load. For the Cortex-M33 and M7 there is no manual to add up from: there the sources are the measurements that their
tables name, and what is compared is how many cycles a longer stretch takes more than a shorter one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cores import needs
from lapel.simulate import RawRun, build_firmware, cycles, run_firmware
from lapel.simulate.cycles import Estimate
from lapel.targets import load_target

ALL = ("cortex-m0", "cortex-m3", "cortex-m4")
V7 = ("cortex-m3", "cortex-m4")
FRAME = "sub sp, #32; mov r1, sp; movs r2, #8; nop;"  # 4 cycles: r1 is an address, and known early
LEAVE = "add sp, #32; bx lr"
LEFT = {"cortex-m0": 1 + 2, "cortex-m3": 1 + 3, "cortex-m4": 1 + 3}  # BX: 2 on the M0+, else 1 + P

CASES: list[tuple[str, tuple[str, ...], str, dict[str, float] | float]] = [
    # name, cores, between FRAME and LEAVE, cycles of that
    ("arithmetic", ALL, "adds r0, #1; lsls r0, r0, #3; eors r0, r2; rev r0, r0; uxtb r0, r0", 5),
    ("arithmetic, shifted", V7, "add r0, r0, r2, lsl #3; ubfx r0, r0, #1, #4; ssat r0, #8, r0; clz r0, r0", 4),
    ("multiply", ALL, "muls r0, r2, r0; muls r0, r2, r0", 2),
    ("multiply-accumulate", V7, "mla r0, r2, r2, r0; mls r0, r2, r2, r0", {"cortex-m3": 4, "cortex-m4": 2}),
    # On the M3 3 to 5 and 4 to 7, by the operands: the middles are 4 and 5.5.
    ("multiply long", V7, "smull r0, r3, r2, r2; umull r0, r3, r2, r2", {"cortex-m3": 8, "cortex-m4": 2}),
    ("accumulate long", V7, "movs r3, #0; smlal r0, r3, r2, r2", {"cortex-m3": 6.5, "cortex-m4": 2}),
    ("packed multiply", ("cortex-m4",), "smlad r0, r2, r2, r0; sxtb16 r0, r2, ror #8; smuad r0, r2, r2", 3),
    ("one load", ALL, "ldr r0, [r1]; nop", 3),
    ("loads in a row", ALL, "ldr r0, [r1]; ldrb r3, [r1, #4]; ldrh r0, [r1, #8]", {"cortex-m0": 6, "": 2 + 1 + 1}),
    ("loads apart", ALL, "ldr r0, [r1]; nop; ldr r3, [r1, #4]", {"cortex-m0": 5, "": 5}),
    ("load, dependent", ALL, "str r1, [r1]; nop; ldr r0, [r1]; ldr r3, [r0]", {"cortex-m0": 7, "": 1 + 1 + 2 + 2}),
    ("address just computed", ALL, "adds r1, #4; ldr r0, [r1]", {"cortex-m0": 3, "": 1 + 1 + 2}),
    ("index just computed", ALL, "movs r2, #4; str r0, [r1, r2]", {"cortex-m0": 3, "": 1 + 1 + 2}),
    ("store", ALL, "str r0, [r1]; str r0, [r1, r2]; nop", {"cortex-m0": 5, "": 1 + 2 + 1}),
    ("load then store", ALL, "ldr r0, [r1]; str r0, [r1, #4]", {"cortex-m0": 4, "": 3}),
    ("load then indexed store", ALL, "ldr r0, [r1]; str r0, [r1, r2]", {"cortex-m0": 4, "": 3}),
    # Loads that move their base follow each other on the M4 if it is another base, on the M3 never.
    ("post-indexed", V7, "ldr r0, [r1], #4; ldr r3, [sp], #0", {"cortex-m3": 4, "cortex-m4": 3}),
    ("post-indexed, one base", V7, "ldr r0, [r1], #4; ldr r3, [r1], #4", 4),
    ("double", V7, "ldrd r0, r3, [r1]; strd r0, r3, [r1]", 3 + 3),
    ("double is not pipelined", V7, "ldr r0, [r1]; ldrd r0, r3, [r1]; ldr r0, [r1]", 2 + 3 + 2),
    ("load multiple", ALL, "ldm r1!, {r0, r2, r3}; nop", 1 + 3 + 1),
    ("store multiple", ALL, "stm r1!, {r0, r2, r3}; nop", 1 + 3 + 1),
    ("push and pop", ALL, "push {r4, r5, r6, r7}; pop {r4, r5, r6, r7}", 5 + 5),
    ("unaligned halves", V7, "adds r1, #2; nop; ldr r0, [r1]; nop", 1 + 1 + (2 + 1) + 1),
    ("unaligned byte", V7, "adds r1, #1; nop; ldr r0, [r1]; nop; ldrh r0, [r1]; nop",
     1 + 1 + (2 + 2) + 1 + (2 + 1) + 1),
    ("unaligned stores", V7, "adds r1, #1; nop; str r0, [r1]; nop", 1 + 1 + 1 + 1),
    ("divide", V7, "udiv r0, r1, r2; sdiv r0, r1, r2", 7 + 7),  # 2 to 12 each
    ("not taken", ALL, "cmp r1, r1; bne 1f; nop; 1: nop", 4),
    ("taken", ALL, ".balign 4; cmp r1, r1; beq 1f; nop; nop; 1: nop", {"cortex-m0": 1 + 2 + 1, "": 1 + 3 + 1}),
    ("taken, split target", V7, ".balign 4; cmp r1, r1; beq 1f; nop; 1: add.w r0, r0, #1", 1 + 4 + 1),
    ("compare and branch", V7, ".balign 4; cbz r2, 1f; cbnz r2, 1f; nop; nop; 1: nop", 1 + 3 + 1),
    ("loop", ALL, ".balign 4; movs r3, #9; nop; 1: subs r3, #1; bne 1b",
     {"cortex-m0": 2 + 8 * 3 + 2, "": 2 + 8 * 4 + 2}),
    ("if-then", V7, "cmp r1, r1; it eq; addeq r0, #1; nop; cmp.w r1, r1; it ne; addne r0, #1",
     1 + 0 + 1 + 1 + 1 + 1 + 1),
    ("call", ALL, "mov r3, lr; bl 1f; b 2f; .balign 4; 1: bx lr; nop; 2: mov lr, r3",
     {"cortex-m0": 1 + 3 + 2 + 2 + 1, "": 1 + 3 + 3 + 3 + 1}),
    ("return by pop", ALL, "mov r3, lr; bl 1f; b 2f; .balign 4; 1: push {r4, lr}; pop {r4, pc}; 2: mov lr, r3",
     {"cortex-m0": 1 + 3 + 3 + (3 + 2) + 2 + 1, "": 1 + 3 + 3 + (1 + 2 + 3) + 3 + 1}),
    ("table branch", V7, ".balign 4; movs r0, #0; nop; tbb [pc, r0]; 1: .byte 1, 0; nop", 1 + 1 + (2 + 3) + 1),
    ("literal", V7, ".balign 4; ldr r0, 1f; b 2f; .balign 4; 1: .word 7; 2: nop", 2 + 3 + 1),
]  # fmt: skip


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


def case_parameters() -> list[object]:
    return [
        pytest.param(core, code, want.get(core, want.get("")) if isinstance(want, dict) else want,
                     id=f"{core}-{name}", marks=needs(core))
        for name, cores, code, want in CASES
        for core in cores
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "code", "want"), case_parameters())
def test_the_cycles_that_the_manual_gives(name: str, code: str, want: float, toy, tmp_path: Path) -> None:
    found, _ = model(name, f"{FRAME} {code}; {LEAVE}", toy, tmp_path)
    assert found.cycles.nominal == 4 + want + LEFT[name]
    assert found.cycles.low <= found.cycles.nominal <= found.cycles.high
    assert "other" not in found.by_row


def test_what_a_manual_leaves_open_is_a_range(toy, tmp_path: Path) -> None:
    plain, _ = model("cortex-m4", f"{FRAME} nop; {LEAVE}", toy, tmp_path)
    divide, _ = model("cortex-m4", f"{FRAME} udiv r0, r1, r2; {LEAVE}", toy, tmp_path)
    # BX: P is 1 to 3, nominally 2. UDIV: 2 to 12, a NOP is 1.
    c, d = plain.cycles, divide.cycles.minus(plain.cycles)
    assert (c.nominal - c.low, c.high - c.nominal) == (1, 1)
    assert (d.low, d.nominal, d.high) == (1, 6, 11)


def test_double_and_multiple_save_instructions_and_not_cycles(toy, tmp_path: Path) -> None:
    """Two words and four words: LDRD and LDM take what as many pipelined LDR take."""
    loads = "; ".join(f"ldr r{r}, [r1, #{4 * k}]" for k, r in enumerate((0, 2, 3, 12)))
    for core in V7:
        two, _ = model(core, f"{FRAME} ldr r0, [r1]; ldr r3, [r1, #4]; nop; {LEAVE}", toy, tmp_path / "2")
        double, _ = model(core, f"{FRAME} ldrd r0, r3, [r1]; nop; {LEAVE}", toy, tmp_path / "d")
        assert two.cycles.nominal == double.cycles.nominal and two.instructions == double.instructions + 1
        four, _ = model(core, f"{FRAME} {loads}; nop; {LEAVE}", toy, tmp_path / "4")
        multiple, _ = model(core, f"{FRAME} ldm r1, {{r0, r2, r3, r12}}; nop; {LEAVE}", toy, tmp_path / "m")
        assert four.cycles.nominal == multiple.cycles.nominal and four.instructions == multiple.instructions + 3


SLOPES = [
    # core, repeated, cycles that one more repetition takes: measured, by the source of the core's table
    ("cortex-m33", "adds r0, #1; adds r3, #1", 2),  # arithmetic does not pair with arithmetic
    ("cortex-m33", "adds r0, #1; nop", 1),  # but NOP pairs
    ("cortex-m33", "ldr r0, [r1]; nop; ldr r3, [r1, #4]; nop", 2),
    ("cortex-m33", "ldr r0, [r1]; add.w r0, r0, #1", 3),  # load to use: 2
    ("cortex-m33", "ldrd r0, r3, [r1]", 2),
    ("cortex-m33", "ldm r1, {r0, r2, r3, r12}", 4),
    ("cortex-m33", "smlad r0, r2, r2, r0", 1),  # accumulators are chained
    ("cortex-m33", "mul r0, r2, r0", 2),
    ("cortex-m7", "add.w r0, r0, #1; add.w r3, r3, #1", 1),
    ("cortex-m7", "add.w r0, r0, #1; add.w r0, r0, #1", 2),
    ("cortex-m7", "smlad r0, r2, r2, r0; add.w r3, r3, #1", 1),
    ("cortex-m7", "smlad r0, r2, r2, r0; smlad r3, r2, r2, r3", 2),  # one multiplier
    ("cortex-m7", "ldr r0, [r1]; ldr r3, [r1, #4]", 1),
    ("cortex-m7", "str r0, [r1]; str r3, [r1, #4]", 2),
    ("cortex-m7", "ldr r0, [r1]; str r3, [r1, #4]", 1),
    ("cortex-m7", "ldm r1, {r0, r2, r3, r12}", 2),
    ("cortex-m7", "sxtb16 r0, r2; sxtb16 r3, r2", 2),
    ("cortex-m7", "ldm r1, {r0, r2}; add.w r3, r3, #1", 2),  # a multiple never pairs
]


@pytest.mark.parametrize(("name", "code", "want"), [pytest.param(*s, marks=needs(s[0])) for s in SLOPES])
def test_cores_without_a_manual_follow_measurements(name: str, code: str, want: float, toy, tmp_path: Path) -> None:
    few, many = (
        model(name, f"{FRAME} {'; '.join([code] * n)}; {LEAVE}", toy, tmp_path / str(n))[0].cycles for n in (10, 30)
    )
    each = many.minus(few).times(1 / 20)
    assert each.low <= want <= each.high
    assert each.nominal == want


def test_a_loop_on_the_cortex_m33_and_m7(toy, tmp_path: Path) -> None:
    per_pass = {}
    for core in ("cortex-m33", "cortex-m7"):
        loops = [f"movs r3, #{n}; nop; 1: subs r3, #1; bne 1b; bx lr" for n in (10, 110)]
        found = [model(core, loop, toy, tmp_path)[0].cycles for loop in loops]
        per_pass[core] = found[1].minus(found[0]).times(1 / 100)
    assert per_pass["cortex-m33"].nominal == 3  # SUBS 1, taken BNE 2, by the measurements
    assert per_pass["cortex-m7"].low <= 1 <= per_pass["cortex-m7"].nominal <= 2


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
    found, raw = model("cortex-m4", f"{FRAME} {code}; {LEAVE}", toy, tmp_path)
    assert raw.instructions == 4 + straight + 5 + 2
    assert found.cycles.nominal in range(4 + straight + 11 + 4, 4 + straight + 11 + 4 + 3)  # where targets are split


def test_reads_of_constants_are_seen(toy, tmp_path: Path) -> None:
    code = ".balign 4; adr r0, 1f; nop; ldr r2, [r0]; ldrb r3, [r0, #4]; nop; b 2f; .balign 4; 1: .word 7, 8; 2: nop"
    _, raw = model("cortex-m4", f"{FRAME} {code}; str r2, [r1]; ldr r2, [r1]; {LEAVE}", toy, tmp_path)
    assert raw.profile is not None
    (interval,) = raw.profile.intervals
    assert (interval.flash_reads, interval.flash_read_bytes) == (2, 5)


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
