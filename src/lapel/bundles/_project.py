"""`Project`: a build as a project of some ecosystem: templates, and where the C and the example go."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lapel.bundles._bundle import Made
from lapel.bundles._delivery import Delivery, Part
from lapel.bundles._templates import exists, placed, render
from lapel.errors import UnsupportedModel, UsageError, shown
from lapel.records import CascadeBuild, PlannedTensor
from lapel.version import VERSION

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
UNKNOWN = "unknown"
PORTS = "_ports"
"""Start code for emulated machines, a folder each, by the name of the test bench's."""


@dataclass(frozen=True)
class About:
    """What a project says of itself beside the model.

    | field | meaning |
    |---|---|
    | author, website | of the model |
    | version | of the project: three numbers with points between |
    """

    author: str = UNKNOWN
    website: str = ""
    version: str = "1.0.0"

    def __post_init__(self) -> None:
        if not _VERSION.fullmatch(self.version):
            raise UsageError(f"version is {shown(self.version)!r}, expected three numbers, such as 1.0.0")
        for name in ("author", "website"):
            value = getattr(self, name)
            if not value.isprintable() or (name == "author" and not value.strip()):
                raise UsageError(f"{name} is {shown(value)!r}, expected one line of text")


def nothing(delivery: Delivery, about: About) -> Mapping[str, Any]:
    """No fields of its own."""
    return {}


def no_files(context: Mapping[str, Any]) -> Mapping[str, bytes]:
    """No files beside those of its templates."""
    return {}


@dataclass(frozen=True)
class Project:
    """One ecosystem's form of a library.

    | field | meaning |
    |---|---|
    | title | whose build it is |
    | templates | the folder of its templates |
    | sources | where the model's files go |
    | example | where the main file of the example goes; "": it has one in its templates |
    | port | where start code for the emulated machine goes, which the example needs; "": the ecosystem has that |
    | entry | the function that the ecosystem calls |
    | data | where files beside the C go, such as a blob |
    | fields_of | fields of its templates beside those that all have; raises UnsupportedModel |
    | more | by all fields: files that no folder of templates has |
    """

    title: str
    templates: str
    sources: str
    example: str = ""
    port: str = ""
    entry: str = "int main(void)"
    data: str = "data"
    fields_of: Callable[[Delivery, About], Mapping[str, Any]] = nothing
    more: Callable[[Mapping[str, Any]], Mapping[str, bytes]] = no_files
    fields: type[Any] = field(default=About)

    required: tuple[str, ...] = ()

    def make(self, delivery: Delivery, about: About) -> Made:
        """Contents by path, the README first."""
        context = {**_context(delivery, about), "entry": self.entry, "port": self.port, "sources": self.sources}
        context |= {"loader": self._loader(delivery)}
        context["models"] = [{**m, "file": f"{self.data}/{m['name']}.blob"} for m in context["models"]]
        context |= self.fields_of(delivery, about)
        files = {f"{self.sources}/{n}".lstrip("/"): c for n, c in delivery.sources.items()}
        files |= {f"{self.data}/{n}": c for n, c in delivery.data.items()}
        files |= render(self.templates, context) | {"LICENSE": render("_shared/licence", context)["LICENSE"]}
        if self.port:
            port = render(_port(delivery), context)
            files |= {f"{self.port}/{n}": c for n, c in port.items()}
        if self.example:
            files[placed(self.example, context)] = render("_shared/example", context)["main.c"]
        files |= self.more(context)
        unknown = ("the author is not known: --author NAME says who",) if about.author == UNKNOWN else ()
        names = ("README.md", *sorted(set(files) - {"README.md"}))
        return Made({n: files[n] for n in names}, None, unknown)

    def _loader(self, delivery: Delivery) -> dict[str, Any]:
        """The file that the emulator loads into its flash, and where; nothing of a model that is in the image."""
        if not delivery.slot:
            return {}
        flash = next((r for r in delivery.target.memory if r.name == "flash"), None)
        there = flash is not None and flash.origin <= delivery.slot < flash.origin + flash.length
        if self.port and (not there or delivery.target.emulator.kind != "qemu"):
            why = f"its blob is linked for {delivery.slot:#x}, which the machine that runs the example does not have"
            raise UnsupportedModel(delivery.name, [f"{why}: build it without --slot"])
        return {"file": f"{self.data}/{next(iter(delivery.data))}", "address": f"{delivery.slot:#x}"}


def _port(delivery: Delivery) -> str:
    folder = f"{PORTS}/{delivery.target.emulator.harness}"
    if not exists(folder):
        raise UnsupportedModel(delivery.name, [f"{delivery.target.core}: there is no start code for an example"])
    return folder


