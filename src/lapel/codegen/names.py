"""C identifiers for models, tensors and constants."""

from __future__ import annotations

import re

KEYWORDS = frozenset(
    (
        "auto break case char const continue default do double else enum extern float for goto if inline int "
        "long register restrict return short signed sizeof static struct switch typedef union unsigned void "
        "volatile while main lapel adapter harness stddef stdint string"
    ).split()
)
"""Names that C has, and stems of files that stand beside a model's own or that it includes."""


def identifier(name: str) -> str:
    """A lower-case C identifier made from any text: letters, digits and single underscores."""
    text = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "model"
    if text[0].isdigit() or text in KEYWORDS:
        text = f"model_{text}"
    return text[:48].rstrip("_")


def comment(text: str) -> str:
    """Text that cannot end a C comment, in printable ASCII; no question marks, of which C99 makes trigraphs."""
    printable = "".join(c if " " <= c <= "~" and c != "?" else "." for c in text)
    return printable.replace("*/", "* /").replace("/*", "/ *")


def string_literal(text: str) -> str:
    """A C string literal of the text's UTF-8 bytes; octal for quotes, control characters, question marks."""
    plain = set(range(32, 127)) - set(b'"\\?')
    found = text.encode("utf-8", "replace")
    return '"' + "".join(chr(c) if c in plain else f"\\{c:03o}" for c in found) + '"'
