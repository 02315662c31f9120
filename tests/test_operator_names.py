"""Operators answer, rewrites ask: no generic room knows an operator by its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from lapel.ops import registry

SOURCE = Path(__file__).parent.parent / "src" / "lapel"
GENERIC = (
    "cli",
    "codegen",
    "exporters",
    "families",
    "frontends/rewrites",
    "ir",
    "measuring",
    "planning",
    "proving",
    "quantization",
    "records",
    "rewrites",
    "simulate",
)
"""Rooms that have to work with operators. Front ends and apps make graphs of known ones."""
APART = ("forms", "depths")
"""Folders of files that are named by the operator that they know, and that of instruction sets, whose instructions are
called `add` and `mul`, too."""
MODULES = sorted(p for room in GENERIC for p in (SOURCE / room).rglob("*.py") if p.parent.name not in APART)


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Operators that code decides by or makes nodes of, with their lines."""
    tables = {name for node in ast.walk(tree) for name in asked(node)}
    for node in ast.walk(tree):
        for part in places(node, tables):
            for leaf in ast.walk(part):
                if isinstance(leaf, ast.Constant) and leaf.value in registry():
                    yield leaf.lineno, str(leaf.value)


def asked(node: ast.AST) -> Iterator[str]:
    """Names of tables in which an operator's name is looked for."""
    if isinstance(node, ast.Compare) and is_op(node.left):
        yield from (side.id for side in node.comparators if isinstance(side, ast.Name))
    elif isinstance(node, ast.Subscript) and is_op(node.slice) and isinstance(node.value, ast.Name):
        yield node.value.id
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and any(map(is_op, node.args)):
        yield getattr(node.func.value, "id", "")


def places(node: ast.AST, tables: set[str]) -> Iterator[ast.AST]:
    """Where the name of an operator means one: compared with `op`, looked up, matched, given to a node."""
    if isinstance(node, ast.Compare) and any(is_op(side) for side in (node.left, *node.comparators)):
        yield node
    elif isinstance(node, ast.Subscript) and is_call(node.value, "registry"):
        yield node.slice
    elif isinstance(node, ast.Match) and is_op(node.subject):
        yield from (case.pattern for case in node.cases)
    elif isinstance(node, ast.Call) and is_call(node, "Node", "NodeSpec", "single", "startswith", "endswith"):
        yield from node.args[:1]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_call(node.func.value, "registry"):
        yield from node.args
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(t, ast.Name) and t.id in tables for t in targets):
            yield node.value


def is_op(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "op") or (isinstance(node, ast.Name) and node.id == "op")


def is_call(node: ast.AST, *names: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called in names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_operator_is_known_by_name(path: Path) -> None:
    found = [f"{path}:{line}: {name!r}" for line, name in names_in(ast.parse(path.read_text()))]
    assert not found, f"ask the operator (`lapel.ir.op.Op`), or make the node with `lapel.ops.NAME.node`: {found}"


@pytest.mark.parametrize(
    "code",
    [
        'node.op == "conv"', '"conv" != inst.node.op', 'n.op in ("conv", "dense")', 'op not in {"conv"}',
        'registry()["relu"].reference', 'registry().get("relu")', 'ops.registry()["relu"]',
        'Node("slide", x, y, z)', 'ir.Node("slide", x, y, z)', 'NodeSpec("pad", inputs)',
        'READERS = ("conv", "pad")\nn.op in READERS', 'READERS: tuple[str, ...] = ("conv",)\nn.op not in READERS',
        'READERS = frozenset({"conv"})\nop in READERS', 'HOW = {"conv": 1}\nHOW[node.op]',
        'HOW = {"conv": 1}\nHOW.get(n.op)',
        'match node.op:\n    case "conv" | "dense":\n        pass',
    ],
)  # fmt: skip
def test_what_counts_as_knowing_a_name(code: str) -> None:
    assert list(names_in(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'params["mul"]', '"""conv"""', 'kind == "add"', 'fields = ("mul", "shift")', 'node.op == other.op',
        'registry()[node.op]', 'slide.node(x, y)', 'ALSO = ("equal",)',
    ],
)  # fmt: skip
def test_what_does_not(code: str) -> None:
    assert not list(names_in(ast.parse(code)))
