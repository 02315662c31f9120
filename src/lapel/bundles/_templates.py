"""Templates of projects: a folder each in `templates/`, whose files are those of the project.

A file whose name ends with `.j2` is rendered by Jinja2 and loses that; others are copied. `__name__` in a path stands
for the field `name`, and so with others. A field that there is not is an error, and what stands in XML is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".j2"
XML = (".pdsc", ".xml")
_FIELD = re.compile(r"__([a-z]+)__")


def render(folder: str, context: Mapping[str, Any]) -> dict[str, bytes]:
    """Contents by path of all files of a folder of templates. context: their fields, `name` among them."""
    found = {}
    for path in _files(TEMPLATES / folder):
        name = placed(path.relative_to(TEMPLATES / folder).as_posix(), context)
        found[name.removesuffix(SUFFIX)] = render_one(path.relative_to(TEMPLATES).as_posix(), context)
    return found


def render_one(name: str, context: Mapping[str, Any]) -> bytes:
    """The content of one file, by its path in `templates/`."""
    if not name.endswith(SUFFIX):
        return (TEMPLATES / name).read_bytes()
    return _environment().get_template(name).render(context).encode()


def placed(path: str, context: Mapping[str, Any]) -> str:
    """A path with the fields that it names."""
    return _FIELD.sub(lambda field: str(context[field[1]]), path)


def exists(name: str) -> bool:
    """Whether there is a folder, or a file, of this name."""
    return (TEMPLATES / name).exists()


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file())


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.removesuffix(SUFFIX).endswith(XML),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
