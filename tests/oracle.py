"""The oracles, on the host: TFLite Micro, and LiteRT's reference kernels for what it lacks. Only for sane models: a
malformed one can abort the process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime

ARENA_FLOOR_BYTES = 1 << 20


def run_tflite_micro(model_bytes: bytes, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """One inference: graph inputs in order -> graph outputs in order."""
    interpreter = _invoke(model_bytes, inputs, runtime.InterpreterConfig.kAllocationRecording)
    count = schema.Model.GetRootAs(model_bytes).Subgraphs(0).OutputsLength()
    return [np.array(interpreter.get_output(i)) for i in range(count)]


def run_tflite_micro_sequence(
    model_bytes: bytes, steps: Sequence[Sequence[np.ndarray]], reset_every: int | None = None
) -> list[list[np.ndarray]]:
    """Consecutive inferences of one interpreter, reset before every so many: the graph outputs of each."""
    interpreter = _interpreter(model_bytes, steps[0], runtime.InterpreterConfig.kAllocationRecording)
    count = schema.Model.GetRootAs(model_bytes).Subgraphs(0).OutputsLength()
    found = []
    for k, inputs in enumerate(steps):
        if reset_every is not None and k and k % reset_every == 0:
            interpreter.reset()
        for i, x in enumerate(inputs):
            interpreter.set_input(x, i)
        interpreter.invoke()
        found.append([np.array(interpreter.get_output(i)) for i in range(count)])
    return found


def run_tflite_micro_all(model_bytes: bytes, inputs: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
    """One inference -> the content of every tensor that an operator makes, by tensor index in the file."""
    interpreter = _invoke(model_bytes, inputs, runtime.InterpreterConfig.kPreserveAllTensors)
    subgraph = schema.Model.GetRootAs(model_bytes).Subgraphs(0)
    made: list[int] = []
    for i in range(subgraph.OperatorsLength()):
        made += subgraph.Operators(i).OutputsAsNumpy().tolist()
    return {t: np.array(interpreter.GetTensor(t, 0)["tensor_data"]) for t in made}


def _invoke(model_bytes: bytes, inputs: Sequence[np.ndarray], config: runtime.InterpreterConfig) -> runtime.Interpreter:
    interpreter = _interpreter(model_bytes, inputs, config)
    for i, x in enumerate(inputs):
        interpreter.set_input(x, i)
    interpreter.invoke()
    return interpreter


def run_litert(model_bytes: bytes, inputs: Sequence[np.ndarray], *, reference: bool = True) -> list[np.ndarray]:
    """One inference of LiteRT's reference kernels, or its fast ones: graph inputs in order -> outputs in order."""
    interpreter = litert(model_bytes, inputs, reference=reference)
    return [np.array(interpreter.get_tensor(made["index"])) for made in interpreter.get_output_details()]


def run_litert_all(model_bytes: bytes, inputs: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """One inference -> every tensor that holds something then, by its name in the file."""
    interpreter = litert(model_bytes, inputs, experimental_preserve_all_tensors=True)
    subgraph = schema.Model.GetRootAs(model_bytes).Subgraphs(0)
    made: list[int] = []
    for i in range(subgraph.OperatorsLength()):
        made += subgraph.Operators(i).OutputsAsNumpy().tolist()
    return {subgraph.Tensors(t).Name().decode(): np.array(interpreter.get_tensor(t)) for t in made}


def litert(model_bytes: bytes, inputs: Sequence[np.ndarray], *, reference: bool = True, **options: bool) -> Interpreter:
    """LiteRT after one inference."""
    fast = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    resolver = OpResolverType.BUILTIN_REF if reference else fast
    interpreter = Interpreter(model_content=model_bytes, experimental_op_resolver_type=resolver, **options)
    interpreter.allocate_tensors()
    for given, x in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(given["index"], x)
    interpreter.invoke()
    return interpreter


def _interpreter(
    model_bytes: bytes, inputs: Sequence[np.ndarray], config: runtime.InterpreterConfig
) -> runtime.Interpreter:
    arena_bytes = ARENA_FLOOR_BYTES + 16 * len(model_bytes) + 16 * sum(x.nbytes for x in inputs)
    return runtime.Interpreter.from_bytes(model_bytes, arena_size=arena_bytes, intrepreter_config=config)
