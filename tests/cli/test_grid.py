"""Tables in any number of columns: names and numbers whole, nothing wider than the screen."""

from __future__ import annotations

import re
import threading

import pytest
from rich.cells import cell_len

import lapel
from lapel.cli import main, screen
from lapel.cli.grid import Column, Grid, fold
from lapel.cli.tables import print_memory
from lapel.ir import Graph
from lapel.records import Layer, Memory
from lapel.records.plain import to_plain
from lapel.targets import load_target

SAID, COUNTED = "model on host: 1 sample, every bit as the reference", "one inference: not counted on this computer"
GRID = Grid(
    (Column("target", "name"), Column("what it is", "prose", 1), Column("flash bytes"), Column("MACs", spare=2)),
    (
        ("raspberry-pi-pico", "a board with a chip (RP2040)", "2,097,152", "1"),
        ("host", "this computer", "-", "20,000"),
    ),
    ("whole", "", "2,097,152", "20,001"),
)  # fmt: skip
WIDE = """\
target             what it is                    flash bytes    MACs
────────────────────────────────────────────────────────────────────
raspberry-pi-pico  a board with a chip (RP2040)    2,097,152       1
host               this computer                           -  20,000
────────────────────────────────────────────────────────────────────
whole                                              2,097,152  20,001
"""
FOLDED = """\
                                             flash
target             what it is                bytes    MACs
──────────────────────────────────────────────────────────
raspberry-pi-pico  a board with a chip   2,097,152       1
                   (RP2040)
host               this computer                 -  20,000
──────────────────────────────────────────────────────────
whole                                    2,097,152  20,001
"""
SPARED = """\
                       flash
target                 bytes
────────────────────────────
raspberry-pi-pico  2,097,152
host                       -
────────────────────────────
whole              2,097,152
(left out for room: MACs,
what it is; --json has all)
"""
STACKED = """\
raspberry-pi-pico
  what it is: a board with
  a chip (RP2040);
  flash bytes: 2,097,152;
  MACs: 1
host
  what it is: this
  computer;
  MACs: 20,000
whole
  flash bytes: 2,097,152;
  MACs: 20,001
"""


@pytest.mark.parametrize(
    ("width", "text"), [(None, WIDE), (68, WIDE), (58, FOLDED), (28, SPARED), (27, STACKED)], ids=str
)
def test_a_table_fits_its_screen(width: int | None, text: str) -> None:
    head, body = GRID.lines(width)
    assert "\n".join([*head, *body, ""]) == text


@pytest.mark.parametrize("width", range(1, 80))
def test_names_and_numbers_are_never_broken(width: int) -> None:
    head, body = GRID.lines(width)
    text = "\n".join([*head, *body])
    for whole in ("raspberry-pi-pico", "host", "2,097,152", "whole"):
        assert whole in text
    if width >= 27:
        assert all(cell_len(line) <= width for line in [*head, *body])


def test_folding() -> None:
    assert fold("one two three", 7) == ["one two", "three"]
    assert fold("/usr/lib/avr/lib/libc.a", 10) == ["/usr/lib/", "avr/lib/", "libc.a"]
    assert fold("unbreakable", 4) == ["unbreakable"] and fold("", 4) == [""]


@pytest.mark.parametrize("columns", [80, 40, 200])
def test_boards_on_a_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screen, "width", lambda: columns)
    assert main(["boards"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    for name in lapel.list_targets():
        assert any(line.split(" ")[0] == name for line in lines)
        size = load_target(name).flash_bytes
        assert size is None or any(f"{size:,}" in line for line in lines)


def test_layers_on_a_terminal(
    model: str, graph: Graph, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for columns in (80, 40):
        monkeypatch.setattr(screen, "width", lambda columns=columns: columns)
        assert main(["run", model, "-t", "host"]) == 0
        table = [line for line in capsys.readouterr().out.splitlines() if line not in (SAID, COUNTED)]
        assert max(map(len, table)) <= columns
    assert main(["plan", model, "-t", "host"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert screen.colours(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("TERM", "dumb")
    assert not screen.colours(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not screen.colours(Terminal())  # type: ignore[arg-type]
    assert main(["boards"]) == 0 and "\x1b" not in capsys.readouterr().out


def test_slow_stages_are_lines_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    class Timer:
        """One that is due when it is waited for, if its time is up by then."""

        def __init__(self, seconds: float, echo: object, what: list[str], options: dict[str, bool]) -> None:
            assert seconds == screen.SLOW_S and options == {"err": True}
            self.what = what

        def start(self) -> None:
            said.append(self.what[0])

        def cancel(self) -> None:
            said.append("end")

        def join(self) -> None:
            pass

    monkeypatch.setattr(screen.threading, "Timer", Timer)
    with screen.stages() as progress:
        progress("measuring 3\x1b calls")
        progress("running")
    first, second = "lapel: measuring 3\N{REPLACEMENT CHARACTER} calls", "lapel: running"
    assert [re.sub(r"after \d+ s", "after N s", s) for s in said] == [
        f"{first} (stage 1, begun after N s)", "end", f"{second} (stage 2, begun after N s)", "end",
    ]  # fmt: skip
    with screen.stages(quiet=True) as progress:
        progress("nothing")
    assert len(said) == 4


def test_a_slow_stage_is_said_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    said, was_said = list[str](), threading.Event()

    def echo(text: str, err: bool) -> None:
        said.append(text)
        was_said.set()

    monkeypatch.setattr(screen, "SLOW_S", 0.0)
    monkeypatch.setattr(screen.click, "echo", echo)
    with screen.stages() as progress:
        progress("really")
        assert was_said.wait(60)
    assert len(said) == 1 and re.fullmatch(r"lapel: really \(stage 1, begun after \d+ s\)", said[0])


def test_json_has_the_whole_name() -> None:
    layer = Layer("a/b;c", "conv", "conv", 1, 2, 3, label="b")
    assert (to_plain(layer)["name"], to_plain(layer)["label"]) == ("a/b;c", "b")


def test_a_model_larger_than_its_board_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    print_memory(Memory(100, 100, 100, 0, 2000, 40_000, 0), load_target("arduino-uno"))
    said = capsys.readouterr().out
    assert "124.0 % of 32,256: does not fit" in said and "102.5 % of 2,048: does not fit" in said
