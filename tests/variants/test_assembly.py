"""Statements of assembly in the kernels: what they tell the compiler."""

from __future__ import annotations

import re

import pytest

from lapel.runtime.source import files, read

FILES = sorted(files())
_STATEMENT = re.compile(r"__asm__(?: volatile)?\((?P<text>.*?)\);", re.S)


@pytest.mark.parametrize("file", FILES)
def test_operands_that_are_changed_share_no_register(file: str) -> None:
    """Of two operands that are known to be equal, one that is changed (`+`) would change the other one, too, unless it
    is marked (`&`). Only where the text is empty it makes no difference."""
    text = read(file)
    for found in _STATEMENT.finditer(text):
        if not found["text"].startswith('"" :'):
            assert not re.findall(r'"\+(?!&)\w+"', found["text"]), found[0]
