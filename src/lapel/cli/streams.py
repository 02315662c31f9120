"""A network as a stream as tables: its layers, and one call of it beside the network over windows."""

from __future__ import annotations

from lapel.cli.grid import Column
from lapel.cli.screen import number, print_table, say
from lapel.records import StepFigures, StreamedLayer, Streaming


def print_streaming(found: Streaming) -> None:
    """Layer by layer, the whole, its warm-up, and what was measured."""
    columns = [
        Column("layer", "name"),
        Column("op", "name", 2),
        Column("frames of window", spare=1),
        Column("of step"),
        Column("MACs of window"),
        Column("of step"),
        Column("ring bytes"),
    ]
    whole = [found.window_frames, found.step_frames, found.window_macs, found.step_macs, found.ring_bytes]
    rows = [["input", "", *map(number, (*whole[:2], 0, 0, found.input_ring_bytes))], *map(_row, found.layers)]
    print_table("", columns, rows, total=["all", "", "", "", *map(number, whole[2:])])
    say(
        f"{found.model}: {_frames(found.step_frames)} a step, of which the window has {found.window_frames}; warm-up "
        f"{found.warmup_steps} steps, then exact for {_windows(found)}"
    )
    say(f"proven: {found.proven_values:,} values of all tensors, in {found.proven_windows} windows")
    if found.step is not None and found.window is not None:
        _print_figures(found, found.step, found.window)


def _windows(found: Streaming) -> str:
    return "every window" if found.exact == "every window" else "the window that begins with the reset"


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"


def _row(layer: StreamedLayer) -> list[str]:
    counts = (layer.window_frames_out, layer.step_frames_out, layer.window_macs, layer.step_macs, layer.ring_bytes)
    return [layer.label, layer.op, *map(number, counts)]


def _print_figures(found: Streaming, step: StepFigures, window: StepFigures) -> None:
    rows = [
        ["instructions", number(step.instructions), number(window.instructions)],
        ["cycles", number(step.cycles), number(window.cycles)],
        ["modelled cycles", number(step.modelled_cycles), number(window.modelled_cycles)],
        ["flash bytes", number(step.memory.flash_bytes), number(window.memory.flash_bytes)],
        ["RAM bytes", number(step.memory.ram_bytes), number(window.memory.ram_bytes)],
        ["  arena", number(step.memory.arena_bytes), number(window.memory.arena_bytes)],
        ["    state", number(step.memory.state_bytes), number(window.memory.state_bytes)],
    ]
    known = [row for row in rows if row[1:] != [number(None)] * 2]
    print_table("", [Column(f"a call on {found.target}", "name"), Column("step"), Column("window")], known)
