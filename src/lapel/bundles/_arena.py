"""How large an arena TensorFlow Lite Micro needs for a model: found by running it, in a process of its own.

The interpreter says on standard error why an arena is too small, and ends the process where a model is malformed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from lapel.errors import MissingTool, SimulationError

ALIGNMENT = 16
"""Bytes: what the arena's ends are aligned to."""
MOST_BYTES = 1 << 24
"""Beyond this it is no model for a microcontroller."""
TIMEOUT_S = 300.0

PROBE = """
import os
import resource
import sys
import numpy as np
from tflite_micro.python.tflite_micro import runtime

model, step = sys.stdin.buffer.read(), int(sys.argv[1])

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

def runs(size):
    child = os.fork()
    return infers(size) if child == 0 else os.waitpid(child, 0)[1] == 0

def infers(size):
    try:
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=size)
        for k in range(int(sys.argv[2])):
            given = interpreter.get_input_details(k)
            interpreter.set_input(np.zeros(given["shape"], given["dtype"]), k)
        for _ in range(3):
            interpreter.invoke()
    except RuntimeError:
        os._exit(1)
    os._exit(0)

high = step
while not runs(high):
    high *= 2
    if high > int(sys.argv[3]):
        sys.exit(f"it does not run in an arena of {high // 2:,} bytes")
low = high // 2
while high - low > step:
    middle = (low + high) // 2 // step * step
    low, high = (low, middle) if runs(middle) else (middle, high)
print(high)
"""
"""Prints the smallest arena, in multiples of the step, in which three inferences succeed.

Each size has a process of its own: in a very small arena the interpreter crashes.
"""


def measure_arena(model: bytes, inputs: int) -> int:
    """Bytes of the smallest arena in which TensorFlow Lite Micro runs a model, on this computer.

    Its pointers have 8 bytes here, so that a core of 32 bits needs less. inputs: how many the model has. Raises
    MissingTool without the package, SimulationError if it cannot run the model.
    """
    if importlib.util.find_spec("tflite_micro") is None:
        raise MissingTool(
            'TensorFlow Lite Micro is not installed, the arena is measured with it: pip install "lapel[esphome]"'
        )
    command = [sys.executable, "-c", PROBE, str(ALIGNMENT), str(inputs), str(MOST_BYTES)]
    try:
        done = subprocess.run(command, input=model, capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise SimulationError(f"TensorFlow Lite Micro did not end within {TIMEOUT_S:g} s") from None
    if done.returncode or not done.stdout.strip().isdigit():
        said = done.stderr.decode(errors="replace").strip().splitlines()
        last = said[-1] if said else f"it ended with {done.returncode}"
        raise SimulationError(f"TensorFlow Lite Micro does not run the model: {last}")
    return int(done.stdout)
