"""The generated pair as users have it: the object code that was counted, beside others, and as C++."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from batch import draws, inlined, merge
from cores import needs
from lapel import codegen
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.planning import Plan, make_plan
from lapel.simulate.firmware import code_flags, with_labels
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

CORES = {
    "latency": ("cortex-m0", "cortex-m4", "cortex-m55", "rv32imac", "atmega328p"),
    "ram": ("cortex-m33", "cortex-m55", "atmega328p"),
}


def image(name: str, size: int = 12, seed: int = 3) -> Graph:
    """A small network with layers of many kinds, twice the same among them."""
    net = Net(name, (1, size, size, 3), seed=seed)
    a = net.conv("x", 4, (1, 1, 1, 1))
    b = net.relu(net.add(a, net.conv(a, 4, (1, 1, 1, 1))))
    c = net.conv(b, 4, (1, 1, 1, 1))
    return net.graph(net.dense(net.reshape(c, (1, 4 * size * size)), 5))


def write(code: codegen.Firmware, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    for name, text in code.files().items():
        (folder / name).write_text(text)
    return f"{code.prefix}.c"


def loaded(path: Path) -> dict[str, tuple[bytes, list[tuple[int, int]]]]:
    """Content of each section that goes to the chip, and where its relocations are."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        moved = {
            s.name: [(r["r_offset"], r["r_info_type"]) for r in s.iter_relocations()]
            for s in elf.iter_sections()
            if s["sh_type"] in ("SHT_REL", "SHT_RELA")
        }
        return {
            s.name: (s.data(), moved.get(f".rel{s.name}", moved.get(f".rela{s.name}", [])))
            for s in elf.iter_sections()
            if s["sh_flags"] & 2 and s["sh_type"] != "SHT_NOBITS"
        }


@pytest.mark.parametrize(
    ("core", "goal"),
    [pytest.param(c, g, marks=needs(c)) for g, cores in CORES.items() for c in cores],
)
def test_the_counted_object_is_the_shipped_one(core: str, goal: str, tmp_path: Path) -> None:
    target = load_target(core)
    plan = make_plan(image("shipped"), target, Wish("ram" if goal == "ram" else "latency"))
    plan = plan if goal == "ram" else own_code(plan)
    code = codegen.generate(plan)
    assert "PROBE" not in code.source and "lapel_step_" not in code.source
    found = []
    for kind, text in (("shipped", code.source), ("counted", with_labels(code.source))):
        write(replace(code, source=text), tmp_path / kind)
        command = [f"{target.compiler}gcc", *code_flags(target), "-c", "shipped.c", "-o", "out.o"]
        subprocess.run(command, cwd=tmp_path / kind, check=True)
        found.append(loaded(tmp_path / kind / "out.o"))
    assert found[0] == found[1]
    listing = subprocess.run(["nm", tmp_path / "counted" / "out.o"], capture_output=True, text=True, check=True).stdout
    assert all(f" lapel_step_{k}\n" in listing for k in range(len(plan.steps)))


def own_code(plan: Plan) -> Plan:
    """Every second step with code of its own."""
    steps = [
        replace(s, calls=tuple(replace(c, inline=c.inline or s.index % 2 == 0) for c in s.calls)) for s in plan.steps
    ]
    return replace(plan, steps=tuple(steps))


NAMES = ("kws", "KWS", "k-w-s", "k_w_s", "port", "harness", "adapter", "time", "string", "lapel_conv", "x" * 60, "int")


def test_any_models_live_in_one_program(tmp_path: Path) -> None:
    """Each is compiled in one folder that is searched for headers, and all are linked together and called."""
    graphs = [image(name, size=4, seed=k) for k, name in enumerate(NAMES)]
    codes = [codegen.generate(make_plan(g, load_target("host"))) for g in graphs]
    prefixes = [c.prefix for c in codes]
    assert len({p.lower() for p in prefixes}) == len(NAMES)
    for code in codes:
        write(code, tmp_path)
    includes = "".join(f'#include "{p}.h"\n' for p in prefixes)
    calls = "".join(
        f'    {p}_invoke(in, out);\n    printf("%d %d\\n", out[0], {p}_output[{p.upper()}_OUTPUT_COUNT - 1]);\n'
        for p in prefixes
    )
    (tmp_path / "main.c").write_text(
        f"{includes}#include <time.h>\n#include <string.h>\n#include <stdio.h>\n"
        f"static clock_t now;\nint main(void)\n{{\n    static int8_t in[48], out[5];\n    now = clock();\n"
        f"    memset(in, 7, sizeof in);\n{calls}    return now == (clock_t)-1;\n}}\n"
    )
    sources = [f"{p}.c" for p in prefixes]
    command = ["gcc", "-I.", "-Wall", "-Wextra", "-Werror", "-O0", "main.c", *sources, "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    said = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    x = np.full((1, 4, 4, 3), 7, np.int8)
    wants = [evaluate(g, {"x": x})[g.outputs[0]].reshape(-1) for g in graphs]
    assert said.split() == [str(int(v)) for w in wants for v in (w[0], w[-1])]


CPLUSPLUS = [
    pytest.param(("g++", "-std=c++11"), "host", id="g++ c++11"),
    pytest.param(("clang++", "-std=c++11"), "host", id="clang++ c++11"),
    pytest.param(("arm-none-eabi-g++", "-std=c++11"), "cortex-m4", id="arm c++11", marks=needs("cortex-m4")),
    pytest.param(("arm-none-eabi-g++", "-std=c++20"), "cortex-m55", id="helium c++20", marks=needs("cortex-m55")),
]


@pytest.mark.parametrize(("compiler", "core"), CPLUSPLUS)
def test_the_source_is_cplusplus_too(compiler: tuple[str, ...], core: str, tmp_path: Path) -> None:
    """All operators, shared and with their own code, without a warning."""
    target = load_target(core)
    plan = make_plan(merge("every_kernel", draws(1)), target)
    flags = [*compiler, "-x", "c++", "-Wall", "-Wextra", "-Werror", *target.cflags, "-fsyntax-only"]
    for text in (codegen.generate(plan), codegen.generate(inlined(plan))):
        source = write(text, tmp_path)
        done = subprocess.run([*flags, source], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[:3000]


def test_a_c_program_links_with_the_source_as_cplusplus(tmp_path: Path) -> None:
    graph = image("mixed", size=4)
    source = write(codegen.generate(make_plan(graph, load_target("host"))), tmp_path)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "mixed.h"\nint main(void)\n{\n    static int8_t in[48], out[5];\n'
        '    mixed_invoke(in, out);\n    printf("%d %d", out[0], mixed_output[4]);\n    return 0;\n}\n'
    )
    subprocess.run(["g++", "-x", "c++", "-std=c++11", "-c", source, "-o", "model.o"], cwd=tmp_path, check=True)
    subprocess.run(["gcc", "main.c", "model.o", "-o", "main"], cwd=tmp_path, check=True)
    said = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    want = evaluate(graph, {"x": np.zeros((1, 4, 4, 3), np.int8)})[graph.outputs[0]].reshape(-1)
    assert said.split() == [str(want[0]), str(want[4])]
