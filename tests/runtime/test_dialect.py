"""Every file of the C runtime keeps to the dialect that Lapel reads, and what breaks it is told with its line."""

from __future__ import annotations

import re

import pytest

from lapel.runtime.dialect import STORAGE, functions, problems
from lapel.runtime.source import BESIDE_KERNELS, files, read

KERNELS = sorted(name for name, path in files().items() if path.parent.name not in BESIDE_KERNELS)
"""What Lapel reads as a kernel."""


@pytest.mark.parametrize("file", KERNELS)
def test_a_file_keeps_to_the_dialect(file: str) -> None:
    assert problems(file) == []


BREAKS = {
    "no storage": (
        "lookup_dsp.c",
        "void lapel_lookup_dsp(",
        "void lapel_other(",
        "storage: 'void lapel_other' starts with",
    ),
    "brace": (
        "mean.c",
        ")\n{\n    int32_t sum",
        ") {\n    int32_t sum",
        "ends with a brace, expected a line of its own",
    ),
    "column": (
        "mean.c",
        "    int32_t sum = p->bias;",
        "int32_t sum = p->bias;",
        "braces: 'int32_t sum = p->bias;' is in",
    ),
    "end": ("mean.c", "}\n\nvoid", "} /* done */\n\nvoid", "braces: the body of lapel_mean_cell ends with '} /"),
    "name": ("mean.c", "lapel_mean_cell(", "mean_cell(", "name: a function is called 'mean_cell', expected lapel_"),
    "if": (
        "mean.c",
        "    int32_t sum = p->bias;",
        "#ifdef X\n#endif\n    int32_t sum = p->bias;",
        "preprocessor: '#ifdef X'",
    ),
    "define": (
        "mean.c",
        "    int32_t sum = p->bias;",
        "    int32_t sum = p->bias;\n#define X 1",
        "preprocessor: '#define X 1'",
    ),
    "macro": (
        "mean.c",
        "static int8_t lapel_mean_cell",
        "#define F(x) LAPEL_INLINE void lapel_##x(void) { }\nstatic int8_t lapel_mean_cell",
        "macro: F makes a function",
    ),
    "lines of a macro": (
        "mean.c",
        "static int8_t lapel_mean_cell",
        "#define F(x) \\\n    LAPEL_INLINE void x(void) \\\n    {}\nstatic int8_t lapel_mean_cell",
        "macro: F makes a function",
    ),
    "twin": (
        "dsp.h",
        "lapel_pkhbt(uint32_t a, uint32_t b)",
        "lapel_pkhbt(uint32_t a, int32_t b)",
        "twin: lapel_pkhbt is ",
    ),
    "guard": ("mean.h", "#ifndef LAPEL_MEAN_H", "#ifndef LAPEL_MEANS_H", "guard: no guard LAPEL_MEAN_H"),
    "two members": (
        "mean.h",
        "    int32_t bias;",
        "    int32_t bias, more;",
        "params: 'int32_t bias, more;' of lapel_mean_params",
    ),
    "two members of a shared struct": (
        "pool.h",
        "    lapel_index in_h;",
        "    lapel_index in_h, more;",
        "params: 'lapel_index in_h, more;' of lapel_pool_shape",
    ),
    "no assertion": (
        "dense_mve.c",
        "LAPEL_ASSERT_AT(lapel_dense_mve_params, w, 0);\n",
        "",
        "offsets: lapel_dense_mve_row reads",
    ),
    "lanes by a number": (
        "pcan_mve.c",
        "vpselq_u32(line, square, vcmpcsq_n_u32(ratio, 8192u))",
        "vpselq_u32(line, vnegq_m_s32(f(a, b), square, 0x0f0f), other)",
        "predicate: lanes of 'vnegq_m_s32' are 0x0f0f",
    ),
    "lanes by a cast number": (
        "pcan_mve.c",
        "vcmpcsq_n_u32(ratio, 8192u)",
        "(mve_pred16_t)61680",
        "predicate: lanes of 'vpselq_u32' are (mve_pred16_t)61680",
    ),
    "a predicate by a number": (
        "banklog_mve.c",
        "vctp32q((uint32_t)left)",
        "0x00ff",
        "predicate: lanes of 'mve_pred16_t some = 0x00ff;' are 0x00ff",
    ),
    "new member": (
        "conv_dsp_parts.c",
        "    lapel_index skip; ",
        "    lapel_index more;\n    lapel_index skip; ",
        "offsets: lapel_conv_dsp_parts_sums",
    ),
}
"""A file, what is replaced in it once, by what, and what is said of it."""


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_the_dialect_is_told_with_its_line(name: str) -> None:
    file, old, new, said = BREAKS[name]
    text = read(file)
    assert old in text
    found = problems(file, text.replace(old, new, 1))
    assert any(said in problem for problem in found), found
    line = int(found[0].split(":")[1])
    assert found[0].startswith(f"{file}:{line}: ") and 1 <= line <= len(text.splitlines()) + 3


def test_the_words_of_storage_are_defined() -> None:
    text = "".join(map(read, files()))
    for word in STORAGE:
        assert word == "static" or f"#define {word} static " in text


def test_a_name_is_defined_in_one_file() -> None:
    # A firmware is one text of any of these files.
    found: dict[str, set[str]] = {}
    for file in files():
        macros = re.findall(r"^#\s*define\s+(\w+)", read(file), re.M)
        for name in {*macros, *functions(file)}:
            found.setdefault(name, set()).add(file)
    assert {name: sorted(where) for name, where in found.items() if len(where) > 1} == {}
