"""A cascade as a project: its example hears on an emulated core what the reference hears."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from stagings import STEP, staged, talk

import lapel
from lapel.bundles import Project, bundles
from lapel.cascades.build import Parts, written
from lapel.cascades.firmware import count, make
from lapel.errors import UsageError
from lapel.proving.ears import Ears
from lapel.records import Cascade, CascadeBuild
from lapel.targets import load_target
from lapel.wish import ANY

TARGET = "cortex-m4"
EXACT = "events: equal to the reference, bit for bit"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `lapel cascade` writes, without what it takes to tune one."""
    made = tmp_path_factory.mktemp("cascades") / "ears"
    stages, steps = staged(checked=True), talk(300).reshape(-1, STEP)
    board = load_target(TARGET)
    code = make(stages, "ears", board, ANY, 60.0)
    counted = count(code, steps, 60.0)
    assert counted.events and not counted.mismatches
    hearing = stages.gating.hearing
    record = CascadeBuild(
        "1", "ears", TARGET, board.core, 16000, STEP, "words.tflite", "0" * 64, None, Cascade(), hearing.detector, None,
        len(steps), 2000, 91000, 540000, counted.stages, counted.memory, 800, compiler="gcc", flags="-std=c99 -O2",
    )  # fmt: skip
    words = type("Words", (), {"front": None})()
    parts = Parts(Ears(stages.words, hearing.detector, 16000), words, b"words", None, None)
    written(made, parts, code, counted, steps, record, lambda stage: None)
    return made


def run(command: list[str], place: Path) -> str:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_the_example_hears_what_the_reference_hears(folder: Path, tmp_path: Path) -> None:
    assert shutil.which("make") and "ears_sound.h" in {p.name for p in folder.iterdir()}
    lapel.export(folder, tmp_path, "makefile")
    said = run(["make", "all", "run", "CFLAGS=-Wall -Wextra -Werror"], tmp_path)
    assert re.search(r"^ears: heard \w+ at step \d+$", said, re.M) and EXACT in said
    sound = tmp_path / "src/ears_sound.h"
    wrong = re.sub(r"{0, (\d+)u, ", lambda m: f"{{0, {int(m[1]) + 1}u, ", sound.read_text())
    sound.write_text(wrong)
    done = subprocess.run(["make", "run"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode and "events that are not the reference's: 1" in done.stdout


@pytest.mark.parametrize("to", sorted(n for n, b in bundles().items() if isinstance(b, Project) and n != "esp-idf"))
def test_every_form_of_a_cascade_is_complete(to: str, folder: Path, tmp_path: Path) -> None:
    done = lapel.export(folder, tmp_path, to, author="me")
    files = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {str(tmp_path / n) for n in files} == {*done.files, str(tmp_path / "lapel-export.json")}
    readme = files["README.md"].read_text()
    assert "a cascade of neural networks that listens" in readme.lower() and "ears_sound_run()" in readme
    assert "instructions of a step that is heard | 91,000" in readme
    texts = [p.read_text() for p in files.values()]
    assert not any("{%" in t or re.search(r"{{ \w", t) for t in texts)
    mains = [p for n, p in files.items() if Path(n).name in ("main.c", "main.cpp") or n.endswith(".ino")]
    assert len(mains) == 1 and "ears_sound_run()" in mains[0].read_text()
    if to == "zephyr":
        assert EXACT in files["samples/ears/sample.yaml"].read_text()


def test_a_cascade_of_an_older_lapel(folder: Path, tmp_path: Path) -> None:
    record = CascadeBuild.of_folder(folder)
    older = replace(record, files=tuple(f for f in record.files if not f.endswith("_sound.h")))
    (tmp_path / "cascade.json").write_text(json.dumps(older.to_json()))
    with pytest.raises(UsageError, match=r"has no ears_sound\.h: an older lapel built it: build it again"):
        lapel.export(tmp_path, tmp_path / "x", "cmake")
