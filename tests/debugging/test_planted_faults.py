"""Faults in firmware, planted in the C of a build: one command names each, in a line that says what it is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plants import TARGET, Built, call, with_field, with_table

import lapel
from lapel.cli.entry import main
from lapel.debugging.packed import narrowed
from lapel.errors import FormatError, InputError, Mismatch, UsageError
from lapel.families.elements import ROUNDINGS
from lapel.records import Element

Edit = Callable[[Built, str], str]


def halved(built: Built, source: str) -> str:
    return with_table(source, built.step("first"), "mul", lambda v: [v[0], v[1] // 2, *v[2:]])


def moved_up(built: Built, source: str) -> str:
    return with_field(source, built.step("second"), "pad_top", lambda v: v - 1)


def raised(built: Built, source: str) -> str:
    return with_field(source, built.step("second"), "y_zero", lambda v: v + 4)


def read_elsewhere(built: Built, source: str) -> str:
    return with_field(source, built.step("second"), "x_zero", lambda v: 0)


def exchanged(built: Built, source: str) -> str:
    """Outputs 0 and 1 of the dense layer."""
    at = built.step("scores")
    for table, width in (("w", 4), ("bias", 1), ("mul", 1), ("shift", 1)):
        source = with_table(source, at, table, lambda v, n=width: [*v[n : 2 * n], *v[:n], *v[2 * n :]])  # type: ignore[misc]
    return source


def reversed_colours(built: Built, source: str) -> str:
    swap = "int8_t t = planted_input[i]; planted_input[i] = planted_input[i + 2]; planted_input[i + 2] = t;"
    first = source.index("    /* step 0 ")
    return f"{source[:first]}    for (int i = 0; i < 256; i += 4) {{ {swap} }}\n{source[first:]}"


def left_out(built: Built, source: str) -> str:
    return source.replace(call(source, built.step("second"))[1], "")


def wrong_address(built: Built, source: str) -> str:
    """The sum reads `first` twice."""
    line = call(source, built.step("both"))[1]
    first, second = (f"planted_arena + {built.plan.placements[n].offset})" for n in ("first", "second"))
    assert second in line
    return source.replace(line, line.replace(second, first))


FIRMWARE = [
    (halved, "first (depthwise)", "a wrong multiplier: mul[1] of depthwise is "),
    (halved, "first (depthwise)", "a wrong multiplier: channel 1 is 0.5 times what it should be, the other channels"),
    (moved_up, "second (depthwise)", "a wrong padding: pad_top of depthwise is 0 in the firmware, the plan has 1"),
    (moved_up, "second (depthwise)", "a wrong padding: it computes with [0, 2, 1, 1] pixels above, below, left and"),
    (raised, "second (depthwise)", "a wrong zero point: every value is 4 too high, as with the zero point "),
    (read_elsewhere, "second (depthwise)", "a wrong zero point of the input: x_zero of depthwise is 0 in the firmware"),
    (exchanged, "scores (dense)", "swapped channels: channels 0 and 1 are in each other's place of what it makes"),
    (reversed_colours, "first (depthwise)", "swapped channels: channels 0 and 2 are in each other's place of 'image'"),
    (left_out, "second (depthwise)", "a stale buffer: it holds what was in its place before the step"),
    (wrong_address, "both (add)", "a stale buffer: it reads 'first' instead of 'second'"),
]  # fmt: skip


@pytest.fixture(scope="session")
def causes(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Edit], tuple[str, ...]]:
    """What is said of the C with an edit, once for each."""
    said: dict[Edit, tuple[str, ...]] = {}

    def of(edit: Edit) -> tuple[str, ...]:
        if edit not in said:
            folder = tmp_path_factory.mktemp("plant") / "build"
            found = built.diff(built.changed(folder, lambda c: edit(built, c)))
            assert not found.equal and found.machines == (TARGET,)
            said[edit] = found.causes
        return said[edit]

    return of


@pytest.mark.parametrize(("edit", "layer", "line"), FIRMWARE, ids=lambda p: getattr(p, "__name__", None))
def test_a_fault_in_the_firmware_is_named(
    causes: Callable[[Edit], tuple[str, ...]], edit: Edit, layer: str, line: str
) -> None:
    assert any(said.startswith(f"{layer} on {TARGET}: {line}") for said in causes(edit)), causes(edit)


def test_unchanged_c_is_the_reference(built: Built) -> None:
    found = built.diff(built.folder)
    assert found.equal and not found.causes and found.machines == (TARGET,)


def test_layers_behind_a_fault_are_not_blamed(built: Built, tmp_path: Path) -> None:
    found = built.diff(built.changed(tmp_path / "b", lambda c: raised(built, c)))
    own = {row.layer: row.own for row in found.layers}
    assert own["first"] == {} and own["second"] == {TARGET: True} and own["both"] == {TARGET: False}


def test_the_command_names_a_fault(built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = built.changed(tmp_path / "b", lambda c: raised(built, c))
    (tmp_path / "planted.tflite").write_bytes(lapel.write_tflite(built.graph))
    np.save(tmp_path / "x.npy", built.x)
    given = [str(tmp_path / "planted.tflite"), "--build", str(folder), "-i", str(tmp_path / "x.npy")]
    assert main(["diff", *given]) == Mismatch.exit_code
    said = capsys.readouterr()
    assert f"likely cause: second (depthwise) on {TARGET}: a wrong zero point: every value is 4 too high" in said.err
    assert re.search(r"both +add +1,024 +\(\d+\)", said.out), said.out
    assert main(["diff", *given, "--element", "second"]) == Mismatch.exit_code
    said = capsys.readouterr()
    assert re.search(r"zero point +-?\d+ +-?\d+ +<-- parts here +from the firmware's image", said.out), said.out
    assert "parts at zero point: " in said.err and "another one in the firmware than in the plan" in said.err


def cut(built: Built, source: str) -> str:
    """Fractions are cut, not rounded."""
    source = source.replace(
        "(((int64_t)acc * mul + (int64_t)half) >> 32) >> drop", "(((int64_t)acc * mul) >> 32) >> drop"
    )
    source = source.replace("    const uint64_t half = ", "    const uint64_t half __attribute__((unused)) = ")
    source = source.replace("-2 - shift) + 1) >> 1", "-2 - shift)) >> 1")
    return re.sub(r"offset = 2 \* (\S+) \+ 1", r"offset = 2 * \1", source)


def doubled(built: Built, source: str) -> str:
    """A weight that counts twice where the kernel adds up."""
    return with_table(source, built.step("second"), "w", lambda v: [v[0] + 1, *v[1:]])


def test_a_rounding_fault_is_explained(built: Built, tmp_path: Path) -> None:
    folder = built.changed(tmp_path / "b", lambda c: cut(built, c))
    told = lapel.explain(built.graph, None, "first", built.x, folder=folder)
    rows = {row.name: row for row in told.rows}
    assert told.parted == "output" and rows["accumulator"].reference == rows["accumulator"].device
    assert (rows["sum"].how, rows["multiplier"].how, rows["output"].how) == ("run", "read", "traced")
    assert Element.from_json(json.loads(json.dumps(told.to_json()))) == told
    assert "parts where the accumulator is rounded: the device does no rounding, fractions cut downwards" in told.why
    assert int(re.search(r"in (\d+) elements", told.why)[1]) > 10  # type: ignore[index]


def test_a_wrong_sum_is_found_by_running(built: Built, tmp_path: Path) -> None:
    folder = built.changed(tmp_path / "b", lambda c: doubled(built, c))
    told = lapel.explain(built.graph, None, "second", built.x, folder=folder)
    (row,) = (row for row in told.rows if row.name == "sum")
    assert told.parted == "sum" and row.how == "run" and row.device != row.reference
    assert "adds up something else than its weights times its inputs" in told.why
    # What follows is computed of the device's sum, and ends in what the device has.
    assert told.rows[-1].device == {r.name: r for r in told.rows}["placed"].device or told.rows[-1].device in (
        -128,
        127,
    )


@pytest.mark.parametrize("target", ["cortex-m4", "atmega2560"])
def test_packed_constants_are_compared_with_the_plan(built: Built, target: str) -> None:
    told = lapel.explain(built.graph, target, "scores", built.x)
    rows = {row.name: row for row in told.rows}
    assert told.parted == "" and rows["multiplier"].how in ("packed", "read"), told
    assert all(row.device == row.reference for row in told.rows)
    assert rows["sum"].how == "run" and not told.notes


@pytest.mark.parametrize("name", ROUNDINGS)
@pytest.mark.parametrize("shift", [-1, -2])
def test_outputs_say_the_sum_whatever_the_rounding(name: str, shift: int) -> None:
    """Of a kernel that rounds in any known way; of one that does otherwise, nothing is said."""
    for off in (-48, -7, -1, 0, 1, 2, 30):

        def output(multiplier: int, more: int, off: int = off) -> int:
            return ROUNDINGS[name]({"accumulator": off + more, "multiplier": multiplier, "shift": shift})

        assert narrowed(shift, output) == off
    assert narrowed(shift, lambda multiplier, more: 5 if more > 0 else -5) is None


def test_elements_that_are_not_there(built: Built) -> None:
    for element, message in (
        ("frist[0,0,0,0]", "no layer 'frist', did you mean 'first'?"),
        ("first[0,0,9]", r"index \[0, 0, 9\] of a tensor of shape \[1, 8, 8, 4\], expected one within it"),
        ("first[0,x]", "expected whole numbers from 0 on"),
    ):
        with pytest.raises(UsageError, match=message):
            lapel.explain(built.graph, "host", element, built.x)


def test_a_folder_of_something_else(built: Built, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"was built for {TARGET}, found target host"):
        lapel.diff(built.graph, "host", folder=built.folder)
    fewer = built.changed(tmp_path / "b", lambda c: c.replace("    LAPEL_STEP_END;\n", "", 1))
    with pytest.raises(InputError, match="ends 5 steps, expected 6"):
        built.diff(fewer)
    (fewer / "lapel.json").write_text(json.dumps({"record": "build", "schema": 1, "model": "planted"}))
    with pytest.raises(FormatError, match=r"lapel\.json: build: has no 'target'"):
        built.diff(fewer)
    shutil.copy(built.folder / "lapel.json", fewer)
    other = replace(built.graph, name="another")
    with pytest.raises(InputError, match="is a build of 'planted', expected one of 'another'"):
        lapel.diff(other, folder=built.folder)
    (fewer / "planted.c").unlink()
    with pytest.raises(InputError, match=r"planted\.c and \.h cannot be read: No such file"):
        built.diff(fewer)
