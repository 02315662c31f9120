"""Exported projects: built by the ecosystems' tools, run on emulated cores, where they print the reference's class."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from lapel.bundles import Project, bundles
from lapel.cli import main
from lapel.errors import FormatError, OutputError, UsageError
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.records import Exported
from nets import Net

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("apple", 'a "quoted" \\ one', "Größe??/", "d")
ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
EXACT = "outputs: equal to the reference, bit for bit"
PROJECTS = sorted(name for name, b in bundles().items() if isinstance(b, Project))


def fruit() -> Graph:
    net = Net("fruit", (1, 4, 4, 2), seed=5)
    c = net.conv("x", 3, (1, 1, 1, 1))
    graph = net.graph(net.dense(net.reshape(c, (1, 48)), 4))
    return replace(graph, origin=replace(graph.origin, classes=CLASSES, task="classification"))


@cache
def sample() -> tuple[np.ndarray, int]:
    """Samples whose first one is of the third class, and its number."""
    rng, graph = np.random.default_rng(1), fruit()
    while True:
        x = rng.integers(-128, 128, (2, 4, 4, 2), np.int8)
        found = int(evaluate(graph, {"x": x[:1]})[graph.outputs[0]].argmax())
        if found == 2:
            return x, found


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("builds")

    @cache
    def made(target: str) -> Path:
        lapel.build(fruit(), target, folder / target, sample=sample()[0])
        return folder / target

    return made


def run(command: Sequence[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def need(*tools: str) -> None:
    for tool in tools:
        assert shutil.which(tool), f"{tool} is missing: make setup-test installs it"


def check_said(text: str, name: str = CLASSES[2]) -> None:
    """What the example prints; simavr prints control characters as points."""
    lines = [line.strip(". ") for line in re.sub(r"\x1b\[\d*m", "", text).splitlines()]
    seen = name if name.isascii() else ""
    assert any(line.startswith(f"fruit: class {sample()[1]} {seen}".rstrip()) for line in lines), text
    assert EXACT in lines, text


@pytest.mark.parametrize("target", ["host", "cortex-m4", "cortex-m0", "rv32imac", "arduino-uno"])
def test_cmake(target: str, builds: Any, tmp_path: Path) -> None:
    need("cmake", "simavr")
    lapel.export(builds(target), tmp_path, "cmake")
    run(
        [
            "cmake",
            "-B",
            "build",
            "-DCMAKE_TOOLCHAIN_FILE=cmake/toolchain.cmake",
            "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror",
        ],
        tmp_path,
    )
    run(["cmake", "--build", "build"], tmp_path)
    check_said(run(["cmake", "--build", "build", "--target", "run"], tmp_path))


def test_cmake_as_a_part_of_another_project(builds: Any, tmp_path: Path) -> None:
    lapel.export(builds("host"), tmp_path / "fruit", "cmake")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(mine C CXX)\nadd_subdirectory(fruit)\n"
        "add_executable(mine mine.cpp)\ntarget_link_libraries(mine PRIVATE fruit::fruit)\n"
    )
    (tmp_path / "mine.cpp").write_text(
        '#include "fruit_values.h"\n#include "fruit_sample.h"\n#include <cstdio>\n'
        "int main() { fruit_sample_run(0); std::puts(fruit_class_name(fruit_class(fruit_output))); }\n"
    )
    run(["cmake", "-B", "build"], tmp_path)
    run(["cmake", "--build", "build"], tmp_path)
    assert not (tmp_path / "build/fruit/fruit_example").exists()
    assert run([tmp_path / "build/mine"], tmp_path) == f"{CLASSES[2]}\n"


def test_arduino_on_the_real_core(builds: Any, tmp_path: Path) -> None:
    """As the IDE does it, by platform.txt: one sketch, the core and the library, linked with LTO."""
    need("avr-g++", "simavr")
    assert ARDUINO.is_dir(), "arduino-core-avr is missing: make setup-test installs it"
    library, out = tmp_path / "fruit", tmp_path / "out"
    lapel.export(builds("arduino-uno"), library, "arduino", author="A. Maker")
    out.mkdir()
    # DECIMAL_DIG: <float.h> of this avr-gcc has it in C alone.
    flags = [
        "-mmcu=atmega328p", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_AVR_UNO", "-DARDUINO_ARCH_AVR", "-Os",
        "-DDECIMAL_DIG=__DECIMAL_DIG__", "-ffunction-sections", "-fdata-sections", "-flto", f"-I{library / 'src'}",
        f"-I{ARDUINO / 'cores/arduino'}", f"-I{ARDUINO / 'variants/standard'}", "-c",
    ]  # fmt: skip
    plus = ["avr-g++", "-std=gnu++11", "-fpermissive", "-fno-exceptions", "-fno-threadsafe-statics", *flags]
    core = ARDUINO / "cores/arduino"
    run(["avr-gcc", "-std=gnu11", "-w", *flags, *sorted(core.glob("*.c")), *(library / "src").glob("*.c")], out)
    run([*plus, "-w", *sorted(core.glob("*.cpp"))], out)
    (sketch,) = library.glob("examples/*/*.ino")
    assert sketch.stem == sketch.parent.name == "fruit_sample", "the IDE wants one name for both"
    (out / "sketch.cpp").write_text(f"#include <Arduino.h>\n{sketch.read_text()}")
    run([*plus, "-Wall", "-Wextra", "-Werror", "sketch.cpp"], out)
    objects = sorted(out.glob("*.o"))
    link = ["avr-gcc", "-Os", "-flto", "-fuse-linker-plugin", "-Wl,--gc-sections", "-mmcu=atmega328p"]
    run([*link, "-o", "sketch.elf", *objects, "-lm"], out)
    check_said(run_until(["simavr", "-m", "atmega328p", "-f", "16000000", "sketch.elf"], out, " us"))
    said = dict(line.split("=", 1) for line in (library / "library.properties").read_text().splitlines())
    assert {
        "name",
        "version",
        "author",
        "maintainer",
        "sentence",
        "paragraph",
        "category",
        "url",
        "architectures",
    } <= set(said)
    assert (said["name"], said["author"], said["architectures"]) == ("fruit", "A. Maker", "avr")
    for row in (library / "keywords.txt").read_text().splitlines():
        assert re.fullmatch(r"\w+\tKEYWORD2", row)


def run_until(command: list[str], folder: Path, word: str) -> str:
    """What a program that does not end says until this word."""
    said = ""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if word in line:
                break
        process.kill()
    return said


@pytest.mark.parametrize("to", PROJECTS)
def test_every_project_is_complete(to: str, builds: Any, tmp_path: Path) -> None:
    done = lapel.export(builds("cortex-m4"), tmp_path, to, author="<b>me</b>", version="2.3.4")
    assert Exported.from_json(json.loads(json.dumps(done.to_json()))) == done
    files = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {str(tmp_path / n) for n in files} == {*done.files, str(tmp_path / "lapel-export.json")}
    assert files["LICENSE"].read_bytes() == (ROOT / "LICENSE").read_bytes()
    for name in ("fruit.c", "fruit.h", "fruit_values.h", "fruit_sample.h"):
        (found,) = (p for n, p in files.items() if Path(n).name == name)
        assert found.read_bytes() == (builds("cortex-m4") / name).read_bytes()
    readme = files["README.md"].read_text()
    assert readme.startswith("# fruit\n") and "sha256" in readme and "fruit_quantize" in readme
    for target in re.findall(r"\]\(([\w./]+)\)", readme):
        assert (tmp_path / target).exists(), target
    texts = [p.read_text() for n, p in files.items() if "fruit." not in n]
    assert not any("{{" in t.replace("${{", "") or "{%" in t for t in texts)
    assert any(re.search(r"\b2\.3\.4\b", t) for t in texts) or to == "makefile"


def test_again_only_what_was_generated_is_touched(
    builds: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "README.md").write_text("about my library\n")
    first = lapel.export(builds("cortex-m4"), folder, "cmake", author="me")
    assert first.kept == (str(folder / "README.md"),) and (folder / "README.md").read_text() == "about my library\n"
    (folder / "example/main.c").write_text("int main(void) { return 7; }\n")
    (folder / "mine.c").write_text("int x;\n")
    code = ["export", str(builds("cortex-m4")), "--to", "cmake", "--out", str(folder), "--version", "1.1.0"]
    assert main(code) == 0
    said = capsys.readouterr().out
    assert f"warning: {folder / 'example/main.c'} was changed, or is not lapel's, and was kept: delete it" in said
    assert (folder / "example/main.c").read_text() == "int main(void) { return 7; }\n"
    assert "VERSION 1.1.0" in (folder / "CMakeLists.txt").read_text() and (folder / "mine.c").exists()
    (folder / "example/main.c").unlink()
    assert lapel.export(builds("cortex-m4"), folder, "cmake").kept == (str(folder / "README.md"),)
    assert "run_sample" in (folder / "example/main.c").read_text()
    with pytest.raises(OutputError, match="has another export, of to 'cmake', expected 'arduino': choose another"):
        lapel.export(builds("cortex-m4"), folder, "arduino")
    (folder / "lapel-export.json").write_text("{}")
    with pytest.raises(FormatError, match="has no 'written', and only that tells whose files these are"):
        lapel.export(builds("cortex-m4"), folder, "cmake")


def test_an_export_that_was_killed_is_gone_on_with(
    builds: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are Lapel's own, also where the next export writes others."""
    from lapel.bundles import _tree

    whole, left = _tree.write_file, 3

    def dies(path: Path, content: bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        whole(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(_tree, "write_file", dies)
        with pytest.raises(KeyboardInterrupt):
            lapel.export(builds("cortex-m4"), tmp_path, "cmake")
    done = lapel.export(builds("cortex-m4"), tmp_path, "cmake", version="3.0.0")
    assert not done.kept and len(done.files) == len([p for p in tmp_path.rglob("*") if p.is_file()]) - 1


def test_what_is_no_build(builds: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a file, expected the folder of a build: lapel build"):
        lapel.export(builds("host") / "fruit.c", tmp_path, "cmake")
    with pytest.raises(FormatError, match=r"has no lapel\.json, expected the folder of a build"):
        lapel.export(tmp_path, tmp_path / "x", "cmake")
    with pytest.raises(UsageError, match="cmake takes a build, and a model was given"):
        lapel.export(fruit(), tmp_path / "x", "cmake")
    with pytest.raises(UsageError, match="esphome takes the model, and a build was given"):
        lapel.export(builds("host"), tmp_path / "x", "esphome", author="me", languages=("en",), wake_word="x",
                     probability_cutoff=0.5, sliding_window_size=3)  # fmt: skip
    with pytest.raises(UsageError, match="version is '1', expected three numbers"):
        lapel.export(builds("host"), tmp_path / "x", "cmake", version="1")
    with pytest.raises(UsageError, match=r"author is .*, expected one line of text"):
        lapel.export(builds("host"), tmp_path / "x", "cmake", author="a\nb")
    copy = tmp_path / "copy"
    shutil.copytree(builds("host"), copy)
    (copy / "fruit.h").unlink()
    with pytest.raises(FormatError, match=r"fruit\.h cannot be read: .*the build wrote it: build it again"):
        lapel.export(copy, tmp_path / "x", "cmake")
    (copy / "fruit.h").write_text("/* mine */\n")
    with pytest.raises(OutputError, match=r"fruit\.h was changed since lapel wrote it, and nothing is proven of it"):
        lapel.export(copy, tmp_path / "x", "cmake")
    assert not (tmp_path / "x").exists()
    two = [fruit(), replace(fruit(), name="other")]
    lapel.build(two, "host", tmp_path / "two", name="both")
    with pytest.raises(UsageError, match="is a program, expected the build of one model"):
        lapel.export(tmp_path / "two", tmp_path / "x", "cmake")
