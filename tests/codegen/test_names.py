"""Identifiers and comments from arbitrary model and tensor names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cores import needs
from lapel.codegen.names import NAME_CHARS, checked_name, comment, identifier, refusal
from lapel.codegen.reserved import reserved
from lapel.errors import UsageError
from lapel.targets import list_targets, load_target

LONG = "a" * NAME_CHARS


@given(st.text() | st.text("aA_-1x", max_size=4))
def test_any_text_makes_an_identifier(text: str) -> None:
    name = identifier(text)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) and len(name) <= NAME_CHARS
    assert name == text or refusal(text) is not None
    assert reserved(name) is None or name != text


@pytest.mark.parametrize("name", ["kws", "digits", "model", "vww_int8", "v2", "x_1", "kws_20240131", "lapels", LONG])
def test_what_c_can_have_is_left_alone(name: str) -> None:
    assert identifier(name) == checked_name(name) == name


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("KWS v2.1", "kws_v2_1"),
        ("", "model"),
        ("größe", "gr_e"),
        ("int", "int"),
        ("9lives", "model_9lives"),
        ("adapter", "adapter"),
        ("lapel_conv", "model_lapel_conv"),
        ("a__b", "a_b"),
        (LONG + "b", "a" * (NAME_CHARS - 9)),
        ("bytes that are no UTF-8: \udcff", "bytes_that_are_no_utf_8"),
    ],
)
def test_other_texts_keep_what_they_can(text: str, stem: str) -> None:
    assert re.fullmatch(re.escape(stem) + "_x[0-9a-f]{7}", identifier(text))


@pytest.mark.parametrize(
    "texts",
    [
        ("kws", "KWS", "Kws"),
        ("a-b", "a_b", "a b", "a.b", "a__b", "_a_b", "a_b_"),
        (LONG + "1", LONG + "2", LONG),
        ("time", "time_model", "Time"),
        ("model", ""),
    ],
)
def test_unlike_texts_have_unlike_names(texts: tuple[str, ...]) -> None:
    assert len({identifier(t).lower() for t in texts}) == len(texts)


def test_no_text_has_the_name_that_is_derived_from_another() -> None:
    derived = identifier("KWS")
    assert identifier(derived) != derived


@pytest.mark.parametrize(
    ("name", "why", "try_this"),
    [
        ("KWS v2", "small letters, digits and single underscores", "kws_v2"),
        ("time", "is a header of C", "time_model"),
        ("signal", "is a header of C", "signal_model"),
        ("spawn", "is a header of POSIX", "spawn_model"),
        ("features", "is a header of C libraries", "features_model"),
        ("arduino", "is a header of device libraries", "arduino_model"),
        ("arm_math", "begins as headers of Arm's do", "model_arm_math"),
        ("core_cm4", "begins as headers of Arm's do", "model_core_cm4"),
        ("xmmintrin", "ends as headers of compilers do", "xmmintrin_model"),
        ("arm_intrin", "begins as headers of Arm's do", "model_arm_intrin_model"),
        ("con", "is a device of Windows", "con_model"),
        ("int", "is a word of C or C\\+\\+", "int_model"),
        ("port", "is a name of Lapel's test bench", "port_model"),
        ("lapel_stream", "how Lapel's own names begin", "model_lapel_stream"),
        ("kws_x1234567", "how the names end that Lapel derives", "kws_x1234567_model"),
        (LONG + "a", "49 characters are more than 48", "a" * (NAME_CHARS - 12)),
        ("", "a letter first", "model"),
    ],
)
def test_a_users_own_name_is_taken_or_refused(name: str, why: str, try_this: str) -> None:
    with pytest.raises(UsageError, match=f"{why}.*: try '{try_this}'"):
        checked_name(name)
    assert checked_name(try_this) == try_this


def headers(target: str) -> set[str]:
    """Stems of the headers that a target's compiler finds without being told where."""
    compiler = load_target(target).compiler + "gcc"
    command = [compiler, *load_target(target).cflags, "-E", "-v", "-x", "c", "/dev/null"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    folders = said.split("#include <...> search starts here:")[1].split("End of search list.")[0].split()
    return {p.stem for folder in folders for p in Path(folder).glob("*.h")}


@pytest.mark.parametrize(
    "target",
    [pytest.param(t, marks=needs(t)) for t in list_targets() if load_target(t).kind == "core" and t != "host"],
)
def test_no_model_hides_a_header_of_a_targets_c_library(target: str) -> None:
    free = {stem for stem in headers(target) if refusal(stem) is None}
    assert not free, "codegen/reserved.py lacks these"


def test_no_model_hides_a_header_of_the_hosts_c_library() -> None:
    compiler = subprocess.run(["gcc", "-print-file-name=include"], capture_output=True, text=True, check=True).stdout
    stems = {p.stem for p in Path(compiler.strip()).glob("*.h")}
    stems |= {p.stem for p in Path("/usr/include").glob("*.h") if p.stem in ("time", "signal", "features", "spawn")}
    assert not {stem for stem in stems if refusal(stem) is None}, "codegen/reserved.py lacks these"


@given(st.text())
def test_a_comment_stays_one(text: str) -> None:
    safe = comment(text)
    assert "*/" not in safe and "/*" not in safe and "??" not in safe and "\n" not in safe


def test_a_comment_of_a_megabyte_is_short() -> None:
    short = comment("begin" + "x" * 2**20 + "end")
    assert len(short) <= 200 and short.startswith("begin") and short.endswith("end")
