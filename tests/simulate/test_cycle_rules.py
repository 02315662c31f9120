"""Each row and rule of the timing tables against a sequence of ours, with the cycles that its source gives.

| source | of |
|---|---|
| M0 | Cortex-M0 TRM (DDI 0432C), table 3-1 |
| M0+ | Cortex-M0+ TRM (DDI 0484), table 3-1 |
| TRM | Cortex-M3 TRM (100165) and Cortex-M4 TRM (100166), tables 3-1 and 3-2, section 3.3.2 and (floats) 7.2.3 |
| jnk0le | github.com/jnk0le/random, "pipeline cycle test", doc/cortex_m3m4.md, cortex_m33.md, cortex_m7.md: measured |
| AES | github.com/jnk0le/cortexm-AES, doc/aes: totals measured on silicon, so of P (the refill) 1 for a direct jump |
| compendium | compendium.i-0.nl, "Instruction alignment, alignment rules": measured on a Cortex-M4 |

P is 1 to a direct target, 2 to one across two words or from a register, 3 after a load. Sequences stand between others
without dependencies; for the Cortex-M33 and M7 what is compared is what more repetitions take more.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cores import needs
from lapel.simulate.cycles import Estimate
from lapel.targets import load_target
from lapel.targets.timetable import OTHER, Range, load_timetable
from microbenchmarks import time_sequences

SINGLE = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4")
PAIRED = ("cortex-m33", "cortex-m7")
X = None
P, M, R, L = 1, 2, 2, 3  # refills: direct, misaligned, from a register, from memory
FLASH = 0.1

CASES: dict[str, tuple[str, tuple[float | None, float | None, float | None, float | None]]] = {
    # M0, M0+, TRM: the rows of the tables
    "arithmetic": ("adds r0, #1; lsls r0, r0, #3; eors r0, r2; rev r0, r0; uxtb r0, r0", (5, 5, 5, 5)),
    "shifted": ("add r0, r0, r2, lsl #3; ubfx r0, r0, #1, #4; ssat r0, #8, r0; clz r0, r0", (X, X, 4, 4)),
    "multiply": ("muls r0, r2, r0; muls r0, r2, r0", (2, 2, 2, 2)),
    "multiply-accumulate": ("mla r0, r2, r2, r0; mls r0, r2, r2, r0", (X, X, 4, 2)),
    # On the M3 3 to 5 and 4 to 7, by the operands: the middles are 4 and 5.5.
    "multiply long": ("smull r0, r3, r2, r2; umull r0, r3, r2, r2", (X, X, 8, 2)),
    "accumulate long": ("movs r3, #0; smlal r0, r3, r2, r2", (X, X, 6.5, 2)),
    "packed multiply": ("smlad r0, r2, r2, r0; sxtb16 r0, r2, ror #8; smuad r0, r2, r2", (X, X, X, 3)),
    "packed arithmetic": ("uadd8 r0, r2, r2; sel r0, r2, r2; pkhbt r0, r2, r2; uxtab r0, r2, r2", (X, X, X, 4)),
    "divide": ("udiv r0, r1, r2; sdiv r0, r1, r2", (X, X, 7 + 7, 7 + 7)),  # 2 to 12 each
    "no operation": (".inst.n 0xbf00; .inst.n 0xbf00", (2, 2, 2, 2)),  # "nop" is a move for M0
    "special registers": ("mrs r0, apsr; msr apsr_nzcvq, r0", (8, 6, 3, 3)),
    "barriers": ("dmb; dsb", (8, 6, 2, 2)),
    "one load": ("ldr r0, [r1]; nop", (3, 3, 3, 3)),
    "store": ("str r0, [r1]; str r0, [r1, r2]; nop", (5, 5, 4, 4)),
    "double": ("ldrd r0, r3, [r1]; strd r0, r3, [r1]", (X, X, 6, 6)),
    "load multiple": ("ldm r1!, {r0, r2, r3}; nop", (5, 5, 5, 5)),
    "store multiple": ("stm r1!, {r0, r2, r3}; nop", (5, 5, 5, 5)),
    "push and pop": ("push {r4, r5, r6, r7}; pop {r4, r5, r6, r7}", (10, 10, 10, 10)),
    "float arithmetic": ("vmov s0, r2; vmov s1, r2; nop; vadd.f32 s2, s0, s1; vmul.f32 s3, s0, s1", (X, X, X, 5)),
    "float multiply-accumulate": ("vfma.f32 s0, s1, s2; nop", (X, X, X, 4)),
    "float divide": ("vmov.f32 s0, #1.0; nop; vdiv.f32 s2, s0, s0; vsqrt.f32 s3, s0", (X, X, X, 2 + 14 + 14)),
    "float load": ("vldr s0, [r1]; vstr s0, [r1]", (X, X, X, 4)),
    "float load double": ("vldr d0, [r1]; vstr d0, [r1]", (X, X, X, 6)),
    "float load multiple": ("vpush {s0-s3}; vpop {s0-s3}", (X, X, X, 10)),
    "float move of two": ("vmov r0, r3, d0", (X, X, X, 2)),
    # TRM 3.3.2: loads and stores
    "loads in a row": ("ldr r0, [r1]; ldrb r3, [r1, #4]; ldrh r0, [r1, #8]", (6, 6, 4, 4)),
    "loads apart": ("ldr r0, [r1]; nop; ldr r3, [r1, #4]", (5, 5, 5, 5)),
    "load, dependent": ("str r1, [r1]; nop; ldr r0, [r1]; ldr r3, [r0]", (7, 7, 1 + 1 + 2 + 2, 6)),
    "address just computed": ("adds r1, #4; ldr r0, [r1]", (3, 3, 1 + 1 + 2, 4)),
    "index just computed": ("movs r2, #4; str r0, [r1, r2]", (3, 3, 1 + 1 + 2, 4)),
    "load then store": ("ldr r0, [r1]; str r0, [r1, #4]", (4, 4, 3, 3)),
    "load then indexed store": ("ldr r0, [r1]; str r0, [r1, r2]", (4, 4, 3, 3)),
    # Loads that move their base follow each other on the M4 if it is another base, on the M3 never.
    "post-indexed": ("ldr r0, [r1], #4; ldr r3, [sp], #0", (X, X, 4, 3)),
    "post-indexed, one base": ("ldr r0, [r1], #4; ldr r3, [r1], #4", (X, X, 4, 4)),
    "double is not pipelined": ("ldr r0, [r1]; ldrd r0, r3, [r1]; ldr r0, [r1]", (X, X, 2 + 3 + 2, 7)),
    "unaligned halves": ("adds r1, #2; nop; ldr r0, [r1]; nop", (X, X, 1 + 1 + (2 + 1) + 1, 6)),
    "unaligned byte": ("adds r1, #1; nop; ldr r0, [r1]; nop; ldrh r0, [r1]; nop", (X, X, 2 + (2 + 2) + 1 + 3 + 1, 11)),
    "unaligned stores": ("adds r1, #1; nop; str r0, [r1]; nop", (X, X, 4, 4)),
    # jnk0le, M3 and M4: "stores cannot be pipelined with following load instructions (adds extra cycle to store)"
    "load after a store": ("str r0, [r1]; ldr r3, [r1, #4]; nop", (5, 5, 1 + 1 + 2 + 1, 5)),
    "load multiple after a store": ("str r0, [r1]; ldm r1!, {r0, r3}; nop", (6, 6, 1 + 1 + 3 + 1, 6)),
    "load after an indexed store": ("str r0, [r1, r2]; ldr r3, [r1]; nop", (5, 5, 2 + 2 + 1, 5)),
    "store after a store": ("str r0, [r1]; str r0, [r1, #4]; nop", (5, 5, 3, 3)),
    # M0, M0+, TRM, AES: jumps
    "not taken": ("cmp r1, r1; bne 1f; nop; 1: nop", (4, 4, 4, 4)),
    "taken": ("cmp r1, r1; beq 1f; nop; nop; 1: nop", (5, 4, 2 + 1 + P, 2 + 1 + P)),
    "taken, split target": ("cmp r1, r1; beq 1f; nop; 1: add.w r0, r0, #1", (X, X, 2 + 1 + M, 2 + 1 + M)),
    "compare and branch": ("cbz r2, 1f; cbnz r2, 1f; nop; nop; 1: nop", (X, X, 1 + 1 + P + 1, 1 + 1 + P + 1)),
    "loop": ("movs r3, #9; nop; 1: subs r3, #1; bne 1b", (36, 28, 2 + 8 * (2 + P) + 2, 2 + 8 * (2 + P) + 2)),
    "if-then": ("cmp r1, r1; it eq; addeq r0, #1; nop; cmp.w r1, r1; it ne; addne r0, #1", (X, X, 6, 6)),
    "call": ("mov r3, lr; bl 1f; b 2f; .balign 4; 1: bx lr; nop; 2: mov lr, r3",
             (2 + 4 + 3 + 3, 2 + 3 + 2 + 2, 2 + (1 + P) + (1 + R) + (1 + P), 2 + (1 + P) + (1 + R) + (1 + P))),
    "return by pop": ("mov r3, lr; bl 1f; b 2f; .balign 4; 1: push {r4, lr}; pop {r4, pc}; 2: mov lr, r3",
                      (2 + 4 + 3 + (4 + 2) + 3, 2 + 3 + 3 + (3 + 2) + 2, 2 + 2 + 3 + (3 + L) + 2, 15)),
    "table branch": ("movs r0, #0; nop; tbb [pc, r0]; 1: .byte 1, 0; nop", (X, X, 2 + (2 + L) + FLASH + 1, 8.1)),
    "load of the program counter": ("adr r0, 1f; adds r0, #1; str r0, [r1]; nop; ldr.w pc, [r1]; .balign 4; 1: nop",
                                    (X, X, 4 + (2 + L) + 1, 10)),
    # Constants and code from one flash: a mean of whole programs, see the guide
    "literal": ("ldr r0, 1f; b 2f; .balign 4; 1: .word 7; 2: nop", (6, 5, 2 + FLASH + (1 + P) + 1, 5.1)),
    # compendium: three or more across words wait a cycle, stores from four; AES: not where words are ahead
    "two across words": ("b 1f; nop; 1: nop; add.w r0, r0, #1; add.w r3, r3, #1; nop", (X, X, 2 + 4, 6)),
    "three across words": ("b 1f; nop; 1: nop; .rept 3; add.w r0, r0, #1; .endr; nop", (X, X, 8, 8)),
    "three stores across words": ("b 1f; nop; 1: nop; .rept 3; str.w r0, [r1]; .endr; nop", (X, X, 7, 7)),
    "four stores across words": ("b 1f; nop; 1: nop; .rept 4; str.w r0, [r1]; .endr; nop", (X, X, 2 + 6 + 1, 9)),
    "three with words ahead": ("b 1f; nop; 1: nop; ldr r0, [r1]; nop; .rept 3; add.w r3, r3, #1; .endr; nop",
                               (X, X, 2 + 1 + 2 + 1 + 3 + 1, 10)),
}  # fmt: skip

# What the sources leave open, as low and high bounds on the M4, the nominal value being above.
BOUNDS = {
    "divide": (2 + 2, 12 + 12),
    "taken": (2 + 2, 2 + 4),
    "load after a store": (4, 5),
    "load after an indexed store": (5, 6),
    "three across words": (2 + 5, 2 + 2 + 5 + 2),
    "literal": (2 + 2 + 1, 3 + 4 + 1),
}

# Cycles of one repetition more. jnk0le, cortex_m33.md and cortex_m7.md.
SLOPES: dict[str, list[tuple[str, float]]] = {
    "cortex-m33": [
        ("adds r0, #1; adds r3, #1", 2),  # arithmetic does not pair with arithmetic
        ("adds r0, #1; nop", 1),  # but NOP pairs
        ("ldr r0, [r1]; nop; ldr r3, [r1, #4]; nop", 2),
        ("ldr r0, [r1]; add.w r0, r0, #1", 3),  # load to use: 2
        ("ldrh r0, [r1]; add.w r0, r0, #1", 3),
        ("ldr r0, [r1]; smlad r0, r2, r2, r0", 2),  # but as an accumulator 1
        ("ldr r0, [r1]; str r0, [r1, #4]", 2),  # load to store: 1
        ("ldrd r0, r3, [r1]", 2),
        ("ldm r1, {r0, r2, r3, r12}", 4),
        ("smlad r0, r2, r2, r0", 1),  # accumulators are chained
        ("uxtab r0, r0, r2", 1),
        ("uxtab r0, r2, r0", 2),
        ("mul r0, r2, r0", 2),
        ("muls r0, r2, r0; add.w r3, r3, #1", 3),  # 2 cycles because of its flags
        ("add.w r0, r0, r2, lsl #3", 2),  # a shifted operand makes the result late
        ("bfi r0, r2, #0, #4", 1),
        ("cmp r1, r1; mov r12, r2; bne 1f; 1:", 2),  # a branch that is not taken pairs
        ("cmp r1, r1; it eq; moveq r0, r2", 2),  # IT, too
        ("vfma.f32 s0, s1, s2", 3),
    ],
    "cortex-m7": [
        ("add.w r0, r0, #1; add.w r3, r3, #1", 1),
        ("eor.w r0, r0, r2; eor.w r0, r0, r2", 2),
        ("add.w r0, r0, #1; eor.w r3, r0, r2", 1),  # "early ALU can be forwarded to late ALU in 0 cycles"
        ("lsr.w r0, r2, #1; ldr r3, [r1, r0]", 1),  # "or early ALU next cycle"
        ("eor.w r0, r2, #4; ldr r3, [r1, r0]", 2),
        ("smlad r0, r2, r2, r0; add.w r3, r3, #1", 1),
        ("smlad r0, r2, r2, r0; smlad r3, r2, r2, r3", 2),  # one multiplier
        ("mul r0, r2, r0", 2),  # "1 additional cycle of result latency"
        ("ldr r0, [r1]; ldr r3, [r1, #4]", 1),
        ("str r0, [r1]; str r3, [r1, #4]", 2),
        ("ldr r0, [r1]; str r3, [r1, #4]", 1),
        ("eor.w r0, r0, r2; str r0, [r1]", 1),  # "can store any result in same cycle"
        ("mul r0, r2, r0; str r3, [r1]", 2),
        ("ldr r0, [r1]; eor.w r3, r0, r2", 1),  # "word loads can be consumed by late ALU in next cycle"
        ("ldrb r0, [r1]; eor.w r3, r0, r2", 2),  # "byte/half loads in second cycle"
        ("ldr r0, [r1]; add.w r3, r0, r2, lsl #2", 1),
        ("ldr r0, [r1]; add.w r3, r2, r0, lsl #2", 2),  # the shifted operand a cycle earlier
        ("ldr r0, [r1]; smlad r3, r0, r2, r3", 2),  # "can't consume ldr result from previous cycle"
        ("ldr r0, [r1]; smlad r3, r2, r2, r0", 1),  # but as an accumulator
        ("ldm r1, {r0, r2, r3, r12}", 2),
        ("sxtb16 r0, r2; sxtb16 r3, r2", 2),  # "cannot dual issue wrt each other"
        ("sxtb16 r0, r2; eor.w r3, r0, r2", 2),
        ("sxtb16 r0, r2; ldr r3, [r1, r0]", 3),  # "cannot be used as index in next cycle", and first in a pair
        ("ubfx r0, r2, #1, #8; ubfx r0, r0, #1, #8", 3),  # "can't source from late ALU of previous cycle"
        ("ubfx r0, r2, #1, #8; add.w r3, r3, r2, lsl #2", 2),  # one early shifter
        ("ldm r1, {r0, r2}; add.w r3, r3, #1", 2),  # a multiple never pairs
        ("ldr r0, [r1, #1]; add.w r3, r3, #1", 1 + 3),  # "unaligned loads: +3 cycles as older op"
        ("str r0, [r1, #1]; add.w r3, r3, #1", 1),  # "unaligned stores execute without any stalls"
        ("vfma.f32 s0, s1, s2", 3),
    ],
}  # fmt: skip
LOOPS: dict[str, list[tuple[str, float]]] = {
    # jnk0le, "limited dual issue and branching": 1 and 2, and 1 in a pair that sets no flags
    "cortex-m33": [
        ("subs r3, #1; bne 1b", 3),
        ("subs r3, #1; mov r0, r2; bne 1b", 3),
        ("subs.w r3, r3, #1; bne 1b", 3),
    ],
    # Predicted, a branch pairs with what is before it
    "cortex-m7": [("subs r3, #1; bne 1b", 1)],
}  # fmt: skip


# Rows for which no source gives a sequence's cycles: those of the M33 and M7 are ranges. One of each is timed here.
REST = (
    "ldrd r0, r3, [r1]; cmp r1, r1; it eq; moveq r0, r2; mrs r0, apsr; dmb; sdiv r0, r1, r2; vdiv.f32 s0, s1, s2; "
    "vmov s0, r2; vadd.f32 s0, s1, s2; vldr d0, [r1]; mov r3, lr; bl 1f; b 2f; .balign 4; 1: push {r4, lr}; "
    "pop {r4, pc}; 2: mov lr, r3; nop; movs r0, #0; tbb [pc, r0]; 1: .byte 1, 0; adr r0, 1f; adds r0, #1; "
    "str r0, [r1]; ldr.w pc, [r1]; .balign 4; 1: ror.w r0, r0, r2"
)


@cache
def _sequences(core: str) -> dict[str, str]:
    if core in SINGLE:
        column = SINGLE.index(core)
        return {name: code for name, (code, want) in CASES.items() if want[column] is not None}
    found = {"rest": REST}
    for code, _ in SLOPES[core]:
        found |= {f"{code} x{n}": "; ".join([code] * n) for n in (10, 30)}
    for code, _ in LOOPS[core]:
        found |= {f"{code} x{n}": f"movs r3, #{n}; nop; 1: {code}" for n in (10, 30)}
    return found


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory, shared_toy):
    """A core's estimates by the name of the sequence; one firmware a core."""
    known: dict[str, dict[str, Estimate]] = {}

    def of(core: str) -> dict[str, Estimate]:
        if core not in known:
            known[core] = time_sequences(core, _sequences(core), shared_toy, tmp_path_factory.mktemp(core))
        return known[core]

    return of


