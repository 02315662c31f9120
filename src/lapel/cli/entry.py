"""`main`: runs a command, and turns whatever it raises into one line and an exit code."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import shell_complete

from lapel import interrupts
from lapel.cli import commands, screen
from lapel.errors import LapelError, OutputError, UsageError
from lapel.version import VERSION

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""
READER_GONE = 141
"""Exit code when standard output was closed by its reader: that of programs which SIGPIPE ends."""
DEFECT = 70
"""Exit code when Lapel itself is wrong: an exception that is no LapelError."""
MODELS = (".tflite", ".onnx", ".pt2", ".pt", ".pth", ".h5", ".keras", ".pkl")
"""Suffixes of what is taken for a model where a command was expected."""
COMPLETE = "_LAPEL_COMPLETE"
"""What shells set in the environment while they complete a command line."""


class Commands(click.Group):
    """Each module of `lapel.cli.commands` is a command of that name: its `COMMAND`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(m.name for m in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{commands.__name__}.{cmd_name}").COMMAND
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            raise click.UsageError(f"No such command {name!r}{meant(name, known)}", ctx)
        return super().resolve_command(ctx, args)


def meant(name: str, known: Sequence[str]) -> str:
    """What a word that is no command may stand for."""
    if Path(name).suffix in MODELS or os.path.isfile(name):
        return f"; a command comes before the model, as in `lapel run {name} --target cortex-m4`"
    near = difflib.get_close_matches(name.lower(), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="lapel", message="%(prog)s %(version)s")
@click.pass_context
def lapel(ctx: click.Context) -> None:
    """Neural networks for microcontrollers: compiled to C, proven bit for bit on emulated cores."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. Only SystemExit of the interpreter itself ever leaves here."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if COMPLETE in os.environ:
        return shell_complete(lapel, {}, "lapel", COMPLETE, os.environ[COMPLETE])
    as_json = "--json" in given
    try:
        with interrupts.handled():
            screen.prepare_streams()
            code = _run(given)
            with screen.standard_output():
                sys.stdout.flush()
            return code
    except LapelError as e:
        return _report(e.message, type(e).__name__, e.exit_code, as_json)
    except interrupts.Ended as e:
        return _report(str(e), "KeyboardInterrupt", e.exit_code, as_json)
    except (KeyboardInterrupt, click.Abort):
        return _report("interrupted", "KeyboardInterrupt", INTERRUPTED, as_json)
    except BrokenPipeError:  # the reader, such as `head`, has what it wanted
        screen.abandon_output()
        return READER_GONE
    except Exception as e:
        with contextlib.suppress(OSError):
            traceback.print_exc()
        said = f"this is a defect of Lapel {VERSION}, please report it with the lines above: {type(e).__name__}: {e}"
        return _report(said, type(e).__name__, DEFECT, as_json)


def _run(arguments: list[str]) -> int:
    context: click.Context | None = None
    try:
        # Not `Command.main`, which prints a line of its own on an interrupt.
        with lapel.make_context("lapel", arguments) as context:
            code: Any = lapel.invoke(context)
    except click.exceptions.Exit as e:  # after --help and --version
        return e.exit_code
    except click.UsageError as e:
        command = context.invoked_subcommand if context else None
        where = e.ctx.command_path if e.ctx else " ".join(filter(None, ("lapel", command)))
        raise UsageError(f"{_one_line(e.format_message())} (`{where} --help` shows the usage)") from None
    except click.ClickException as e:
        raise UsageError(_one_line(e.format_message())) from None
    return int(code or 0)


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _report(message: str, kind: str, exit_code: int, as_json: bool) -> int:
    screen.say_error(message)
    try:
        if as_json:
            screen.print_json({"error": {"type": kind, "message": message, "exit_code": exit_code}})
        with screen.standard_output():
            sys.stdout.flush()
    except (BrokenPipeError, OutputError, AttributeError):  # it is closed, which is no worse than what is reported
        screen.abandon_output()
    return exit_code
