"""Mutated models end in firmware or in an error of ours, within a bound of time and memory: see `fuzz_models`."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz_models import Report, fuzz, judge, load_bases, make_file
from mutations import CHANGES


def check(report: Report, count: int) -> None:
    """No finding, and both ends of the way were reached."""
    assert report.findings == []
    assert sum(report.counts.values()) == count
    assert report.counts["generated"] > count / 10 and report.counts["UnsupportedModel"] > count / 10, report.counts


def test_a_seed_is_the_same_file_again() -> None:
    bases = load_bases(None)
    assert make_file(bases, 5) == make_file(bases, 5) != make_file(bases, 6)
    assert len({function.__name__ for _, function in CHANGES}) == len(CHANGES) > 12


def test_a_few_mutations() -> None:
    check(fuzz(range(300, 480)), 180)


def test_what_goes_wrong_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, seed: int, compiled: bool) -> str:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("fuzz_models.whole_way", broken)
    kind, text = judge(b"", 0, False)
    assert kind == "finding" and text.startswith("ZeroDivisionError: planted: test_fuzz_models.py")


def test_a_worker_that_dies_is_a_finding_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def deadly(data: bytes, seed: int, compiled: bool) -> tuple[str, str]:
        if seed == 301:
            import os

            os._exit(3)
        return "ran", ""

    monkeypatch.setattr("fuzz_models.judge", deadly)
    report = fuzz(range(300, 304))
    assert report.findings == [(301, "crash", "the process ended with code 3")] and report.counts == {"ran": 3}


@pytest.mark.long
def test_many_mutations(shared: Path) -> None:
    check(fuzz(range(100_000, 106_000), every=200, folder=shared / "models"), 6000)
