"""`Recording`: what a file of sound was, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lapel.records.document import Record


@dataclass(frozen=True)
class Recording(Record):
    """A file of sound as it was found, and as 16-bit samples of one channel at the rate that was wanted.

    source: the file. encoding: its format and how it stores samples. found_*: as it was. samples: how many there are at
    rate_hz. peak: the largest magnitude of them. clipped: how many values of the file, of all channels, are at full
    scale behind another one that is; found_values: of how many. notices: what was changed or looks wrong, a
    sentence each.
    """

    ALSO: ClassVar = ("seconds", "clipped_share")

    source: str
    encoding: str
    found_rate_hz: int
    found_channels: int
    found_values: int
    rate_hz: int
    samples: int
    peak: int
    clipped: int
    notices: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.samples / self.rate_hz

    @property
    def clipped_share(self) -> float:
        """Share of clipped values."""
        return self.clipped / self.found_values