def _more(estimates: dict[str, Estimate], name: str, than: str = "empty") -> Range:
    return estimates[name].cycles.minus(estimates[than].cycles)


CORE_CASES = [pytest.param(core, name, marks=needs(core)) for core in SINGLE for name in _sequences(core)]


@pytest.mark.parametrize(("processor", "name"), CORE_CASES)
def test_the_cycles_that_the_sources_give(processor: str, name: str, timed) -> None:
    found = _more(timed(processor), name)
    assert found.nominal == pytest.approx(CASES[name][1][SINGLE.index(processor)])
    assert found.low <= found.nominal <= found.high


@pytest.mark.parametrize("processor", [pytest.param(core, marks=needs(core)) for core in ("cortex-m3", "cortex-m4")])
@pytest.mark.parametrize("name", BOUNDS)
def test_what_the_sources_leave_open_is_a_range(processor: str, name: str, timed) -> None:
    found = _more(timed(processor), name)
    assert (found.low, found.high) == BOUNDS[name]


SLOPE_CASES = [
    pytest.param(core, code, want, id=f"{core}-{code}", marks=needs(core))
    for table in (SLOPES, LOOPS)
    for core, rows in table.items()
    for code, want in rows
]


@pytest.mark.parametrize(("processor", "code", "want"), SLOPE_CASES)
def test_cores_without_a_manual_follow_measurements(processor: str, code: str, want: float, timed) -> None:
    each = _more(timed(processor), f"{code} x30", f"{code} x10").times(1 / 20)
    # Where the emulator's pages end, a block ends in the middle of a sequence.
    assert each.nominal == pytest.approx(want, abs=0.15)
    assert each.low - 0.15 <= want <= each.high + 0.15


