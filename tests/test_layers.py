"""Who may import whom: the arrows of docs/layout.md, read from the import statements."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "lapel"
BASE = {"errors", "records", "version", "wish"}
MAY_IMPORT = {
    "errors": set(),
    "version": set(),
    "records": {"wish", "files", "errors"},
    "wish": {"errors"},
    "ir": {"errors"},
    "runtime": {"errors"},
    "families": {"runtime", "ir", "errors"},
    "ops": {"families", "runtime", "ir", "errors"},
    "building": {"ops", "ir", "errors"},
    "quantization": {"ops", "ir", "errors", "wish"},
    "rewrites": {"ops", "ir", "records", "errors"},
    "ensembles": {"families", "ops", "ir", "errors"},
    "frontends": {"ensembles", "building", "quantization", "rewrites", "ops", "ir", "records", "errors", "wish"},
    "bundles": {
        "proving",
        "audio",
        "codegen",
        "targets",
        "frontends",
        "rewrites",
        "ir",
        "keywords",
        "files",
    }
    | BASE,
    "cascades": {
        "reports",
        "wakewords",
        "training",
        "power",
        "proving",
        "audio",
        "measuring",
        "codegen",
        "planning",
        "simulate",
        "frontends",
        "targets",
        "keywords",
        "ops",
        "ir",
        "files",
    }
    | BASE,
    "checks": {"proving", "frontends", "targets", "ir", "arrays", "frames", "keywords", "files"} | BASE,
    "debugging": {
        "proving",
        "measuring",
        "codegen",
        "planning",
        "simulate",
        "quantization",
        "frontends",
        "targets",
        "audio",
        "variants",
        "runtime",
        "families",
        "ops",
        "ir",
        "arrays",
        "files",
    }
    | BASE,
    "exporters": {"frontends", "ops", "ir", "files", "version", "errors"},
    "targets": {"records", "errors"},
    "updates": {"proving", "codegen", "runtime", "simulate", "targets", "files"} | BASE,
    "interrupts": set(),
    "files": {"interrupts", "errors"},
    "arrays": {"files", "errors"},
    "frames": {"errors"},
    "coding": {"errors"},
    "variants": {"coding", "families", "runtime", "ir", "errors"},
    "planning": {"variants", "rewrites", "ops", "families", "runtime", "ir", "targets", "records", "errors", "wish"},
    "codegen": {"audio", "planning", "runtime", "ir", "targets"} | BASE,
    "simulate": {"targets", "files", "interrupts", "errors"},
    "measuring": {"codegen", "runtime", "planning", "simulate", "targets", "ir", "files"} | BASE,
    "audio": {"building", "ops", "ir", "records", "errors"},
    "keywords": {"errors"},
    "data": {"audio", "proving", "arrays", "frames", "keywords", "ir", "records", "errors"},
    "zoo": {"building", "families", "keywords", "ir", "errors"},
    "training": {"data", "zoo", "keywords", "quantization", "frontends", "ops", "families", "ir", "files"} | BASE,
    "classical": {"building", "frontends", "families", "ops", "ir", "records", "errors"},
    "compression": {"training", "zoo", "data", "keywords", "quantization", "rewrites", "ops", "families", "ir"} | BASE,
    "ladder": {
        "proving",
        "compression",
        "training",
        "data",
        "keywords",
        "targets",
        "planning",
        "frontends",
        "ops",
        "ir",
        "files",
    }
    | BASE,
    "wakewords": {
        "proving",
        "audio",
        "compression",
        "training",
        "data",
        "zoo",
        "keywords",
        "frontends",
        "ops",
        "ir",
        "files",
    }
    | BASE,
    "speakers": {
        "wakewords",
        "proving",
        "audio",
        "training",
        "data",
        "zoo",
        "keywords",
        "frontends",
        "targets",
        "ops",
        "ir",
        "files",
    }
    | BASE,
    "contest": {
        "proving",
        "classical",
        "training",
        "data",
        "zoo",
        "keywords",
        "measuring",
        "planning",
        "simulate",
        "frontends",
        "targets",
        "ir",
        "files",
    }
    | BASE,
    "power": {"proving", "frontends", "targets", "keywords", "files"} | BASE,
    "reports": {"power", "proving", "quantization", "frontends", "targets", "ops", "ir", "files"} | BASE,
    "proving": {
        "audio",
        "quantization",
        "measuring",
        "frontends",
        "codegen",
        "runtime",
        "planning",
        "rewrites",
        "simulate",
        "targets",
        "ops",
        "ir",
        "files",
        "frames",
    }
    | BASE,
}
PUBLIC_ONLY = {"__main__", "cli", "apps", "doctor"}
"""These stand on top and may import anything below them."""


def room(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts
    return parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import; write it in full"
            names = [f"{node.module}.{a.name}" if node.module == "lapel" else node.module for a in node.names]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("lapel.")}
    return found


MODULES = sorted(p for p in SOURCE.rglob("*.py") if p != SOURCE / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_downwards(path: Path) -> None:
    here = room(path)
    if here in PUBLIC_ONLY:
        return
    assert here in MAY_IMPORT, f"{here} is a new room: say here and in docs/layout.md what it may import"
    wrong = imported_rooms(path) - MAY_IMPORT[here] - {here}
    assert not wrong, f"{path.relative_to(SOURCE)} imports {sorted(wrong)}"


def test_modules_of_tests_have_names_of_their_own() -> None:
    # pytest imports them by these names, whatever folder they are in.
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted({n for n in names if names.count(n) > 1}) == []
