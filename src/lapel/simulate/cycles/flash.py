"""Wait states of the flash: what fetches and constants cost beside the core's own cycles.

A read of the flash takes `flash_wait_states` cycles more than one, and gives a line of `flash_line_bytes`.

| flash_accelerator | code | constants |
|---|---|---|
| none | each line waits | each read waits |
| prefetch | the line that a jump goes to waits, others come late | each read waits |
| cache | the same, of what does not stay in the cache | a read a line waits, once if a step's stay in the cache |

A line is read while the one before it is executed, so it comes late by the cycles that its read takes more than that,
line by line: cycles to spare in one are no help in the next. Published totals (AES in assembly at 0, 2, 5 and 7 wait
states, github.com/jnk0le/cortexm-AES) want a quarter of a cycle a line more, which is the nominal value here.

With a cache nothing waits at best. Code of a step that is larger than the cache waits as with prefetch, but for loops
that fit into it (at worst: into half of it), which wait once a line whenever they are entered. At worst one read of
constants a word waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from lapel.simulate.profile import PIECE, Interval, Span
from lapel.targets import Target
from lapel.targets.timetable import ZERO, Range

Lines = Callable[[Span], Sequence[Range]]
"""Cycles of one pass through a span, line by line of the flash."""
_READ = Range(1, 1.25, 2)
"""Cycles that a read of the flash takes without wait states, until the core has its line."""


def wait_cycles(target: Target, interval: Interval, lines: Lines, targets: Mapping[int, int]) -> Range:
    """More cycles of an interval. targets: of direct branches, by the branch's end."""
    if not target.flash_wait_states:
        return ZERO
    return _code(target, interval, lines, targets) + _constants(target, interval)


def _constants(target: Target, interval: Interval) -> Range:
    waits, line = target.flash_wait_states or 0, target.flash_line_bytes or 1
    each = waits * interval.flash_reads
    if target.flash_accelerator != "cache":
        return Range(each, each, each)
    distinct = interval.flash_pieces * PIECE
    stay = distinct <= (target.flash_data_cache_bytes or 0)
    per_line, per_word = (waits * size for size in (interval.flash_read_bytes / line, interval.flash_read_bytes / 4))
    return Range(0, min(each, waits * distinct / line if stay else per_line), min(each, per_word))


def _code(target: Target, interval: Interval, lines: Lines, targets: Mapping[int, int]) -> Range:
    waits = target.flash_wait_states or 0
    jumps = sum(interval.jumps.values()) * waits
    if target.flash_accelerator == "cache":
        return _cached(target, interval, lines, targets)
    if target.flash_accelerator == "none":
        following = sum((len(lines(span)) - 1) * count for span, count in interval.executions.items())
        return Range(1, 1, 1).times(jumps + following * waits)
    late = ZERO
    for span, count in interval.executions.items():
        late += _late(waits, lines(span)).times(count)
    return late + Range(jumps, jumps, jumps)


def _late(waits: int, lines: Sequence[Range]) -> Range:
    """Cycles by which a span's lines come late, the first one there already."""
    late = [lateness(waits, before) for before in lines[:-1]]
    return Range(sum(r.low for r in late), sum(r.nominal for r in late), sum(r.high for r in late))


def lateness(waits: int, before: Range) -> Range:
    """Cycles by which a line comes late that is read while the one before it takes `before`."""
    values = zip((_READ.low, _READ.nominal, _READ.high), (before.high, before.nominal, before.low), strict=True)
    return Range(*(max(0.0, waits + read - cycles) for read, cycles in values))


def _cached(target: Target, interval: Interval, lines: Lines, targets: Mapping[int, int]) -> Range:
    waits, line, room = target.flash_wait_states or 0, target.flash_line_bytes or 1, target.flash_cache_bytes or 0
    cold = _cold(waits, line, interval.executions, lines)
    if len(cold) * line <= room:
        return Range(0, sum(cold.values()), len(cold) * waits)
    missed, worst = (_missed(target, interval, lines, targets, size) for size in (room, room // 2))
    return Range(0, max(sum(cold.values()), missed.nominal), len(cold) * waits + worst.high)


def _cold(waits: int, line: int, spans: Iterable[Span], lines: Lines) -> dict[int, float]:
    """What each line waits when it is read for the first time: by its number."""
    cold: dict[int, float] = {}
    for span in spans:
        first = span[0] // line
        cold.setdefault(first, waits)
        for number, before in enumerate(lines(span)[:-1], first + 1):
            cold[number] = min(cold.get(number, waits), lateness(waits, before).nominal)
    return cold


def _missed(target: Target, interval: Interval, lines: Lines, targets: Mapping[int, int], room: int) -> Range:
    """Waits of code that is larger than the cache, where loops of `room` bytes stay in it."""
    waits, line = target.flash_wait_states or 0, target.flash_line_bytes or 1
    short = [(t, end) for end, t in targets.items() if t < end <= t + room and interval.jumps.get(end)]
    loops = [(a, b) for a, b in short if not any(c <= a and b <= d and (a, b) != (c, d) for c, d in short)]
    total = ZERO
    for a, b in loops:
        passes = sum(count for (_, end), count in interval.executions.items() if end == b)
        entered = max(0, passes - interval.jumps[b])
        read = _cold(waits, line, [span for span in interval.executions if a <= span[0] and span[1] <= b], lines)
        total += Range(0, sum(read.values()), len(read) * waits).times(entered)
    for span, count in interval.executions.items():
        if not any(a <= span[0] and span[1] <= b for a, b in loops):
            total += _late(waits, lines(span)).times(count)
    jumps = sum(n for end, n in interval.jumps.items() if not any(a < end <= b for a, b in loops))
    return total + Range(1, 1, 1).times(waits * jumps)
