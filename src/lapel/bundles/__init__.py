"""Files for somebody else's build: a module each, whose fields are a dataclass and which makes the files' contents.

Every module here whose name has no leading underscore has a `BUNDLE`: a `Bundle` of a model, or a `Project` of a build.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from lapel.bundles._bundle import Bundle
from lapel.bundles._delivery import Built, read_delivery
from lapel.bundles._project import Project
from lapel.bundles._tree import write_tree
from lapel.errors import UsageError, some
from lapel.files import check_file, make_folder, write_file
from lapel.frontends import Model, load
from lapel.keywords import check_names, check_values, meant
from lapel.proving.wakeword import Network, read_network
from lapel.records import CascadeBuild, Exported, ProgramBuild

__all__ = ["Bundle", "Network", "Project", "bundles", "export", "read_network"]


@cache
def bundles() -> Mapping[str, Bundle | Project]:
    """Every bundle by the name of its module, with hyphens."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name.replace("_", "-"): importlib.import_module(f"{__name__}.{name}").BUNDLE for name in names}


def export(model: Model | Network | Built, folder: str | Path, to: str, **given: Any) -> Exported:
    """Write a model, whatever `load` takes, for somebody else's build into a folder; existing files are replaced.

    model: or a trained wake word, its .json file or what `read_network` made of that: its record says what it can, and
    what differs from it is a notice. For a `Project` it is a build, of a model, of a program of several, of a blob, or
    of a cascade: the folder that was written, or its record. Of files in the project's folder only those are replaced
    that an export wrote and nobody changed since. to: for whom, a module of `lapel.bundles`. given: fields of that
    module's dataclass.

    Raises UsageError for another name, and fields that are unknown, missing or wrong; UnsupportedModel with everything
    of the model that they do not take; MissingTool; OutputError; and what `load`, `read_network` or `read_delivery`
    raises.
    """
    if to not in bundles():
        raise UsageError(f"there is nobody called {to!r} to export to: {meant(to, bundles())}")
    bundle = bundles()[to]
    known = {f.name: f for f in fields(bundle.fields)}
    check_names(given, known, f"{to}: field")
    check_values(bundle.fields, given, to, least=0)
    if isinstance(bundle, Project):
        return _export_build(model, Path(folder), to, bundle, given)
    if isinstance(model, Built) or (isinstance(model, str | Path) and Path(model).is_dir()):
        raise UsageError(f"{to} takes the model, and a build was given: give the file that it was built of")
    if isinstance(model, str | Path) and Path(model).suffix == ".json":
        model = read_network(model)
    said = {} if not isinstance(model, Network) else _said(bundle, model, given)
    missing = [name for name in bundle.required if name not in given | said]
    if missing:
        raise UsageError(f"{to}: found no {some(missing)}: they have to be given")
    graph = model.graph if isinstance(model, Network) else load(model)
    made = bundle.make(graph, bundle.fields(**{**said, **given}))
    make_folder(Path(folder))
    paths = [check_file(Path(folder) / name) for name in made.contents]
    for path, content in zip(paths, made.contents.values(), strict=True):
        write_file(path, content)
    notices = (*_differing(said, given), *made.notices)
    return Exported(graph.name, to, tuple(map(str, paths)), made.arena_bytes, notices)


def _export_build(
    build: Model | Network | Built, folder: Path, to: str, project: Project, given: Mapping[str, Any]
) -> Exported:
    if isinstance(build, Built):
        if not build.files:
            raise UsageError(f"{to}: {build!r}: this build wrote no files: build it with a folder")
        build = Path(build.files[0]).parent
    if not isinstance(build, str | Path):
        raise UsageError(f"{to} takes a build, and a model was given: build it, and give its folder")
    delivery = read_delivery(Path(build))
    name = _named(delivery.build)
    made = project.make(delivery, project.fields(**given))
    head = {"model": name, "to": to}
    done = write_tree(folder, made.contents, head)
    notices = [
        *made.notices,
        *(
            f"{folder / n} was changed, or is not lapel's, and was kept: delete it to have it written"
            for n in done.kept
        ),
        *(f"{folder / n} is of an earlier export, and no part of this one: delete it" for n in done.stale),
    ]
    files = tuple(str(folder / n) for n in done.files)
    return Exported(name, to, files, None, tuple(notices), tuple(str(folder / n) for n in done.kept))


def _named(build: Built) -> str:
    if isinstance(build, CascadeBuild):
        return build.name
    return build.program if isinstance(build, ProgramBuild) else build.model


def _said(bundle: Bundle, network: Network, given: Mapping[str, Any]) -> dict[str, Any]:
    if bundle.said is None:
        raise UsageError(f"{network.record.name} is a wake word, {bundle.title} takes none: give its model")
    return bundle.said(network.record, given)


def _differing(said: Mapping[str, Any], given: Mapping[str, Any]) -> Iterable[str]:
    """Of numbers that are given in place of those of a record."""
    for name, value in given.items():
        if name in said and not isinstance(value, str) and value != said[name]:
            yield f"{name} is {value}, as given; the wake word was judged with {said[name]}, its figures hold for that"
