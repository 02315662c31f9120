"""A hand-written model that keeps the contract of generated code, and the cores whose tools are installed."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from cores import needs
from lapel.targets import list_targets, load_target

HEADER = """
#ifndef TOY_H
#define TOY_H
#include <stdint.h>
void toy_invoke(const int8_t *in, int8_t *out);
extern uint8_t toy_arena[64];
#endif
"""
PROBES = """
#include "toy.h"
#ifdef LAPEL_PROBE_HEADER
#include LAPEL_PROBE_HEADER
#endif
#ifndef LAPEL_PROBE_STEP
#define LAPEL_PROBE_STEP(i)
#endif
#ifndef LAPEL_PROBE_TENSOR
#define LAPEL_PROBE_TENSOR(step, tensor, data, bytes)
#endif
#ifdef __AVR__
#define ROM __flash
#else
#define ROM
#endif
uint8_t toy_arena[64];
"""
MODEL = (
    PROBES
    + """
static const ROM int8_t weights[16] = {@WEIGHTS@};
void toy_invoke(const int8_t *in, int8_t *out)
{
    for (uint8_t i = 0; i < 16; i++) {
        toy_arena[i] = (uint8_t)(3 * in[i]);
    }
    LAPEL_PROBE_STEP(0);
    LAPEL_PROBE_TENSOR(0, 5, toy_arena, 16);
    for (uint8_t i = 0; i < 16; i++) {
        toy_arena[32 + i] = (uint8_t)(toy_arena[i] + weights[i]);
    }
    LAPEL_PROBE_STEP(1);
    LAPEL_PROBE_TENSOR(1, 6, toy_arena + 32, 16);
    for (uint8_t i = 0; i < 16; i++) {
        out[i] = (int8_t)toy_arena[32 + i];
    }
    LAPEL_PROBE_STEP(2);
}
"""
)
ADAPTER = """
#include "harness.h"
#include "toy.h"
static int8_t in[16], out[16];
void adapter_reset(void) {}
void adapter_read_inputs(void) { harness_read(in, sizeof in); }
void adapter_invoke(void) { toy_invoke(in, out); }
void adapter_write_outputs(void) { harness_write(out, sizeof out); }
uint8_t *adapter_arena(void) { return toy_arena; }
uint32_t adapter_arena_bytes(void) { return sizeof toy_arena; }
"""
WEIGHTS = np.array([(7 * i + 3) % 128 for i in range(16)])


@dataclass(frozen=True)
class Toy:
    """y[i] = 3 * x[i] + w[i], through an arena: tensor 5 is 3 * x, tensor 6 is y."""

    samples: np.ndarray
    wanted: np.ndarray
    sources: dict[str, str] = field(default_factory=dict)

    def with_model(self, body: str, before: str = "") -> dict[str, str]:
        """Sources whose toy_invoke has another body."""
        text = PROBES + before + "\nvoid toy_invoke(const int8_t *in, int8_t *out)\n{\n" + body + "\n}\n"
        return {**self.sources, "toy.c": text}


@pytest.fixture
def toy() -> Toy:
    return _toy()


@pytest.fixture(scope="module")
def shared_toy() -> Toy:
    """The same, for what a module makes once."""
    return _toy()


def _toy() -> Toy:
    samples = np.random.default_rng(0).integers(0, 256, (5, 16), dtype=np.uint8)
    model = MODEL.replace("@WEIGHTS@", ", ".join(map(str, WEIGHTS)))
    return Toy(
        samples=samples,
        wanted=(3 * samples.astype(int) + WEIGHTS).astype(np.uint8),
        sources={"toy.h": HEADER, "toy.c": model, "adapter.c": ADAPTER},
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with the argument `core` runs on every core, one with `emulated` on all but the host."""
    for argument in ("core", "emulated"):
        if argument in metafunc.fixturenames:
            names = [name for name in list_targets() if load_target(name).kind == "core"]
            chosen = [name for name in names if argument == "core" or name != "host"]
            metafunc.parametrize(argument, [pytest.param(name, marks=needs(name)) for name in chosen])
