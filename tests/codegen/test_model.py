"""Generated C: golden files, warnings, the memory contract, and use by a C program."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from batch import merge
from lapel import codegen
from lapel.errors import InvalidGraph
from lapel.frontends import load
from lapel.ir import Graph
from lapel.ops import registry
from lapel.planning import make_plan
from lapel.records import Frame, Recipe, Stack, StackBound
from lapel.runtime.source import amalgamate, files, include_flags, kernels, params_fields
from lapel.simulate.firmware import MODEL_WARNINGS
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

GOLDEN = Path(__file__).parents[1] / "golden"
STRICT = [*MODEL_WARNINGS, "-std=c99", "-pedantic", "-O2", "-fno-common"]
BOUND = StackBound(104, (Frame("model_invoke", 24), Frame("lapel_conv", 80)))
STACKS = (
    Stack("invoke", "-O2", 96, bound=BOUND),
    Stack("invoke", "-O3", None, "does not fit"),
    Stack("invoke", "-Os", 112, bound=StackBound(112)),
)
CONTRACT = codegen.Contract(900, 700, static_ram_bytes=0, stack_bytes=96, stacks=STACKS, bound=BOUND)
RECIPE = Recipe(
    lapel="1.2.3", target="a board", sha256="12" * 32, file_sha256="ab" * 32, wish=Wish("balanced", 20_000, True),
    compiler="some-gcc 12.2", flags="-std=c99 -O2",
)  # fmt: skip


def residual() -> Graph:
    net = Net("residual", (1, 6, 6, 2), seed=3)
    a = net.conv("x", 2, (1, 1, 1, 1))
    b = net.relu(net.add(a, net.conv(a, 2, (1, 1, 1, 1))))
    return net.graph(net.dense(net.reshape(b, (1, 72)), 3))


def two_ports() -> Graph:
    cases = registry()["dense"].cases()
    return merge("two_ports", [cases[k].draw(np.random.default_rng(k)) for k in range(2)])


GRAPHS = {"residual": (residual, "nucleo-l4r5zi"), "two_ports": (two_ports, "atmega328p")}


def elide_runtime(source: str) -> str:
    """The source without the kernels, which are files of their own under src/lapel/runtime."""
    return re.sub(r"(?s)(#define LAPEL_KERNEL static\n).*(/\* ---- constants)", r"\1\n[kernels]\n\n\2", source)


@pytest.mark.parametrize("name", GRAPHS)
def test_golden(name: str, request: pytest.FixtureRequest) -> None:
    make, target = GRAPHS[name]
    code = codegen.generate(make_plan(make(), load_target(target)), name=name, recipe=RECIPE, contract=CONTRACT)
    texts = {f"{name}.h": code.header, f"{name}.c": elide_runtime(code.source), f"{name}_adapter.c": code.adapter}
    texts[f"{name}_plan.txt"] = str(make_plan(make(), load_target(target)))
    for file, text in texts.items():
        if request.config.getoption("--update-golden"):
            (GOLDEN / file).write_text(text)
        assert text == (GOLDEN / file).read_text(), f"{file} changed: pytest --update-golden, and read the difference"


def test_generation_is_deterministic() -> None:
    first, second = (codegen.generate(make_plan(residual(), load_target("cortex-m4"))) for _ in range(2))
    assert first.files() == second.files()


def compile_c(compiler: str, folder: Path, source: str, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [compiler, *STRICT, *flags, "-c", source, "-o", "out.o"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def write(code: codegen.Firmware, folder: Path) -> str:
    for name, text in code.files().items():
        (folder / name).write_text(text)
    return f"{code.prefix}.c"


@cache
def every_kernel() -> codegen.Firmware:
    graphs = [c.draw(np.random.default_rng(1)) for op in registry().values() for c in op.cases()]
    return codegen.generate(make_plan(merge("every_kernel", graphs), load_target("host")))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_warnings(compiler: str, tmp_path: Path) -> None:
    assert shutil.which(compiler), f"{compiler} is missing: make setup installs it"
    source = write(every_kernel(), tmp_path)
    for standard in (["-std=c99"], ["-std=c11", "-fsyntax-only"]):
        done = compile_c(compiler, tmp_path, source, *standard)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kernel", [k for k in kernels() if "_" not in k])
def test_a_kernel_is_usable_alone(kernel: str, tmp_path: Path) -> None:
    done = compile_c("gcc", tmp_path, str(files()[f"{kernel}.c"]), *include_flags())
    assert done.returncode == 0, done.stderr


def test_no_libc_but_memcpy_and_memset_and_no_globals_but_the_arena(tmp_path: Path) -> None:
    source = write(every_kernel(), tmp_path)
    flags = ("-fno-builtin", "-fno-stack-protector", "-fno-pie")  # of a pie constants are relocated at start
    assert compile_c("gcc", tmp_path, source, *flags).returncode == 0
    listing = subprocess.run(["nm", "out.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r" U (\w+)", listing)) - {"_GLOBAL_OFFSET_TABLE_"} <= {"memcpy", "memset"}
    assert re.findall(r" [BbDdCG] (\w+)", listing) == ["every_kernel_arena"]


@pytest.mark.parametrize(("field", "fits"), [("flash_code_bytes", 3_000_000), ("stack_bytes", 700_000)])
def test_the_contract_is_asserted(field: str, fits: int, tmp_path: Path) -> None:
    values = {**vars(CONTRACT), field: fits}
    plan = make_plan(residual(), load_target("nucleo-l4r5zi"))
    source = write(codegen.generate(plan, contract=CONTRACT), tmp_path)
    assert compile_c("gcc", tmp_path, source).returncode == 0
    source = write(codegen.generate(plan, contract=codegen.Contract(**values)), tmp_path)
    done = compile_c("gcc", tmp_path, source)
    assert done.returncode != 0
    assert ("fits_flash" if "flash" in field else "fits_ram") in done.stderr


CALLER = """
#include <stdio.h>
#include "residual.h"

