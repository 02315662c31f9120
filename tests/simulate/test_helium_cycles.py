"""The Cortex-M55's cycle model: what is decoded, and a micro-benchmark for each rule of its table.

Cycles are added up by hand from the sources that the table names: LLVM's ARMScheduleM55.td and SLOTHY's
cortex_m55r1.py. What is compared is how many cycles one more repetition takes. Where llvm-mca is installed it has to
agree, but for what this model takes from elsewhere.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from capstone import arm
from elftools.elf.elffile import ELFFile

from cores import needs
from lapel.errors import MissingTool, SimulationError
from lapel.simulate.cycles import beats, helium
from lapel.simulate.cycles.decode import Code, Instruction
from lapel.targets import load_target
from lapel.targets.timetable import ZERO, Range, load_timetable
from microbenchmarks import time_sequences
from tools import first_on_path, program

pytestmark = needs("cortex-m55")
COMPILER = "arm-none-eabi-"
TABLE = load_timetable("cortex-m55")
IN_GROUPS = (
    "vldrb.8 q2, [r5], #64; vmladava.s8 r0, q0, q2; vmladava.s8 r8, q1, q2; vldrb.8 q3, [r5, #-48];"
    "vmladava.s8 r2, q0, q3; vmladava.s8 r10, q1, q3; vldrb.8 q2, [r5, #-32]; vmladava.s8 r4, q0, q2;"
    "vmladava.s8 r12, q1, q2; vldrb.8 q3, [r5, #-16]; vmladava.s8 r6, q0, q3; vmladava.s8 lr, q1, q3"
)

ALTERNATING = (
    "vldrb.8 q0, [r1], #16; vldrb.8 q2, [r5], #64; vmladava.s8 r0, q0, q2; vldrb.8 q1, [r9], #16;"
    "vmladava.s8 r8, q1, q2; vldrb.8 q3, [r5, #-48]; vmladava.s8 r2, q0, q3; vldrb.8 q2, [r5, #-32];"
    "vmladava.s8 r10, q1, q3; vldrb.8 q3, [r5, #-16]; vmladava.s8 r4, q0, q2; vmladava.s8 r12, q1, q2;"
    "vmladava.s8 r6, q0, q3; vmladava.s8 lr, q1, q3"
)
AHEAD = (
    "vmladava.s8 r0, q0, q2; vldrb.8 q1, [r9], #16; vmladava.s8 r8, q1, q2; vldrb.8 q3, [r5, #-48];"
    "vmladava.s8 r2, q0, q3; vldrb.8 q2, [r5, #-32]; vmladava.s8 r10, q1, q3; vldrb.8 q3, [r5, #-16];"
    "vmladava.s8 r4, q0, q2; vmladava.s8 r12, q1, q2; vmladava.s8 r6, q0, q3; vldrb.8 q0, [r1], #16;"
    "vmladava.s8 lr, q1, q3; vldrb.8 q2, [r5], #64"
)

SLOPES: list[tuple[str, str, tuple[float, float, float]]] = [
    # rule, repeated, cycles of one more repetition: at least, most likely, at most
    ("two cycles a unit", "vldrb.8 q0, [r1]", (2, 2, 2)),
    ("units overlap", "vldrb.8 q0, [r1]; vadd.i8 q1, q2, q3", (2, 2, 4)),
    ("halves are passed on", "vldrb.8 q0, [r1]; vadd.i8 q1, q0, q3", (2, 2, 4)),
    ("three units", "vldrb.8 q0, [r1]; vadd.i8 q1, q0, q3; vmul.i8 q2, q1, q3", (3, 3, 6)),
    ("one unit", "vldrb.8 q0, [r1]; vldrb.8 q1, [r2]; vadd.i8 q0, q0, q1", (4, 4, 6)),
    ("a product is later", "vmul.i8 q0, q0, q1; vadd.i8 q0, q0, q2", (3, 3, 4)),
    ("a narrowed vector is later", "vqmovnb.s16 q0, q1; vadd.i8 q2, q0, q1", (4, 5, 5)),
    ("sums are chained", "vmladava.s8 r0, q0, q1; vmladava.s8 r0, q2, q1", (4, 4, 6)),
    ("a sum for a core register", "vmladava.s8 r0, q0, q1; adds r0, #1", (3, 3, 4)),
    ("core register to vector", "vdup.8 q0, r0; adds r0, #1", (2, 2, 3)),
    ("core registers take the free unit", "vmladava.s8 r0, q0, q1; vmov q2[2], q2[0], r0, r0", (3, 3, 5)),
    ("scalars run beside a vector", "vldrb.8 q0, [r1], #16; add.w r2, r3, r4; vadd.i8 q1, q0, q2", (3, 3, 5)),
    ("predicates", "vctp.8 r0; vpst; vldrbt.8 q0, [r1]", (3, 3, 4)),
    ("pairs of short instructions", "ldrb r0, [r1]; uxtb r2, r3", (1, 1, 2)),
    ("two partners", "mov r2, r3; sxth r0, r1", (1, 1, 2)),
    ("no branch with its condition", "subs r2, #1; bne .", (1, 2, 2)),
    ("the partner is first", "mov r2, r3; str r0, [r1]", (1, 1, 2)),
    ("no partner", "rev r0, r1; rev r2, r3", (2, 2, 2)),
    ("no long instruction in a pair", "rev.w r0, r1; mov r2, r3", (2, 2, 2)),
    ("no pair if one needs the other", "uxtb r0, r1; sxth r1, r0", (2, 2, 2)),
    ("load to use", "ldr r0, [r1]; add.w r0, r0, r2", (3, 3, 3)),
    ("double words", "ldrd r0, r2, [r1]; strd r0, r2, [r1, #8]", (3, 3, 3)),
    ("shifted operand", "rev.w r0, r1; add.w r2, r3, r0, lsl #2", (2, 3, 3)),
    ("operand that is not shifted", "rev.w r0, r1; add.w r2, r0, r3, lsl #2", (2, 2, 2)),
    ("product to use", "mul r0, r1, r2; add.w r1, r0, #1", (2, 3, 3)),
    ("index of a gather is early", "vadd.i32 q7, q7, q6; vldrw.u32 q0, [r3, q7]", (2, 6, 9)),
    ("two accesses a cycle", "vstrb.16 q0, [r3, q7]", (2, 4, 8)),
    ("each byte alone", "vldrb.u8 q0, [r3, q7]", (2, 8, 16)),
    ("load after store", "vstrb.8 q0, [r1]; vldrb.8 q1, [r2]", (4, 5, 5)),
    ("load long after store", "vstrb.8 q0, [r1]; vadd.i8 q2, q2, q3; add.w r3, r4, r5; vldrb.8 q1, [r2]", (5, 5, 7)),
    ("a product is stored early", "vldrb.8 q0, [r1]; vmul.i8 q0, q0, q1; vstrb.8 q0, [r2]", (4, 5, 7)),
    ("single floats", "vmul.f32 s0, s0, s1; vadd.f32 s0, s0, s2", (2, 4, 4)),
    ("a block of dot products", f"vldrb.8 q0, [r1], #16; vldrb.8 q1, [r9], #16; {IN_GROUPS}", (20, 20, 28)),
    ("loads and products alternate", ALTERNATING, (18, 18, 28)),
    ("loads of the next block", AHEAD, (16, 16, 28)),
]  # fmt: skip
ELSEWHERE = (
    # what LLVM does not say; and it takes long instructions for what short ones might be made of later
    "two accesses a cycle", "each byte alone", "load after store", "a product is stored early",
    "no long instruction in a pair", "shifted operand",
)  # fmt: skip


def instructions_of(assembly: str, folder: Path) -> list[Instruction]:
    """Assembled, and decoded as a firmware's code at address 0."""
    source, built = folder / "code.s", folder / "code.o"
    lines = [".syntax unified", ".thumb", ".text", ".balign 4", *assembly.split(";")]
    source.write_text("\n".join(lines) + "\n")
    command = [f"{COMPILER}gcc", *load_target("cortex-m55").cflags, "-c", str(source), "-o", str(built)]
    subprocess.run(command, check=True)
    with built.open("rb") as file:
        end = ELFFile(file).get_section_by_name(".text").data_size
    return Code(built, beats.decode(built, COMPILER)).span(0, end)


