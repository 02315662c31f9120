"""All candidates of `lapel compare` on scikit-learn's digits, on an Arduino Uno: every held-out sample on the chip.

python benchmarks/compare.py --json benchmarks/compare.json [--out DIR]

The folder keeps what is finished, as that of any comparison: the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import lapel
from lapel.data import make_dataset

TARGET = "arduino-uno"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the record is written")
    parser.add_argument("--out", type=Path, help="the comparison's folder; one for the time of the run if not given")
    given = parser.parse_args()
    digits = load_digits()
    data = make_dataset(digits.images.astype(np.uint8), digits.target, where="digits")
    with tempfile.TemporaryDirectory() as folder:
        found = lapel.compare(data, TARGET, given.out or folder, progress=lambda stage: print(stage, flush=True))
    # Neither where firmware lay nor how long this computer took is a figure.
    kept = tuple(replace(c, build=None, seconds=None) for c in found.contenders)
    record = replace(found, contenders=kept, earlier=(), picture=None, seconds=None)
    given.json.write_text(json.dumps(record.to_json(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
