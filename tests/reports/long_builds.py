"""Records of networks with many layers, which nobody has to build."""

from __future__ import annotations

from dataclasses import replace

from lapel.records import Build, Placement


def long_build(build: Build, count: int = 1000) -> Build:
    """The first layer of a build again and again, between two buffers."""
    names = [f"layer{k}" for k in range(count)]
    steps = tuple(
        replace(build.plan.steps[0], index=k, name=name, outputs=(name,), inputs=(names[k - 1] if k else "x",))
        for k, name in enumerate(names)
    )
    places = tuple(Placement(name, k, 256 * (k % 2), 256, k, min(k + 1, count - 1)) for k, name in enumerate(names))
    layers = tuple(replace(build.layers[0], name=name, label=name) for name in names)
    plan = replace(
        build.plan, steps=steps, placements=places, labels={name: name for name in names}, outputs=(names[-1],)
    )
    return replace(build, plan=plan, layers=layers)
