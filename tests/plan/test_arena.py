"""Arena packing: never overlapping, never under the bound, and the bound met where it can be."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from lapel.plan.arena import Buffer, lower_bound, pack

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


def test_bound_is_the_peak_of_live_bytes() -> None:
    assert lower_bound([Buffer(10, 0, 1), Buffer(20, 1, 2), Buffer(5, 2, 3)]) == 30
    assert lower_bound([]) == 0
