"""Loops of ours with as many instructions of each kind as loops of AES whose cycles on silicon were published.

Source: github.com/jnk0le/cortexm-AES, doc/aes/CM0_details.md, CM3_CM4_details.md, CM33_details.md, CM7_details.md, and
an older README.md for two of them: cycles of one block at no wait states with keys of 128, 192 or 256 bits. Two rounds
more, or four, take so much more; each round is a pass through a loop. Their code is not here: a loop of ours has as
many arithmetic instructions, loads and so on in the same order, and for cores that issue two as many pairs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cores import needs
from microbenchmarks import time_sequences

ALU = "uxtb.w r4, r2, ror #8"
LOAD = "ldr.w r5, [r1, r3, lsl #2]"
EOR = "eor.w r6, r2, r0, ror #8"
LDM = "ldm.w r1, {r4-r7}"


def times(count: int, code: str) -> str:
    return f".rept {count}; {code}; .endr"


ROUND = (
    f"{times(7, ALU)}; {times(7, LOAD)}; {times(5, EOR)}; {times(9, ALU)}; {times(9, LOAD)}; {times(7, EOR)}; {LDM}; "
    f"{times(4, 'eors r4, r5')}"
)
KEYS = (
    f"ldr r2, [r1], #0; {ALU}; uxtb r4, r2; lsrs r5, r2, #1; {ALU}; {times(8, LOAD)}; cmp r1, r2; {times(3, EOR)}; "
    "str r2, [r1]; subs r0, #1; bne 1b"
)
SMALL = f"{times(16, 'lsrs r4, r2, #1; ldrb r5, [r1, r3]; lsls r5, r5, #3; orrs r4, r5')}; {times(70, 'eors r4, r5')}"

LOOPS = [
    # core, one pass, its cycles, published totals
    ("cortex-m3", f"{ROUND}; subs r0, #1; bne 1b", 58, "CM3_1T encrypt, STM32F1: 627, 743, 859"),
    ("cortex-m4", f"{ROUND}; subs r0, #1; bne 1b", 58, "CM3_1T encrypt, STM32F4: 626, 742, 858"),
    # A word of the keys; of 36, 44 and 52 words. The loop's own end is a comparison, and the counter here one more.
    ("cortex-m3", KEYS, 22 + 1, "CM3_1T setDecKey, STM32F1: 813, 987, 1,163"),
    ("cortex-m4", KEYS, 22 + 1, "CM3_1T setDecKey, STM32F4: 811, 987, 1,164"),
    # 16 loads, and 118 others before the key's; B behind a branch that is not taken, since the loop is long.
    ("cortex-m0", f"{SMALL}; ldm r1!, {{r4-r7}}; {times(6, 'eors r4, r5')}; mov r1, sp; subs r0, #1; beq 2f; b 1b; 2:",
     167, "CM0_sBOX encrypt, STM32F0: 1,666, 2,000, 2,334 (README.md)"),
    ("cortex-m33", f"{times(16, f'{ALU}; {LOAD}')}; {times(11, EOR)}; {LDM}; {times(4, 'eors r4, r5')}; subs r0, #1; "
     "uxtb r4, r2; bne 1b", 54, "CM33_1T encrypt, RP2350: 574, 790 with 256 bits"),
    ("cortex-m7", f"{times(13, f'{ALU}; {LOAD}; {EOR}; {LOAD}')}; subs.w r0, r0, #1; nop.w; nop.w; bne.w 1b",
     28, "CM7_1T encrypt, STM32H7: 302, 358, 414 (README.md)"),
    ("cortex-m7", f"{times(18, f'{ALU}; {LOAD}; {EOR}; {LOAD}')}; {LDM}; subs.w r0, r0, #1; bne.w 1b",
     39, "CM7_DSPsBOX encrypt, STM32H7: 400, 556 with 256 bits"),
]  # fmt: skip


@cache
def _passes(loop: str, count: int) -> str:
    # The loop starts a word, as theirs do.
    return f"push {{r4-r7}}; movs r3, #0; movs r0, #{count}; .balign 4; 1: {loop}; pop {{r4-r7}}"


@pytest.mark.parametrize(
    ("processor", "loop", "want", "published"),
    [pytest.param(*row, id=f"{row[0]}-{row[3]}", marks=needs(row[0])) for row in LOOPS],
)
def test_a_pass_takes_the_published_cycles(
    processor: str, loop: str, want: float, published: str, toy, tmp_path: Path
) -> None:
    found = time_sequences(processor, {"few": _passes(loop, 4), "many": _passes(loop, 24)}, toy, tmp_path)
    each = found["many"].cycles.minus(found["few"].cycles).times(1 / 20)
    assert each.nominal == pytest.approx(want), published
    assert each.low - 0.1 <= want <= each.high + 0.1  # where the emulator's pages end, blocks do
