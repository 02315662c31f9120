"""`lapel train KIND`: a kind of training is a file, found by its name."""

from __future__ import annotations

import pytest

from lapel.cli import kinds, main
from lapel.errors import InputError

NEW = '''
"""A kind for the test."""
import click

@click.command("{name}")
@click.option("--often", type=int, default=1)
def COMMAND(often: int) -> int:
    """Say how often. And more."""
    click.echo(f"trained {{often}} times")
    return often
'''


def test_a_file_is_all_that_a_kind_needs(tmp_path, monkeypatch, capsys):
    (tmp_path / "parrots.py").write_text(NEW.format(name="parrots"))
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    assert "parrots" in kinds.kinds()
    assert main(["train", "parrots", "--often", "3"]) == 3
    assert capsys.readouterr().out == "trained 3 times\n"
    assert main(["train", "--help"]) == 0
    said = capsys.readouterr().out
    assert "parrots" in said and "Say how often." in said and "wakeword" in said
    assert main(["train", "parrots", "--help"]) == 0
    assert "Usage: lapel train parrots" in capsys.readouterr().out


def test_files_that_begin_with_an_underscore_are_no_kinds(tmp_path, monkeypatch):
    (tmp_path / "_shared.py").write_text(NEW.format(name="_shared"))
    monkeypatch.setattr(kinds, "__path__", [str(tmp_path)])
    assert kinds.kinds() == () and kinds.command("_shared") is None


@pytest.mark.parametrize("kind", kinds.kinds())
def test_every_kind_has_help_and_a_command_of_its_name(kind, capsys):
    assert kinds.command(kind).name == kind
    assert main(["train", kind, "--help"]) == 0
    assert f"Usage: lapel train {kind}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["words.toml"], ["--word", "hey"]])
def test_what_is_no_kind_is_named_before_its_arguments(arguments, capsys):
    assert main(["train", "wakeworm", *arguments]) == InputError.exit_code
    said = capsys.readouterr().err
    assert "wakeworm is no recipe, a .toml file, and no kind of training: did you mean 'wakeword'?" in said
