"""Generated pages are current, links lead somewhere, every folder is in the layout, and all examples run."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import examples  # noqa: E402
import pages  # noqa: E402

GENERATED = pages.generated()


@pytest.mark.parametrize("path", GENERATED, ids=lambda p: p.name)
def test_generated_page_is_current(path: Path) -> None:
    assert path.read_text() == GENERATED[path], "run `make docs`"


@pytest.mark.parametrize("path", examples.pages(), ids=lambda p: p.name)
def test_examples_run(path: Path, tmp_path: Path) -> None:
    _, problems = examples.run_page(path.read_text(), tmp_path)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert link.startswith("https://") or (path.parent / link).exists(), link


def test_every_folder_is_in_the_layout() -> None:
    said = (ROOT / "docs" / "layout.md").read_text()
    for folder in (ROOT / "src" / "lapel").iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert f"`src/lapel/{folder.name}/`" in said, folder.name
    for name in re.findall(r"^\| `([\w/.]+)`", said, re.M):
        assert (ROOT / name).exists(), name


def test_examples_are_checked() -> None:
    text = "```console\n$ make none\n```\n```console\n$ false\n$ echo new 1\nold 2\n```\n```c\nint x = y;\n```\n"
    folder = Path(__file__).parent
    found = [b.language for b in examples.blocks(text)]
    assert found == ["console", "console", "c"]
    assert examples.run_command("make none", folder) == ("", "the Makefile has no none")
    assert examples.run_command("make test", folder) == ("", "")
    assert examples.run_command("false", folder)[1].startswith("exit code 1")
    assert examples.words("a 1,234 bb") == examples.words("a 5 bb") != examples.words("a 5 cc")
