"""Pages in headless Chromium: what a reader, and one who listens to the page, would stumble over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cores import needs_program

WIDTHS = (1280, 390)
"""A desk's and a telephone's, in px."""
SLACK_PX = 1.5
"""By which the boxes of two texts may reach into each other: they are higher than the letters."""
LINES = """
() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest('title, style, [aria-hidden=true]')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects())
      if (r.width > 0 && r.height > 0)
        found.push([r.left, r.top + window.scrollY, r.right, r.bottom + window.scrollY, node.data.trim().slice(0, 60)]);
  }
  return found;
}
"""
Box = tuple[float, float, float, float, str]


@contextmanager
def launched() -> Iterator[Any]:
    """A browser, which makes no page of its own."""
    needs_program("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, html: Path, width: int, **given: Any) -> Iterator[Any]:
    """A page; whatever the browser complains of, and whatever the page asks of a network, is an AssertionError."""
    page = browser.new_page(viewport={"width": width, "height": 900}, **given)
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("request", lambda r: said.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.goto(html.as_uri())
    yield page
    assert said == []
    page.close()


def missing_pictures(page: Any) -> list[str]:
    """Names of pictures that take no room, or have nothing in them."""
    return page.evaluate(
        """() => [...document.querySelectorAll('figure[data-picture]')].filter(f => {
             const svg = f.querySelector('.scroll > svg');
             return !svg || svg.getBoundingClientRect().height < 20 ||
               svg.querySelectorAll('rect,path,circle').length < 2;
           }).map(f => f.dataset.picture)"""
    )


def overlapping(page: Any) -> list[str]:
    """Pairs of texts that are written over each other."""
    return list(_overlaps([tuple(box) for box in page.evaluate(LINES)]))


def _overlaps(boxes: list[Box]) -> Iterator[str]:
    boxes.sort(key=lambda b: b[1])
    for k, a in enumerate(boxes):
        for b in boxes[k + 1 :]:
            if b[1] >= a[3] - SLACK_PX:
                break
            if min(a[2], b[2]) - max(a[0], b[0]) > SLACK_PX:
                yield f"{a[4]!r} and {b[4]!r} at {a[0]:.0f}, {a[1]:.0f}"


def too_wide(page: Any) -> int:
    """By how many pixels the page as a whole has to be moved sideways."""
    return page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")


def faults(page: Any) -> list[str]:
    """What axe-core takes for a serious or critical obstacle."""
    from axe_playwright_python.sync_playwright import Axe

    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}" for v in found]
