"""Reports of the shared models in a browser: every picture, no text over another, no obstacle, the same look."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import browser
import numpy as np
import pytest
from drawn_records import cascade, comparison, diff, ladder, quantized, wakeword
from long_builds import long_build

import lapel
from cores import needs
from lapel.records import Build
from lapel.wish import Wish

BOARD = "nucleo-l4r5zi"
GOLDEN = Path(__file__).parent.parent / "golden" / "report-kws.png"
LOOK = (160, 320)
"""Size of what is compared, px: figures and fonts may change, but not what stands where."""
ALIKE = 9.0
"""Mean difference of two pictures that look alike, of 255. A picture that is missing makes 20 and more."""
MODELS = ("mlperf-tiny/vww_int8", "mlperf-tiny/ic_int8", "mlperf-tiny/ad_int8", "mlperf-tiny/sww_int8",
          "public/micro_speech_int8", "public/pacman_int8", "public/okay_nabu")  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all."""
    with browser.launched() as found:
        yield found


@pytest.fixture(scope="module")
def page(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of keyword spotting."""
    return report_of(shared / "models/mlperf-tiny/kws_int8.tflite", tmp_path_factory.mktemp("kws"))


def report_of(model: Path, folder: Path) -> Path:
    """A model's report, of a build in that folder."""
    lapel.build(model, BOARD, folder / "build")
    made = lapel.report(folder / "build")
    (folder / "report.html").write_text(made.html)
    return folder / "report.html"


def examine(chromium: Any, page: Path, width: int) -> None:
    with browser.opened(chromium, page, width) as tab:
        assert browser.missing_pictures(tab) == []
        assert browser.overlapping(tab) == []
        assert browser.too_wide(tab) <= 0
        assert browser.faults(tab) == []


@needs(BOARD)
@pytest.mark.parametrize("width", browser.WIDTHS)
def test_keyword_spotting(chromium: Any, page: Path, width: int) -> None:
    examine(chromium, page, width)
    assert page.stat().st_size < 600_000


@needs(BOARD)
def test_it_looks_as_it_did(chromium: Any, page: Path, request: pytest.FixtureRequest) -> None:
    from PIL import Image

    with browser.opened(chromium, page, 1280) as tab:
        shot = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("L").resize(LOOK)
    if request.config.getoption("--update-golden"):
        shot.save(GOLDEN, optimize=True)
    before = np.asarray(Image.open(GOLDEN), np.float64)
    assert np.abs(before - np.asarray(shot, np.float64)).mean() < ALIKE


@needs(BOARD)
def test_node_data_has_the_names_of_the_file(page: Path, shared: Path) -> None:
    """Model Explorer finds a node by the name of a tensor that it makes, as the file has it."""
    model = (shared / "models/mlperf-tiny/kws_int8.tflite").read_bytes()
    data = lapel.report(page.parent / "build").data
    (cycles,) = (json.loads(text) for name, text in data.items() if name.endswith("cycles.node-data.json"))
    assert len(cycles["results"]) == 13 and all(name.encode() in model for name in cycles["results"])


@needs(BOARD)
def test_links_open_what_they_lead_to(chromium: Any, page: Path) -> None:
    with browser.opened(chromium, page, 1280) as tab:
        assert not tab.locator("#a-layer-2").is_visible()
        tab.locator('a[href="#a-layer-2"]').first.click()
        assert tab.locator("#a-layer-2").is_visible()


@pytest.mark.long  # a build with measured kernels takes some minutes a model
@pytest.mark.measured
@needs(BOARD)
@pytest.mark.parametrize("model", MODELS)
def test_shared_models(chromium: Any, model: str, shared: Path, tmp_path: Path) -> None:
    page = report_of(shared / f"models/{model}.tflite", tmp_path)
    there = re.findall('<figure data-picture="(.*?)"', page.read_text())
    assert there == ["memory", "stacks", "cycles", "graph", "tradeoff", "energy"]
    for width in browser.WIDTHS:
        examine(chromium, page, width)


@pytest.mark.long  # a page of some megabytes, in a browser that takes a while for it
@needs(BOARD)
def test_a_thousand_layers_in_a_browser(chromium: Any, build: Build, tmp_path: Path) -> None:
    (tmp_path / "long.html").write_text(lapel.report(long_build(build)).html)
    with browser.opened(chromium, tmp_path / "long.html", 1280) as tab:
        assert browser.missing_pictures(tab) == [] and browser.too_wide(tab) <= 0
        assert browser.overlapping(tab) == []


@pytest.mark.long
@needs(BOARD)
@pytest.mark.parametrize("width", browser.WIDTHS)
def test_records_of_all_kinds(chromium: Any, build: Build, width: int, tmp_path: Path) -> None:
    """On one page, beside two builds."""
    other = replace(build, recipe=replace(build.recipe, wish=Wish("flash")))
    made = lapel.report([build, other, ladder(), quantized(), diff(), comparison(), wakeword(), cascade()])
    drawn = {name.rsplit("-", 1)[1].removesuffix(".svg") for name in made.pictures}
    assert drawn >= {
        "difference",
        "tradeoff",
        "memory",
        "ladder",
        "quantization",
        "machines",
        "contest",
        "wakeword",
        "cascade",
    }
    (tmp_path / "all.html").write_text(made.html)
    examine(chromium, tmp_path / "all.html", width)


@needs(BOARD)
def test_dark_and_printed(chromium: Any, page: Path, tmp_path: Path) -> None:
    """Colors follow what the reader asks for; paper is white, and nothing on it is cut off."""
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    with browser.opened(chromium, page, 1280, color_scheme="dark") as tab:
        assert tab.evaluate(ground) == "rgb(21, 24, 28)" and browser.faults(tab) == []
        tab.emulate_media(media="print", color_scheme="dark")
        assert tab.evaluate(ground) == "rgb(255, 255, 255)"
        tab.set_viewport_size({"width": 720, "height": 900})
        wide = "() => [...document.querySelectorAll('.scroll > svg')].map(s => s.getBoundingClientRect().right)"
        assert max(tab.evaluate(wide)) <= 720
