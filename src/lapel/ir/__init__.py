"""The program's first level: tensors, nodes, graphs, and what an operator definition is. Knows no operator."""

from lapel.ir.graph import DTYPES, Carry, Graph, Instance, Node, Quant, Tensor, Type, rest_value
from lapel.ir.op import SCRATCH, Call, Case, NodeSpec, Op, Place, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.origin import Label, Origin, Task

__all__ = [
    "DTYPES",
    "SCRATCH",
    "Call",
    "Carry",
    "Case",
    "Graph",
    "Instance",
    "Label",
    "Node",
    "NodeSpec",
    "Op",
    "Origin",
    "Place",
    "Quant",
    "Task",
    "Tensor",
    "TfliteForm",
    "TfliteNode",
    "TfliteOperator",
    "Type",
    "rest_value",
]
