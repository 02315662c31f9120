"""`lapel verify -w`: a verifier that has learned other words than the one that is heard."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lapel.cli.commands.verify import _other_words


def made(learned: tuple[str, ...], heard: tuple[str, ...] | None) -> tuple[Any, Any]:
    word = None if heard is None else SimpleNamespace(detector=SimpleNamespace(words=heard))
    return SimpleNamespace(words=learned), word


@pytest.mark.parametrize("heard", [None, ("hey_lapel",), ("hey lapel", "stop")])
def test_words_that_were_learned(heard: tuple[str, ...] | None) -> None:
    assert _other_words(*made(("stop", "hey lapel"), heard)) == []


def test_a_word_that_was_not_learned() -> None:
    (said,) = _other_words(*made(("computer", "jarvis"), ("hey_lapel", "jarvis")))
    assert said == (
        "the verifier has learned who says computer, jarvis, the word is hey lapel: how well it tells speakers by that "
        "is not known"
    )
