"""Examples in Markdown: fenced blocks, run one after the other in one folder.

    ```console
    $ command            run by bash; `make X` must be a target of the Makefile, and `make demo` runs `lapel demo`
    its output           optional: must have these words, whatever the figures between them
    ```

    ```LANGUAGE PATH
    the content of a file that is written there. Below `src/` it is one of a copy of the sources, which is made without
    that file, and which the commands of the page use. If the sources have it, the page has to show it as it is there.

    ```diff
    a change of files of that copy

Python blocks of a page share their names, as in one session. C blocks are compiled, without linking, against the
headers below `build/`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("console", "python", "c", "diff")
COPIED = ("src", "tests", "pyproject.toml")
"""Of the checkout, what commands need that work on its sources."""
_FENCE = re.compile(r"^```(\w+)(?: ([\w./-]+))?\n(.*?)^```$", re.M | re.S)
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]+")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the path of the file that it is, its text and the line where it starts."""

    language: str
    text: str
    line: int
    path: str = ""

    def commands(self) -> Iterator[tuple[str, str]]:
        """(command, the output shown under it) of a console block."""
        for part in re.split(r"^\$ ", self.text, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def pages() -> list[Path]:
    """The pages whose examples are executed."""
    docs = ROOT / "docs"
    kinds = [page for kind in ("guide-*.md", "add-*.md", "complaints.md") for page in sorted(docs.glob(kind))]
    return [ROOT / "README.md", *kinds]


def blocks(text: str) -> list[Block]:
    """All examples of a page."""
    found = [Block(m[1], m[3], text.count("\n", 0, m.start()) + 1, m[2] or "") for m in _FENCE.finditer(text)]
    return [b for b in found if b.language in LANGUAGES or b.path]


def words(text: str) -> list[str]:
    """What has to stay the same in an output when its figures change."""
    return _WORD.findall(text)


def make_targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def run_page(text: str, folder: Path) -> tuple[str, list[str]]:
    """Run all examples; the page with fresh outputs where it showed any, and what went wrong."""
    problems: list[str] = []
    python, found = "", blocks(text)
    if any(b.language == "diff" or b.path.split("/")[0] in COPIED for b in found):
        copy_sources(folder, [b.path for b in found if b.path])
    for block in found:
        if block.path:
            write(block, folder)
            ours = ROOT / block.path
            content = ours.read_text(encoding="utf-8") if ours.is_file() else block.text
            if content != block.text:
                problems.append(f"line {block.line}: {block.path}: another content; `make docs` shows it anew")
                text = text.replace(f"{block.path}\n{block.text}```", f"{block.path}\n{content}```")
        elif block.language == "diff":
            problems += [f"line {block.line}: {problem}" for problem in [apply(block.text, folder)] if problem]
        elif block.language == "console":
            for command, shown in block.commands():
                output, problem = run_command(command, folder)
                if problem:
                    problems.append(f"line {block.line}: {command}: {problem}")
                elif shown:
                    if words(shown) != words(output):
                        problems.append(f"line {block.line}: {command}: another output; `make docs` shows it anew")
                    text = text.replace(f"$ {command}\n{shown}", f"$ {command}\n{output}")
        elif block.language == "python":
            python += block.text
        else:
            problems += [f"line {block.line}: {p}" for p in compile_c(block.text, folder)]
    if python:
        done = _call([sys.executable, "-c", python], folder)
        if done.returncode != 0:
            problems.append(f"Python: {done.stderr.strip()}")
    return text, problems


def copy_sources(folder: Path, without: Iterable[str]) -> None:
    """A copy of the sources, but for files that a page adds."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    for path in without:
        (folder / path).unlink(missing_ok=True)


def write(block: Block, folder: Path) -> None:
    """Write a block that is a file."""
    path = folder / block.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def apply(text: str, folder: Path) -> str:
    """Apply a diff; what is wrong with it."""
    (folder / "page.diff").write_text(text, encoding="utf-8")
    done = _call(["git", "apply", "-C1", "--recount", "page.diff"], folder)
    return done.stderr.strip() if done.returncode else ""


def run_command(command: str, folder: Path) -> tuple[str, str]:
    """(output, problem): a `make` target is looked up and not made, but for the demo, which `lapel demo` is."""
    if command.startswith("make "):
        unknown = set(command.split()[1:]) - make_targets()
        if unknown or command != "make demo":
            return "", f"the Makefile has no {', '.join(sorted(unknown))}" if unknown else ""
        command = "lapel demo"
    done = _call(["bash", "-c", command], folder)
    if done.returncode != 0:
        return "", f"exit code {done.returncode}: {done.stderr.strip()}"
    return _tidy(done.stdout), ""


def compile_c(source: str, folder: Path) -> list[str]:
    """What the compiler has to say about a C block."""
    folders = dict.fromkeys(h.parent for h in sorted((folder / "build").rglob("*.h")))
    (folder / "example.c").write_text(source, encoding="utf-8")
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", *(f"-I{found}" for found in folders or ["."])]
    done = _call(["gcc", *flags, "-c", "example.c", "-o", "example.o"], folder)
    return [done.stderr.strip()] if done.returncode != 0 else []


def _tidy(output: str) -> str:
    """Without blanks at line ends and empty lines."""
    lines = [line.rstrip() for line in output.splitlines()]
    return "".join(f"{line}\n" for line in lines if line)


def _call(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    if (folder / "src").exists():
        environment["PYTHONPATH"] = str(folder / "src")
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=600)
