"""A wake word as `lapel train wakeword` writes it -> ears: its front end, its network as a stream, its detector.

Who makes the features elsewhere, as ESPHome does, takes the network alone: `read_network`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lapel.files import LEDGER
from lapel.ir import Graph
from lapel.proving.ears import Ears, take
from lapel.proving.modelfile import recorded_model
from lapel.proving.models import load
from lapel.proving.streaming import streaming
from lapel.records import WakeWord


@dataclass(frozen=True, eq=False)
class Network:
    """A trained wake word without its front end. graph: from the features of a step to scores, with state."""

    record: WakeWord
    graph: Graph


def read_wakeword(path: Path | str, name: str | None = None) -> Ears:
    """The ears of a wakeword.json, with the model beside it.

    name: of the model in C. Raises FormatError: no such record; InputError: the model is missing, is another one than
    that of the record, or does not take what the front end makes.
    """
    record, graph = _read(Path(path), name)
    return take(graph, record.detector, front=record.front)


def read_network(path: Path | str, name: str | None = None) -> Network:
    """The streaming network of a wakeword.json, with the model beside it. name, errors: as of `read_wakeword`."""
    record, graph = _read(Path(path), name)
    found = graph if graph.carries else streaming(graph).graph
    assert isinstance(found, Graph)
    return Network(record, replace(found, name=graph.name))


def _read(path: Path, name: str | None) -> tuple[WakeWord, Graph]:
    record = WakeWord.read(path, ignored=(LEDGER,))
    file = recorded_model(path, record.model, record.model_sha256)
    return record, replace(load(file, None), name=name or record.name)
