"""`Densities`: normal distributions of fitted models, and the integers that compute them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import UnsupportedModel
from lapel.frontends.sklearn.encoded import Encoded
from lapel.ir import Quant, Tensor

FARTHEST = 2**30
"""Of a bias; see the operator."""
MOST_WEIGHT, MOST_SHIFT = 2**15 - 1, 30
ENTRIES, ENTRIES_OF_ONE = 64, 3
"""Of the table by which two logarithms are added: eight for a difference of 1, up to one of 8."""


@dataclass(frozen=True, eq=False)
class Densities:
    """score c = bias[c] - share · |factors[c] (x - means[c])|².

    means: float64 [C, K]. factors: [C or 1, K], feature by feature, or lower triangles [C or 1, K, K]. share: 1/2 of
    logarithms of densities, or 1. mixed: whether the scores are logarithms that are added up to one.
    """

    means: np.ndarray
    factors: np.ndarray
    bias: np.ndarray
    share: float = 0.5
    mixed: bool = False

    def behind(self, slope: np.ndarray, offset: np.ndarray) -> Densities:
        """Those of raw features x, of which these are given slope · x + offset."""
        return replace(self, means=(self.means - offset) / slope, factors=self.factors * slope)

    def moved(self, by: float) -> Densities:
        """All scores so much higher."""
        return replace(self, bias=self.bias + by)

    def compute(self, x: np.ndarray) -> np.ndarray:
        """float64 [n, C], or [n, 1] if mixed, of samples [n, K]."""
        found = np.stack([self._one(c, np.asarray(x, np.float64)) for c in range(len(self.means))], axis=1)
        return np.asarray(np.logaddexp.reduce(found, axis=1)[:, None] if self.mixed else found)

    def _one(self, c: int, x: np.ndarray) -> np.ndarray:
        factors, r = self.factors[c if len(self.factors) > 1 else 0], x - self.means[c]
        z = r * factors if factors.ndim == 1 else r @ factors.T
        return np.asarray(self.bias[c] - self.share * (z**2).sum(axis=1))


@dataclass(frozen=True)
class Fixed:
    """The integers' units: a deviation is 2^bits; a code of a feature 2^fine of a mean's; differences end at reach."""

    bits: int
    fine: int
    reach: int


def inverse_triangle(covariance: np.ndarray, where: str) -> np.ndarray:
    """float64 [K, K], lower: what makes deviations of differences. Raises UnsupportedModel for a singular one."""
    try:
        return np.asarray(np.tril(np.linalg.inv(np.linalg.cholesky(covariance))))
    except np.linalg.LinAlgError as e:
        problem = "its covariance is singular, expected features that are independent: leave out those that others give"
        raise UnsupportedModel(where, [problem]) from e


def write(b: GraphBuilder, x: Tensor, densities: Densities, encoded: Encoded, fixed: Fixed) -> Tensor:
    """Add the nodes of scores of the codes x; raises OverflowError where a bias leaves its bits."""
    unit = densities.share * 4.0**-fixed.bits
    bias = np.rint(densities.bias / unit)
    if np.abs(bias).max() > FARTHEST:
        raise OverflowError(float(np.abs(bias).max()))
    means = (densities.means - encoded.centre) * encoded.slope * 2**fixed.fine
    w, shift = _weights(densities.factors / encoded.slope * 2.0 ** (fixed.bits - fixed.fine), fixed.reach)
    constants = {
        "means": np.clip(np.rint(means), -MOST_WEIGHT, MOST_WEIGHT).astype(np.int16),
        "weights": w.astype(np.int16),
        "shifts": shift.astype(np.uint8),
        "bias": bias.astype(np.int32),
    }
    made = (b.constant(f"gaussian/{name}", value) for name, value in constants.items())
    y = b.node("gaussian", x, *made, name="scores", fine=fixed.fine, reach=fixed.reach)
    if densities.mixed and len(densities.bias) > 1:
        one = 2 * fixed.bits + 1
        steps = (np.arange(ENTRIES) + 0.5) / 2**ENTRIES_OF_ONE
        table = np.where(np.arange(ENTRIES) < ENTRIES - 1, np.rint(np.log1p(np.exp(-steps)) * 2**one), 0)
        y = b.node("logsum", y, b.constant("logsum/table", table.astype(np.uint16)), drop=one - ENTRIES_OF_ONE)
    return b.standing_for(y, Quant((float(np.float32(unit)),), (0,)))


def _weights(real: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """(integers as real, the shifts of their rows): as many bits as 16, and sums of 32, have room for."""
    rows = real[..., None] if real.ndim == 2 else real
    largest = np.maximum(np.abs(rows).max(axis=2), 2.0**-60)
    total = np.maximum(np.abs(rows).sum(axis=2), 2.0**-60)
    # A quarter of what 31 bits hold is left, for halves and for what rounding adds.
    room = np.minimum(MOST_WEIGHT / largest, 0.75 * 2.0**31 / (reach * total))
    shift = np.clip(np.floor(np.log2(room)), 0, MOST_SHIFT - 1).astype(np.int64)
    # A deviation that is too short for these bits is beyond all that is told apart, whichever way it points.
    scaled = rows * np.minimum(2.0**shift, room)[..., None]
    w = np.clip(np.trunc(scaled + np.copysign(0.5, scaled)), -MOST_WEIGHT, MOST_WEIGHT)
    return (w[..., 0] if real.ndim == 2 else w), shift
