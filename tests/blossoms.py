"""A small table: three kinds of flowers by four features, and ten beds in which they stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

KINDS = ("rose", "tulip", "iris")
HEAD = "length,width,petals,height,bed,kind"


def rows(seed: int = 5) -> list[str]:
    """150 lines: the third kind is told from the second by a sum alone."""
    rng = np.random.default_rng(seed)
    kind, bed = np.arange(150) % 3, np.arange(150) // 15
    x = rng.normal(5, 1, (150, 4))
    x[:, 0] += 6 * (kind == 0)
    x[:, 1:3] += np.where(kind[:, None] == 2, 1.5, -1.5) * (kind[:, None] > 0)
    return [f"{','.join(f'{v:.1f}' for v in f)},{b},{KINDS[k]}" for f, b, k in zip(x, bed, kind, strict=True)]


def write_blossoms(path: Path) -> Path:
    path.write_text("\n".join([HEAD, *rows()]) + "\n")
    return path
