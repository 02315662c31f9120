"""What reports say, of which records, and what they refuse."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from long_builds import long_build

import lapel
from cores import needs
from lapel.cli import main
from lapel.errors import FormatError, UsageError
from lapel.ir import Graph
from lapel.records import Build, Cost, Rejected
from lapel.reports.picture import list_pictures

BOARD = "nucleo-l4r5zi"
HOSTILE = "a</title><script>alert(1)</script>&\"'<img src=x onerror=alert(1)>"


@needs(BOARD)
def test_of_a_folder(folder: Path, build: Build) -> None:
    html = lapel.report(folder).html
    assert f"<h1>branched on {BOARD}</h1>" in html
    assert f"{build.memory.ram_bytes:,} bytes of RAM" in html and f"{build.modelled_cycles:,} modelled cycles" in html
    assert "RAM of nucleo-l4r5zi: 640 KiB" in html
    assert "<script" not in html and "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in html
    for layer in build.layers:
        assert html.count(layer.label) > 3
    assert lapel.report(build).html == html, "the same record makes the same page"


@needs(BOARD)
def test_every_picture_is_well_formed_svg(folder: Path) -> None:
    made = lapel.report(folder)
    assert {name.rsplit("-", 1)[1] for name in made.pictures} >= {"memory.svg", "cycles.svg"}
    for svg in made.pictures.values():
        root = ET.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and "var(--ink)" in svg
        assert "<a " not in svg and not re.search(r'\bid="(?!picture-hatch")', svg)


@needs(BOARD)
def test_rectangles_lie_where_the_tensors_do(folder: Path, build: Build) -> None:
    """Widths by cycles, heights by bytes: of two tensors as one is to the other in the plan."""
    svg = next(s for name, s in lapel.report(folder).pictures.items() if name.endswith("memory.svg"))
    found = {}
    for rect in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect"):
        title = rect.find("{http://www.w3.org/2000/svg}title")
        if title is not None and title.text and " bytes at " in title.text:
            found[title.text.split(":")[0]] = rect
    assert len(found) == len({p.tensor for p in build.plan.placements})
    px = {build.plan.labels[p.tensor]: p for p in build.plan.placements}
    per_byte = {name: float(r.get("height", "")) / px[name].bytes for name, r in found.items() if px[name].bytes > 40}
    assert max(per_byte.values()) == pytest.approx(min(per_byte.values()), rel=1e-2)
    bottoms = {name: float(r.get("y", "")) + float(r.get("height", "")) for name, r in found.items()}
    for name, p in px.items():
        at_zero = bottoms[name] + p.offset * next(iter(per_byte.values()))
        assert at_zero == pytest.approx(max(bottoms.values()), abs=1.2)


@needs(BOARD)
def test_what_is_rejected_is_told(build: Build) -> None:
    """With its costs where they were measured; of the codes of weights the first stands for all."""
    step = build.plan.steps[0]
    rejected = (
        Rejected("conv_other", True, Cost(4_321, 100, 23, {}), "+12 % modelled cycles"),
        Rejected("conv_none", False, None, "wants channels by four"),
        *(Rejected(None, False, None, f"no gain by {code}", coded=True) for code in ("gaps", "books")),
    )
    call = replace(step.calls[0], choice=replace(step.calls[0].choice, rejected=rejected))
    plan = replace(build.plan, steps=(replace(step, calls=(call,)), *build.plan.steps[1:]))
    html = lapel.report(replace(build, plan=plan)).html
    for row in (
        "<td>conv_other, inlined</td><td>4,321</td><td>123</td><td>+12 % modelled cycles</td>",
        "<td>conv_none</td><td>–</td><td>–</td><td>wants channels by four</td>",
        "<td>codes</td><td>–</td><td>–</td><td>no gain by gaps</td>",
    ):
        assert row in html
    assert "no gain by books" not in html


@needs(BOARD)
def test_names_with_markup(build: Build) -> None:
    """Of the model, layers, tensors, reasons and warnings."""
    text = json.dumps(build.to_json())
    for name in ("branched", *(layer.name for layer in build.layers)):
        text = text.replace(json.dumps(name), json.dumps(HOSTILE + name))
    plain = json.loads(text)
    plain["warnings"] = [HOSTILE]
    made = lapel.report(Build.from_json(plain))
    assert "<script" not in made.html and "<img" not in made.html and "&lt;script" in made.html
    for name, svg in made.pictures.items():
        assert "<script" not in svg and re.fullmatch(r"[\w.-]+", name)
        ET.fromstring(svg)


@needs(BOARD)
def test_a_thousand_layers(build: Build) -> None:
    """Those that take most time have a row, and the page stays one that a browser can show."""
    made = lapel.report(long_build(build))
    assert "880 other layers together" in made.html
    assert len(made.html.encode()) < 6_000_000


def test_pictures_have_names_and_places_of_their_own() -> None:
    found = list_pictures()
    assert len({p.name for p in found}) == len({p.order for p in found}) == len(found) >= 2


@needs(BOARD)
def test_the_command(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    assert main(["report", str(folder), "--out", str(page), "--svg", str(tmp_path / "svg")]) == 0
    said = capsys.readouterr().out
    assert f"written: {page}, {page.stat().st_size:,} bytes, " in said
    for picture in (tmp_path / "svg").iterdir():
        assert str(picture) in said


def _cut(folder: Path) -> None:
    text = (folder / "lapel.json").read_text()
    (folder / "lapel.json").write_text(text[: len(text) // 2])


def _newer(folder: Path) -> None:
    plain = json.loads((folder / "lapel.json").read_text())
    (folder / "lapel.json").write_text(json.dumps({**plain, "schema": 99}))


def _unknown(folder: Path) -> None:
    (folder / "lapel.json").write_text('{"record": "hologram", "schema": 1}')


def _no_record(folder: Path) -> None:
    (folder / "lapel.json").write_text('{"layers": []}')


def _fewer_layers(folder: Path) -> None:
    plain = json.loads((folder / "lapel.json").read_text())
    (folder / "lapel.json").write_text(json.dumps({**plain, "layers": plain["layers"][1:]}))


def _no_tensor(folder: Path) -> None:
    plain = json.loads((folder / "lapel.json").read_text())
    plain["plan"]["placements"][0]["last"] = 77
    (folder / "lapel.json").write_text(json.dumps(plain))


@needs(BOARD)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_cut, "lapel.json: cannot be read as JSON: "),
        (_newer, "lapel.json: build.schema: found 99, this Lapel reads up to "),
        (_unknown, "lapel.json: it is the record 'hologram', which this Lapel does not know: a newer one wrote it"),
        (_no_record, "lapel.json: it is no record of Lapel's (it has no 'record')"),
        (_fewer_layers, "branched: the plan has 5 steps, expected as many as layers, which are 4: the record is"),
        (_no_tensor, "branched: a buffer is needed in the steps -1 to 77, expected steps from -1 to 5"),
        (lambda folder: (folder / "lapel.json").unlink(), "there is no lapel.json or cascade.json in it, expected "),
    ],
)  # fmt: skip
def test_damaged_records(
    damage: Callable[[Path], None], message: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build/lapel.json").write_bytes((folder / "lapel.json").read_bytes())
    damage(tmp_path / "build")
    with pytest.raises(FormatError, match=re.escape(message)):
        lapel.report(tmp_path / "build")
    page = tmp_path / "page.html"
    assert main(["report", str(tmp_path / "build"), "--out", str(page)]) == FormatError.exit_code
    assert message in capsys.readouterr().err and not page.exists()


def test_a_model_is_no_record(branched: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.tflite").write_bytes(lapel.write_tflite(branched))
    assert main(["report", str(tmp_path / "model.tflite"), "--out", str(tmp_path / "x.html")]) == FormatError.exit_code
    said = capsys.readouterr().err
    assert "model.tflite: it is no record, which is JSON: expected a folder of `lapel build`" in said
    assert "of a model: lapel build MODEL --target NAME --out DIR" in said


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none: cannot be read as JSON: No such file"):
        lapel.report(tmp_path / "none")
    with pytest.raises(UsageError, match=r"nothing was given to report on, expected a folder of `lapel build`"):
        lapel.report([])


@needs(BOARD)
def test_the_page_may_not_be_an_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = folder / "lapel.json"
    assert main(["report", str(record), "--out", str(record)]) != 0
    assert "is an input of this run, and would be lost" in capsys.readouterr().err
