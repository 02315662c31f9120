"""What `doctor` says about tools that are there, missing, or broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lapel import doctor
from lapel.errors import MissingTool
from lapel.simulate.toolchain import PACKAGES
from lapel.targets import list_targets, load_target


def test_every_tool_of_every_target_has_a_package() -> None:
    for name in list_targets():
        for tool in doctor.needs(load_target(name)):
            assert tool.removeprefix("libc of ") in PACKAGES, f"{name} needs {tool}"


def test_needs_are_read_from_the_target() -> None:
    assert doctor.needs(load_target("host")) == ("gcc", "libc of gcc")
    arm = doctor.needs(load_target("nucleo-l4r5zi"))
    assert arm[:2] == ("arm-none-eabi-gcc", "libc of arm-none-eabi-gcc")
    assert "libsimavr" in doctor.needs(load_target("arduino-uno"))


def test_nothing_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = doctor.examine()
    assert report.working == ()
    assert {"gcc", "libc6-dev", "gcc-avr", "qemu-system-arm", "libsimavr-dev"} <= set(report.packages)
    assert report.command.endswith(" ".join(report.packages)) and "apt-get install" in report.command
    said = r"not installed: gcc, libc of gcc; install with: .*gcc libc6-dev; `lapel doctor` says"
    with pytest.raises(MissingTool, match=said):
        doctor.require([load_target("host")])


def test_a_program_that_does_not_run_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "gcc"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "gcc" in {t.name for t in doctor.examine().tools if t.path is None}


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("gcc (Debian 12.2.0-14) 12.2.0", "12.2.0"),
        ("arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205", "12.2.1"),
        ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)", "7.2.22"),
        ("avr-gcc (GCC) 5.4.0", "5.4.0"),
        ("nothing", "unknown"),
    ],
)
def test_versions(said: str, version: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "gcc"
    tool.write_text(f"#!/bin/sh\necho '{said}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = (t for t in doctor.examine().tools if t.name == "gcc")
    assert (found.path, found.version) == (str(tool), version)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="not installed: gcc")
def test_the_host_works_here() -> None:
    report = doctor.examine()
    assert "host" in report.working
    doctor.require([load_target("host")])
    assert report.to_json()["tools"][0]["found"] in (True, False)


def test_a_missing_extra_is_no_debian_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    found = {t.name: t for t in doctor.examine().tools if not t.package}
    assert {n: (t.found, t.advice) for n, t in found.items()} == {
        "scikit-learn": (False, 'pip install "lapel[sklearn]"'),
        "onnx": (False, 'pip install "lapel[onnx]"'),
        "torch": (False, 'pip install "lapel[torch]"'),
        "matplotlib": (False, 'pip install "lapel[plot]"'),
        "optuna": (False, 'pip install "lapel[search]"'),
        "tflite-micro": (False, 'pip install "lapel[esphome]"'),
    }
    assert not {"", *found} & set(doctor.examine().packages)
