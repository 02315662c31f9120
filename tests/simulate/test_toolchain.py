"""Compilers that hang, are no programs, or write nothing; and what tells one compiler from another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cores import needs
from lapel.cli import main
from lapel.errors import CompileError, CompilerHung, MissingTool, SimulationError, UsageError
from lapel.simulate import build_firmware, run_firmware, toolchain
from lapel.simulate.process import run
from lapel.targets import load_target
from tools import first_on_path, program, runs, wait_until

GCC = "arm-none-eabi-gcc"
M4 = load_target("cortex-m4")
pytestmark = needs("cortex-m4")


@pytest.fixture
def instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a script in the compiler's place."""
    toolchain._ANSWERS.clear()

    def put(body: str) -> Path:
        path = program(tmp_path / "bin", GCC, body)
        monkeypatch.setenv("PATH", first_on_path(tmp_path / "bin"))
        return path

    return put


def test_a_compiler_that_hangs_ends_with_its_children(instead, toy, tmp_path: Path) -> None:
    instead(f"echo $$ >> {tmp_path}/pids; sleep 1000 & echo $! >> {tmp_path}/pids; wait")
    with pytest.raises(CompilerHung, match=rf"bin/{GCC} did not end within 1 s; --timeout gives it more time"):
        build_firmware(toy.sources, M4, tmp_path / "o", timeout_s=1.0)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert pids
    wait_until(lambda: not any(runs(pid) for pid in pids))


@pytest.mark.measured
@pytest.mark.parametrize("command", ["plan", "build", "run", "diff"])
def test_each_command_ends_with_its_timeout(command: str, instead, model_file: str, capsys) -> None:
    instead("sleep 1000")
    assert main([command, model_file, "-t", "cortex-m4", "--timeout", "0.5"]) == CompilerHung.exit_code
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "did not end within 0.5 s; --timeout gives it more time" in said


@pytest.fixture
def model_file(tmp_path: Path) -> str:
    """A .tflite of one layer."""
    from lapel.frontends.tflite import write_tflite
    from nets import Net

    net = Net("m", (1, 8))
    path = tmp_path / "m.tflite"
    path.write_bytes(write_tflite(net.graph(net.dense("x", 4))))
    return str(path)


@pytest.mark.measured
def test_a_compiler_that_writes_nothing(instead, toy, tmp_path: Path, model_file: str, capsys) -> None:
    path = instead("exit 0")
    said = f"{path} ended without an error and wrote no"
    with pytest.raises(CompileError, match=rf"{said} lapel_harness_harness_\w+\.o: no compiler|{said} probe\.o"):
        build_firmware(toy.sources, M4, tmp_path / "o")
    assert main(["plan", model_file, "-t", "cortex-m4"]) == CompileError.exit_code
    assert said in capsys.readouterr().err
    instead('while [ "$1" ]; do [ "$1" = -o ] && : > "$2"; shift; done')
    with pytest.raises(CompileError, match=said):
        build_firmware(toy.sources, M4, tmp_path / "o")


def test_a_compiler_that_writes_something_else(instead, toy, tmp_path: Path) -> None:
    instead('echo gcc 1; while [ "$1" ]; do [ "$1" = -o ] && echo text > "$2"; shift; done')
    with pytest.raises(CompileError, match=r"firmware\.elf is no ELF file \(.*\): is this a compiler for the target\?"):
        build_firmware(toy.sources, M4, tmp_path / "o")


def test_a_compiler_that_is_no_program(instead, toy, tmp_path: Path) -> None:
    path = instead("")
    path.write_text("a note")
    with pytest.raises(MissingTool, match=rf"{GCC} cannot be run: Exec format error: install it anew, or put another"):
        build_firmware(toy.sources, M4, tmp_path / "o")
    path.write_text("#!/no/such/shell\n")
    with pytest.raises(MissingTool, match=rf"{GCC} cannot be run: No such file or directory: install it anew"):
        build_firmware(toy.sources, M4, tmp_path / "o")


def test_a_folder_or_a_note_of_that_name_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder" / GCC).mkdir(parents=True)
    (tmp_path / "note").mkdir()
    (tmp_path / "note" / GCC).write_text("a note")
    wanted = toolchain.find_tool(GCC)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "folder"), first_on_path(tmp_path / "note")]))
    assert toolchain.find_tool(GCC) == wanted
    monkeypatch.setenv("PATH", str(tmp_path / "folder"))
    with pytest.raises(MissingTool, match=f"{GCC} is not installed"):
        toolchain.find_tool(GCC)


