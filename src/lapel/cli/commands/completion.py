"""`lapel completion`: commands, options and targets completed by the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from lapel.cli import screen
from lapel.cli.entry import COMPLETE

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
@click.pass_context
def COMMAND(ctx: click.Context, shell: str) -> int:
    """Print what makes SHELL (bash, zsh or fish) complete commands, options and names of targets.

    For one session: eval "$(lapel completion bash)" (also zsh), or lapel completion fish | source. For all of them,
    put that line into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell
    complete = kind(ctx.find_root().command, {}, "lapel", COMPLETE)
    # Not `source()`, which would start the shell to ask for its version.
    screen.say((complete.source_template % complete.source_vars()).rstrip())
    return 0
