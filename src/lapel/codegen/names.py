"""Names in C: of models, and text in comments.

A model's name is the prefix of all its names and the stem of its files. A text that can be that is taken as it is; of
any other one a name is derived which holds a hash of the text, so that no two models have one name, or names that a
file system takes for one.
"""

from __future__ import annotations

import hashlib
import re

from lapel.codegen.reserved import reserved
from lapel.errors import UsageError

NAME_CHARS = 48
COMMENT_CHARS = 200
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_DERIVED = re.compile(r"\w+_x[0-9a-f]{7}")


def identifier(name: str) -> str:
    """The C name of a model: `name` itself where it can be that, else one derived from it, and from it alone."""
    if refusal(name) is None:
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:7]
    return f"{_stem(name)[: NAME_CHARS - 9].rstrip('_')}_x{digest}"


def checked_name(name: str) -> str:
    """The name that a user gave a model. Raises UsageError, and says which one would do, if C cannot have it."""
    why = refusal(name)
    if why is None:
        return name
    raise UsageError(f"the model's name is {comment(name, NAME_CHARS)!r}, but {why}: try {_suggestion(name)!r}")


def refusal(name: str) -> str | None:
    """Why a text cannot be a model's name in C; None if it can."""
    if len(name) > NAME_CHARS:
        return f"{len(name)} characters are more than {NAME_CHARS}"
    if not _NAME.fullmatch(name):
        return "C names here are small letters, digits and single underscores, a letter first"
    if name == "lapel" or name.startswith("lapel_"):
        return "that is how Lapel's own names begin"
    if _DERIVED.fullmatch(name):
        return "that is how the names end that Lapel derives"
    what = reserved(name)
    return None if what is None else f"that {what}"


def comment(text: str, chars: int = COMMENT_CHARS) -> str:
    """Text that cannot end a C comment, in printable ASCII; no question marks, of which C99 makes trigraphs.

    Of a text longer than `chars` the middle is left out.
    """
    if len(text) > chars:
        half = (chars - 3) // 2
        text = f"{text[:half]}...{text[-half:]}"
    printable = "".join(c if " " <= c <= "~" and c != "?" else "." for c in text)
    return printable.replace("*/", "* /").replace("/*", "/ *")


def string_literal(text: str) -> str:
    """A C string literal of the text's UTF-8 bytes; octal for quotes, control characters, question marks."""
    plain = set(range(32, 127)) - set(b'"\\?')
    found = text.encode("utf-8", "replace")
    return '"' + "".join(chr(c) if c in plain else f"\\{c:03o}" for c in found) + '"'


def _stem(name: str) -> str:
    text = re.sub(r"[^a-z0-9]+", "_", name[: 4 * NAME_CHARS].lower()).strip("_") or "model"
    return text if text[0].isalpha() and text.split("_")[0] != "lapel" else f"model_{text}"


def _suggestion(name: str) -> str:
    text = _stem(name)[: NAME_CHARS - 12].rstrip("_")
    return next(t for t in (text, f"{text}_model", f"model_{text}", f"model_{text}_model") if refusal(t) is None)
