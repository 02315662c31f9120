"""Templates of projects: a folder each in `templates/`, whose files are those of the project.

A file whose name ends with `.j2` is rendered by Jinja2 and loses that; others are copied. `__name__` in a path is the
model's name in C. A field that there is not is an error, and what stands in XML is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".j2"
XML = (".pdsc", ".xml")
_NAME = "__name__"


def render(folder: str, context: Mapping[str, Any]) -> dict[str, bytes]:
    """Contents by path of all files of a folder of templates. context: their fields, `name` among them."""
    found = {}
    for path in _files(TEMPLATES / folder):
        relative = path.relative_to(TEMPLATES / folder).as_posix().replace(_NAME, context["name"])
        if path.suffix == SUFFIX:
            template = _environment().get_template(path.relative_to(TEMPLATES).as_posix())
            found[relative.removesuffix(SUFFIX)] = template.render(context).encode()
        else:
            found[relative] = path.read_bytes()
    return found


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