def cycles_of(assembly: str, repeated: int, folder: Path) -> Range:
    """Of so many repetitions in a row; each instruction has a row of its own in the table."""
    span = []
    for instruction in instructions_of("; ".join([assembly] * repeated), folder):
        row = TABLE.row(instruction.names)
        assert row.name != "other", instruction.names
        span.append((instruction, row, row.cycles.cycles(instruction.registers, ZERO)))
    return beats.time_span(TABLE, span)


@pytest.mark.parametrize(("rule", "code", "want"), SLOPES, ids=[s[0] for s in SLOPES])
def test_a_rule(rule: str, code: str, want: tuple[float, float, float], tmp_path: Path) -> None:
    each = cycles_of(code, 30, tmp_path).minus(cycles_of(code, 10, tmp_path)).times(1 / 20)
    assert (each.low, each.nominal, each.high) == want


def llvm_mca() -> str | None:
    """One that knows the core: version 16 or later."""
    found = [shutil.which(f"llvm-mca-{version}") for version in range(25, 15, -1)]
    return next((path for path in found if path), None)


@pytest.mark.skipif(llvm_mca() is None, reason="llvm-mca of LLVM 16 or later is not installed")
def test_the_rules_are_llvms() -> None:
    program = llvm_mca()
    assert program is not None
    for rule, code, (_, want, _) in SLOPES:
        if rule not in ELSEWHERE:
            few, many = (_llvm_cycles(program, code, count) for count in (30, 130))
            assert (many - few) / 100 == want, f"{rule}: {code}"


