"""`--set OPTION=VALUE` of trainings: values as TOML has them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

import click

from lapel.errors import UsageError
from lapel.keywords import meant


def settings_option(example: str) -> Any:
    """`--set`, which may be repeated."""
    return click.option(
        "--set", "settings", multiple=True, metavar="OPTION=VALUE",
        help=f"An option of the training, such as {example}; may be repeated.",
    )  # fmt: skip


def read_settings(texts: Iterable[str], known: Iterable[str], example: str) -> dict[str, Any]:
    """The values of options by name; what is no value of TOML is text. Raises UsageError."""
    return dict(_setting(text, tuple(known), example) for text in texts)


def _setting(text: str, known: tuple[str, ...], example: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise UsageError(f"--set {text}: expected OPTION=VALUE, such as {example}")
    if name not in known:
        raise UsageError(f"--set {text}: {meant(name, known)}")
    try:
        return name, tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError:
        return name, value
