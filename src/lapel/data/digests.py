"""SHA-256 of data and of plain settings: what tells whether something finished is still what is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from lapel.data.dataset import Dataset, Splits


def data_digest(splits: Splits) -> str:
    """SHA-256 of all samples and labels."""
    h = hashlib.sha256()
    for part in _parts(splits):
        h.update(repr((part.x.shape, str(part.x.dtype), part.factor, part.task, part.classes)).encode())
        h.update(part.x.tobytes() + part.y.tobytes())
    return h.hexdigest()


def _parts(splits: Splits) -> Iterator[Dataset]:
    yield from (part for part in (splits.train, splits.val, splits.test) if part is not None)


def digest(*what: Any) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(repr(tuple(map(_sorted, what))).encode()).hexdigest()


def _sorted(value: Any) -> Any:
    return sorted((k, _sorted(v)) for k, v in value.items()) if isinstance(value, Mapping) else value
