"""`<prefix>_sample.h` of every kind of model: states, several ports, floats, inputs that are read while it runs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import merge
from lapel.ir import Graph, Quant
from lapel.ops import registry
from lapel.wish import Wish
from nets import Net as Plain
from statenets import SIGNED
from statenets import Net as StateNet

MAIN = """
#include "{name}_sample.h"
#include "{name}_values.h"
{text}
int main(void)
{{
    uint32_t differing = 0;
    for (uint32_t k = 0; k < {upper}_SAMPLE_CALLS; k++) {{
        differing += {name}_sample_run(k);
    }}
    {end}
}}
"""
UART = """
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
static void put(char c) { UCSR0B = 1 << TXEN0; while (!(UCSR0A & (1 << UDRE0))) { } UDR0 = (uint8_t)c; }
"""


def stateful() -> Graph:
    net = StateNet("ring", np.random.default_rng(3))
    x = net.tensor("x", (1, 2, 4), SIGNED)
    old = net.tensor("old", (1, 1, 4), SIGNED)
    seen = net.concat(old, x)
    kept = net.rows(seen, 2, 1)
    flat = net.node("reshape", [seen], (1, 12), SIGNED, shape=(1, 12))
    w = net.const("w", net.rng.integers(-9, 10, (3, 12)).astype(np.int8), Quant((0.01,), (0,)))
    b = net.const("b", np.zeros(3, np.int32), Quant((0.01 / 128,), (0,)))
    y = net.node("dense", [flat, w, b], (1, 3), activation="none", keep_dims=False, rounding="double")
    return net.graph([x], [y], {"old": kept})


def several() -> Graph:
    cases = registry()["dense"].cases()
    return merge("several", [cases[k].draw(np.random.default_rng(k)) for k in range(2)])


def streamed() -> Graph:
    net = Plain("streamed", (1, 16, 8, 3), seed=5)
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pool = net.node("maxpool", (t,), (1, 2, 2, 4), kernel=(8, 4), stride=(8, 4), pad=(0,) * 4, activation="none")
    return net.graph(net.dense(net.reshape(pool, (1, 16)), 4))


CASES: dict[str, tuple[Callable[[], Graph], Wish]] = {
    "ring": (stateful, Wish()),
    "several": (several, Wish()),
    "streamed": (streamed, Wish("ram")),
}


@pytest.mark.parametrize("name", CASES)
def test_on_this_computer(name: str, tmp_path: Path) -> None:
    make, wish = CASES[name]
    lapel.build(make(), "host", tmp_path, wish=wish)
    header = (tmp_path / f"{name}_sample.h").read_text()
    assert f"#define {name.upper()}_SAMPLE_CALLS {4 if name == 'ring' else 1}\n" in header
    text = MAIN.format(name=name, upper=name.upper(), text="", end="return differing != 0;")
    (tmp_path / "main.c").write_text(text)
    strict = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    plus = ["g++", "-x", "c++", "-std=c++11", *strict, "-fsyntax-only", "main.c"]
    subprocess.run(plus, cwd=tmp_path, check=True)
    command = ["gcc", "-std=c99", *strict, "-O1", "-fsanitize=address,undefined", "main.c", f"{name}.c", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 0
    # A bit of the reference's outputs is another one: the sample says so.
    place = header.index("_sample_output")
    start = header.index("{\n    {\n", place) + 8
    first = header[start:].split(",", 1)[0]
    changed = str(int(first) - 1 if int(first) > 0 else int(first) + 1)
    (tmp_path / f"{name}_sample.h").write_text(header[:start] + header[start:].replace(first, f"    {changed}", 1))
    subprocess.run(["gcc", "main.c", f"{name}.c", "-o", "main"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 1


@pytest.mark.parametrize("name", ["ring", "streamed"])
def test_in_the_flash_of_an_avr(name: str, tmp_path: Path) -> None:
    make, wish = CASES[name]
    lapel.build(make(), "arduino-uno", tmp_path, wish=wish)
    assert ("invoke_from" in (tmp_path / f"{name}_sample.h").read_text()) == (name == "streamed")
    end = "UBRR0 = 0; put(differing ? 'X' : '0'); put('\\n'); cli(); sleep_enable(); sleep_cpu(); return 0;"
    text = MAIN.format(name=name, upper=name.upper(), text=UART, end=end)
    (tmp_path / "main.c").write_text(text)
    command = ["avr-gcc", "-mmcu=atmega328p", "-std=gnu99", "-Os", "-Wall", "-Wextra", "-Werror", "main.c", f"{name}.c"]
    subprocess.run([*command, "-o", "main.elf"], cwd=tmp_path, check=True)
    run = ["simavr", "-m", "atmega328p", "-f", "16000000", "main.elf"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "0." in done.stdout + done.stderr and "X" not in (done.stdout + done.stderr).replace("0x", "")
