"""Params structs as codegen reads them from the headers: their own fields, and those of structs that kernels share."""

from __future__ import annotations

import pytest

from lapel.errors import InvalidGraph
from lapel.runtime import source
from lapel.runtime.source import field_comments, params_fields, read


def test_fields_of_a_struct_that_is_a_member_stand_in_its_place() -> None:
    fields = params_fields("maxpool_dsp")  # lapel_maxpool_params of another header
    assert list(fields) == list(params_fields("avgpool16")) and list(fields)[-2:] == ["lo", "hi"]
    assert {f.within for f in list(fields.values())[:-2]} == {("shape",)} and fields["lo"].within == ()
    assert fields["in_h"].ctype == "lapel_index" and fields["pad_left"].ctype == "int16_t"


def test_what_is_said_of_tables_is_found_in_structs_that_are_members() -> None:
    said = field_comments("dense_coded_huffman")
    assert list(said) == ["codes", "counts", "values", "bias", "mul", "shift"]
    assert said["counts"] == "counts of values: codes of 1, 2, .. bits"
    assert said["mul"] == "[outputs] if per_channel, else [1]; each >= 0"


def test_two_fields_of_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "read", lambda name: read(name).replace("lapel_index in_h;", "lapel_index hi;"))
    with pytest.raises(InvalidGraph, match="lapel_maxpool_params has two members hi, in structs that are members"):
        params_fields.__wrapped__("maxpool")


def test_a_header_without_params_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "read", lambda name: read(name).replace("_maxpool_params;", "_maxpools;"))
    with pytest.raises(InvalidGraph, match=r"maxpool.h of the runtime declares no struct lapel_maxpool_params"):
        params_fields.__wrapped__("maxpool")
