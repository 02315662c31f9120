"""The error tree: everything that Lapel raises on purpose is a `LapelError`.

A message says where, what was found, what was expected and what to do, on one line. Every class has an
exit code of its own, which the command line returns.
"""

from __future__ import annotations

from collections.abc import Sequence


class LapelError(Exception):
    """Base of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(LapelError):
    """The call itself is wrong: an unknown option, a value out of its range."""

    exit_code = 2


class InputError(LapelError):
    """Data given to a model has the wrong file type, shape, dtype or number of samples."""

    exit_code = 3


class FormatError(LapelError):
    """A model file is truncated, corrupt or hostile."""

    exit_code = 4


class UnsupportedNode(LapelError):
    """One operator asks for something that Lapel does not have; front ends collect these into UnsupportedModel."""

    exit_code = 5


class UnsupportedModel(LapelError):
    """A valid model asks for something that Lapel does not have; lists all such problems at once."""

    exit_code = 5

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        self.where, self.problems = where, tuple(problems)
        lines = "".join(f"\n  - {p}" for p in self.problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(f"{where}: {count}:{lines}")


class UnknownTarget(LapelError):
    """No core or board has this name."""

    exit_code = 6


class DoesNotFit(LapelError):
    """The firmware needs more flash or RAM than the target has."""

    exit_code = 7


class MissingTool(LapelError):
    """A compiler, emulator or Python extra is not installed; says the command that installs it."""

    exit_code = 8


class OutputError(LapelError):
    """The output folder cannot be written, or holds files that are not ours."""

    exit_code = 9


class CompileError(LapelError):
    """The C compiler or the linker refused generated code."""

    exit_code = 10


class CompilerHung(CompileError):
    """The C compiler did not end within the time that it had."""


class SimulationError(LapelError):
    """The emulated core crashed, hung, or answered out of protocol."""

    exit_code = 11


class Mismatch(LapelError):
    """The device and the reference differ: never expected, always reported."""

    exit_code = 12


class InvalidGraph(LapelError):
    """A graph or plan breaks an invariant of its level: a defect of Lapel or of a caller of its Python API."""

    exit_code = 13
