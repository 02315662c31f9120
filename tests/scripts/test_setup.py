"""The set-up on machines that are not this one: old Python, no root, root or sudo with missing packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import setup  # noqa: E402


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that has only what a test puts there; apt-get and sudo write down what they were asked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    return tmp_path


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)


def add_apt(machine: Path) -> None:
    program(machine, "env", 'shift; exec "$@"')
    program(machine, "apt-get", 'echo "apt-get $*" >> "$LOG"')
    program(machine, "apt-cache", '[ "$2" = qemu-system-riscv ]')


def test_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(setup.Failure, match=r"is Python 3\.9, Lapel needs 3\.11 or newer: install it"):
        setup.check_python()


def test_root_installs_what_is_missing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_apt(machine)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    answers = [["gcc-avr", "qemu-system-misc"], []]
    monkeypatch.setattr(setup, "missing_tools", lambda: answers.pop(0))
    setup.install_tools(["clang"])
    update, install = (machine / "log").read_text().splitlines()
    assert update == "apt-get update -qq"
    assert install == (
        "apt-get install -y -qq --no-install-recommends gcc-avr qemu-system-misc clang qemu-system-riscv"
    )


def test_nothing_is_missing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "missing_tools", lambda: [])
    setup.install_tools([])
    assert not (machine / "log").exists()


def test_sudo_is_used(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_apt(machine)
    program(machine, "sudo", 'echo sudo >> "$LOG"; [ "$1" = -n ] && shift; exec "$@"')
    program(machine, "true", "exit 0")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert setup.apt_install(["gcc"])
    assert "apt-get install -y -qq --no-install-recommends gcc" in (machine / "log").read_text()


@pytest.mark.parametrize("has_sudo", [False, True])
def test_without_root(
    has_sudo: bool, machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_apt(machine)
    if has_sudo:
        program(machine, "sudo", "exit 1")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(setup, "missing_tools", lambda: ["gcc-avr", "avr-libc"])
    setup.install_tools([])
    said = capsys.readouterr().out
    assert "as root, run: apt-get install --no-install-recommends gcc-avr avr-libc\n" in said
    assert not (machine / "log").exists()


def test_apt_fails(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_apt(machine)
    program(machine, "apt-get", "exit 100")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(setup.Failure, match=r"apt-get update failed \(exit code 100\)"):
        setup.apt_install(["gcc"])


def test_a_folder_that_is_no_venv_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "mine").write_text("keep")
    monkeypatch.setattr(setup, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(setup, "PYTHON", str(tmp_path / ".venv/bin/python"))
    with pytest.raises(setup.Failure, match="is no virtual environment: move it away"):
        setup.make_venv()
    assert (tmp_path / ".venv" / "mine").read_text() == "keep"


def test_every_needed_package_is_one_that_setup_asks_for() -> None:
    makefile = (ROOT / "Makefile").read_text()
    packages = "clang clang-19 libclang-rt-19-dev espeak-ng chromium cmake simavr arduino-core-avr libsodium-dev"
    assert f"TEST_PACKAGES := {packages}\n" in makefile
    assert "make test\n" in (ROOT / ".ci" / "run").read_text()
