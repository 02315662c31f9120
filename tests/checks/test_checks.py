"""Budgets of firmware: what is kept, what is broken and by how much, and a baseline; as a command and under pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import lapel
from lapel.checks.junit import junit
from lapel.cli import main
from lapel.errors import BudgetBroken, FormatError, UsageError
from lapel.ops import evaluate
from lapel.records import Baseline, Broken, Build, Checked
from nets import Net

SRC = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, samples with the reference's classes as labels but for one, and a build of it."""
    made = tmp_path_factory.mktemp("checks")
    net = Net("tiny", (1, 8), seed=5)
    graph = net.graph(net.dense("x", 4))
    graph = replace(graph, origin=replace(graph.origin, task="classification"))
    (made / "tiny.tflite").write_bytes(lapel.write_tflite(graph))
    x = np.random.default_rng(0).integers(-128, 128, (10, 8), np.int8)
    y = np.array([evaluate(graph, {"x": row[None]})[graph.outputs[0]].argmax() for row in x])
    y[3] = (y[3] + 1) % 4
    np.save(made / "x.npy", x)
    np.save(made / "y.npy", y)
    lapel.build(made / "tiny.tflite", "arduino-uno", made / "uno")
    return made


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(folder)
    yield folder
    for path in folder.glob("*.json"):
        path.unlink()


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_budgets_kept_and_broken(here: Path) -> None:
    record = Build.of_folder("uno")
    assert record.cycles is not None and record.stack_worst_bytes is not None
    text = f"""
[kept]
build = "uno"
flash_bytes = {record.memory.flash_bytes}
ram_bytes = {record.memory.ram_bytes}
cycles = {record.cycles}
sha256 = "{record.recipe.sha256}"
[broken]
build = "uno"
flash_bytes = {record.memory.flash_bytes - 10}
cycles = {record.cycles - 1}
energy_uj = 1e9
stack_worst_bytes = {record.stack_worst_bytes}
sha256 = "abc"
[accuracy]
model = "tiny.tflite"
target = "host"
inputs = "x.npy"
labels = "y.npy"
accuracy = 0.95
cycles = 5
"""
    found = lapel.check(write(here / "b.toml", text))
    kept, broken, accuracy = found.checks
    assert kept.passed and not found.passed and kept.figures["cycles"] == record.cycles
    flash = record.memory.flash_bytes
    assert [str(b) for b in broken.broken if b.figure != "energy_uj"] == [
        f"flash_bytes is {flash:,}, 10 more than the budget of {flash - 10:,}, {10 / (flash - 10):.1%}",
        f"cycles is {record.cycles:,}, 1 more than the budget of {record.cycles - 1:,}, {1 / (record.cycles - 1):.1%}",
        f"sha256 is {record.recipe.sha256}, expected abc (budget)",
    ]
    assert [str(b) for b in accuracy.broken] == [
        "cycles is not known here, and has a budget of 5",
        "accuracy is 0.9, 0.05 less than the budget of 0.95, 5.3%",
    ]
    assert Checked.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_the_command_its_exit_codes_and_junit(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budgets = '[a]\nbuild = "uno"\nflash_bytes = 9_999\n[b]\nbuild = "uno"\nram_bytes = 1\n[c]\nbuild = "none"\n'
    write(here / "b.toml", budgets)
    assert main(["check", "b.toml", "--only", "a"]) == 0
    assert "1 of 1 firmwares are within their budgets\n" in capsys.readouterr().out
    assert main(["check", "b.toml", "--junit", "out.xml"]) == BudgetBroken.exit_code == 18
    streams = capsys.readouterr()
    assert "1 of 3 firmwares are within their budgets; not b, c" in streams.out and "over the budget" in streams.out
    assert "none/lapel.json: cannot be read" in streams.err
    assert main(["check", "b.toml", "--only", "c"]) == FormatError.exit_code
    capsys.readouterr()
    assert main(["check", "b.toml", "--only", "b", "--json"]) == 18
    assert json.loads(capsys.readouterr().out)["checks"][0]["broken"][0]["limit"] == 1
    root = ElementTree.parse("out.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["a"].find("failure") is None and cases["c"].find("error") is not None
    failure = cases["b"].find("failure")
    assert failure is not None and failure.text is not None and "more than the budget of 1" in failure.text
    properties = {p.get("name"): p.get("value") for p in cases["a"].iter("property")}
    assert properties["flash_bytes"] == str(Build.of_folder("uno").memory.flash_bytes)


def test_a_baseline(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budgets = write(here / "b.toml", 'baseline = "base.json"\n[a]\nbuild = "uno"\n[b]\nbuild = "uno"\n')
    with pytest.raises(FormatError, match=r"base\.json: cannot be read"):
        lapel.check(budgets)
    assert main(["check", "b.toml", "--update"]) == 0
    written = (here / "base.json").read_text()
    assert set(Baseline.read(here / "base.json").checks) == {"a", "b"}
    assert lapel.check(budgets).passed
    known = json.loads(written)
    known["checks"]["a"]["flash_bytes"] = round(known["checks"]["a"]["flash_bytes"] / 1.015)
    known["checks"]["a"]["sha256"] = "another model, which may well be as large"
    (here / "base.json").write_text(json.dumps(known))
    (first, second) = lapel.check(budgets).checks
    assert [(b.figure, b.than) for b in first.broken] == [("flash_bytes", "baseline")] and second.passed
    capsys.readouterr()
    assert main(["check", "b.toml"]) == 18
    said = capsys.readouterr().out
    assert "+1.5%" in said and "over the baseline" in said
    write(budgets, budgets.read_text().replace("[a]", "worse = 0.02\n[a]"))
    assert lapel.check(budgets).passed
    write(budgets, budgets.read_text().replace("[a]", "[a]\nworse = 0"))
    assert not lapel.check(budgets).passed
    lapel.check(budgets, only=("a",), update=True)
    assert (here / "base.json").read_text() == written, "what was left out stays"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nflash_byte = 3\n", r"b.toml: \[a\] key 'flash_byte' is unknown: did you mean 'flash_bytes'\?"),
        ("base = 1\n[a]\n", r"b.toml: key 'base' is unknown: did you mean 'baseline'\?"),
        ("", r"b.toml: has no table, expected one for each firmware"),
        ('[a]\nbuild = "x"\nflash_bytes = -1\n', r"\[a\]: flash_bytes is -1, expected a whole number from 1 on"),
        ('[a]\nbuild = "x"\nflash_bytes = "4k"\n', r"\[a\]: flash_bytes is '4k', expected a whole number from 1 on"),
        ('[a]\nbuild = "x"\naccuracy = 97\n', r"\[a\]: accuracy is 97, expected a number from 0 to 1"),
        ('[a]\nbuild = "x"\naccuracy = 0.9\n', r"accuracy has a budget and there are no labels to measure it with"),
        ('[a]\nbuild = "x"\ntarget = "host"\n', r"build and target are given, expected the folder of a build alone"),
        ('[a]\nbuild = "x"\noptimize = "ram"\n', r"build and optimize are given"),
        ('[a]\nmodel = "x"\n', r"\[a\]: expected a model and a target, or the folder of a build"),
        ('[a]\nmodel = "x"\ntarget = "host"\nlabels = "y"\n', r"labels are given without inputs"),
        ('[a]\nmodel = "x"\ntarget = "host"\nstack_worst_bytes = 5\n', r"stack_worst_bytes is known of a build alone"),
    ],
)
def test_what_is_no_file_of_budgets(text: str, said: str, here: Path) -> None:
    with pytest.raises(UsageError, match=said):
        lapel.check(write(here / "b.toml", text))


def test_other_wrong_calls(here: Path) -> None:
    with pytest.raises(FormatError, match=r"b\.toml: cannot be read as TOML: .*line 1"):
        lapel.check(write(here / "b.toml", "[a\n"))
    with pytest.raises(FormatError, match=r"none\.toml: cannot be read as TOML: No such file"):
        lapel.check("none.toml")
    write(here / "b.toml", '[first]\nbuild = "uno"\n')
    with pytest.raises(UsageError, match="has no table 'frist': did you mean 'first'"):
        lapel.check("b.toml", only=("frist",))
    with pytest.raises(UsageError, match="names no baseline to be written"):
        lapel.check("b.toml", update=True)


def test_names_that_xml_has_no_characters_for() -> None:
    broken = Broken("flash_bytes", 5, 4, "budget")
    check = lapel.records.Check("a<b>\x00&", "\x1b[31m", 'h"', {"cycles": 1}, {}, {}, (broken,), 0.5)
    root = ElementTree.fromstring(junit(Checked("x", (check,))))
    (case,) = root.iter("testcase")
    assert case.get("name") == "a<b>?&" and case.get("classname") == '?[31m on h"'


PLUGIN = "lapel.checks.plugin"


def pytest_says(*arguments: str) -> str:
    """What pytest prints, in a process of its own, as users have it."""
    environment = {**os.environ, "PYTHONPATH": str(SRC)}
    installed = any(e.value == PLUGIN for e in entry_points(group="pytest11"))
    named = [] if installed else ["-p", PLUGIN]  # in a checkout that was installed before it had one
    command = [sys.executable, "-m", "pytest", *named, "-p", "no:cacheprovider", "-q", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_under_pytest(here: Path) -> None:
    """Collected by its name, or named by the option."""
    good = '[kept]\nbuild = "uno"\nflash_bytes = 99_999\n[broken]\nbuild = "uno"\nram_bytes = 1\n'
    write(here / "budgets.toml", good)
    write(here / "limits.toml", "[a]\nflash_byte = 1\n")
    given = ["--continue-on-collection-errors", "--junitxml", "tests.xml", "--lapel-budgets", "limits.toml", "."]
    found = pytest_says("-rA", *given)
    assert "1 failed, 1 passed, 1 error" in found and "Traceback" not in found
    assert "ram_bytes is" in found and "more than the budget of 1" in found
    assert "key 'flash_byte' is unknown: did you mean 'flash_bytes'?" in found
    properties = {p.get("name") for p in ElementTree.parse("tests.xml").getroot().iter("property")}
    assert {"flash_bytes", "cycles"} <= properties


def test_files_of_others_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ours = '[{}]\nbuild = "uno"\nflash_bytes = 9\n'
    for name in ("budgets.toml", "a/uno.budgets.toml", "a/lapel-budgets.toml", "firmware/limits.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, ours.format(name.replace("/", "-").replace(".", "-")))
    for folder, text in {
        "food": "[food]\nlimit = 100\n", "counts": "[a]\ncycles = 5\ninstructions = 4\n", "none": "",
        "car": '[x]\nmodel = "T"\n', "broken": "[a\n", "typo": '[t]\nmodle = "x"\ntarget = "uno"\nflash_bytes = 1\n',
    }.items():  # fmt: skip
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "budgets.toml", text)
    found = pytest_says("--collect-only")
    tests = {line.partition("::")[0] for line in found.splitlines() if "::" in line}
    assert tests == {"budgets.toml", "a/uno.budgets.toml", "a/lapel-budgets.toml"}
    assert "1 error" in found and "typo" in found and "key 'modle' is unknown" in found  # no gate is lost in silence
    assert "broken/budgets.toml: is no test of lapel's: it cannot be read as TOML" in " ".join(found.split())
    # Patterns of the setting stand in place of names, and an argument is collected whatever its name is.
    found = pytest_says("--collect-only", "-o", "lapel_budgets=firmware/*.toml")
    assert [line for line in found.splitlines() if "::" in line] == ["firmware/limits.toml::firmware-limits-toml"]
    assert "no tests collected" in pytest_says("--collect-only", "-o", "lapel_budgets=")
    found = pytest_says("--collect-only", "-o", "lapel_budgets=", "food/budgets.toml")
    assert "key 'limit' is unknown" in found
