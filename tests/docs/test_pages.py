"""Generated pages are current, links lead somewhere, every folder is in the layout, and all examples run."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest

from lapel.ir import Op

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import examples  # noqa: E402
import pages  # noqa: E402

GENERATED = pages.generated()
LONG = (
    "add-kernel.md", "add-option.md", "guide-arduino.md", "guide-blob.md", "guide-cascade.md", "guide-check.md",
    "guide-classical.md", "guide-cli.md", "guide-compare.md", "guide-compress.md", "guide-debug.md",
    "guide-energy.md", "guide-export.md", "guide-keras.md", "guide-listen.md", "guide-memories.md",
    "guide-pytorch.md", "guide-quantize.md", "guide-report.md", "guide-sklearn.md", "guide-speakers.md",
    "guide-streaming.md", "guide-tour.md", "guide-training.md", "guide-trees.md", "guide-update.md",
    "guide-wakewords.md", "guide-zephyr.md", "complaints.md",
)  # fmt: skip

NEEDS = {"guide-keras.md": "keras"}
"""Packages that Lapel does not need itself; on a build server they are there."""


@pytest.mark.parametrize("path", GENERATED, ids=lambda p: p.name)
def test_generated_page_is_current(path: Path) -> None:
    assert path.read_text() == GENERATED[path], "run `make docs`"


def _timed(path: Path) -> object:
    """Pages of many trainings and pages of very many commands, each tested by itself elsewhere; so is what the
    debugger's pages plant and compare, and what listens and sleeps in the pages of sound and energy."""
    return pytest.param(path, marks=[pytest.mark.long] if path.name in LONG else [], id=path.name)


@pytest.mark.parametrize("path", [_timed(p) for p in examples.pages()])
def test_examples_run(path: Path, tmp_path: Path) -> None:
    package = NEEDS.get(path.name)
    if package and importlib.util.find_spec(package) is None and os.environ.get("CI") != "true":
        pytest.skip(f"not installed: {package}")
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
    rows = re.findall(r"^\| `([\w/.]+)`", said, re.M)
    assert len(rows) == len(set(rows)), "one line a folder"
    for name in rows:
        assert (ROOT / name).exists(), name


def test_every_answer_of_operators_is_on_their_page() -> None:
    said = (ROOT / "docs" / "add-operator.md").read_text()
    answers = {name for name in (*vars(Op), *Op.__annotations__) if not name.startswith("_")} - {"name", "check_types"}
    assert {"permuted", "signatures"} <= answers
    assert not sorted(answer for answer in answers if f"`{answer}`" not in said)


def test_examples_are_checked() -> None:
    text = "```console\n$ make none\n```\n```console\n$ false\n$ echo new 1\nold 2\n```\n```c\nint x = y;\n```\n"
    folder = Path(__file__).parent
    found = [b.language for b in examples.blocks(text)]
    assert found == ["console", "console", "c"]
    assert examples.run_command("make none", folder) == ("", "the Makefile has no none")
    assert examples.run_command("make test", folder) == ("", "")
    assert examples.run_command("false", folder)[1].startswith("exit code 1")
    assert examples.words("a 1,234 bb") == examples.words("a 5 bb") != examples.words("a 5 cc")


def test_files_and_changes_of_pages(tmp_path: Path) -> None:
    """What a page writes is there when its commands run, in a copy of the sources without the files that it adds."""
    command = "python -c 'import lapel; print(lapel.__file__, lapel.Wish(extra=3))'; ls src/lapel/ops/abs.py"
    field, after = "+    extra: int = 0\n", " \n     def __post_init__\n"
    line = (ROOT / "src/lapel/wish.py").read_text().splitlines().index("    def __post_init__(self) -> None:")
    change = f"--- a/src/lapel/wish.py\n+++ b/src/lapel/wish.py\n@@ -{line},1 +{line},3 @@\n{field}{after}"
    ours = (ROOT / "src/lapel/ops/neg.py").read_text()
    parts = [
        f"```toml x/mine.toml\na = 1\n```\n```diff\n{change}```\n",
        f"```python src/lapel/ops/neg.py\n{ours}# more\n```\n",
        f"```console\n$ cat x/mine.toml\na = 1\n$ {command}\nx\n```\n",
        "```diff\n--- a/none\n+++ b/none\n@@ -1 +1 @@\n-a\n+b\n```\n",
    ]
    text, problems = examples.run_page("".join(parts), tmp_path)
    assert f"{tmp_path}/src/lapel/__init__.py Wish(" in text and "extra=3" in text
    assert f"neg.py\n{ours}```" in text and (tmp_path / "src/lapel/ops/neg.py").read_text() == f"{ours}# more\n"
    found = [problem.split(": ", 1)[1] for problem in problems]
    assert found[0] == "src/lapel/ops/neg.py: another content; `make docs` shows it anew"
    assert found[1].endswith("another output; `make docs` shows it anew")
    assert "none: No such file" in found[2] and len(found) == 3


def test_a_page_adds_its_files_to_sources_without_them(tmp_path: Path) -> None:
    examples.copy_sources(tmp_path, ["src/lapel/ops/neg.py"])
    copied = {str(p.relative_to(tmp_path)) for p in (tmp_path / "src").rglob("*.py")}
    every = {str(p.relative_to(ROOT)) for p in (ROOT / "src").rglob("*.py")}
    assert every - copied == {"src/lapel/ops/neg.py"} and copied <= every


@pytest.mark.parametrize(
    ("page", "most"), [("operator", 1), ("kernel", 3), ("board", 1), ("option", 3), ("picture", 1)]
)
def test_what_it_takes_to_add_one(page: str, most: int) -> None:
    """Files of the sources that a page writes or changes; of the board's, that of the one that is right."""
    found = examples.blocks((ROOT / "docs" / f"add-{page}.md").read_text())
    written = {b.path for b in found if b.path.startswith(("src/", "tests/", "boards/"))}
    changed = {name for b in found if b.language == "diff" for name in re.findall(r"^\+\+\+ b/(.*)$", b.text, re.M)}
    assert 1 <= len(written | changed) <= most, written | changed