def test_a_path_relative_to_the_folder(instead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = instead("exit 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "bin")
    assert toolchain.find_tool(GCC) == str(path)


def test_firmware_where_programs_may_not_be(tmp_path: Path) -> None:
    (tmp_path / "firmware.elf").write_text("")
    with pytest.raises(MissingTool, match=r"firmware\.elf cannot be run: Permission denied: set TMPDIR to a"):
        run([str(tmp_path / "firmware.elf")], tmp_path, 10, "host")


def test_a_compiler_is_what_it_makes(instead, tmp_path: Path) -> None:
    """Behind a wrapper, which stays the same, and at another path."""
    real = shutil.which(GCC)
    plain = toolchain.compiler_identity(M4)
    (tmp_path / "real").write_text(f'exec {real} "$@"\n')
    wrapper = instead(f'. "{tmp_path}/real"')
    state = wrapper.stat()

    def identity() -> str:
        toolchain._ANSWERS.clear()
        return toolchain.compiler_identity(M4)

    assert identity() == plain
    (tmp_path / "real").write_text(f'[ "$1" = --version ] && echo 1.2.3 || exec {real} "$@"\n')
    other_version = identity()
    (tmp_path / "real").write_text(f'exec {real} "$@" -fno-inline -O1 -fno-move-loop-invariants\n')
    other_code = identity()
    assert len({plain, other_version, other_code}) == 3 and wrapper.stat() == state
    assert toolchain.compiler_identity(load_target("cortex-m7")) != other_code


def test_a_compiler_that_says_nothing(instead) -> None:
    real = shutil.which(GCC)
    instead(f'[ "$1" = --version ] || exec {real} "$@"')
    with pytest.raises(CompileError, match=f"{GCC} --version: no answer: expected a compiler, reinstall it"):
        toolchain.compiler_version(M4)
    instead(f'[ "$1" = --version ] && echo "" && echo gcc 9 && echo Copyright || exec {real} "$@"')
    assert toolchain.compiler_version(M4) == "gcc 9"


def test_the_line_that_says_what_is_wrong_is_not_the_last_one() -> None:
    """collect2 says only that the linker has failed."""
    said = "m.c:(.text.row+0x198): relocation truncated to fit: R_AVR_13_PCREL against `no symbol'"
    output = f"m.o: In function `row':\n{said}\ncollect2: error: ld returned 1 exit status\n"
    assert toolchain._failure("arduino-uno", output).message == f"arduino-uno: {said}"


def test_it_is_asked_once_a_process(instead, tmp_path: Path) -> None:
    instead(f'echo asked >> {tmp_path}/log; exec {shutil.which(GCC)} "$@"')
    assert toolchain.compiler_identity(M4) == toolchain.compiler_identity(M4)
    assert (tmp_path / "log").read_text() == "asked\n" * 2  # --version and the probe


def test_an_emulator_that_is_no_program(toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = build_firmware(toy.sources, M4, tmp_path / "o")
    program(tmp_path / "bin", "qemu-system-arm", "").write_text("a note")
    monkeypatch.setenv("PATH", first_on_path(tmp_path / "bin"))
    with pytest.raises(MissingTool, match="qemu-system-arm cannot be run: Exec format error"):
        run_firmware(firmware, toy.samples, 16)
    program(tmp_path / "bin", "qemu-system-arm", "exit 0")
    with pytest.raises(SimulationError, match="ends after 0 of"):
        run_firmware(firmware, toy.samples, 16)


def test_so_many_compilers_run_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each of these fails if another one is running."""
    monkeypatch.setenv("LAPEL_JOBS", "1")
    alone = ["sh", "-c", "set -C; : > lock && rm lock && echo done"]
    assert toolchain.compile_all([alone] * 20, tmp_path, "alone") == ["done\n"] * 20


@pytest.mark.parametrize("given", ["0", "two", "-1", "1.5"])
def test_a_number_of_compilers(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("LAPEL_JOBS", given)
    with pytest.raises(UsageError, match=f"LAPEL_JOBS is '{given}', expected a number of compilers from 1 on"):
        toolchain.compilers_at_once()
    monkeypatch.setenv("LAPEL_JOBS", "")
    assert toolchain.compilers_at_once() == os.cpu_count()
