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
from xml.etree import ElementTree

import numpy as np
import pytest

import lapel
from lapel.bundles import Project, bundles
from lapel.cli import main
from lapel.errors import FormatError, OutputError, UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.proving.blob import build_blob
from lapel.records import Exported
from lapel.simulate.elf import read_image
from nets import Net
from statenets import ring

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


@pytest.mark.parametrize("target", ["host", "cortex-m4", "rv32imac", "arduino-uno"])
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


@pytest.mark.parametrize("target", ["cortex-m4", "arduino-uno"])
def test_makefile(target: str, builds: Any, tmp_path: Path) -> None:
    need("make", "simavr")
    lapel.export(builds(target), tmp_path, "makefile")
    check_said(run(["make", "all", "run", "CFLAGS=-Wall -Wextra -Werror"], tmp_path))
    assert (tmp_path / "build/libfruit.a").is_file()
    assert "Nothing to be done" in run(["make"], tmp_path)


def test_zephyr_with_stand_ins_for_its_functions(builds: Any, tmp_path: Path) -> None:
    """The module's CMake is run, and its sample is built, by functions that do what Zephyr's are documented to do."""
    module = tmp_path / "fruit"
    lapel.export(builds("host"), module, "zephyr")
    (tmp_path / "CMakeLists.txt").write_text(ZEPHYR)
    run(["cmake", "-B", "build"], tmp_path)
    run(["cmake", "--build", "build"], tmp_path)
    check_said(run([tmp_path / "build/app"], tmp_path))
    run(["cmake", "-B", "without", "-DCONFIG_FRUIT=n"], tmp_path)
    said = (module / "zephyr/module.yml").read_text()
    assert re.search(r"^name: fruit$", said, re.M) and "  cmake: zephyr\n  kconfig: zephyr/Kconfig\n" in said
    assert (module / "zephyr/Kconfig").read_text().count("\nconfig FRUIT") == 2
    assert "CONFIG_FRUIT=y" in (module / "samples/fruit/prj.conf").read_text()
    assert EXACT in (module / "samples/fruit/sample.yaml").read_text()
    with pytest.raises(UnsupportedModel, match="atmega328p: Zephyr does not run on it"):
        lapel.export(builds("arduino-uno"), tmp_path / "x", "zephyr")


ZEPHYR = """
cmake_minimum_required(VERSION 3.20)
project(stand_ins C)
set(CONFIG_FRUIT y CACHE STRING "")
set(CONFIG_FRUIT_SPEED y)
function(zephyr_include_directories)
  foreach(d ${ARGN})
    get_filename_component(d ${d} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    set_property(GLOBAL APPEND PROPERTY includes ${d})
  endforeach()
endfunction()
macro(zephyr_library_named n)
  set(lib ${n})
  add_library(${n} STATIC)
endmacro()
macro(zephyr_library_sources)
  target_sources(${lib} PRIVATE ${ARGN})
endmacro()
macro(zephyr_library_compile_options)
  target_compile_options(${lib} PRIVATE ${ARGN})
endmacro()
add_subdirectory(fruit/zephyr)
if(CONFIG_FRUIT)
  add_executable(app fruit/samples/fruit/src/main.c)
  get_property(includes GLOBAL PROPERTY includes)
  target_include_directories(app PRIVATE ${includes})
  target_link_libraries(app fruit)
endif()
"""


def test_platformio(builds: Any, tmp_path: Path) -> None:
    """The manifest by its documented fields, and the example as a program, whose compiler PlatformIO would call."""
    native, board = tmp_path / "native", tmp_path / "board"
    lapel.export(builds("host"), native, "platformio", author='A "B"', website="https://example.org/a")
    manifest = json.loads((native / "library.json").read_text())
    assert manifest["authors"] == [{"name": 'A "B"'}] and manifest["homepage"] == "https://example.org/a"
    (example,) = manifest["examples"]
    assert all((native / example["base"] / f).is_file() for f in example["files"])
    assert all((native / "src" / f).is_file() for f in manifest["headers"])
    flags = manifest["build"]["flags"]
    assert "-O2" in flags and not any(f.startswith("-std") for f in flags)
    main = native / example["base"] / "src/main.c"
    run(["gcc", *flags, f"-I{native / 'src'}", main, native / "src/fruit.c", "-o", "sample"], tmp_path)
    check_said(run([tmp_path / "sample"], tmp_path))
    lapel.export(builds("arduino-uno"), board, "platformio")
    said = (board / "examples/fruit_sample/platformio.ini").read_text()
    assert "platform = atmelavr\nboard = uno\nframework = arduino\n" in said
    assert "void setup()" in (board / "examples/fruit_sample/src/main.cpp").read_text()


