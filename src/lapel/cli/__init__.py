"""The command line: arguments -> public API -> exit code. It has no logic of its own."""

from lapel.interrupts import guard_imports, unguard_imports

guard_imports()
from lapel.cli.entry import main  # noqa: E402

unguard_imports()

__all__ = ["main"]
