"""Decision trees as assembly of 8-bit AVR cores: compares and branches down to some depth, and a walk of what is below.

Registers: Y is x, r21:r20 is y - 128, r18 the votes of a whole leaf, r1 is 0. A tree leaves in Z where its walk begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.families.trees import Inner, Part
from lapel.variants.lower import Lower

DISPLACED = 64
"""Features that LDD reaches."""
BRANCH, RELATIVE = 60, 2000
"""Words that a conditional branch, and a relative jump or call, reaches for sure."""
GREATEST = 127

NODE = """
lpm r26, Z+
cpi r26, 0x80
brsh 5f
clr r27
add r26, r28
adc r27, r29
lpm r24, Z+
ld r25, X
cp r24, r25
lpm r24, Z+
""".strip().splitlines()
"""A node of a stream: its feature, if it is none of a leaf, against its threshold; BRGE goes left."""
COPIES = 4
"""Of it, one after the other: only behind the last one is a jump back."""
RIGHT = ["add r30, r24", "adc r31, r1"]

WALK = [
    *["rjmp 9f", ".Lfall%=:", "1:"],
    *[line for _ in range(COPIES - 1) for line in (*NODE, "brge 2f", *RIGHT, "2:")],
    *[*NODE, "brge 1b", *RIGHT, "rjmp 1b"],
    *"""
5: cpi r26, 0x90
brsh 6f
clr r27
add r26, r20
adc r27, r21
ld r24, X
add r24, r18
st X, r24
ret
6: cpi r26, 0xff
breq 8f
mov r19, r26
subi r19, 0x90
breq 3f
7: lpm r24, Z+
mov r26, r24
swap r26
andi r26, 0x0f
ori r26, 0x80
clr r27
add r26, r20
adc r27, r21
andi r24, 0x0f
ld r25, X
add r25, r24
st X, r25
dec r19
brne 7b
3: ret
8: lpm r24, Z+
lpm r25, Z+
add r30, r24
adc r31, r25
rjmp 1b
9:
""".strip().splitlines(),
]
"""The subroutine, which is passed over: from Z on to a leaf, whose votes are added; 8 is a jump of a stream."""
CLOBBERED = ("r18", "r19", "r20", "r21", "r24", "r25", "r26", "r27", "r30", "r31", "memory")


class Assembly:
    """The lines of all trees, with labels of their own."""

    def __init__(self, lower: Lower, depth: int) -> None:
        self.lower, self.depth = lower, depth
        self.labels = 0

    def tree(self, part: Part) -> list[str]:
        """From the root to a walk; Z is where that begins."""
        done = self._label()
        lines, _ = self._node(part, self.depth, done, 0)
        return [*lines, f"{done}:", "CALL"]

    def _label(self) -> str:
        self.labels += 1
        return f".Lt%=_{self.labels}"

    def _node(self, part: Part, depth: int, done: str, after: int) -> tuple[list[str], int]:
        """(lines, words of them); after: words that follow before `done`."""
        leave = [f"rjmp {done}"] if after else []
        if depth == 0 or not isinstance(part, Inner):
            return [*self._exit(part), *leave], 2 + len(leave)
        if part.threshold == GREATEST:
            return self._node(part.left, depth, done, after)
        head, words = self._compare(part)
        if self._ends(part.left, depth) and self._ends(part.right, depth):
            near = self._label()
            out = [f"brlt {done}"] if after < BRANCH - 3 else [f"brge {near}", f"rjmp {done}", f"{near}:"]
            lines = [*head, *self._exit(part.left), *out, *self._exit(part.right), *leave]
            return lines, words + 4 + min(len(out), 2) + len(leave)
        right, right_words = self._node(part.right, depth - 1, done, after)
        left, left_words = self._node(part.left, depth - 1, done, after + right_words)
        label = self._label()
        jump, jump_words = [f"brge {label}"], 1
        if left_words > BRANCH:
            near = self._label()
            jump, jump_words = [f"brlt {near}", f"rjmp {label}", f"{near}:"], 2
        lines = [*head, *jump, *left, f"{label}:", *right]
        return lines, words + jump_words + left_words + right_words

    def _ends(self, part: Part, depth: int) -> bool:
        return depth == 1 or not isinstance(part, Inner)

    def _exit(self, part: Part) -> list[str]:
        place = self.lower.place(part)
        return [f"ldi r30, lo8(%[low]+{place})", f"ldi r31, hi8(%[low]+{place})"]

    def _compare(self, node: Inner) -> tuple[list[str], int]:
        """Of which BRLT goes left, and BRGE right."""
        test = f"cpi r24, {(node.threshold + 1) & 0xFF}"
        if node.feature < DISPLACED:
            return [f"ldd r24, Y+{node.feature}", test], 2
        move = ["movw r26, r28", f"subi r26, lo8({-node.feature})", f"sbci r27, hi8({-node.feature})"]
        return [*move, "ld r24, X", test], 5


def assembly(parts: Sequence[Part], depth: int, lower: Lower) -> str:
    """The statement that adds the votes of all trees for one row, with operands x, y, low and whole."""
    made = Assembly(lower, depth)
    lines = [line for part in parts for line in made.tree(part)]
    call = "rcall .Lfall%=" if sum(not n.endswith(":") for n in lines) < RELATIVE // 2 else "%~call .Lfall%="
    start = ["mov r18, %[whole]", "movw r20, %[y]", "subi r20, 0x80", "sbc r21, r1"]
    whole = [*start, *WALK, *(call if line == "CALL" else line for line in lines)]
    text = "\n".join(f'            "{line}\\n\\t"' for line in whole)
    clobbers = ", ".join(f'"{name}"' for name in CLOBBERED)
    operands = '[x] "y"(x), [y] "r"(y), [low] "i"(p->lower), [whole] "r"(p->whole)'
    return f"        __asm__ volatile(\n{text}\n            :\n            : {operands}\n            : {clobbers});"
