"""Cores and boards as data: one inheriting .toml each, found by its file name; boards also in folders of users."""

from lapel.targets.constants import read_constant
from lapel.targets.files import boards_from
from lapel.targets.memories import BoardMemory
from lapel.targets.target import Emulator, Region, Target, list_boards, list_targets, load_target

__all__ = [
    "BoardMemory",
    "Emulator",
    "Region",
    "Target",
    "boards_from",
    "list_boards",
    "list_targets",
    "load_target",
    "read_constant",
]
