"""A verifier.json with the model beside it -> what checks a detection: its record and the graphs that a device runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lapel.audio.chain import check_numbers
from lapel.audio.verification import embedding_of, enrolling, verifying
from lapel.errors import InputError, shown
from lapel.files import LEDGER
from lapel.ir import Graph
from lapel.proving.modelfile import recorded_model
from lapel.proving.models import load
from lapel.records import Verifier
from lapel.records.frontend import FrontEnd


@dataclass(frozen=True, eq=False)
class Verification:
    """What checks a detection.

    model: features -> word scores or an embedding, as the file has it. verify: of words the model itself; of a speaker
    features int8 [1, frames, F] and template int8 [D] -> embedding int8 [1, D] and score int16 [1]. enrol: embeddings
    int8 [utterances, D] -> template int8 [D] and the similarity of each to it, int16 [utterances]; None of words.
    """

    record: Verifier
    model: Graph
    verify: Graph
    enrol: Graph | None = None


def read_verifier(path: Path | str, front: FrontEnd | None = None, name: str | None = None) -> Verification:
    """The verification of a verifier.json.

    front: the front end of the word whose detections are checked; None where nothing is known. name: of the model in C.
    Raises FormatError: no such record; InputError: the model is missing, is another one than that of the record, does
    not take or give what the record says, or another front end makes the word's features.
    """
    path = Path(path)
    return verification_of(Verifier.read(path, ignored=(LEDGER,)), path, front, name)


def verification_of(
    record: Verifier, path: Path, front: FrontEnd | None = None, name: str | None = None
) -> Verification:
    """The same of a record that was read of this file, or is a part of it."""
    file = recorded_model(path, record.model, record.model_sha256)
    if front is not None:
        check_front(record, front, str(path))
    model = replace(load(file, None), name=name or record.name)
    _check_input(record, model)
    if record.checks == "words":
        _check_words(record, model)
        return Verification(record, model, model)
    found = embedding_of(model).type
    if found.size != record.embedding:
        raise InputError(
            f"{file}: its embedding has {found.size} values, {path} says {record.embedding}: train again, or keep the "
            "files together as they were written"
        )
    return Verification(record, model, verifying(model), enrolling(found, record.utterances, f"{model.name}_enrol"))


def check_front(record: Verifier, front: FrontEnd, where: str) -> None:
    """Raise InputError if the word's front end is another one than the verifier's."""
    if front == record.front:
        return
    theirs, ours = front.to_json(), record.front.to_json()
    unlike = [f"{k} {ours[k]}, the word's is {theirs[k]}" for k in ours if ours[k] != theirs[k]]
    raise InputError(
        f"{where}: verifier {shown(record.name)!r} has another front end than the word: its {'; '.join(unlike)}: both "
        "look at the same features, train the verifier with the word's front end"
    )


def _check_input(record: Verifier, model: Graph) -> None:
    taken = model.tensors[model.arguments[0]].type if len(model.arguments) == 1 else None
    expected = record.frames * record.front.features
    if taken is None or taken.dtype != "int8" or taken.quant is None or taken.size != expected:
        wanted = f"int8 [1, {record.frames}, {record.front.features}]"
        raise InputError(f"{shown(model.name)}: takes {taken}, expected features {wanted}, as its record says")
    check_numbers(record.front, model, taken)


def _check_words(record: Verifier, model: Graph) -> None:
    given = model.tensors[model.results[0]].type
    if len(model.results) != 1 or given.dtype != "int8" or given.size != len(record.words):
        expected = f"int8 scores of {len(record.words)} words, as its record says"
        raise InputError(f"{shown(model.name)}: gives {given}, expected {expected}")
