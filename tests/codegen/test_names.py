"""Identifiers and comments from arbitrary model and tensor names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapel.codegen.names import comment, identifier


@given(st.text())
def test_any_text_makes_an_identifier(text: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,54}", identifier(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KWS v2.1", "kws_v2_1"),
        ("", "model"),
        ("int", "model_int"),
        ("9lives", "model_9lives"),
        ("adapter", "model_adapter"),
    ],
)
def test_identifiers(text: str, name: str) -> None:
    assert identifier(text) == name


@given(st.text())
def test_a_comment_stays_one(text: str) -> None:
    safe = comment(text)
    assert "*/" not in safe and "/*" not in safe and "??" not in safe and "\n" not in safe
