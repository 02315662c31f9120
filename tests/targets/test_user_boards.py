"""Boards in folders of the user's: found by every verb, and wrong files said with line, found and expected."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import lapel
from lapel.cli import main
from lapel.errors import TargetError, UnknownTarget
from lapel.measuring import fit
from lapel.targets import boards_from, files, list_boards, list_targets, load_target
from nets import Net

MINE = (
    'inherits = "cortex-m4"\ndescription = "mine (STM32F405, 168 MHz)"\nflash_bytes = 1_048_576\nram_bytes = 196_608\n'
)


def write(folder: Path, **boards: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in boards.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


def test_a_board_is_one_file(tmp_path: Path) -> None:
    folder = write(tmp_path, mine=MINE, faster='inherits = "mine"\ndescription = "faster"\nclock_hz = 200_000_000\n')
    with boards_from(folder):
        assert set(list_boards()) >= {"mine", "faster", "nucleo-l4r5zi"}
        mine, faster = load_target("mine"), load_target("faster")
        assert (mine.kind, mine.core, mine.flash_bytes) == ("board", "cortex-m4", 1_048_576)
        assert (faster.core, faster.ram_bytes, faster.clock_hz) == ("cortex-m4", 196_608, 200_000_000)
        assert "mine" in fit.boards_with_room(1_000_000, 190_000, "cortex-m4")
        with pytest.raises(UnknownTarget, match="did you mean 'mine'"):
            load_target("mime")
        assert lapel.build(Net("m", (1, 4)).graph("x"), "mine").target == "mine"
    assert "mine" not in list_targets()
    with pytest.raises(UnknownTarget):
        load_target("mine")


def test_several_folders_and_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (write(tmp_path / n, **{n: MINE}) for n in ("a", "b", "c"))
    monkeypatch.setenv(files.VARIABLE, os.pathsep.join(["", str(first), str(second), str(first)]))
    assert {"a", "b"} <= set(list_boards()) and "c" not in list_boards()
    with boards_from(third, second):
        assert {"a", "b", "c"} <= set(list_boards())


def test_a_folder_that_is_named_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "boards", mine=MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(files.VARIABLE, str(folder))
    with boards_from("boards", "boards/../boards"):
        assert list_boards().count("mine") == 1


def test_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner.toml").mkdir()
    with boards_from(tmp_path), pytest.raises(TargetError, match=r"gone\.toml: cannot be read: No such file"):
        list_boards()
    with (
        boards_from(tmp_path / "folder"),
        pytest.raises(TargetError, match=r"inner\.toml: cannot be read: Is a directory"),
    ):
        list_boards()


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    with boards_from(write(tmp_path, mine=MINE)):
        assert load_target("mine").clock_hz is None
        write(tmp_path, mine=MINE + "clock_hz = 1_000\n")
        assert load_target("mine").clock_hz == 1_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('inherits = "cortex-m4"\ndescription "x"\n', r"is no TOML in UTF-8: .*\(at line 2, column 13\)"),
        ('description = "x"\n', "has no key inherits: name the core that the board has, or a board that it is like"),
        (MINE.replace("cortex-m4", "cortexm4"), "inherits on line 1 is 'cortexm4', expected a core or board; did you"),
        (MINE.replace("cortex-m4", "_cortex-m"), "inherits on line 1 is '_cortex-m', expected a core or board"),
        (MINE.replace('"cortex-m4"', "4"), "inherits on line 1 is 4, expected a core or board"),
        ('inherits = "broken"\n', "inherits from itself through broken"),
        (MINE + "flash_byte = 3\n", "unknown key flash_byte on line 5, did you mean flash_bytes?"),
        (MINE + "emulator.machin = 'x'\n", "unknown key emulator.machin on line 5, did you mean machine?"),
        (MINE + 'clock_hz = "168 MHz"\n', "clock_hz on line 5 is '168 MHz', expected a whole number"),
        (MINE + "clock_hz = 1.5\n", "clock_hz on line 5 is 1.5, expected a whole number"),
        (MINE + "clock_hz = 0\n", "clock_hz on line 5 is 0, expected more than 0"),
        (MINE + "pj_per_cycle = true\n", "pj_per_cycle on line 5 is True, expected a number"),
        (MINE + "cflags = [1]\n", r"cflags on line 5 is \[1\], expected a list of strings"),
        (MINE + "memory = 5\n", "memory on line 5 is 5, expected a table"),
        (MINE + "[memory]\nram = 5\n", "memory.ram is 5, expected a table with origin and length"),
        (MINE + "[memory.ram]\nlength = 0\n", "memory.ram.length on line 6 is 0, expected more than 0"),
        (MINE + 'timing = "cortex-m99"\n', "timing on line 5 is 'cortex-m99', expected one of cortex-m0, "),
        (MINE + 'rom = "odd"\n', "rom on line 5 is 'odd', expected one of separate, unified"),
        (MINE + "kernels = ['dsp']\n", "kernels must have 'portable' among them"),
        (MINE + "flash_wait_states = 2\n", "flash_wait_states needs flash_line_bytes"),
    ],
)  # fmt: skip
def test_a_wrong_file(text: str, message: str, tmp_path: Path) -> None:
    folder = write(tmp_path, broken=text)
    with boards_from(folder), pytest.raises(TargetError, match=f"^{folder / 'broken.toml'}: {message}"):
        load_target("cortex-m4")


def test_all_wrong_files_at_once(tmp_path: Path) -> None:
    folder = write(tmp_path, a=MINE + "x = 1\n", b=MINE + "y = 1\n", c=MINE)
    with boards_from(folder), pytest.raises(TargetError) as caught:
        list_boards()
    lines = caught.value.message.splitlines()
    assert lines[0] == "2 boards are wrong:" and [line.split(":")[1] for line in lines[1:]] == [
        " unknown key x on line 5", " unknown key y on line 5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("cortex-m4", "a core of Lapel has it"),
        ("arduino-uno", "a board of Lapel has it"),
        ("_cortex-m4", "expected letters"),
    ],
)
def test_names_that_are_taken(name: str, whose: str, tmp_path: Path) -> None:
    folder = write(tmp_path, **{name: MINE})
    with pytest.raises(TargetError, match=f"^{folder / name}.toml: .*{whose}"), boards_from(folder):
        pytest.fail("the folder was taken")


def test_a_name_in_two_folders(tmp_path: Path) -> None:
    one, two = (write(tmp_path / n, mine=MINE) for n in ("one", "two"))
    message = f"^{two}/mine.toml: the name 'mine' is taken, {one}/mine.toml has it: give the file another name"
    with pytest.raises(TargetError, match=message), boards_from(one, two):
        pytest.fail("both were taken")


@pytest.mark.parametrize("name", ["a b", "ä", "-x", "x;y"])
def test_odd_names(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path, **{name: MINE})
    with pytest.raises(TargetError, match="expected letters, digits and"), boards_from(folder):
        pytest.fail("the name was taken")


def test_a_folder_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, why in (
        (tmp_path / "none", "No such file"),
        (tmp_path / "a\0b", "null"),
        (Path(__file__), "Not a directory"),
    ):
        with pytest.raises(TargetError, match=f"{why}.*: expected a folder with one .toml a board"), boards_from(path):
            pytest.fail("the folder was taken")
    monkeypatch.setenv(files.VARIABLE, str(tmp_path / "none"))
    with pytest.raises(TargetError, match=r"No such file or directory \(LAPEL_BOARDS names it\): expected a folder"):
        load_target("host")


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "boards", mine=MINE)
    model = tmp_path / "m.tflite"
    net = Net("m", (1, 8))
    model.write_bytes(lapel.write_tflite(net.graph(net.dense("x", 3))))
    assert main(["boards", "--boards", str(folder), "--json"]) == 0
    assert "mine" in {t["name"] for t in json.loads(capsys.readouterr().out)["targets"]}
    assert main(["plan", str(model), "-t", "mine", "--boards", str(folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["target"], said["core"]) == ("mine", "cortex-m4")
    for command in ("build", "run", "diff", "demo"):
        assert main([command, "--help"]) == 0
        assert "--boards DIR" in capsys.readouterr().out, command
    assert main(["plan", str(model), "-t", "mine"]) == UnknownTarget.exit_code
    assert main(["boards", "--boards", str(tmp_path / "none")]) == TargetError.exit_code
    assert "expected a folder with one .toml a board" in capsys.readouterr().err
