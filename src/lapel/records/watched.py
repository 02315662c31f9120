"""`Watched`: one tensor on an emulated core, call after call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from lapel.records.brief import brief
from lapel.records.document import Record
from lapel.records.plain import Absent

Stop = Literal["either", "saturated", "wrong", "never"]


@dataclass(frozen=True)
class WatchedCall:
    """The tensor after one call of the model. least, most: of its stored values. saturated: elements whose numbers are
    beyond what its integers can hold; wrong: elements that are not the reference's."""

    call: int
    least: int | float
    most: int | float
    saturated: int
    wrong: int


@dataclass(frozen=True, eq=False, repr=False)
class Watched(Record):
    """A tensor on a target, in every call up to the one that stopped it.

    step: of the plan, which makes it. scale, zero: of its integers, None of floats. stop: what was waited for. stopped:
    whether that came, in the last of the calls; why: a sentence about it. values: the tensor after the last call; not
    in JSON.
    """

    model: str
    target: str
    layer: str
    op: str
    kernel: str
    step: int
    tensor: str
    dtype: str
    shape: tuple[int, ...]
    scale: float | None
    zero: int | None
    stop: Stop
    given: int
    calls: tuple[WatchedCall, ...]
    stopped: bool
    why: str
    values: Annotated[Any, Absent(lambda: None)] = None

    def __repr__(self) -> str:
        return brief("Watched", self.model, self.target, [f"{self.layer} in {len(self.calls)} calls", self.why])
