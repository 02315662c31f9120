"""The command line: arguments -> public API -> exit code. It has no logic of its own."""

from lapel.cli.entry import main

__all__ = ["main"]