def _context(delivery: Delivery, about: About) -> dict[str, Any]:
    build, target, name = delivery.build, delivery.target, delivery.name
    models = [_model(delivery, part) for part in delivery.parts] or [_listener(delivery)]
    named = ", ".join(m["model"] for m in models)
    kind = "a neural network" if len(models) == 1 else f"{len(models)} neural networks"
    kind = kind if delivery.parts else "a cascade of neural networks that listens"
    interpreted = " as data, with an interpreter" if delivery.as_data else ""
    compiler, flags = delivery.compiler
    return {
        "name": name,
        "upper": name.upper(),
        "models": models,
        "what": f"{kind} ({named}){interpreted}",
        "summary": f"{kind}{interpreted} in C{'' if interpreted else ' without a run-time library'}",
        "as_data": delivery.as_data,
        "slot": f"{delivery.slot:#x}" if delivery.slot else "",
        "lapel": VERSION,
        "about": about,
        "target": target,
        "build": build,
        "memory": delivery.memory,
        "stack_worst": delivery.stack_worst_bytes,
        "stack_bound": delivery.stack_bound_bytes,
        "macs": sum(part.plan.macs for part in delivery.parts),
        "cost": delivery.cost,
        "recipe": {"compiler": compiler, "flags": flags},
        "flags": library_flags(flags, target.cflags),
        "compiled": delivery.compiled,
        "headers": tuple(n for n in delivery.sources if n.endswith(".h")),
        "separate": target.rom == "separate",
        "regions": {r.name: r for r in target.memory},
        "linked": exists(f"{PORTS}/{target.emulator.harness}/link.ld.j2"),
        "emulate": emulate(delivery),
    }


def _model(delivery: Delivery, part: Part) -> dict[str, Any]:
    """What templates say of one model."""
    name, values = part.name, delivery.text(f"{part.name}_values.h")
    return {
        "name": name,
        "upper": name.upper(),
        "model": shown(part.model),
        "sha256": part.recipe.sha256,
        "listens": f"{name}_listen.h" in delivery.sources,
        "has_argmax": f" {name}_argmax(const" in values,
        "has_class": f" {name}_class(const" in values,
        "has_names": f"{name}_class_name(int32_t" in values + delivery.text(f"{name}.h"),
        "quantizes": f" {name}_quantize(float" in values,
        "inputs": _ports(part, part.plan.inputs, "input"),
        "outputs": _ports(part, part.plan.outputs, "output"),
        "as_data": delivery.as_data,
        "slot": delivery.slot,
        "listener": False,
        "call": "invoke",
        "headers": [f"{name}.h", f"{name}_values.h"],
        "shows": [
            f"{name}.h",
            *([f"{name}_blob.h"] if delivery.as_data else []),
            f"{name}_sample.h",
            f"{name}_values.h",
        ],
        "proof": f"{name}_sample",
    }


def _listener(delivery: Delivery) -> dict[str, Any]:
    """What templates say of a cascade in place of a model."""
    build, name = delivery.build, delivery.name
    assert isinstance(build, CascadeBuild), "all others have models"
    none = dict.fromkeys(("has_argmax", "has_class", "has_names", "quantizes", "as_data"), False)
    return {
        **none,
        "name": name,
        "upper": name.upper(),
        "model": ", ".join(shown(w) for w in build.detector.words),
        "sha256": build.words_sha256,
        "listens": True,
        "inputs": [],
        "outputs": [],
        "slot": 0,
        "listener": True,
        "call": "listen",
        "headers": [f"{name}_listen.h"],
        "shows": [f"{name}_listen.h", f"{name}_sound.h"],
        "proof": f"{name}_sound",
    }


def library_flags(flags: str, machine: tuple[str, ...]) -> list[str]:
    """What the figures were measured with, without what names the core: that is the project's it becomes a part of."""
    return [f for f in flags.split() if f not in machine]


def _ports(part: Part, names: tuple[str, ...], stem: str) -> list[dict[str, Any]]:
    tensors: dict[str, PlannedTensor] = {t.name: t for t in part.plan.tensors}
    found = []
    for k, name in enumerate(names):
        t, cname = tensors[name], stem if len(names) == 1 else f"{stem}_{k}"
        count = 1
        for extent in t.shape:
            count *= extent
        found.append({"cname": cname, "dtype": t.dtype, "shape": list(t.shape), "count": count, "name": shown(name)})
    return found


def emulate(delivery: Delivery) -> list[str]:
    """The command line before the file of an image, by which an emulator runs it; empty: this computer does."""
    emulator, target = delivery.target.emulator, delivery.target
    if emulator.kind == "qemu":
        quiet = ["-display", "none", "-monitor", "none", "-serial", "none", "-chardev", "stdio,id=text"]
        semihosting = ["-semihosting-config", "enable=on,target=native,chardev=text"]
        return [emulator.program, "-machine", emulator.machine, *emulator.arguments, *quiet, *semihosting, "-kernel"]
    chip = next((f.removeprefix("-mmcu=") for f in target.cflags if f.startswith("-mmcu=")), "")
    return ["simavr", "-m", chip, "-f", str(target.clock_hz)] if chip else []
