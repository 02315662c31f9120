"""Data to train and calibrate with: files and folders -> `Dataset`, splits, augmentation, metrics."""

from lapel.data.dataset import Dataset, Splits, make_dataset, read
from lapel.data.metrics import measure
from lapel.data.splits import split

__all__ = ["Dataset", "Splits", "make_dataset", "measure", "read", "split"]
