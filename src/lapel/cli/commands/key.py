"""`lapel key`: a new key that signs updates."""

from __future__ import annotations

from pathlib import Path

import click

from lapel.cli import options, screen
from lapel.updates.keys import make_key


@click.command("key")
@click.argument("file", callback=lambda c, p, v: Path(v), shell_complete=options.complete_path)
def COMMAND(file: Path) -> int:
    """Make a key that signs updates (Ed25519): FILE is the private one, FILE.h the public one for a firmware.

    Whoever has FILE can sign for all devices with FILE.h, and nobody can sign for them without it: keep it, and keep it
    apart. A file that is there is never replaced.
    """
    header = make_key(file)
    screen.say(f"written: {file} {header}")
    screen.say(f"{file} signs for every device that has {header.name}: keep it where nobody else reads it")
    return 0
