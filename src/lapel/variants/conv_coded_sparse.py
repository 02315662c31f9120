"""`conv` of gaps and weights that are not zero, as bytes: zeros are skipped."""

from __future__ import annotations

from lapel.coding import sparse
from lapel.variants.coded_conv import SparseConv
from lapel.variants.variant import Variant

VARIANT: Variant = SparseConv("conv_coded_sparse", sparse, fast=True)