@needs("cortex-m7")
def test_a_branch_that_alternates_is_mispredicted_as_a_bound(shared_toy, tmp_path: Path) -> None:
    """jnk0le: 6 to 8 cycles. Nominally each rarer direction once: here in each second pass; at worst there and back."""
    loop = "1: {}; tst r0, r2; beq 2f; nop; 2: subs r3, #1; bne 1b"
    codes = {"alternates": "eors r0, r2", "never": "movs r0, #0"}
    start = "movs r3, #{}; movs r0, #0; "
    sequences = {f"{k} {n}": start.format(n) + loop.format(c) for k, c in codes.items() for n in (20, 60)}
    found = time_sequences("cortex-m7", sequences, shared_toy, tmp_path)
    alternates, never = (_more(found, f"{k} 60", f"{k} 20").times(1 / 40) for k in codes)
    assert alternates.nominal - never.nominal == pytest.approx(7 / 2, abs=0.5)
    assert alternates.low - never.low <= 1  # its NOP
    assert alternates.high - never.high == pytest.approx(8, abs=0.6)


@pytest.mark.parametrize("processor", [pytest.param(core, marks=needs(core)) for core in (*SINGLE, *PAIRED)])
def test_every_row_of_the_tables_is_timed(processor: str, timed) -> None:
    table = load_timetable(load_target(processor).timing or "")
    executed = {row for estimate in timed(processor).values() for row in estimate.by_row}
    assert executed == {row.name for row in table.rows if row.mnemonics != (OTHER,)}


def test_double_and_multiple_save_instructions_and_not_cycles(timed) -> None:
    """N words: LDRD and LDM take what N pipelined LDR take."""
    for core in ("cortex-m3", "cortex-m4"):
        found = timed(core)
        assert _more(found, "loads in a row").nominal == 1 + 3 == _more(found, "load multiple").nominal - 1
        assert found["loads in a row"].instructions == found["load multiple"].instructions + 1


@needs("cortex-m4")
def test_costs_leave_out_where_code_lies(shared_toy, tmp_path: Path) -> None:
    name = "three across words"
    found = time_sequences("cortex-m4", {name: CASES[name][0]}, shared_toy, tmp_path, placed=False)
    want = CASES[name][1][SINGLE.index("cortex-m4")]
    assert want is not None and _more(found, name).nominal == want - 1
