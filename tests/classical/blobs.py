"""A small task for estimators: clusters of six features, of which one is no use."""

from __future__ import annotations

import numpy as np


def blobs(
    classes: int = 3, count: int = 240, seed: int = 0, labels: tuple[str, ...] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """(x [count, 6] of whole numbers 0..16, y [count])."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).uniform(3, 13, (classes, 6))
    y = np.arange(count) % classes
    x = np.clip(np.rint(centres[y] + rng.normal(0, 1.0, (count, 6))), 0, 16)
    x[:, 5] = 0
    return x, np.array(labels)[y] if labels else y