def test_esp_idf(builds: Any, tmp_path: Path) -> None:
    """Its CMake files name files that are there; the tool chain of this computer has no <stdio.h> for RV32."""
    lapel.export(builds("esp32-c3-devkitm-1"), tmp_path, "esp-idf", website="https://example.org/#a: b")
    said = (tmp_path / "CMakeLists.txt").read_text()
    (sources,) = re.findall(r'idf_component_register\(SRCS "([^"]+)" INCLUDE_DIRS "src"\)', said)
    assert (tmp_path / sources).is_file()
    manifest = (tmp_path / "idf_component.yml").read_text()
    assert "targets:\n  - esp32c3\n" in manifest and 'url: "https://example.org/#a: b"\n' in manifest
    example = tmp_path / "examples/fruit_sample/main"
    assert "REQUIRES fruit" in (example / "CMakeLists.txt").read_text()
    assert (example / "../../../idf_component.yml").resolve() == tmp_path / "idf_component.yml"
    (tmp_path / "stdio.h").write_text("typedef int FILE;\nextern FILE *stdout;\nint fputs(const char *, FILE *);\n")
    flags = ["-march=rv32imc", "-mabi=ilp32", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-c", "-o", "main.o"]
    run(["riscv64-unknown-elf-gcc", *flags, "-I.", "-Isrc", example / "main.c"], tmp_path)
    assert "app_main" in run(["riscv64-unknown-elf-nm", "main.o"], tmp_path)
    with pytest.raises(UnsupportedModel, match="cortex-m4: ESP-IDF's chips have RISC-V cores, or Xtensa"):
        lapel.export(builds("cortex-m4"), tmp_path / "x", "esp-idf")


def test_cmsis_pack(builds: Any, tmp_path: Path) -> None:
    """What the schema asks for, by the names of its elements, and files that are there."""
    lapel.export(builds("cortex-m0plus"), tmp_path, "cmsis-pack", author='<b>"me" & you</b>', version="0.2.0")
    root = ElementTree.parse(tmp_path / "b_me_you_b.fruit.pdsc").getroot()
    assert [e.tag for e in root][:5] == ["vendor", "name", "description", "url", "license"]
    assert (root.findtext("vendor"), root.findtext("name")) == ("b_me_you_b", "fruit")
    (release,) = root.iter("release")
    (component,) = root.iter("component")
    assert release.get("version") == component.get("Cversion") == "0.2.0"
    assert {"Cclass", "Cgroup", "Csub", "Cversion", "condition"} == set(component.attrib)
    (condition,) = root.iter("condition")
    assert condition.get("id") == component.get("condition")
    assert [e.attrib for e in condition.iter("require")] == [{"Dcore": "Cortex-M0+"}]
    names = [str(e.get("name")) for e in root.iter("file")]
    assert all((tmp_path / n).exists() for n in [*names, str(root.findtext("license"))])
    assert {"src/", "src/fruit.c", "src/fruit.h", "example/main.c"} <= set(names)
    with pytest.raises(UnsupportedModel, match="host: packs are for Arm Cortex-M cores"):
        lapel.export(builds("host"), tmp_path / "x", "cmsis-pack")


@pytest.mark.parametrize("to", PROJECTS)
def test_every_project_is_complete(to: str, builds: Any, tmp_path: Path) -> None:
    build = builds("rv32imac" if to == "esp-idf" else "cortex-m4")
    done = lapel.export(build, tmp_path, to, author="<b>me</b>", version="2.3.4")
    assert Exported.from_json(json.loads(json.dumps(done.to_json()))) == done
    files = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {str(tmp_path / n) for n in files} == {*done.files, str(tmp_path / "lapel-export.json")}
    assert files["LICENSE"].read_bytes() == (ROOT / "LICENSE").read_bytes()
    for name in ("fruit.c", "fruit.h", "fruit_values.h", "fruit_sample.h"):
        (found,) = (p for n, p in files.items() if Path(n).name == name)
        assert found.read_bytes() == (build / name).read_bytes()
    readme = files["README.md"].read_text()
    assert readme.startswith("# fruit\n") and "sha256" in readme and "fruit_quantize" in readme
    for target in re.findall(r"\]\(([\w./]+)\)", readme):
        assert (tmp_path / target).exists(), target
    texts = [p.read_text() for n, p in files.items() if "fruit." not in n]
    assert not any("{{" in t.replace("${{", "") or "{%" in t for t in texts)
    assert any(re.search(r"\b2\.3\.4\b", t) for t in texts)


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
    (copy / "lapel.json").write_text(json.dumps({**json.loads((copy / "lapel.json").read_text()), "record": "run"}))
    with pytest.raises(UsageError, match="is a run, expected a build of models: lapel build writes one"):
        lapel.export(copy, tmp_path / "x", "cmake")


@pytest.fixture(scope="module")
def blob(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blobs") / "anywhere"
    build_blob(fruit(), "cortex-m4", folder, sample=sample()[0])
    return folder


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs") / "basket"
    lapel.build([fruit(), replace(fruit(), name="other")], "cortex-m4", folder, name="basket")
    return folder


def test_a_model_as_data_under_cmake(blob: Path, tmp_path: Path) -> None:
    need("cmake")
    lapel.export(blob, tmp_path, "cmake")
    flags = ["-DCMAKE_TOOLCHAIN_FILE=cmake/toolchain.cmake", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror"]
    run(["cmake", "-B", "build", *flags], tmp_path)
    check_said(run(["cmake", "--build", "build", "--target", "run"], tmp_path))
    assert (tmp_path / "data/fruit.blob").read_bytes() == (blob / "fruit.blob").read_bytes()
    array = tmp_path / "src/fruit_blob.c"
    wrong = re.sub(r"(0x4c, 0x50, 0x4c, 0x42), 0x..,", r"\1, 0x63,", array.read_text(), count=1)
    assert wrong != array.read_text()
    array.write_text(wrong)
    done = subprocess.run(
        ["cmake", "--build", "build", "--target", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode and "fruit: the blob is refused with status 3 at byte 4" in done.stdout


def test_a_blob_in_a_slot_under_make(tmp_path: Path) -> None:
    """The emulator programs the file into its flash, where the blob is linked for."""
    need("make")
    build_blob(fruit(), "cortex-m4", tmp_path / "slot", sample=sample()[0], slot=0x200200)
    lapel.export(tmp_path / "slot", tmp_path / "made", "makefile")
    assert not (tmp_path / "made/src/fruit_blob.c").exists()
    assert "0x200200u" in (tmp_path / "made/src/fruit_blob.h").read_text()
    check_said(run(["make", "all", "run", "CFLAGS=-Wall -Wextra -Werror"], tmp_path / "made"))
    record = json.loads((tmp_path / "slot/lapel.json").read_text())
    (tmp_path / "slot/lapel.json").write_text(json.dumps({**record, "slot": 0x8040000}))
    with pytest.raises(UnsupportedModel, match="is linked for 0x8040000, which the machine that runs the example does"):
        lapel.export(tmp_path / "slot", tmp_path / "x", "cmake")
    lapel.export(tmp_path / "slot", tmp_path / "pack", "cmsis-pack")
    assert "`data/fruit.blob` has to be programmed there" in (tmp_path / "pack/README.md").read_text()


def test_a_blob_with_state_is_called_one_call_after_the_other(tmp_path: Path) -> None:
    build_blob(ring(np.random.default_rng(2)), "host", tmp_path / "blob")
    lapel.export(tmp_path / "blob", tmp_path / "made", "makefile")
    assert EXACT in run(["make", "run", "CFLAGS=-Wall -Wextra -Werror"], tmp_path / "made")


def test_a_program_under_make(program: Path, tmp_path: Path) -> None:
    need("make")
    lapel.export(program, tmp_path, "makefile")
    said = run(["make", "all", "run", "CFLAGS=-Wall -Wextra -Werror"], tmp_path)
    assert "fruit: class " in said and "other: class " in said and EXACT in said
    assert (tmp_path / "build/libbasket.a").is_file()


@pytest.mark.parametrize("to", sorted(set(PROJECTS) - {"esp-idf"}))
def test_projects_of_data_and_of_programs_are_complete(to: str, blob: Path, program: Path, tmp_path: Path) -> None:
    for build, names in ((blob, ("fruit",)), (program, ("fruit", "other"))):
        folder = tmp_path / build.name
        done = lapel.export(build, folder, to, author="me")
        files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        assert {str(folder / n) for n in files} == {*done.files, str(folder / "lapel-export.json")} and not done.kept
        readme, written = files["README.md"].read_text(), {Path(n).name for n in files}
        assert all(f"{m}_quantize" in readme and f"{m}_sample.h" in written for m in names)
        assert {1: "as data, with an interpreter", 2: "2 neural networks (fruit, other)"}[len(names)] in readme
        texts = [p.read_text() for n, p in files.items() if not n.endswith(".blob")]
        assert not any("{{" in t.replace("${{", "") or "{%" in t for t in texts)
        mains = [p for n, p in files.items() if Path(n).name in ("main.c", "main.cpp") or n.endswith(".ino")]
        assert len(mains) == 1 and all(f"{m}_sample_run" in mains[0].read_text() for m in names)


def test_a_sketch_of_data_and_of_a_program(blob: Path, program: Path, tmp_path: Path) -> None:
    """C++ that includes the C: the real core is an AVR's, so that Arduino's functions are stood in for here."""
    (tmp_path / "Arduino.h").write_text(
        "struct Port { void begin(long); operator bool(); void print(const char *); };\n"
        "extern Port Serial;\nunsigned long micros();\n"
    )
    for build in (blob, program):
        library = tmp_path / build.name
        lapel.export(build, library, "arduino")
        (sketch,) = library.glob("examples/*/*.ino")
        flags = ["-std=gnu++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"]
        run(["g++", *flags, f"-I{tmp_path}", f"-I{library / 'src'}", sketch], tmp_path)
    assert (tmp_path / blob.name / "extras/fruit.blob").is_file()


@pytest.mark.long
def test_memories_of_a_board(tmp_path: Path) -> None:
    """Parts of a divided arena are linked into memories of their own, where the example runs."""
    need("make", "qemu-system-arm")
    (tmp_path / "tight.toml").write_text(
        'inherits = "nucleo-h743zi2"\ndescription = "tight"\n[memories.dtcm]\nbytes = 1600\n'
    )
    net = Net("divided", (1, 8, 8, 8), seed=3)
    a = net.conv("x", 8, (1, 1, 1, 1))
    graph = net.graph(net.add(a, net.conv(net.conv(a, 8, (1, 1, 1, 1)), 8, (1, 1, 1, 1))))
    with lapel.boards_from(tmp_path):
        built = lapel.build(graph, "tight", tmp_path / "build")
        assert [p.memory for p in built.plan.parts] == ["dtcm", "axi"]
        lapel.export(tmp_path / "build", tmp_path / "project", "makefile")
    assert EXACT in run(["make", "all", "run", "CFLAGS=-Wall -Wextra -Werror"], tmp_path / "project")
    readme = (tmp_path / "project" / "README.md").read_text()
    assert f"| of the arena in axi | {built.plan.parts[1].bytes:,} bytes, in the section `.bss.axi`, which" in readme
    files = [p for p in (tmp_path / "project").rglob("*") if p.is_file() and p.suffix in ("", ".elf")]
    symbols = [read_image(p).symbols for p in files if p.read_bytes()[:4] == b"\x7fELF"]
    (found,) = ({n: at >> 24 for n, at in s.items() if n.endswith("_arena")} for s in symbols)
    assert found == {"divided_dtcm_arena": 0x20, "divided_axi_arena": 0x60}
