"""`lapel energy`: average power on a board, how long batteries last, and sending everything instead."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel import power
from lapel.cli import data, energies, options, screen, wishes
from lapel.errors import UsageError
from lapel.records import Bounded
from lapel.targets import Target, load_target
from lapel.wish import Wish


def _target(ctx: click.Context, param: click.Parameter, value: str | None) -> Target | None:
    return None if value is None else load_target(value)


def _also(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, Bounded]:
    """NAME=UW, or NAME=LOW..HIGH, each as its power with bounds."""
    found = {}
    for one in value:
        name, _, text = one.partition("=")
        try:
            numbers = [float(n) for n in text.split("..")]
        except ValueError:
            numbers = []
        if not name or len(numbers) not in (1, 2):
            raise UsageError(f"--also is {one!r}, expected NAME=UW or NAME=LOW..HIGH, such as adc=30..80")
        if name in found:
            raise UsageError(f"--also gives the power of {name} twice, expected it once: add up, or name them apart")
        found[name] = Bounded(sum(numbers) / len(numbers), numbers[0], numbers[-1])
    return found


@click.command("energy")
@options.MODEL
@options.target_option("-t", "--target", callback=_target, help="A board; not needed for the record of a run or build.")
@click.option("--period", "period_ms", type=float, metavar="MS", help="Milliseconds from an inference to the next.")
@click.option("--rate", "rate_hz", type=float, metavar="HZ", help="Inferences a second, instead of the period.")
@options.INPUT
@click.option(
    "--battery", "batteries", multiple=True, metavar="NAME|FILE",
    help="A battery, or a .toml file with one of yours; may be repeated. All that Lapel has, if not given.",
)  # fmt: skip
@click.option("--microphone", metavar="NAME|FILE", help="What listens all the time, by name or as a .toml file.")
@click.option("--radio", metavar="NAME|FILE", help="What sends results, by name or as a .toml file.")
@click.option(
    "--report", "report_bytes_s", type=float, default=0.0, metavar="BYTES", help="What it sends a second, on average."
)
@click.option("--send", "sent_bytes_s", type=float, metavar="BYTES", help="A second, to be sent instead of computing.")
@click.option(
    "--also", "also_uw", multiple=True, metavar="NAME=UW", callback=_also,
    help="What else takes power on the board, in uW, or LOW..HIGH; may be repeated. Or sampling, if it is not known.",
)  # fmt: skip
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target | None,
    period_ms: float | None,
    rate_hz: float | None,
    inputs: Path | None,
    batteries: tuple[str, ...],
    microphone: str | None,
    radio: str | None,
    report_bytes_s: float,
    sent_bytes_s: float | None,
    also_uw: dict[str, Bounded],
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Print what MODEL takes on a board that infers once a period, and how long batteries last.

    MODEL is run on the emulated core as `lapel run` does it, or it is what that printed with --json, or the folder of a
    build. Every figure has bounds, and every constant its source: --json has them all.
    """
    with screen.stages(quiet=as_json) as progress:
        graph = model if power.is_record(model) else lapel.load(model, name=name)
        samples = None if inputs is None else data.read_samples(inputs, None)[0]
        result = lapel.energy(
            graph, target, period_ms=period_ms, rate_hz=rate_hz, batteries=batteries or None,
            microphone=microphone, radio=radio, report_bytes_s=report_bytes_s, sent_bytes_s=sent_bytes_s,
            also_uw=also_uw, inputs=samples, wish=wish, timeout_s=timeout_s, progress=progress,
        )  # fmt: skip
    if as_json:
        screen.print_json(result.to_json())
    else:
        energies.print_energy(result)
    return 0
