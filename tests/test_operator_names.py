"""Operators answer, rewrites ask: no generic room knows an operator by its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from lapel.ops import registry

SOURCE = Path(__file__).parent.parent / "src" / "lapel"
GENERIC = ("cli", "codegen", "families", "ir", "measuring", "planning", "proving", "records", "simulate")
"""Rooms that have to work with operators. Front ends and apps make graphs of known ones."""
MODULES = sorted(p for room in GENERIC for p in (SOURCE / room).rglob("*.py"))


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Operators that code decides by or makes nodes of, with their lines."""
    for node in ast.walk(tree):
        for part in places(node):
            for leaf in ast.walk(part):
                if isinstance(leaf, ast.Constant) and leaf.value in registry():
                    yield leaf.lineno, str(leaf.value)


def places(node: ast.AST) -> Iterator[ast.AST]:
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
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and is_table(node.value):
        parts = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
        if parts and all(p in registry() for p in parts):  # of operators, whatever it is compared with
            yield node.value


def is_table(node: ast.AST) -> bool:
    if is_call(node, "frozenset", "set", "tuple") and isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    return bool(parts) and all(isinstance(part, ast.Constant) for part in parts)


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
        'READERS = ("conv", "depthwise")', 'READERS: tuple[str, ...] = ("conv",)', 'READERS = frozenset({"conv"})',
        'match node.op:\n    case "conv" | "dense":\n        pass',
    ],
)  # fmt: skip
def test_what_counts_as_knowing_a_name(code: str) -> None:
    assert list(names_in(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'params["mul"]', '"""conv"""', 'kind == "add"', 'fields = ("mul", "shift")', 'node.op == other.op',
        'registry()[node.op]', 'slide.node(x, y)',
    ],
)  # fmt: skip
def test_what_does_not(code: str) -> None:
    assert not list(names_in(ast.parse(code)))
