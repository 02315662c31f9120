"""Arena packing: never overlapping, never under the bound, and the bound met where it can be."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from lapel.planning.arena import Buffer, Overlap, free_offsets, lower_bound, pack
from lapel.planning.slides import WORTH, pack_with_slides

BUFFER = st.builds(
    lambda size, first, length: Buffer(size, first, first + length),
    st.integers(1, 64).map(lambda n: 8 * n),
    st.integers(0, 20),
    st.integers(0, 8),
)


@given(st.lists(BUFFER, min_size=1, max_size=24))
def test_buffers_alive_together_never_overlap(buffers: list[Buffer]) -> None:
    offsets, size, _ = pack(buffers)
    for (a, x), (b, y) in combinations(zip(offsets, buffers, strict=True), 2):
        together = x.first <= y.last and y.first <= x.last
        assert not together or a + x.bytes <= b or b + y.bytes <= a
    assert size == max(o + b.bytes for o, b in zip(offsets, buffers, strict=True))
    assert size >= lower_bound(buffers)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=40))
def test_a_chain_is_packed_optimally(sizes: list[int]) -> None:
    chain = [Buffer(s, k - 1, k) for k, s in enumerate(sizes)]
    assert pack(chain)[1] == lower_bound(chain)


Step = tuple[int, bool, int, int, bool]
STEP = st.tuples(st.integers(1, 60), st.booleans(), st.integers(-70, 70), st.integers(0, 3), st.booleans())
"""Of a chain: its output's size, whether it may overlap its input, at which distance, how long it stays, and whether
that is the only distance."""


def overlapping(steps: list[Step]) -> tuple[list[Buffer], list[Overlap]]:
    buffers, overlaps = [Buffer(20, -1, 0)], []
    for k, (size, over, distance, stays, exact) in enumerate(steps):
        if over and buffers[k].last == k:
            overlaps.append(Overlap(k, k + 1, max(distance, -buffers[k].bytes), exact))
        buffers.append(Buffer(size, k, k + 1 + stays))
    return buffers, overlaps


def check_rules(buffers: list[Buffer], overlaps: list[Overlap], at: list[int], moved: dict[int, int]) -> None:
    """Pair by pair and step by step; an x that is moved is elsewhere at its last step."""
    rule = {(o.x, o.y): o for o in overlaps}

    def place(k: int, step: int) -> int:
        return moved.get(k, at[k]) if step == buffers[k].last else at[k]

    for i, j in combinations(range(len(buffers)), 2):
        a, b = buffers[i], buffers[j]
        for step in range(max(a.first, b.first), min(a.last, b.last) + 1):
            p, q = place(i, step), place(j, step)
            apart = p + a.bytes <= q or q + b.bytes <= p
            o = rule.get((i, j))
            over = o is not None and (p - q == o.distance if o.exact else p - q >= o.distance)
            assert apart or over, f"{i} and {j} at step {step}"


@given(st.lists(STEP, min_size=1, max_size=16))
def test_overlaps_keep_their_distance(steps: list[Step]) -> None:
    buffers, overlaps = overlapping(steps)
    offsets, size, _ = pack(buffers, overlaps)
    assert min(offsets) >= 0
    check_rules(buffers, overlaps, offsets, {})
    bound = lower_bound(buffers, overlaps)
    assert bound <= size == max(o + b.bytes for o, b in zip(offsets, buffers, strict=True))
    assert max(b.bytes for b in buffers) <= bound <= lower_bound(buffers)


@given(st.lists(STEP, min_size=1, max_size=16))
def test_slides_keep_the_distances_too(steps: list[Step]) -> None:
    buffers, overlaps = overlapping(steps)
    size, bound = pack(buffers, overlaps)[1], lower_bound(buffers, overlaps)
    found = pack_with_slides(buffers, overlaps, bound, size, 1)
    if found is not None:
        check_rules(buffers, overlaps, found.offsets, found.moved)
        assert set(found.moved) <= {o.x for o in overlaps}
        assert bound <= found.bytes and found.cost < size * WORTH
        ends = [max(o, found.moved.get(k, 0)) + buffers[k].bytes for k, o in enumerate(found.offsets)]
        assert min(found.offsets) >= 0 and max(ends) == found.bytes


@given(st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_slides_make_any_overlapping_chain_optimal(sizes: list[int]) -> None:
    buffers, overlaps = overlapping([(1000 + s, True, s, 0, False) for s in sizes])
    size, bound = pack(buffers, overlaps)[1], lower_bound(buffers, overlaps)
    found = pack_with_slides(buffers, overlaps, bound, size + WORTH**2, 1)
    assert found is not None and (found.bytes - bound) * WORTH <= sum(b.bytes for b in buffers)


def test_bound_counts_what_overlapping_buffers_span() -> None:
    x, y = Buffer(100, 0, 1), Buffer(80, 1, 2)
    for distance, span in ((-100, 100), (0, 100), (30, 130), (79, 179), (80, 180), (500, 180)):
        assert lower_bound([x, y], [Overlap(0, 1, distance)]) == span
        size = pack([x, y], [Overlap(0, 1, distance)])[1]
        found = pack_with_slides([x, y], [Overlap(0, 1, distance)], span, size, 1)
        assert (found.bytes if found else size) == span and not (found and found.moved)


def test_an_exact_overlap_is_found() -> None:
    """Chains in place: each output where its input starts, whichever is larger."""
    sizes = [40, 100, 60, 60, 80, 20]
    buffers = [Buffer(s, k - 1, k) for k, s in enumerate(sizes)]
    overlaps = [Overlap(k, k + 1, 0, exact=True) for k in range(len(sizes) - 1)]
    assert lower_bound(buffers, overlaps) == 100
    offsets, size, _ = pack(buffers, overlaps)
    assert size == 100 and offsets == [0] * len(sizes)


def test_free_offsets_are_what_no_open_range_holds() -> None:
    assert free_offsets([], 5) == [(0, 5)]
    assert free_offsets([(-3, 2), (4, 9)], 12) == [(2, 4), (9, 12)]
    assert free_offsets([(0, 4), (4, 8)], 7) == [(0, 0), (4, 4)]
    assert free_offsets([(-1, 4), (7, 3)], 3) == []


def test_bound_is_the_peak_of_live_bytes() -> None:
    assert lower_bound([Buffer(10, 0, 1), Buffer(20, 1, 2), Buffer(5, 2, 3)]) == 30
    assert lower_bound([]) == 0
