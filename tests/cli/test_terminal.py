"""A real terminal: its width counts, and control characters are there for those who want them."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

import pytest

import lapel


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
