"""Features of sound as a device has them: the front end's own firmware on this computer, frame after frame."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from lapel.audio.frontend import streaming
from lapel.proving.hosted import hosted
from lapel.records.frontend import FrontEnd


@dataclass
class Features:
    """int16 [samples] -> uint8 [frames, features] of a front end that was just reset; threads may call at once.

    Frame k is there after (k + 1) hops; the bytes are the front end's int8 less its zero point, so that one stands for
    `factor`.
    """

    front: FrontEnd
    _own: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._first = hosted(streaming(self.front))

    @property
    def factor(self) -> float:
        """What a step of a byte stands for."""
        return self.front.scale

    def __call__(self, wave: np.ndarray) -> np.ndarray:
        library = getattr(self._own, "library", None)
        if library is None:
            library = self._own.library = self._first.another()
        hop = self.front.hop_samples
        count = len(wave) // hop
        library.reset()
        made = library(np.ascontiguousarray(wave[: count * hop]).reshape(count, hop))
        return np.asarray((made.reshape(count, -1).astype(np.int16) - self.front.zero).astype(np.uint8))
