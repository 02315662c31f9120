"""The error tree: everything that Lapel raises on purpose is a `LapelError`.

A message says where, what was found, what was expected and what to do, on one line. Every class has an
exit code of its own, which the command line returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GUIDE_INT8 = "docs/guide-int8.md"
"""The page that describes the ways to an int8 model, relative to the project."""

FULL_INT8 = "(full integer, int8 inputs and outputs, with a representative data set)"
"""What converters call it."""

SHOWN_NAME = 60
"""Characters of a name in a message; converters join the names of all layers that they fused."""

SHOWN_WHERE = 3
"""Places that are named for one cause; the others are counted."""

SHOWN_CAUSE = 500
"""Characters of a cause; some list what a file has, which may be thousands of numbers."""

SHOWN_CAUSES = 12
"""Causes that are told; the others are counted."""


def shown(name: str, width: int = SHOWN_NAME) -> str:
    """A name from a file as it may be printed or generated: on one line, harmless in comments, `width` characters.

    Its first and last characters are kept, since numbers that tell names apart stand at the end. Control characters,
    escapes and marks of text direction become U+FFFD; what opens or ends a comment of C is parted.
    """
    cut = name if len(name) <= width else f"{name[: width // 2 - 1]}…{name[-(width // 2) :]}"
    printable = "".join(c if c.isprintable() else "\ufffd" for c in cut)
    return printable.replace("*/", "* /").replace("/*", "/ *")


def some(names: Iterable[object], count: int = 6, width: int = 40) -> str:
    """The first `count` of many names of users, each on at most `width` characters, and how many more there are."""
    found = list(names)
    more = f" and {len(found) - count} more" if len(found) > count else ""
    return ", ".join(shown(str(n), width) for n in found[:count]) + more


@dataclass(frozen=True)
class Problem:
    """Why a model is refused: `cause` is the same text wherever it is the same, `where` names the node or tensor."""

    where: str
    cause: str

    def __str__(self) -> str:
        return f"{self.where}: {self.cause}" if self.where else self.cause


class LapelWarning(UserWarning):
    """What a user has to know about numbers that no record stands beside, such as those of `lapel.predict`."""


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


class UnfitData(InputError, ValueError):
    """What an estimator cannot be fitted to, or with; a ValueError as well, which scikit-learn's tools expect."""


class FormatError(LapelError):
    """A model file is truncated, corrupt or hostile; a record in JSON is damaged, or of a newer Lapel."""

    exit_code = 4


class UnsupportedNode(LapelError):
    """One operator asks for something that Lapel does not have; front ends collect these into UnsupportedModel."""

    exit_code = 5


class UnsupportedModel(LapelError):
    """A valid model asks for something that Lapel does not have; lists all such problems at once.

    The message tells them cause by cause, with the first places of each.

    problems: one line for each, all of them; `advice`: a last line that names the way out of all of them.
    """

    exit_code = 5

    def __init__(self, where: str, problems: Sequence[Problem | str], advice: str = "") -> None:
        self.where, self.problems, self.advice = where, tuple(map(str, problems)), advice
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = [f"\n  - {line}" for line in _by_cause(problems)]
        super().__init__(f"{where}: {count}:{''.join(lines)}" + (f"\n  {advice}" if advice else ""))


def _by_cause(problems: Sequence[Problem | str]) -> list[str]:
    """One line for each cause, with the first places where it was found."""
    places: dict[str, list[str]] = {}
    for p in problems:
        where, cause = (p.where, p.cause) if isinstance(p, Problem) else ("", p)
        places.setdefault(cause, []).append(where)
    lines = []
    for cause, found in list(places.items())[:SHOWN_CAUSES]:
        where = "; ".join(filter(None, found[:SHOWN_WHERE]))
        more = f" and {len(found) - SHOWN_WHERE} more" if where and len(found) > SHOWN_WHERE else ""
        lines.append(str(Problem(where + more, shown(cause, SHOWN_CAUSE))))
    if len(places) > SHOWN_CAUSES:
        rest = sum(map(len, list(places.values())[SHOWN_CAUSES:]))
        lines.append(f"and {rest} more problems of {len(places) - SHOWN_CAUSES} other causes")
    return lines


class FloatModel(UnsupportedModel):
    """A model with float operators that have no float32 kernel: it can be loaded and evaluated, but not built.

    found, total: operators that have none, and all. kinds: which they are.
    """

    def __init__(self, where: str, found: int, total: int, kinds: str) -> None:
        problem = f"{found} of {total} operators compute in float32 and have no float32 kernel ({kinds})"
        super().__init__(where, [problem])
        self.message = f"{where}: {problem}: quantize it to int8 (lapel quantize), {GUIDE_INT8} has more ways"
        self.args = (self.message,)


class UnknownTarget(LapelError):
    """No core or board has this name."""

    exit_code = 6


class TargetError(LapelError):
    """A board's file is wrong, or its folder; lists all files that are."""

    exit_code = 14


class DoesNotFit(LapelError):
    """The firmware needs more flash or RAM than the target has.

    over: by "flash", "RAM" or "stack" how many bytes more than there are, at least; {} where nothing is too small but
    what indexes reach, or a budget.
    """

    exit_code = 7

    def __init__(self, message: str, over: Mapping[str, int] | None = None) -> None:
        super().__init__(message)
        self.over = dict(over or {})


class MissingTool(LapelError):
    """A compiler, emulator or Python extra is not installed, or no program; says the command that installs it."""

    exit_code = 8


class OutputError(LapelError):
    """An output cannot be written, or would replace a file that Lapel did not write."""

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


class AccuracyLost(LapelError):
    """A model was quantized and written, but loses more accuracy than `--accuracy-loss` allows."""

    exit_code = 16


class TrainingError(LapelError):
    """A training found nothing that could be kept: it diverged in its first epoch."""

    exit_code = 15


class ProcessEnded(LapelError):
    """A signal ended the process that trained, such as a fault in PyTorch; says what is kept, and what to do."""

    exit_code = 17


class BudgetBroken(LapelError):
    """A firmware takes more than its budget, or a figure is worse than the baseline's (`lapel check`)."""

    exit_code = 18


class UpdateRefused(LapelError):
    """A device would not take the update.

    status: its name in `runtime/update/update.h`, or in `interpreter.h`; code: the number there.
    """

    exit_code = 19

    def __init__(self, status: str, code: int, message: str) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status, self.code = status, code
