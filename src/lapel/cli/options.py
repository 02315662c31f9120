"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from lapel.codegen.names import checked_name
from lapel.errors import TargetError, UsageError
from lapel.targets import Target, boards_from, list_targets, load_target

_FOLDERS = "lapel.boards"
"""Where a context keeps what --boards names: shells ask for completions after its resources are closed."""


def _target(ctx: click.Context, param: click.Parameter, value: str | None) -> Target:
    return wanted(_optional(ctx, param, value))


def _optional(ctx: click.Context, param: click.Parameter, value: str | None) -> Target | None:
    return None if value is None else load_target(value)


def wanted(target: Target | None) -> Target:
    """The target of what cannot do without. Raises UsageError."""
    if target is None:
        raise UsageError("no target was given: add --target NAME; `lapel boards` lists the names")
    return target


def _boards(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    ctx.meta[_FOLDERS] = value
    ctx.with_resource(boards_from(*value))


def _seconds(ctx: click.Context, param: click.Parameter, value: float) -> float:
    if not 0 < value < float("inf"):
        raise UsageError(f"--timeout is {value}, expected seconds above 0")
    return value


def _name(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    return None if value is None else checked_name(value)


def path(ctx: click.Context, param: click.Parameter, value: str | None) -> Path | None:
    return None if value is None else Path(value)


def complete_target(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Targets whose name starts so, with what they are; none while a board's file is wrong: the command says so."""
    try:
        with boards_from(*ctx.meta.get(_FOLDERS, ())):
            names = [n for n in list_targets() if n.startswith(incomplete)]
            return [CompletionItem(n, help=load_target(n).description) for n in names]
    except TargetError:
        return []


def complete_path(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever files the shell finds."""
    return [CompletionItem(incomplete, type="file")]


MODEL: Any = click.argument("model", callback=path, shell_complete=complete_path)
MODELS: Any = click.argument(
    "models", nargs=-1, required=True, metavar="MODEL...", callback=lambda c, p, v: tuple(map(Path, v)),
    shell_complete=complete_path,
)  # fmt: skip
BOARDS: Any = click.option(
    "--boards", metavar="DIR", multiple=True, is_eager=True, expose_value=False, callback=_boards,
    shell_complete=complete_path, help="A folder with boards of yours, a .toml each; may be repeated.",
)  # fmt: skip


def target_option(*names: str, help: str, **given: Any) -> Any:
    """An option that takes the name of a target, and with it the one for folders that have more of them."""
    option = click.option(*names, metavar="NAME", shell_complete=complete_target, help=help, **given)
    return lambda command: BOARDS(option(command))


TARGET: Any = target_option("-t", "--target", callback=_target, help="A core or board.")
TARGET_UNLESS_BUILT: Any = target_option(
    "-t", "--target", callback=_optional, help="A core or board; what was built has its own."
)
NAME: Any = click.option(
    "--name", metavar="NAME", callback=_name,
    help="The model's name in C and of its files; made from the file's name if not given.",
)  # fmt: skip
JSON: Any = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
TIMEOUT: Any = click.option(
    "--timeout", "timeout_s", type=float, default=600.0, metavar="SECONDS", callback=_seconds, show_default=True,
    help="Time that a compiler or the emulator may take.",
)  # fmt: skip
INPUT: Any = click.option(
    "-i", "--input", "inputs", metavar="FILE", callback=path, shell_complete=complete_path,
    help="Samples: .npy, .csv, or .npz with an array for each input; random ones if not given.",
)  # fmt: skip
RESET_EVERY: Any = click.option(
    "--reset-every", metavar="N", type=int,
    help="Of a model with state: the samples are sequences of N, and the state is reset before each; else all are one.",
)  # fmt: skip
CLASSES: Any = click.option(
    "--classes", metavar="NAMES|FILE",
    help="The classes in the order of the scores: names with commas between, or a file with a name a line.",
)  # fmt: skip


def path_option(*names: str, help: str) -> Any:
    """An option whose value is a path that the API checks."""
    return click.option(*names, metavar="PATH", callback=path, shell_complete=complete_path, help=help)


def form_option(blob: str) -> Any:
    """`--format`, given as `form`. blob: what a model as data is for the command."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(("c", "blob")),
        default="c",
        show_default=True,
        help=f"C with the model in it, or the model as data{blob}.",
    )
