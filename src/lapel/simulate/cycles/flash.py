"""Wait states of the flash: what fetches and constants cost beside the core's own cycles.

A read of the flash takes `flash_wait_states` cycles more than one, and gives a line of `flash_line_bytes`.

| flash_accelerator | code | constants |
|---|---|---|
| none | each line waits | each read waits |
| prefetch | the line that a jump goes to waits; others are read during the one before | each read waits |
| cache | each line waits once, and jumps that go further than the cache is large | one read a line waits |

With a cache nothing waits at best. At worst one read of constants a word waits, and code that is larger than the cache
waits as with prefetch, but for loops of at most half its size, which wait once a line whenever they are entered.
"""

from __future__ import annotations

from collections.abc import Mapping

from lapel.simulate.profile import Interval, Span
from lapel.targets import Target
from lapel.targets.timetable import ZERO, Range


def wait_cycles(target: Target, interval: Interval, spans: Mapping[Span, Range], targets: Mapping[int, int]) -> Range:
    """More cycles of an interval. spans: cycles of one pass; targets: of direct branches, by the branch's end."""
    if not target.flash_wait_states:
        return ZERO
    return _code(target, interval, spans, targets) + _constants(target, interval)


def _constants(target: Target, interval: Interval) -> Range:
    waits, line = target.flash_wait_states or 0, target.flash_line_bytes or 1
    each = waits * interval.flash_reads
    if target.flash_accelerator != "cache":
        return Range(each, each, each)
    per_line, per_word = (waits * interval.flash_read_bytes / size for size in (line, 4))
    return Range(0, min(each, per_line), min(each, per_word))


def _code(target: Target, interval: Interval, spans: Mapping[Span, Range], targets: Mapping[int, int]) -> Range:
    waits, line = target.flash_wait_states or 0, target.flash_line_bytes or 1
    jumps = sum(interval.jumps.values()) * waits
    if target.flash_accelerator == "cache":
        return _cached(target, interval, spans, targets)
    if target.flash_accelerator == "none":
        lines = sum(_following(span, line) * count for span, count in interval.executions.items())
        return Range(1, 1, 1).times(jumps + lines * waits)
    late = ZERO
    for span, count in interval.executions.items():
        late += _late(target, span, spans[span]).times(count)
    return late + Range(jumps, jumps, jumps)


def _cached(target: Target, interval: Interval, spans: Mapping[Span, Range], targets: Mapping[int, int]) -> Range:
    waits, line, room = target.flash_wait_states or 0, target.flash_line_bytes or 1, target.flash_cache_bytes or 0
    touched = {at // line for start, end in interval.executions for at in range(start, end, 2)}
    cold = len(touched) * waits
    if len(touched) * line <= room:
        return Range(0, cold, cold)
    far = sum(n for end, n in interval.jumps.items() if abs(end - targets.get(end, end)) > room)
    return Range(0, cold + far * waits, cold + max(far * waits, _worst(target, interval, spans, targets)))


def _worst(target: Target, interval: Interval, spans: Mapping[Span, Range], targets: Mapping[int, int]) -> float:
    """Waits of code that is larger than the cache."""
    waits, line, room = target.flash_wait_states or 0, target.flash_line_bytes or 1, target.flash_cache_bytes or 0
    short = [(t, end) for end, t in targets.items() if t < end <= t + room // 2 and interval.jumps.get(end)]
    loops = [(a, b) for a, b in short if not any(c <= a and b <= d and (a, b) != (c, d) for c, d in short)]
    total = 0.0
    for a, b in loops:
        passes = sum(count for (_, end), count in interval.executions.items() if end == b)
        total += max(0, passes - interval.jumps[b]) * (_following((a, b), line) + 1) * waits
    for span, count in interval.executions.items():
        if not any(a <= span[0] and span[1] <= b for a, b in loops):
            total += _late(target, span, spans[span]).high * count
    return total + waits * sum(n for end, n in interval.jumps.items() if not any(a < end <= b for a, b in loops))


def _late(target: Target, span: Span, cycles: Range) -> Range:
    """Cycles after which a span's lines come, the first one there already, while it takes `cycles` itself."""
    needed = _following(span, target.flash_line_bytes or 1) * ((target.flash_wait_states or 0) + 1)
    if not needed:
        return ZERO
    return Range(*(max(0.0, needed - c) for c in (cycles.high, cycles.nominal, cycles.low)))


def _following(span: Span, line: int) -> int:
    """Lines of a span after its first."""
    start, end = span
    return (end - 1) // line - start // line
