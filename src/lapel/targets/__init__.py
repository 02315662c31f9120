"""Cores and boards as data: one inheriting .toml each, found by its file name."""

from lapel.targets.target import Emulator, Region, Target, list_boards, list_targets, load_target

__all__ = ["Emulator", "Region", "Target", "list_boards", "list_targets", "load_target"]
