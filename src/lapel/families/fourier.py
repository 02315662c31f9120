"""The real Fourier transform in fixed point: its table of sines and its definition on exact integers.

A row of n = 2 N samples is N complex ones, z[i] = x[2 i] + i x[2 i + 1]. They are transformed by decimation in time,
by four from the outside and, where N is no power of four, by two at the very inside. Before each butterfly its values
are divided by its size. A last pass makes the spectrum of x, divided by n, of that of z.

Source: kissfft, `kiss_fftr` with FIXED_POINT of 16 and 32; docs/SPEC.md §10.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lapel.ir.fixed import wrap

Complex = tuple[np.ndarray, np.ndarray]
"""Real and imaginary parts, int64."""
LENGTHS = (64, 128, 256, 512, 1024, 2048)
"""Of rows of samples."""


@cache
def sines(length: int, bits: int) -> np.ndarray:
    """int64 [length / 4 + 1]: sin(2 π k / length), 1 as the largest integer of so many bits, halves up."""
    phase = 2 * np.pi * np.arange(length // 4 + 1) / length
    table = np.floor(0.5 + (2 ** (bits - 1) - 1) * np.sin(phase)).astype(np.int64)
    table.flags.writeable = False
    return table


def rotations(length: int, bits: int, steps: np.ndarray) -> Complex:
    """exp(-2 π i k / length) for each of these k, from 0 to below length, all of the first quarter's sines."""
    quarter, table = length // 4, sines(length, bits)

    def sine(k: np.ndarray) -> np.ndarray:
        k = k % length
        fold = np.minimum(k % (2 * quarter), 2 * quarter - k % (2 * quarter))
        return np.where(k < 2 * quarter, table[fold], -table[fold])

    return sine(steps + quarter), -sine(steps)


def transform(x: np.ndarray, length: int, bits: int) -> np.ndarray:
    """int64 [rows, at most length] -> int64 [rows, length + 2], bins 0 to length / 2, each real part first."""
    rows = np.zeros((x.shape[0], length), np.int64)
    rows[:, : x.shape[1]] = x
    re, im = _spectrum((rows[:, 0::2], rows[:, 1::2]), length, bits)
    made = np.zeros((x.shape[0], length // 2 + 1, 2), np.int64)
    half = length // 2
    k = np.arange(1, half // 2 + 1)
    first = _divided((re[:, 0], im[:, 0]), 2, bits)
    made[:, 0, 0], made[:, half, 0] = wrap(first[0] + first[1], bits), wrap(first[0] - first[1], bits)
    ahead = _divided((re[:, k], im[:, k]), 2, bits)
    behind = _divided((re[:, half - k], wrap(-im[:, half - k], bits)), 2, bits)
    even, odd = _sum(ahead, behind, 1, bits), _sum(ahead, behind, -1, bits)
    turned = _product(odd, rotations(length, bits, k + length // 4), bits, saturated=bits == 32)
    made[:, k, 0], made[:, k, 1] = (even[0] + turned[0]) >> 1, (even[1] + turned[1]) >> 1
    made[:, half - k, 0], made[:, half - k, 1] = (even[0] - turned[0]) >> 1, (turned[1] - even[1]) >> 1
    return wrap(made.reshape(x.shape[0], length + 2), bits)


def _spectrum(z: Complex, length: int, bits: int) -> Complex:
    """The transform of complex rows, which are real ones of this length."""
    rows, n = z[0].shape
    re, im = (part[:, _order(n)] for part in z)
    m = 1
    while m < n:
        radix = 2 if m == 1 and n.bit_length() % 2 == 0 else 4
        re, im = _stage((re.reshape(rows, -1, radix, m), im.reshape(rows, -1, radix, m)), length, bits)
        re, im, m = re.reshape(rows, n), im.reshape(rows, n), m * radix
    return re, im


@cache
def _order(n: int) -> np.ndarray:
    """Where values start, so that those of each butterfly lie side by side: its parts, one after the other."""
    if n == 1:
        return np.zeros(1, np.int64)
    radix = 4 if n % 4 == 0 else 2
    return np.concatenate([_order(n // radix) * radix + q for q in range(radix)])


def _stage(z: Complex, length: int, bits: int) -> Complex:
    """Butterflies of [rows, blocks, radix, m], and as many results."""
    radix, m = z[0].shape[2:]
    re, im = _divided(z, radix, bits)
    steps = np.arange(m) * (length // (radix * m))
    parts = [(re[:, :, q], im[:, :, q]) for q in range(radix)]
    turned = [_product(parts[q], rotations(length, bits, q * steps), bits) for q in range(1, radix)]
    made = _two(parts[0], turned[0], bits) if radix == 2 else _four(parts[0], turned, bits)
    return np.stack([v[0] for v in made], axis=2), np.stack([v[1] for v in made], axis=2)


def _two(a: Complex, b: Complex, bits: int) -> list[Complex]:
    return [_sum(a, b, 1, bits), _sum(a, b, -1, bits)]


def _four(a: Complex, turned: list[Complex], bits: int) -> list[Complex]:
    b, c, d = turned
    even, odd = _sum(a, c, 1, bits), _sum(a, c, -1, bits)
    both, apart = _sum(b, d, 1, bits), _sum(b, d, -1, bits)
    apart = apart[1], -apart[0]
    return [
        _sum(even, both, 1, bits),
        _sum(odd, apart, 1, bits),
        _sum(even, both, -1, bits),
        _sum(odd, apart, -1, bits),
    ]


def _sum(a: Complex, b: Complex, sign: int, bits: int) -> Complex:
    return wrap(a[0] + sign * b[0], bits), wrap(a[1] + sign * b[1], bits)


def _divided(a: Complex, by: int, bits: int) -> Complex:
    """Multiplied by the quotient of the largest integer, which is a little less than divided."""
    factor = (2 ** (bits - 1) - 1) // by
    return _scaled(a[0] * factor, bits), _scaled(a[1] * factor, bits)  # these fit


def _product(a: Complex, b: Complex, bits: int, *, saturated: bool = False) -> Complex:
    """Where the parts of `a` are below the largest integer; then sums of two products are below 2^63."""
    re, im = _scaled(a[0] * b[0] - a[1] * b[1], bits), _scaled(a[0] * b[1] + a[1] * b[0], bits)
    most = 2 ** (bits - 1) - 1
    if saturated:
        return np.clip(re, -most - 1, most), np.clip(im, -most - 1, most)
    return wrap(re, bits), wrap(im, bits)


def _scaled(products: np.ndarray, bits: int) -> np.ndarray:
    """Of 2 (bits - 1) fraction bits to bits - 1, halves up."""
    return (products + (1 << (bits - 2))) >> (bits - 1)
