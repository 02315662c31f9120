"""Results of long measurements that are kept in build/, each with what it took, so that none is made twice."""

from __future__ import annotations

import hashlib
import json
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lapel.files import write_file

ROOT = Path(__file__).resolve().parent.parent


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Kept:
    """What was done with these very options, in a folder of their own. only: nothing is computed."""

    options: dict[str, Any]
    only: bool
    root: Path = ROOT / "build" / "training-benchmark"

    @property
    def folder(self) -> Path:
        digest = hashlib.sha256(json.dumps(self.options, sort_keys=True).encode()).hexdigest()
        return self.root / digest[:12]

    def result(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """One that is there already, else made and kept, with the CPU seconds that it took."""
        path = self.folder / f"{name}.json"
        if path.exists():
            return dict(json.loads(path.read_text()))
        if self.only:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        before = cpu_s()
        found = {**make(), "cpu_s": round(cpu_s() - before, 1)}
        write_file(path, (json.dumps(found, indent=2) + "\n").encode())
        print(name, json.dumps(found), flush=True)
        return found

    def model(self, name: str) -> Path:
        """Of a float graph."""
        return self.folder / f"{name}.tflite"
