"""Panels -> HTML and SVG, by the templates beside this file, in which all text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lapel.reports.picture import Panel
from lapel.reports.shapes import Drawing, number
from lapel.reports.tiles import Tile
from lapel.version import VERSION

if TYPE_CHECKING:
    from jinja2 import Environment


HEIGHT_PX = 720
"""Of the frame in a notebook."""


@dataclass(frozen=True)
class Section:
    """A picture in its place. prefix: of its anchors, which are one part's own."""

    prefix: str
    name: str
    title: str
    panel: Panel


@dataclass(frozen=True)
class Part:
    """What is reported of one firmware, or of all together."""

    prefix: str
    title: str
    lead: str
    tiles: tuple[Tile, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]


def render_page(title: str, lead: str, parts: Sequence[Part], footer: Sequence[str]) -> str:
    """A page of its own: no script, and nothing from elsewhere."""
    css = _text("drawing.css") + _text("page.css")
    given: dict[str, Any] = {"title": title, "lead": lead, "parts": parts, "footer": footer}
    return _environment().get_template("page.html").render(**given, css=_raw(css), version=VERSION)


def render_svg(drawing: Drawing) -> str:
    """A picture as a file of its own, with its colors, and no links."""
    macro = _environment().get_template("drawing.svg").module.drawing  # type: ignore[attr-defined]
    return f"{macro(drawing, '', 'picture', False, _raw(_text('drawing.css')))}\n"


def framed(html: str) -> str:
    """A page within a page, as of a notebook: neither's style reaches the other."""
    return (
        f'<iframe srcdoc="{escape(html)}" title="Lapel report" sandbox="allow-popups" '
        f'style="border: 0; width: 100%; height: {HEIGHT_PX}px"></iframe>'
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # here: most commands make no page

    made = Environment(
        loader=PackageLoader("lapel.reports"),
        autoescape=True,
        undefined=StrictUndefined,  # a field that a template has and its data has not is an error
        trim_blocks=False,
        keep_trailing_newline=False,
    )
    made.filters["px"] = number
    return made


def _raw(css: str) -> Any:
    """The project's own style sheet, which is not escaped."""
    from markupsafe import Markup

    return Markup(css)


def _text(name: str) -> str:
    return (files("lapel.reports") / "templates" / name).read_text(encoding="utf-8")
