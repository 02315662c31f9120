"""Params lie where the core's own compiler puts them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lapel.codegen.kernelset import abi
from lapel.runtime.layout import layout
from lapel.runtime.source import closure, include_flags, kernels, params_fields
from lapel.simulate.toolchain import find_tool
from lapel.targets import load_target


def asserted(kernel: str, target: str) -> str:
    """Static assertions of all places in a kernel's params."""
    made, struct = layout(kernel, abi(load_target(target))), f"lapel_{kernel}_params"
    fields = params_fields(kernel)
    lines = [f'_Static_assert(sizeof({struct}) == {made.size}, "{kernel}");']
    lines += [
        f'_Static_assert(offsetof({struct}, {".".join((*fields[n].within, n))}) == {at}, "{kernel} {n}");'
        for n, at in made.offsets.items()
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("target", ["host", "cortex-m4", "cortex-m0", "rv32imac", "atmega328p"])
def test_layouts_are_the_compilers(target: str, tmp_path: Path) -> None:
    board = load_target(target)
    portable = [k for k in kernels() if "_" not in k]
    assert len(portable) > 100 and {"conv.h", "window.h"} <= set(closure(["conv.h"]))
    text = "".join(f'#include "{k}.h"\n' for k in portable) + "\n".join(asserted(k, target) for k in portable)
    (tmp_path / "layouts.c").write_text(f"#include <stddef.h>\n{text}\n")
    command = [find_tool(f"{board.compiler}gcc"), *board.cflags, "-std=gnu11", "-w", *include_flags(), "-fsyntax-only"]
    done = subprocess.run([*command, "layouts.c"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]