def _llvm_cycles(program: str, assembly: str, repeated: int) -> int:
    command = [program, "-mtriple=thumbv8.1m.main-none-eabi", "-mcpu=cortex-m55", f"-iterations={repeated}"]
    text = ".syntax unified\n" + assembly.replace(";", "\n").replace("bne .", "bne there") + "\n"
    said = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Total Cycles: +(\d+)", said)
    assert found, said
    return int(found[1])


DECODED: list[tuple[str, str, str, str]] = [
    # assembly, name in the table, registers that it changes, registers that it needs
    ("vldrb.8 q0, [r1], #16", "vldrb", "r1 q0", "r1"),
    ("vldrw.u32 q0, [r1, #16]", "vldrw", "q0", "r1"),
    ("vstrb.8 q1, [r0, #16]!", "vstrb", "r0", "r0 q1"),
    ("vldrb.u16 q0, [r1, q2]", "vldrb:gather16", "q0", "r1 q2"),
    ("vstrw.32 q0, [q1, #4]", "vstrw:gather32", "", "q0 q1"),
    ("vmladav.s8 r0, q1, q2", "vmlav", "r0", "q1 q2"),
    ("vmladava.s8 r0, q1, q2", "vmlava", "r0", "r0 q1 q2"),
    ("vmlaldava.s16 r0, r1, q1, q2", "vmlalva", "r0 r1", "r0 r1 q1 q2"),
    ("vaddva.s32 r0, q1", "vaddva", "r0", "r0 q1"),
    ("vmaxv.s8 r0, q1", "vmaxv", "r0", "r0 q1"),
    ("vqmovnb.s32 q0, q1", "vqmovnb", "q0", "q0 q1"),
    ("vmla.s32 q0, q1, r2", "vmla", "q0", "q0 q1 r2"),
    ("vqrdmulh.s32 q0, q1, q2", "vqrdmulh", "q0", "q1 q2"),
    ("vdup.16 q1, r2", "vdup", "q1", "r2"),
    ("vidup.u32 q1, r2, #1", "vidup", "q1 r2", "r2"),
    ("vshlc q1, r2, #8", "vshlc", "q1 r2", "q1 r2"),
    ("vrshl.s32 q0, r2", "vrshl", "q0", "q0 r2"),
    ("vrshl.s32 q0, q1, q2", "vrshl", "q0", "q1 q2"),
    ("vorr.i32 q0, #1", "vorr", "q0", "q0"),
    ("vmov q0[2], q0[0], r0, r4", "vmov:to", "s0 s2", "r0 r4"),
    ("vmov r0, r4, q0[2], q0[0]", "vmov:from", "r0 r4", "s0 s2"),
    ("vmov q1, q2", "vmov", "q1", "q2"),
    ("vmov.i32 q1, #0", "vmov:immediate", "q1", ""),
    ("vmov s1, r2", "vmov:scalar", "s1", "r2"),
    ("vadd.f32 q1, q2, q3", "vadd:f", "q1", "q2 q3"),
    ("vadd.f32 s1, s2, s3", "vadd:scalar", "s1", "s2 s3"),
    ("vcmp.i8 eq, q0, q1", "vcmp", "vpr", "q0 q1"),
    ("vcmp.f32 s0, s1", "vcmp:scalar", "cpsr", "s0 s1"),
    ("vctp.8 r2", "vctp", "vpr", "r2"),
    ("vpsel q0, q1, q2", "vpsel", "q0", "vpr q1 q2"),
    ("vmsr p0, r2", "vmsr:scalar", "vpr", "r2"),
    ("vpush {d8-d9}", "vpush", "sp", "sp q4"),
    ("vld20.8 {q0, q1}, [r2]!", "vld20", "q0 q1 r2", "r2"),
    ("csel r0, r1, r2, eq", "csel", "r0", "r1 r2 cpsr"),
    ("asrl r0, r1, #3", "asrl", "r0 r1", "r0 r1"),
    ("dlstp.8 lr, r2", "dlstp", "lr", "r2"),
]


@pytest.mark.parametrize(("code", "name", "changes", "needed"), DECODED, ids=[d[0] for d in DECODED])
def test_an_instruction_is_decoded(code: str, name: str, changes: str, needed: str, tmp_path: Path) -> None:
    (found,) = instructions_of(code, tmp_path)
    assert name in found.names
    assert TABLE.row(found.names) is TABLE.by_mnemonic[name]
    assert found.writes == _registers(changes)
    assert found.reads | found.address | found.adds == _registers(needed)
    assert found.writeback == ("], #" in code or "!" in code or "push" in code)


