"""A window over an image that begins elsewhere than the model says."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.debugging.scene import Scene

MOST = 2
"""Pixels by which the window may be off."""


def find(scene: Scene) -> str:
    """Another padding that gives what the device has."""
    pad = scene.node.attrs.get("pad")
    if pad is None:
        return ""
    for other in _others(pad):
        if scene.gives_found(scene.with_attrs(pad=other)):
            return (
                f"a wrong padding: it computes with {list(other)} pixels above, below, left and right of its input, "
                f"the model has {list(pad)}: compare how both frameworks pad (SAME puts the odd pixel below and right)"
            )
    return ""


def _others(pad: tuple[int, int, int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Paddings of as many pixels in all, the nearest first, so that the output's shape stays."""
    moves = sorted(
        ((v, h) for v in range(-MOST, MOST + 1) for h in range(-MOST, MOST + 1) if (v, h) != (0, 0)),
        key=lambda m: (abs(m[0]) + abs(m[1]), m),
    )
    for v, h in moves:
        other = (pad[0] + v, pad[1] - v, pad[2] + h, pad[3] - h)
        if min(other) >= 0:
            yield other
