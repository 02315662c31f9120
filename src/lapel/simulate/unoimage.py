"""The flash image for QEMU's AVR core, which must not skip over a RET.

QEMU 7.2 loses the program counter when SBRS, SBRC, SBIS, SBIC or CPSE skips a RET, as in libgcc's
multiplication. A RET in that place becomes an RJMP to another RET: the same effect, in one word, wherever it
is jumped to from.
Opcodes: Microchip, AVR Instruction Set Manual (DS40002198).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

RET = 0x9508
_SKIPS = ((0xFC00, 0x1000), (0xFC08, 0xFC00), (0xFD00, 0x9900))
"""Mask and value of CPSE; of SBRC and SBRS; of SBIC and SBIS."""
_REACH_WORDS = 2000
"""A little less than what RJMP reaches each way."""


def without_skipped_returns(image: bytes, code: Sequence[tuple[int, int]]) -> bytes:
    """The image with every skipped RET redirected; `code`: address and size in bytes of its pieces."""
    words = list(struct.unpack(f"<{len(image) // 2}H", image[: len(image) // 2 * 2]))
    places = [at // 2 + i for at, size in code for i in range(1, size // 2)]
    returns = [i for i in places if words[i] == RET]
    skipped = {i for i in returns if _is_skip(words[i - 1])}
    plain = [i for i in returns if i not in skipped]
    for i in skipped:
        nearest = min(plain, key=lambda j: abs(j - i), default=None)
        if nearest is not None and abs(nearest - i) < _REACH_WORDS:
            words[i] = 0xC000 | ((nearest - i - 1) & 0xFFF)
    return struct.pack(f"<{len(words)}H", *words) + image[len(words) * 2 :]


def _is_skip(word: int) -> bool:
    return any(word & mask == value for mask, value in _SKIPS)
