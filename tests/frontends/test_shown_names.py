"""Names from files: as identities they are bounded; printed and generated they are short and harmless."""

from __future__ import annotations

import pytest
from modelfile import Model, dense_file, edit

from lapel import codegen
from lapel.errors import SHOWN_CAUSE, SHOWN_CAUSES, SHOWN_NAME, LapelError, Problem, UnsupportedModel, shown
from lapel.frontends.tflite import read_tflite
from lapel.frontends.tflite.tensors import MAX_NAME
from lapel.planning import make_plan
from lapel.targets import load_target

EVIL = "a*/ #error\n\x1b[31m\u202e/*\u2066"


def test_a_shown_name_is_short_and_harmless() -> None:
    assert shown("conv/Relu") == "conv/Relu"
    assert shown(EVIL) == "a* / #error\ufffd\ufffd[31m\ufffd/ *\ufffd"
    long = shown("x" * 10**6 + "_17")
    assert len(long) == SHOWN_NAME and long.startswith("xx") and long.endswith("xx_17") and "…" in long


def named(*names: str) -> bytes:
    def change(m: Model) -> None:
        for t, name in zip(m.subgraphs[0].tensors, names, strict=False):
            t.name = name

    return edit(dense_file(), change)


@pytest.mark.parametrize("name", ["n" * 2**20, EVIL * 3000], ids=["a megabyte", "evil"])
def test_names_of_any_length_leave_c_and_plan_short(name: str) -> None:
    graph = read_tflite(named(*(name for _ in range(6))))
    assert len(set(graph.tensors)) == 6 and max(map(len, graph.tensors)) <= MAX_NAME + 2
    plan = make_plan(graph, load_target("host"))
    firmware = codegen.generate(plan)
    for text in (firmware.header, firmware.source, str(plan)):
        assert name[:100] not in text and max(map(len, text.splitlines())) < 400
        assert not any(c in text for c in "\x1b\u202e\u2066") and "#error\n" not in text


@pytest.mark.parametrize("what", ["order", "operand"])
def test_names_of_any_length_leave_messages_short(what: str) -> None:
    def change(m: Model) -> None:
        if what == "order":
            m.subgraphs[0].operators.reverse()
        else:
            m.subgraphs[0].tensors[1].quantization.scale = [-1.0] * 3

    with pytest.raises(LapelError) as e:
        read_tflite(edit(named(*(EVIL * 9999 for _ in range(6))), change))
    assert len(e.value.message) < 600
    assert not any(c in e.value.message for c in "\x1b\u202e\u2066")


def test_a_custom_code_of_any_length() -> None:
    def change(m: Model) -> None:
        m.operatorCodes[0].builtinCode = m.operatorCodes[0].deprecatedBuiltinCode = 32
        m.operatorCodes[0].customCode = EVIL * 9999

    with pytest.raises(UnsupportedModel) as e:
        read_tflite(edit(dense_file(), change))
    assert "2 of 2 operators not supported (CUSTOM 'a*" in e.value.message and len(e.value.message) < 400


def test_problems_are_told_by_cause() -> None:
    found = [Problem(f"op {i} ADD", "input 0 is int32, expected int8") for i in range(155)]
    e = UnsupportedModel("m.tflite", [*found, "the model has no inputs"], "see the page")
    assert len(e.problems) == 156 and e.problems[154] == "op 154 ADD: input 0 is int32, expected int8"
    assert e.message.splitlines() == [
        "m.tflite: 156 problems:",
        "  - op 0 ADD; op 1 ADD; op 2 ADD and 152 more: input 0 is int32, expected int8",
        "  - the model has no inputs",
        "  see the page",
    ]


def test_many_causes_are_counted() -> None:
    e = UnsupportedModel("m.tflite", [Problem(f"op {i}", f"cause {i // 2}") for i in range(100)])
    lines = e.message.splitlines()
    assert UnsupportedModel("m", ["one cause"] * 9).message == "m: 9 problems:\n  - one cause"
    assert len(lines) == 2 + SHOWN_CAUSES and lines[1] == "  - op 0; op 1: cause 0"
    assert lines[-1] == f"  - and {100 - 2 * SHOWN_CAUSES} more problems of {50 - SHOWN_CAUSES} other causes"


def test_a_cause_that_lists_thousands_of_numbers_is_cut() -> None:
    said = UnsupportedModel(
        "m.tflite", [Problem("op 0 SPLIT_V 't'", f"cuts axis 3 into {list(range(20_000))}")]
    ).message
    line = said.splitlines()[1]
    assert line.startswith("  - op 0 SPLIT_V 't': cuts axis 3 into [0, 1, 2, ") and line.endswith("19999]")
    assert len(line) < SHOWN_CAUSE + 40