#ifdef RESIDUAL_CALLER_ARENA
RESIDUAL_ALIGNED uint8_t residual_arena[RESIDUAL_ARENA_BYTES];
#endif

int main(void)
{
    int8_t in[RESIDUAL_INPUT_COUNT], out[RESIDUAL_OUTPUT_COUNT];
    for (int i = 0; i < RESIDUAL_INPUT_COUNT; i++) {
        in[i] = (int8_t)(3 * i - 100);
    }
    residual_invoke(in, out);
    for (int i = 0; i < RESIDUAL_INPUT_COUNT; i++) {
        residual_input[i] = in[i];
    }
    residual_invoke(0, 0);
    for (int i = 0; i < RESIDUAL_OUTPUT_COUNT; i++) {
        printf("%d %d ", out[i], residual_output[i]);
    }
    return 0;
}
"""


@pytest.mark.parametrize("flags", [[], ["-DRESIDUAL_CALLER_ARENA"]])
def test_a_c_program_calls_it(flags: list[str], tmp_path: Path) -> None:
    from lapel.ops import evaluate

    graph = residual()
    source = write(codegen.generate(make_plan(graph, load_target("host"))), tmp_path)
    (tmp_path / "main.c").write_text(CALLER)
    subprocess.run(["gcc", *STRICT, *flags, source, "main.c", "-o", "main"], cwd=tmp_path, check=True)
    said = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    x = (3 * np.arange(72) - 100).astype(np.int8).reshape(1, 6, 6, 2)
    want = evaluate(graph, {"x": x})[graph.outputs[0]].reshape(-1)
    assert list(map(int, said.split())) == [int(v) for v in want for _ in range(2)]


def test_the_header_is_valid_cplusplus(tmp_path: Path) -> None:
    write(codegen.generate(make_plan(residual(), load_target("host"))), tmp_path)
    (tmp_path / "user.cpp").write_text('#include "residual.h"\nvoid f() { residual_invoke(nullptr, nullptr); }\n')
    command = ["clang", "-x", "c++", "-std=c++11", "-nostdinc++", "-Wall", "-Werror", "-fsyntax-only", "user.cpp"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(n for n, op in registry().items() if op.cases()))
def test_params_have_exactly_the_fields_of_the_header(name: str) -> None:
    for case in registry()[name].cases():
        g = case.draw(np.random.default_rng(2))
        for call in registry()[name].lower(g.instance(g.nodes[0])):
            assert set(call.params) == set(params_fields(call.kernel)), call.kernel


def test_wrong_params_are_refused() -> None:
    constants = codegen.model.Constants("m", 16)
    good = {"data": np.zeros(3, np.uint8), "bytes": 3}
    constants.params("copyrom", good, "m_0_copyrom", "step 0")
    for bad, message in [
        ({"bytes": 3}, "lack"),
        ({**good, "more": 1}, "unknown"),
        ({**good, "bytes": 40000}, "does not fit lapel_index"),
        ({**good, "data": np.zeros(3, np.int32)}, "the kernel wants uint8_t"),
        ({**good, "data": 3}, "expected a table"),
    ]:
        with pytest.raises(InvalidGraph, match=message):
            constants.params("copyrom", bad, "m_0_copyrom", "step 0")


def test_fields_of_a_shared_struct_are_in_braces_of_their_own() -> None:
    constants = codegen.model.Constants("m", 16)
    names = list(params_fields("maxpool"))
    constants.params("maxpool", {name: k for k, name in enumerate(names)}, "m_0_maxpool", "step 0")
    head = "static const LAPEL_ROM lapel_maxpool_params m_0_maxpool = {\n    { /* shape */\n        0, /* batches */\n"
    assert constants.texts[-1].startswith(head)
    assert constants.texts[-1].endswith("        11, /* pad_left */\n    },\n    12, /* lo */\n    13, /* hi */\n};\n")


def test_equal_tables_are_written_once() -> None:
    net = Net("twice", (1, 8))
    w = net.dense("x", 8)
    node = net.nodes[0]
    y = net.node("dense", (w, node.inputs[1], ""), (1, 8), activation="none", keep_dims=True, rounding="double")
    code = codegen.generate(make_plan(net.graph(y), load_target("host")))
    assert len(re.findall(r"static const LAPEL_ROM int8_t twice_\w+_w\[", code.source)) == 1


def test_amalgamation_has_each_file_once() -> None:
    text = amalgamate(["conv", "depthwise", "dense"])
    heads = re.findall(r"---- ([a-z0-9_.]+) ----", text)
    assert len(heads) == len(set(heads)) and "lapel.h" in heads
    assert '#include "' not in text


NASTY = ("plain", 'quo"te', "back\\slash", "end */", "tri??/graph", "line\nend", "größe", "%s", 35, "n" * 100)


def test_classes_are_strings_whatever_they_hold(tmp_path: Path) -> None:
    """What a program prints of them is their bytes, the first 64 characters."""
    net = Net("classes", (1, 4))
    graph = load(net.graph(net.dense("x", len(NASTY))), classes=NASTY)
    code = codegen.generate(make_plan(graph, load_target("host")))
    main = (
        '#include <stdio.h>\n#include "classes.h"\nint main(void)\n{\n'
        "    const char *const names[] = CLASSES_CLASSES;\n    for (int k = 0; k < CLASSES_CLASS_COUNT; k++) {\n"
        "        fwrite(names[k], 1, __builtin_strlen(names[k]) + 1, stdout);\n    }\n    return 0;\n}\n"
    )
    (tmp_path / "classes.h").write_text(code.header)
    (tmp_path / "main.c").write_text(main)
    subprocess.run(["gcc", *STRICT, "-trigraphs", "main.c", "-o", "main"], cwd=tmp_path, check=True)
    printed = subprocess.run([str(tmp_path / "main")], stdout=-1, check=True).stdout.decode()
    assert printed.split("\0")[:-1] == [str(c)[:64] for c in NASTY]
