"""What shells are told: scripts, and what may stand next on a command line."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from lapel.cli import main
from lapel.cli.commands.completion import SHELLS
from lapel.cli.entry import COMPLETE
from lapel.targets import list_targets


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"{COMPLETE}={shell}_complete" in script and "_lapel_completion" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize(
    ("line", "number", "offered"),
    [
        ("lapel b", 1, ["boards", "build"]),
        ("lapel run m.tflite --target cortex-m3", 4, ["cortex-m3", "cortex-m33"]),
        ("lapel demo -t ", 3, list(list_targets())),
        ("lapel build --optimize ", 3, ["latency", "ram", "flash", "balanced"]),
        ("lapel plan --fl", 2, ["--flash-budget"]),
        ("lapel run mod", 2, ["mod"]),
        ("lapel run m.tflite --input x", 4, ["x"]),
    ],
)
def test_offers(
    line: str, number: int, offered: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ((COMPLETE, "bash_complete"), ("COMP_WORDS", line), ("COMP_CWORD", str(number))):
        monkeypatch.setenv(name, value)
    assert main([]) == 0
    assert [row.split(",", 1)[1] for row in capsys.readouterr().out.splitlines()] == offered
