"""Options of custom operators: what the published writer writes, and what is damaged."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffers import flexbuffers

from lapel.errors import UnsupportedNode
from lapel.frontends.tflite.flexbuffer import read_options, write_options

WIDTHS = {
    "bytes": {"bits": 10, "clamping": True, "low": -128},
    "words": {"bits": 15401, "clamping": False, "low": -32768},
    "most": {"bits": 2**31 - 1, "clamping": True, "low": -(2**31)},
}


@pytest.mark.parametrize("width", WIDTHS)
def test_written_options_are_read(width: str) -> None:
    options, names = WIDTHS[width], sorted(WIDTHS[width])
    assert read_options(flexbuffers.Dumps(options), names) == options
    assert read_options(write_options(options, names), names) == options
    assert flexbuffers.Loads(write_options(options, names)) == options


def test_indirect_integers_are_read() -> None:
    builder = flexbuffers.Builder()
    with builder.Map():
        builder.Key("a")
        builder.IndirectInt(-70000)
        builder.Key("b")
        builder.IndirectUInt(90000)
    assert read_options(builder.Finish(), ["a", "b"]) == {"a": -70000, "b": 90000}


def test_an_operator_without_options_ignores_them() -> None:
    assert read_options(b"\xff\xff", []) == {}


REFUSED = {
    "none": (b"", "has no options, expected a, b: convert the model again"),
    "no map": (
        flexbuffers.Dumps([1, 2]),
        "its options end in 28 01, expected the type and width of a map: the file is damaged",
    ),
    "one": (flexbuffers.Dumps({"a": 1}), "its options are a, expected a, b: convert"),
    "empty": (flexbuffers.Dumps({}), "its options are none, expected a, b"),
    "another": (flexbuffers.Dumps({"a": 1, "aa": 1, "b": 1}), "its options are a, aa, b, expected a, b"),
    "renamed": (flexbuffers.Dumps({"a": 1, "c": 1}), "its options are a, c, expected a, b"),
    "real": (flexbuffers.Dumps({"a": 1, "b": 1.5}), "its option b is of type 3, expected an integer"),
    "text": (flexbuffers.Dumps({"a": "one", "b": 1}), "its option a is of type 5, expected an integer"),
    "wide": (flexbuffers.Dumps({"a": 1, "b": 2**31}), "its option b is 2147483648, expected an int32"),
    "short": (flexbuffers.Dumps({"a": 1, "b": 1})[:1], "its options lead to byte -1, expected 1 bytes within 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_options_are_refused(case: str) -> None:
    raw, message = REFUSED[case]
    with pytest.raises(UnsupportedNode) as e:
        read_options(raw, ["a", "b"])
    assert e.value.message.startswith(message)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (-1, 3, "expected the type and width of a map: the file is damaged"),
        (-3, 255, "none before the first: the file is damaged"),
        (-8, 255, "its options have 255 entries, expected at most"),
        (-9, 3, "its options have keys of width 3, expected 1, 2, 4 or 8: the file is damaged"),
        (-10, 255, "its options lead to byte"),
    ],
)
def test_damage_is_told(place: int, value: int, message: str) -> None:
    raw = bytearray(flexbuffers.Dumps({"a": 1, "b": 2}))
    raw[place] = value
    with pytest.raises(UnsupportedNode) as e:
        read_options(bytes(raw), ["a", "b"])
    assert message in e.value.message


def test_a_key_without_an_end_is_told() -> None:
    raw = bytearray(flexbuffers.Dumps({"a": 1, "b": 2}))
    changed = bytes(raw).replace(b"\0", b"\1")
    with pytest.raises(UnsupportedNode, match="a key without an end, expected one: the file is damaged"):
        read_options(changed, ["a", "b"])


def test_every_damage_is_read_or_told() -> None:
    """Bytes changed and cut off at random: integers of 32 bits, or a sentence that ends in what to do."""
    rng = np.random.default_rng(0)
    whole = flexbuffers.Dumps({"bits": 15401, "clamping": True, "low": -300})
    refused = 0
    for _ in range(3000):
        raw = np.frombuffer(whole, np.uint8)[int(rng.integers(4)) * (rng.random() < 0.1) :].copy()
        raw[rng.integers(0, len(raw), int(rng.integers(1, 4)))] = rng.integers(0, 256)
        try:
            found = read_options(raw.tobytes(), ["bits", "clamping", "low"])
        except UnsupportedNode as e:
            refused += 1
            assert e.message.endswith(("the file is damaged", "convert the model again"))
        else:
            assert all(-(2**31) <= v < 2**31 for v in found.values())
    assert refused > 1000
