"""Models that are too large: said before anything is measured or compiled, and never of one that would fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import lapel
from batch import merge
from cores import needs
from images import draw_image_net
from lapel import codegen
from lapel.errors import DoesNotFit
from lapel.ir import Call, Graph, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.measuring import budgets, candidates, fit, plan_for
from lapel.ops import registry
from lapel.planning import make_plan
from lapel.planning.least import Least
from lapel.records import Cost, Memory
from lapel.simulate import build_firmware, firmware
from lapel.targets import Target, load_target
from lapel.wish import Goal, Wish
from nets import Net

UNO, M4 = load_target("arduino-uno"), load_target("cortex-m4")


class Drawn:
    """Costs drawn by the call: any kernel may be the best one."""

    unit = "counted cycles"

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
        return [Cost(int(self.rng.integers(1, 1000)), int(self.rng.integers(1, 1000)), 0, {}) for _ in calls]


def dense(values: int, layers: int = 1) -> Graph:
    net = Net("big", (1, 100), seed=5)
    t = "x"
    for k in range(layers):
        t = net.dense(t, 100 if k < layers - 1 else values // 100)
    return net.graph(t)


def image(side: int) -> Graph:
    """A picture of side x side bytes that needs far less in bands."""
    net = Net("image", (1, side, side, 1))
    t = net.conv(net.conv("x", 1, (1, 1, 1, 1)), 1, (1, 1, 1, 1))
    cell = (side // 4, side // 4)
    y = net.node("avgpool", (t,), (1, 4, 4, 1), kernel=cell, stride=cell, pad=(0,) * 4, activation="none")
    return net.graph(y)


@pytest.fixture
def nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise AssertionError("something was compiled")

    for module in (firmware, budgets, candidates):
        monkeypatch.setattr(module, "build_firmware", fail)
    monkeypatch.setattr(firmware, "compile_all", fail)


@pytest.mark.measured
@pytest.mark.usefixtures("nothing_is_compiled")
@pytest.mark.parametrize(
    ("graph", "target", "goal", "said"),
    [
        (dense(40_000), "arduino-uno", "latency", r"big does not fit arduino-uno: it needs at least 4\d,\d+ bytes of "
         r"flash for its constants, [\d,]+ more than its 32,256; boards that may have room: .*nucleo-l4r5zi"),
        (dense(90_000), "bluepill-f103c8", "flash", r"at least 9\d,\d+ bytes of flash for its constants, [\d,]+ more "
         r"than its 65,536; boards that may have room: .*raspberry-pi-pico"),
        (image(64), "arduino-uno", "latency", r"image does not fit arduino-uno: it needs at least [\d,]+ bytes of RAM "
         r"for its tensors, [\d,]+ more than its 2,048; with --optimize ram about [\d,]+, which may fit; boards"),
        (image(200), "atmega328p", "balanced", r"at least [\d,]+ bytes of RAM for its tensors, .* with --optimize ram "
         r"about [\d,]+, still too much; boards that may have room: arduino-nano33ble"),
        (image(200), "arduino-uno", "ram", r"at least [\d,]+ bytes of RAM .* more than its 2,048; boards"),
        (Net("wide", (1, 40_000)).graph("x"), "arduino-uno", "latency", r"at least 40,000 bytes of RAM .*; with "
         r"--optimize ram as much; boards"),
        (dense(2_200_000), "cortex-m55", "latency", r"does not fit cortex-m55: it needs at least 2,\d+,\d+ bytes of "
         r"flash for its constants, [\d,]+ more than the 2,097,152 of the machine that emulates it; boards that"),
        (Net("wide", (1, 9_000_000)).graph("x"), "cortex-m55", "latency", r"at least 9,000,000 bytes of RAM .* of the "
         r"machine that emulates it.*; no known board has room for it: make the model smaller"),
    ],
)  # fmt: skip
def test_too_large_is_said_at_once(graph: Graph, target: str, goal: Goal, said: str) -> None:
    with pytest.raises(DoesNotFit, match=said):
        plan_for(graph, load_target(target), Wish(goal))


@pytest.mark.usefixtures("nothing_is_compiled")
def test_a_budget_below_the_constants() -> None:
    with pytest.raises(DoesNotFit, match=r"at least 9,\d+ bytes of flash for its constants, .* the budget of 8"):
        plan_for(dense(9_000), M4, Wish(flash_budget=8_000))


def forest(trees: int) -> Graph:
    """Chains of 40 nodes each."""
    nodes = np.concatenate([[[0, k + 1, -2] for k in range(at, at + 40)] for at in range(0, 40 * trees, 40)])
    nodes[39::40, 1] = -1
    constants = {
        "nodes": nodes.astype(np.int32),
        "thresholds": np.arange(40 * trees, dtype=np.int64).astype(np.int8),
        "roots": np.arange(0, 40 * trees, 40, dtype=np.int32),
        "leaves": np.eye(2, dtype=np.int32),
        "start": np.zeros(2, np.int32),
    }
    given = [Tensor(n, Type(v.shape, str(v.dtype)), v) for n, v in constants.items()]
    y = Type((1, 2), "int32", Quant((1.0,), (0,)))
    return single("forest", [Tensor("x", Type((1, 4), "int8")), *given], [y], {})


@pytest.mark.usefixtures("nothing_is_compiled")
def test_how_many_trees_would_fit() -> None:
    def said(trees: int) -> str:
        with pytest.raises(DoesNotFit) as e:
            plan_for(forest(trees), load_target("arduino-uno"), Wish("flash"))
        assert e.value.over.keys() == {"flash"}
        return str(e.value)

    found = re.search(r"make the model smaller: at most (\d+) of its 250 trees would fit; boards", said(250))
    assert found is not None
    (call,) = registry()["forest"].lower(forest(int(found[1])).instance(forest(1).nodes[0]))
    assert 32_256 - 200 < np.asarray(call.params["trees"]).nbytes <= 32_256
    with pytest.raises(DoesNotFit, match=r"more than the budget of 9,000: raise the budget, or .* \d+ of its 100"):
        plan_for(forest(100), M4, Wish(flash_budget=9_000))


@pytest.mark.usefixtures("nothing_is_compiled")
def test_a_whole_input_that_need_not_be() -> None:
    with pytest.raises(DoesNotFit, match=r"without --whole-input about [\d,]+, which may fit"):
        plan_for(image(64), UNO, Wish("ram", whole_input=True))


@pytest.mark.usefixtures("nothing_is_compiled")
def test_more_than_an_index_reaches() -> None:
    """An AVR with more RAM than there is: its indexes are 16 bits wide all the same."""
    region = [replace(r, length=2**17) if r.name == "ram" else r for r in UNO.memory]
    large = replace(UNO, ram_bytes=2**17, memory=tuple(region))
    net = Net("wide", (1, 40_000))
    with pytest.raises(DoesNotFit, match=r"tensor 'x' has 40,000 bytes, .*, more than the 32,767 that atmega328p can"):
        plan_for(net.graph(net.relu("x")), large)
    parts = [Net(f"n{k}", (1, 9_000)) for k in range(4)]
    with pytest.raises(DoesNotFit, match="its arena has 36,000 bytes, more than the 32,767"):
        plan_for(merge("four", [p.graph("x") for p in parts]), large)


def test_what_the_kernels_take_decides_where_constants_fit() -> None:
    """By costs: no budget was given, so that none can be raised."""

    class Dear:
        unit = "counted cycles"

        def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
            return [Cost(1, 40_000, 0, {}) for _ in calls]

    def planned(budget: int | None) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("lapel.measuring.plans.measured_costs", lambda *unused: Dear())
            plan_for(dense(1_000), UNO, Wish(flash_budget=budget))

    with pytest.raises(DoesNotFit, match=r"arduino-uno: it needs about 40,000 bytes of flash, 7,744 more than its 3"):
        planned(None)
    with pytest.raises(DoesNotFit, match=r"about 40,000 bytes of flash, 10,000 more than the budget of 30,000: raise"):
        planned(30_000)


@needs("atmega328p")
@pytest.mark.parametrize(
    ("values", "over", "said"),
    [
        (980, "RAM", r"n does not fit arduino-uno: with the harness that tests it, it is [\d,]+ bytes larger than"),
        (960, "stack", r"there is no room for its stack beside 1,920 bytes for its tensors in 2,048 bytes of RAM"),
    ],
)
def test_a_model_without_room_for_the_rest(values: int, over: str, said: str) -> None:
    net = Net("n", (1, values))
    with pytest.raises(DoesNotFit, match=said) as e:
        lapel.run(net.graph(net.add(net.relu("x", "relu6"), "x")), "arduino-uno")
    assert list(e.value.over) == [over] and e.value.over[over] >= 1


@needs("atmega328p")
def test_a_size_is_found_though_the_machine_is_too_small() -> None:
    plan = make_plan(dense(31_900), UNO)
    assert plan.target.region("flash").length < budgets.linked_bytes(plan) < 2**16


def test_after_linking_what_is_too_much_is_exact() -> None:
    memory = Memory(300, 300, 300, static_ram_bytes=20, stack_bytes=1900, flash_code_bytes=40_000, flash_data_bytes=2)
    said = r"it needs [\d,]+ bytes of flash, [\d,]+ more than its 32,256, and it needs 2,220 bytes of RAM, 172 more "
    said += r"than its 2,048; with --optimize ram about [\d,]+, .*; boards with room: arduino-mega, arduino-nano33ble"
    with pytest.raises(DoesNotFit, match=said) as e:
        fit.check_fit(fit.Asked(image(16), UNO), memory)
    assert e.value.over == {"flash": 40_002 - 32_256, "stack": 172}  # without the stack there is room
    fit.check_fit(fit.Asked(image(16), UNO), replace(memory, flash_code_bytes=9000, stack_bytes=100))


def drawn_plans(target: Target, count: int) -> list[tuple[Least, lapel.planning.Plan]]:
    found = []
    graphs = [draw_image_net(seed) for seed in range(count)]
    graphs += [c.draw(np.random.default_rng(3)) for op in registry().values() for c in op.cases()]
    for k, graph in enumerate(graphs):
        for goal in get_args(Goal) if k < count else ("latency",):
            least: list[Least] = []
            plan = make_plan(graph, target, Wish(goal), costs=Drawn(k), check=least.append)
            assert len(least) == 1
            found.append((least[0], plan))
    return found


@pytest.mark.parametrize("target", ["atmega328p", "cortex-m4", "cortex-m55"])
def test_bounds_hold_whichever_kernels_are_chosen(target: str) -> None:
    equal = 0
    plans = drawn_plans(load_target(target), 6)
    for least, plan in plans:
        assert least.arena_bytes <= plan.arena_bytes
        assert least.table_bytes <= codegen.generate(plan).data_bytes
        equal += least.arena_bytes == plan.arena_bytes
    assert equal > len(plans) / 2


@needs("cortex-m4")
def test_bounds_hold_for_what_is_linked(tmp_path: Path) -> None:
    """Tables of a few bytes to a few KB, each compiled into its step, where the compiler folds what it can."""
    net = Net("small", (1, 6, 6, 3))
    t = net.dense(net.reshape(net.conv(net.conv("x", 4), 32), (1, 128)), 8)
    graph = net.graph(net.dense(net.dense(t, 32), 9))
    least: list[Least] = []
    plan = make_plan(graph, M4, check=least.append)
    steps = [replace(s, calls=tuple(replace(c, inline=True) for c in s.calls)) for s in plan.steps]
    built = build_firmware(codegen.generate(replace(plan, steps=tuple(steps))).files(), M4, tmp_path)
    assert 0 < least[0].table_bytes <= built.flash_data_bytes


def test_of_a_long_chain_no_smaller_plan_is_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net("chain", (1, 3_000))
    t = "x"
    for _ in range(fit.MOST_NODES + 1):
        t = net.relu(t, "relu6")
    asked = fit.Asked(net.graph(t), UNO)
    monkeypatch.setattr(fit, "make_plan", lambda *arguments, **options: pytest.fail("planned"))
    said = r"more than its 2,048; boards that may have room: arduino-mega, arduino-nano33ble"
    with pytest.raises(DoesNotFit, match=said):
        fit.check_least(asked, Least(asked.graph, 0, 3_000))
