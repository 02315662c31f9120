"""A real terminal: its width counts, and control characters are there for those who want them."""

from __future__ import annotations

import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import termios
import threading

import pytest

import lapel
from lapel.cli import screen


def on_terminal(columns: int, *arguments: str, **environment: str) -> str:
    """What `lapel ARGUMENTS` prints on a terminal so wide."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    plain = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "lapel", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, env={**plain, "TERM": "xterm", **environment},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait(60) == 0
    return said.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("colour", [True, False])
def test_a_table(colour: bool) -> None:
    text = on_terminal(80, "boards", **({} if colour else {"NO_COLOR": "1"}))
    assert ("\x1b[" in text) == colour
    lines = re.sub(r"\x1b\[\d*m", "", text).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line.split()[:1] != [] and line[0].isalnum()][1:] == [
        *lapel.list_targets()
    ]


class Pipe(io.StringIO):
    """Standard error that is no terminal, and that tells when a whole line is there."""

    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Event()

    def write(self, text: str) -> int:
        count = super().write(text)
        if "\n" in text:
            self.said.set()
        return count


def test_slow_stages_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain line each, with the stage's number and when it began; quick ones have none."""
    pipe = Pipe()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(screen, "SLOW_S", 0.01)
    with screen.stages() as progress:
        progress("planning\x1b[2J")
        assert pipe.said.wait(60)
        monkeypatch.setattr(screen, "SLOW_S", threading.TIMEOUT_MAX)
        progress("compiling")
    said = "lapel: planning\N{REPLACEMENT CHARACTER}[2J (stage 1, begun after 0 s)\n"
    assert pipe.getvalue() == said
    with screen.stages(quiet=True) as progress:
        monkeypatch.setattr(screen, "SLOW_S", 0.0)
        progress("planning")
    assert pipe.getvalue() == said
