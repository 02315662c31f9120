"""`Filters` and `Border`: what rewrites ask of an operator that sums weighted inputs, and of one that pads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Border = tuple[int, int, int, int]
"""Rows above and below, columns left and right of an image."""


@dataclass(frozen=True, eq=False)
class Filters:
    """How the channels of output 0, the filters, come from those of input 0, by weights (input 1) and biases (input 2).

        y[…, o] = finish(sum over taps and channels of taps[o, tap, c] · (x[…, c] - zero) + bias[o])

    | field | meaning |
    |---|---|
    | axis | of the weights, along which the filters lie |
    | inputs | axis of the weights along which input channels lie; None: a filter reads its own, or the only one |
    | mixed | any filter may read any input channel |
    | taps | () -> int [O, taps, C]: the weights by filter; C is what of input 0 one position has |
    | bordered | some window reaches beyond input 0, where taps contribute 0 whatever the channel's value is |
    | finish | int64 [N, O] -> (N, O): outputs of accumulators |
    | least | filters that have to stay, because fewer would be computed in another arithmetic |
    """

    axis: int
    inputs: int | None
    mixed: bool
    taps: Callable[[], np.ndarray]
    bordered: bool
    finish: Callable[[np.ndarray], np.ndarray]
    least: int = 1
