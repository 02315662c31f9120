"""Tables of memories in boards' files: what is read of them, and that what is wrong is said with its line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from lapel.errors import TargetError
from lapel.measuring import fit
from lapel.targets import boards_from, list_targets, load_target
from lapel.targets.memories import MORE

HEAD = 'inherits = "cortex-m4"\ndescription = "mine"\nflash_bytes = 1_048_576\n'
COST = '{ value = 1, error = 0.5, source = "its manual" }'


def memory(name: str, *lines: str, costs: bool = True) -> str:
    given = f"read_cycles = {COST}\nwrite_cycles = {COST}\n" if costs else ""
    return "\n".join([f"[memories.{name}]", *lines]) + f"\n{given}"


FAST = memory("fast", "address = 0x2000_0000", "bytes = 65536")
SLOW = memory("slow", "address = 0x2400_0000", 'section = ".ram_d1"', "bytes = 131072")


def write(folder: Path, **boards: str) -> Path:
    for name, text in boards.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


def said_of(folder: Path, text: str) -> str:
    with boards_from(write(folder, mine=text)), pytest.raises(TargetError) as caught:
        load_target("mine")
    return caught.value.message.split("mine.toml: ", 1)[1]


def test_a_board_with_memories(tmp_path: Path) -> None:
    tight = 'inherits = "mine"\ndescription = "tight"\n[memories.fast]\nbytes = 1024\n'
    flat = HEAD + "ram_bytes = 1000\n"
    onto = f'inherits = "flat"\ndescription = "onto"\n{FAST}{SLOW}'
    with boards_from(write(tmp_path, mine=HEAD + FAST + SLOW, tight=tight, flat=flat, onto=onto)):
        mine, small = load_target("mine"), load_target("tight")
        assert [(m.name, m.bytes, m.address, m.section) for m in mine.memories] == [
            ("fast", 65536, 0x20000000, ".bss.fast"), ("slow", 131072, 0x24000000, ".ram_d1"),
        ]  # fmt: skip
        read = mine.memories[0].read_cycles
        assert (read.figure.value, read.figure.low, read.figure.high, read.source) == (1, 0.5, 1.5, "its manual")
        assert mine.ram_bytes == load_target("onto").ram_bytes == 196608
        assert small.ram_bytes == 132096 and [m.bytes for m in small.memories] == [1024, 131072]
        # What is certain of a board is what its largest memory has.
        assert "mine" in fit.boards_with_room(1000, 131072, "cortex-m4")
        assert "mine" not in fit.boards_with_room(1000, 131073, "cortex-m4")


@pytest.mark.parametrize("name", list_targets())
def test_memories_of_emulated_machines_are_apart_and_ascending(name: str) -> None:
    """The counter looks addresses up by halving."""
    target = load_target(name)
    ends = [(r.origin, r.origin + r.length) for r in sorted(target.memory, key=lambda r: r.origin)]
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    if any(r.name == MORE for r in target.memory):
        assert target.region(MORE).origin > target.region("ram").origin
    emulated = target.emulated()
    assert len(emulated) == len(target.memories)
    assert all(a.origin + a.length <= b.origin for a, b in pairwise(emulated))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("memories = 3\n", "memories on line 4 is 3, expected a table"),
        ("[memories]\n", "memories on line 4 is empty, expected a table for each memory"),
        ("[memories]\nfast = 3\n", "memories.fast on line 5 is 3, expected a table with bytes, address, section, "),
        (memory("Fast", "address = 0", "bytes = 64"), "memories.Fast on line 4: expected a name of at most 16 "),
        (FAST + "colour = 3\n", "unknown key memories.fast.colour on line 9, expected one of bytes, "),
        (memory("fast", "address = 0", "bytes = 0"), "memories.fast.bytes on line 6 is 0, expected a whole "),
        (memory("fast", "address = 0", 'bytes = "1"'), "memories.fast.bytes on line 6 is '1', expected a whole number"),
        (memory("fast", "address = 0"), "memories.fast.bytes on line 4 is missing, expected a whole number from 8 on"),
        (memory("fast", "bytes = 64"), "memories.fast has neither address nor section: say where it is"),
        (memory("fast", "address = 4", "bytes = 64"), "memories.fast.address on line 5 is 4, expected a multiple of "),
        (memory("fast", "address = -8", "bytes = 64"), "memories.fast.address on line 5 is -8, expected a multiple "),
        (memory("fast", 'section = "a b"', "bytes = 64"), "memories.fast.section on line 5 is 'a b', expected a name"),
        (
            memory("fast", "address = 0", "bytes = 64", costs=False),
            "memories.fast.read_cycles on line 4 is missing, expected a table with value, error"
            " (or low and high) and source; memories.fast.write_cycles",
        ),
        (
            FAST + memory("slow", "address = 0x2000_FFF8", "bytes = 64"),
            "memories.fast and memories.slow on line 10 overlap by 8 bytes from 0x2000fff8 on",
        ),
        (
            SLOW + memory("other", 'section = ".ram_d1"', "bytes = 64"),
            "memories.slow and memories.other have the same section '.ram_d1'",
        ),
        (FAST + FAST, "is no TOML in UTF-8: Cannot declare ('memories', 'fast') twice"),
        ("ram_bytes = 1000\n" + FAST, "ram_bytes on line 4 is 1000, expected the 65536 of all memories: leave it out"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, said: str, tmp_path: Path) -> None:
    assert said in said_of(tmp_path, HEAD + text)


@pytest.mark.parametrize("core", ["atmega328p", "host"])
def test_cores_whose_machine_has_one_memory(core: str, tmp_path: Path) -> None:
    text = HEAD.replace("cortex-m4", core) + FAST.replace("65536", "1024")
    assert "memories: the machine that emulates this core has one RAM and no second one" in said_of(tmp_path, text)
