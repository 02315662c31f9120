"""Text whatever the locale, names that are no text, and output that nobody reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lapel.cli import main
from lapel.cli.entry import READER_GONE
from lapel.codegen.names import identifier
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph

UTF8 = {"LC_ALL": "C.UTF-8"}
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""What a legacy locale gives: neither text nor names are UTF-8 to Python."""
LAPEL = [sys.executable, "-m", "lapel"]
DASH = "\N{EM DASH}"


def lapel(*arguments: str | bytes, locale: dict[str, str] = UTF8, **options) -> subprocess.CompletedProcess[bytes]:
    unset = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LANG", "PYTHONUTF8")}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([*LAPEL, *arguments], env={**unset, **locale}, timeout=300, **options)


@pytest.mark.parametrize(
    "locale",
    [
        pytest.param(UTF8, id="utf8", marks=pytest.mark.long),
        pytest.param({"LC_ALL": "C"}, id="c", marks=pytest.mark.long),
        pytest.param(ASCII, id="ascii"),
    ],
)
def test_text_and_names_are_utf8(locale: dict[str, str], model: str, tmp_path: Path) -> None:
    """A name in a file, in output, and as a path; one byte of it is no UTF-8."""
    name = "caf\u00e9 ".encode() + b"\xff"
    os.rename(model, tmp_path.as_posix().encode() + b"/" + name + b".tflite")
    done = lapel("build", name + b".tflite", "-t", "host", locale=locale)
    assert (done.returncode, done.stderr) == (0, b"")
    stem = identifier("caf\u00e9 \ufffd")
    assert f"written: build/{stem}-host/{stem}.h" in done.stdout.decode()
    assert "plan caf\u00e9 \ufffd for host" in Path(f"build/{stem}-host/plan.txt").read_text("utf-8")
    assert "\N{BOX DRAWINGS LIGHT HORIZONTAL}" in done.stdout.decode()
    done = lapel("run", b"\xe9\xe9.tflite", "-t", "host", locale=locale)
    assert done.returncode == 3 and "\ufffd\ufffd.tflite: found no such file" in done.stderr.decode()
    done = lapel("build", name + b".tflite", "-t", "host", "-o", b"\xff/\xe9", "--json", locale=locale)
    assert done.returncode == 0 and os.path.isfile(b"\xff/\xe9/" + f"{stem}.c".encode())
    assert json.loads(done.stdout)["model"] == "caf\u00e9 \ufffd"


def test_the_source_names_an_encoding_wherever_it_reads_text(model: str) -> None:
    """Python says where it would take the locale's."""
    command = [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning", "-m", "lapel"]
    for arguments in (["build", model, "-t", "cortex-m4"], ["boards"], ["doctor"]):
        done = subprocess.run([*command, *arguments], capture_output=True, timeout=300)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_has_gone(model: str) -> None:
    """As `| head`: the exit code that programs have which SIGPIPE ends, and not a word."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        for arguments in (["boards"], ["plan", model, "-t", "host"], ["boards", "--json"], ["--help"]):
            done = lapel(*arguments, stdout=writer)
            assert (done.returncode, done.stderr) == (READER_GONE, b"") == (128 + 13, b"")
        done = lapel("run", "none.tflite", "-t", "host", "--json", stdout=writer)
        assert done.returncode == 3 and done.stderr.count(b"\n") == 1
        assert lapel("run", "none.tflite", "-t", "host", stderr=writer).returncode == 3
    finally:
        os.close(writer)


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_streams(closed: int, model: str) -> None:
    """Without standard output it is an error: a file of the user's would get its number."""
    streams = {"stdin": None, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = ["bash", "-c", f'exec "$@" {closed}>&-', "bash", *LAPEL, "build", model, "-t", "host", "-o", "out"]
    done = subprocess.run(command, timeout=300, **streams)
    if closed == 1:
        assert done.returncode == 9 and done.stderr == (
            b"lapel: error: standard output is closed: redirect it to a file or /dev/null\n"
        )
        assert not Path("out").exists()
    else:
        assert done.returncode == 0 and done.stderr == b""
        assert Path("out/model.h").read_text().startswith("/*")


def test_names_as_long_as_they_can_be(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    name = "\u00e9" * 124  # and .tflite are 255 bytes
    Path(f"{name}.tflite").write_bytes(write_tflite(graph))
    assert main(["build", f"{name}.tflite", "-t", "host"]) == 0
    (folder,) = Path("build").iterdir()
    assert (folder / "plan.txt").is_file()
    assert main(["run", f"{name}x.tflite", "-t", "host"]) == 3
    assert "cannot be read (File name too long)" in capsys.readouterr().err
    assert main(["run", f"{name}.tflite", "-t", "host", "--labels", f"{name}:.csv{name}"]) == 2
    assert "only .csv files have columns" in capsys.readouterr().err
    assert main([f"{name}xx"]) == 2
    assert main(["run", f"{name}.tflite", "-t", "host", "--classes", ",".join(["a"] * 999)]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_folders_that_are_gone_or_no_folders(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    absolute = os.path.abspath(model)
    os.mkdir("gone")
    os.chdir("gone")
    os.rmdir("../gone")
    assert main(["build", absolute, "-t", "host", "-o", "out"]) == 9
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "out cannot be made: No such file or directory" in said
    assert main(["run", absolute, "-t", "host"]) == 0