def _registers(names: str) -> set[int]:
    numbers: set[int] = set()
    for name in names.split():
        if name.startswith("q"):
            numbers |= {arm.ARM_REG_S0 + 4 * int(name[1:]) + k for k in range(4)}
        else:
            numbers.add(helium.VPR if name == "vpr" else getattr(arm, f"ARM_REG_{name.upper()}"))
    return numbers


def test_predicated_instructions_keep_what_is_not_active(tmp_path: Path) -> None:
    code = "vpste; vaddt.i8 q0, q1, q2; vmovnte.i16 q3, q4; vadd.i8 q0, q1, q2"
    block, then, otherwise, after = instructions_of(code, tmp_path)
    assert block.names == ("vpst",)
    assert (then.name, otherwise.name, after.name) == ("vadd", "vmovnt", "vadd")
    assert then.reads == _registers("vpr q0 q1 q2")
    assert after.reads == _registers("q1 q2")


def test_loops_have_targets_and_conditions(tmp_path: Path) -> None:
    start, body, end = instructions_of("dls lr, r2; 1: nop.w; le lr, 1b", tmp_path)
    assert (start.leaves, body.address_at, end.target, end.leaves, end.conditional) == (False, 4, 4, True, True)
    skipped, *_ = instructions_of("wls lr, r2, 2f; 1: nop.w; le lr, 1b; 2: nop.w", tmp_path)
    assert (skipped.target, skipped.conditional) == (12, True)


def test_what_cannot_be_decoded_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SimulationError, match=r"firmware at 0x0: objdump does not know the instruction faff0000"):
        instructions_of(".inst.w 0xfaff0000", tmp_path)
    with pytest.raises(SimulationError, match=r"arm-none-eabi-objdump: .*No such file"):
        helium.instructions(tmp_path / "absent.elf", COMPILER)
    program(tmp_path, "arm-none-eabi-objdump", "sleep 1000")
    monkeypatch.setenv("PATH", first_on_path(tmp_path))
    with pytest.raises(SimulationError, match=r"arm-none-eabi-objdump: no end after 0\.2 s of host time"):
        helium.instructions(tmp_path / "absent.elf", COMPILER, timeout_s=0.2)
    (tmp_path / "arm-none-eabi-objdump").write_text("a note")
    with pytest.raises(MissingTool, match=r"arm-none-eabi-objdump cannot be run: Exec format error"):
        helium.instructions(tmp_path / "absent.elf", COMPILER)
    (tmp_path / "arm-none-eabi-objdump").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match=r"arm-none-eabi-objdump is not installed.*binutils-arm-none-eabi"):
        helium.instructions(tmp_path / "absent.elf", COMPILER)


LOOPS = [
    # name, a loop of n passes, cycles of one more pass
    ("counted by a branch", "movs r3, #{n}; .balign 4; 1: vldrb.8 q0, [r1]; subs r3, #1; bne 1b", 1 + 1 + (1 + 2)),
    ("low overhead", "movs r3, #{n}; dls lr, r3; 1: vldrb.8 q0, [r1]; vadd.i8 q1, q0, q2; le lr, 1b", 2),
    ("its passes wait for each other", "movs r3, #{n}; dls lr, r3; 1: vldrb.8 q0, [r1]; le lr, 1b", 2),
    ("tail predicated", "movs r3, #{n}; lsls r3, r3, #4; dlstp.8 lr, r3; 1: vldrb.8 q0, [r1]; vmul.i8 q0, q0, q1;"
     "vadd.i8 q1, q0, q2; letp lr, 1b", 2 + 2),
    ("cut by a predicate", "movs r3, #{n}; dls lr, r3; 1: vldrb.8 q0, [r1]; vctp.8 r3; vldrb.8 q1, [r1]; le lr, 1b", 4),
]  # fmt: skip


def test_passes_of_loops(toy, tmp_path: Path) -> None:
    """On the emulator, whose blocks end at predicates and loops' ends: a pass goes on where the last one left off."""
    sequences = {
        f"{name} {n}": f"mov r12, lr; {loop.format(n=n)}; mov lr, r12" for name, loop, _ in LOOPS for n in (10, 110)
    }
    found = time_sequences("cortex-m55", sequences, toy, tmp_path)
    for name, _, want in LOOPS:
        few, many = (found[f"{name} {n}"] for n in (10, 110))
        each = many.cycles.minus(few.cycles).times(1 / 100)
        assert each.low <= each.nominal <= each.high, name
        assert each.nominal == want, name
        assert "other" not in many.by_row, name
