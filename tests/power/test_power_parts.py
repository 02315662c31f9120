"""Batteries, microphones and radios: every file loads, and a wrong one says all that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lapel.errors import UsageError
from lapel.power import list_parts, load_part
from lapel.power.parts import NEEDED, Kind

ALL = [(kind, name) for kind in NEEDED for name in list_parts(kind)]
RADIO = """description = "mine"
uj_per_byte = { value = 2, low = 1, high = 3, source = "measured" }
peak_ma = { value = 10, error = 0.2, source = "measured" }
most_bytes_s = { value = 100, error = 0, source = "its sheet" }
"""


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_part_loads(kind: Kind, name: str) -> None:
    part = load_part(kind, name)
    assert part.name == name and part.description and [c.name for c in part.constants] == list(NEEDED[kind])
    for c in part.constants:
        assert c.of == name and len(c.source) > 10 and 0 < c.figure.low <= c.figure.value <= c.figure.high


def test_the_owner_s_coin_cell() -> None:
    """225 mAh at 3 V are 0.675 Wh."""
    assert load_part("batteries", "cr2032")["energy_wh"].value == 0.675
    assert {"aa", "cr2032", "lipo"} <= set(list_parts("batteries"))


def test_a_part_of_the_user_s(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RADIO)
    part = load_part("radios", path)
    peak = part["peak_ma"]
    assert (part.name, part.note, part["uj_per_byte"].high) == ("mine", "", 3)
    assert (peak.low, peak.value, peak.high) == (8, 10, 12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("description =", "x =", "missing key description; unknown key x"),
        ('"mine"', "3", "description is 3, expected text"),
        ("peak_ma", "peak_ua", "missing key peak_ma; unknown key peak_ua"),
        ("error = 0.2, ", "", "peak_ma has no bounds: give either error, a share of the value, or low and high"),
        ("error = 0.2", "error = 1", "peak_ma has error 1, expected a share of the value, below 1"),
        ("low = 1, high = 3", "low = 2.5, high = 3", "uj_per_byte has low 2.5, value 2 and high 3, expected them in"),
        ("value = 2,", "value = true,", "uj_per_byte has value True, expected a number that is not below 0"),
        ("value = 2,", "value = 2, unit = 3,", "uj_per_byte has unknown keys unit, expected error, high, low, source"),
        (
            ', source = "its sheet"',
            "",
            "most_bytes_s has no source: say where the value stands, or that it is",
        ),
        ('{ value = 100, error = 0, source = "its sheet" }', "100", "most_bytes_s is 100, expected a table with value"),
        ("{ value = 10", "value = 10", "is no TOML in UTF-8"),
    ],
)
def test_a_wrong_part(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RADIO.replace(old, new))
    with pytest.raises(UsageError, match=f"^{path}: {message}"):
        load_part("radios", path)


def test_a_part_that_there_is_not(tmp_path: Path) -> None:
    said = r"^batteries: 'cr2302' is none \(yours are given by their path, FILE\.toml\): did you mean 'cr2032'\?"
    with pytest.raises(UsageError, match=said):
        load_part("batteries", "cr2302")
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read: No such file"):
        load_part("batteries", tmp_path / "none.toml")
