"""What an operator is: `Op`, its kernel calls, its import and export forms, its test cases.

An operator is one file in `lapel.ops` that ends in `OP = TheOp()`; the registry there finds it by its stem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir.along import Along, Axes, elementwise_along
from lapel.ir.attribute import Attributes, attribute_problems
from lapel.ir.axes import Absorbed, Perm, Permuted
from lapel.ir.bands import Band, Rows
from lapel.ir.channels import Kept, Together, default_together
from lapel.ir.filters import Border, Filters
from lapel.ir.graph import DTYPES, Graph, Instance, Node, Tensor, Type
from lapel.ir.signature import Signature, over_reals, type_problems
from lapel.ir.terms import Term


@dataclass(frozen=True)
class Place:
    """A param that is an address in RAM: `offset` bytes into a tensor in the arena, or ("") into the step's scratch.

    A tensor must be an operand of the call's node, so that it is there when the kernel runs.
    """

    tensor: str = ""
    offset: int = 0


SCRATCH = Place()
"""The start of the step's scratch, aligned as the arena; a null pointer if the call's `scratch_bytes` are 0."""

Param = int | float | tuple[int, ...] | np.ndarray | Place
Oracle = Literal["micro", "litert", "none"]


@dataclass(frozen=True, eq=False)
class Call:
    """One kernel call `lapel_<kernel>(outputs…, inputs…, &params)`.

    `params` has exactly the fields of `lapel_<kernel>_params` in `runtime/<kernel>.h`: an int or float for a
    scalar, a tuple for an array held in the struct, an ndarray for a pointer to a table in ROM, a `Place` for a
    pointer into the arena.

    `scratch_bytes`: bytes of the arena that are the node's while it runs and belong to nobody before and after, garbage
    when its first call starts. A kernel gets them as `Place`s of its params, as a rule a field `scratch` that is
    SCRATCH; all calls of a node have the same scratch, as large as the largest of them asks for.

    `ahead` is the kernel's promise about its order, None for none: it walks its one input and its one output upwards
    in memory, pixel by pixel, and when it reads a cell for output pixel q (a position with all its channels) it has
    written at most the pixels before q + ahead. Where channel c of y depends on channel c of x alone, "written" may
    be counted from the channel that is read: the bytes below channel c of pixel q + ahead. A variant of a kernel makes
    its own promise.

    `in_place` is another promise: whatever its order, the kernel is right if its one output starts at the very byte
    where its one input starts. (Channel after channel, say, no other distance would do: it would mix up channels.)

    `inline`: the kernel is compiled into this one step, for these params; else it is shared by all steps that call it.

    `body`: C statements that compute the step, of a kernel that has no function; the call is inline then. They know the
    operands by the names of the parameters in the kernel's header, `p` the params among them, and call what its files
    have.
    """

    kernel: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    params: Mapping[str, Param]
    ahead: int | None = None
    in_place: bool = False
    inline: bool = False
    scratch_bytes: int = 0
    body: str = ""

    def places(self) -> dict[str, Place]:
        """The params that are addresses in the arena."""
        return {name: value for name, value in self.params.items() if isinstance(value, Place)}


@dataclass(frozen=True, eq=False)
class NodeSpec:
    """What a front end makes a node from; outputs and names are the front end's."""

    op: str
    inputs: tuple[Tensor | None, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)


class TfliteOperator(Protocol):
    """A decoded operator of a .tflite file, as `TfliteForm.read` sees it."""

    code: str
    version: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    def option(self, name: str) -> int | float:
        """Scalar field of the builtin options, by its schema name in CamelCase (`StrideH`), schema default if unset;
        of a custom operator the option of this name."""
        ...

    def option_array(self, name: str) -> tuple[int, ...]:
        """Vector field of the builtin options; empty if unset."""
        ...

    def const(self, i: int) -> np.ndarray:
        """Content of input `i`; raises UnsupportedNode if it is not a constant."""
        ...


@dataclass(frozen=True, eq=False)
class TfliteNode:
    """What the .tflite writer writes for a node: the operator's inputs may include new constants."""

    inputs: tuple[Tensor | None, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TfliteForm:
    """One BuiltinOperator, or custom operator, that an `Op` imports and exports.

    code: schema name (`CONV_2D`), or `custom_code` of a name. options: schema table name (`Conv2DOptions`) or None.
    versions: operator versions whose options are known here; reading goes by the fields and not by the version, as
    TFLite Micro does, and `write_version` is written. read: operator -> NodeSpec, raises UnsupportedNode. write:
    instance -> TfliteNode, or None where this form cannot say what the node does. variables: of the file's inputs those
    that are variable tensors, which the operator updates: the node has one more output for each, the state at the next
    call.

    custom: names of all options of a custom operator, integers, in alphabetical order: its kernel finds them by their
    places. hidden: (input of the node, output) where the input is state that the file's operator keeps inside, zeros at
    first, and the output what it is at the next call. `read` gives a tensor without content for each input, and the
    front end makes a state of it.
    """

    code: str
    options: str | None
    versions: range
    read: Callable[[TfliteOperator], NodeSpec]
    write: Callable[[Instance], TfliteNode | None]
    write_version: int = 1
    variables: tuple[int, ...] = ()
    custom: tuple[str, ...] | None = None
    hidden: tuple[tuple[int, int], ...] = ()


CUSTOM = "CUSTOM "


def custom_code(name: str) -> str:
    """`TfliteForm.code` of a custom operator."""
    return f"{CUSTOM}{name!r}"


def custom_name(code: str) -> str:
    """The name of a custom operator by its code; empty for a builtin one."""
    return code.removeprefix(CUSTOM)[1:-1] if code.startswith(CUSTOM) else ""


@dataclass(frozen=True, eq=False)
class Case:
    """A family of one-node graphs for tests; `draw` returns a new one for each state of the generator.

    oracle: whose bits the operator has to have. LiteRT's reference kernels decide where TFLite Micro refuses the
    model, or computes with memory that nothing has written; none do where both leave what C defines.
    """

    name: str
    draw: Callable[[np.random.Generator], Graph]
    oracle: Oracle = "micro"


class Op:
    """Definition of one operator. Subclasses override what differs from these defaults.

    attributes: every attribute of a node, by name. signatures: a row for each combination of operand
    types that it can be lowered for.
    """

    name: ClassVar[str]
    tflite: ClassVar[tuple[TfliteForm, ...]] = ()
    attributes: ClassVar[Attributes] = {}
    signatures: ClassVar[tuple[Signature, ...]] = ()

    float32_of: ClassVar[str] = ""
    """The operator whose nodes of floats this one is on a device: the same inputs, outputs and attributes, by float32
    kernels and with a reference in float32."""
    moves: ClassVar[bool] = False
    """Whether y is x, moved to another place of the arena: no new tensor."""
    restates: ClassVar[bool] = False
    """Whether y says what x says, element by element, in another shape or number format."""
    elementwise: ClassVar[bool] = False
    """Whether element i of y is made of elements i of the inputs, broadcast as in NumPy, by one rule for all i."""
    scores: ClassVar[Literal["probability", "distribution"] | None] = None
    """What an element of y is as the score of a class: a probability of its own, or one of a distribution over all
    classes; None: neither, as of a logit."""

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        """(shape, dtype) of each output, from the inputs and attrs. Raises UnsupportedNode if there is none."""
        raise NotImplementedError

    def check_types(self, inst: Instance) -> list[str]:
        """Why no row of `signatures` has the node's tensors; each problem says found, expected, what to do."""
        return type_problems(self.signatures, inst)

    def check_shapes(self, inst: Instance) -> list[str]:
        """Every reason why shapes and values of attributes do not fit together, in float graphs too."""
        return []

    def check(self, inst: Instance) -> list[str]:
        """Every further reason why kernels cannot compute the node: scales, accumulators, numbers of loops."""
        return []

    def surprises(self, inst: Instance) -> list[str]:
        """What a lowerable node computes that its model may not mean, though whoever decides the operator does it.

        Each sentence says what was found, what is computed (how far off, by the node's scales) and what to do; it is
        told beside results and stops nothing.
        """
        return []

    def within(self, inst: Instance, flash_bytes: int) -> str:
        """How much of the node has constants of so many bytes: "12 of its 20 trees"; "" where it has no parts.

        It is told where a model does not fit, so that one knows what to train.
        """
        return ""

    def explain(self, inst: Instance, at: tuple[int, ...], *arrays: np.ndarray | None) -> tuple[Term, ...]:
        """How element `at` of output 0 comes about, number by number, the last one its value; empty where its steps are
        not told."""
        return ()

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        """The definition of the operator, on the integers of its inputs."""
        raise NotImplementedError

    def real(self, inst: Instance, *arrays: Any) -> tuple[np.ndarray, ...]:
        """The operator over the reals: floats of any precision in and out, constants among them dequantized.

        arrays: an np.ndarray for each input of the node, None where an optional one is absent.

        What stands for no real number (an index, a truth value) has its own dtype, in and out. The node may also be
        the integer form: then arrays are what its tensors stand for.
        """
        raise NotImplementedError(f"operator {self.name!r} has no meaning over the reals: give it a method `real`")

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        """The kernel calls that compute it, in order; empty where the output aliases input 0."""
        raise NotImplementedError

    def macs(self, inst: Instance) -> int:
        """Multiply-accumulates of one inference; 0 for what multiplies no weights."""
        return 0

    def alias(self, inst: Instance) -> bool:
        """Whether the output is input 0, or a piece of it, under another shape, with no work to do."""
        return False

    def offset(self, inst: Instance) -> int:
        """Where an aliased output starts in input 0, in bytes."""
        return 0

    def piece(self, inst: Instance) -> int | None:
        """Where output 0 starts in input 0, in bytes, if it is consecutive bytes of it, which may be copied even so."""
        return self.offset(inst) if self.alias(inst) else None

    def parts(self, inst: Instance) -> tuple[int, ...]:
        """Where each input starts in output 0, in bytes, if the output is no more than its inputs side by side."""
        return ()

    def tied(self, inst: Instance) -> tuple[int, ...]:
        """Inputs of which channel c (of the last axis) is all that channel c of output 0 depends on: the two can be
        removed together. Empty if there is none; weights that are not activations are not among them."""
        return ()

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        """Groups of tensors that have to be quantized alike: else it does not mean on integers what it does on reals.

        These are the ones whose stored values it moves or compares, however they are quantized; by default those that a
        row takes in any type.
        """
        for row in self.signatures:
            if row.moves and not row.count_problem(inst):
                return (tuple(t.name for _, o, t in row.pairs(inst) if o.moved),)
        return ()

    def batching(self, inst: Instance) -> Literal["", "split", "join"]:
        """Whether it makes images of a batch of the places within blocks (attributes block, before), or joins them."""
        return ""

    def filters(self, inst: Instance) -> Filters | None:
        """How output 0 comes from weights, if it does and rewrites may change them; else None."""
        return None

    def pointwise(self, inst: Instance) -> Mapping[str, Any] | None:
        """The attributes of a node of this operator that mixes the channels of a tensor like output 0, each position by
        itself: by weights that have, but for filters and input channels, axes of 1. None if there is none."""
        return None

    def resized(self, inst: Instance, shape: tuple[int, ...]) -> Mapping[str, Any]:
        """The attributes, if output 0 has this shape because it lost channels, with the inputs that it is tied to."""
        return inst.attrs

    def together(self, inst: Instance) -> tuple[Together, ...]:
        """Elements along axes of its tensors that can be removed if those that they go with are, so that the other
        elements stay what they are. A computed tensor that is in none of them has to stay whole."""
        return tuple(default_together(self, inst))

    def narrowed(self, inst: Instance, kept: Kept) -> Mapping[str, Any]:
        """The attributes, if its tensors lost all but these elements, as `together` allows."""
        y = inst.outputs[0]
        shape = (*y.type.shape[:-1], len(kept[y.name])) if y.type.shape else ()
        return self.resized(inst, shape)

    def activation(self, inst: Instance) -> str | None:
        """The fused activation that does to a tensor what this node does to its input, if that is all; else None."""
        return None

    def border(self, inst: Instance) -> Border | None:
        """What of zero points the node puts around its input, an image, if that is all that it does; else None."""
        return None

    def widened(self, inst: Instance, border: Border) -> Mapping[str, Any] | None:
        """Attributes with which the node does the same to input 0 without a border of zero points around it; None if it
        has no such attributes."""
        return None

    def streams(self, inst: Instance) -> Rows | None:
        """The rows of input 0 that the node reads from the caller, and not from the arena; None if it does not."""
        return None

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        """What `rows` of output 0, an image [1, H, W, C], need of the inputs; None if they cannot be had alone."""
        return None

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        """How `count` elements of the outputs along an axis are made of elements of the inputs along `axes`, of which
        at least one is not None; None if they cannot be had without all others."""
        return elementwise_along(inst, axes) if self.elementwise else None

    def permutation(self, inst: Instance) -> tuple[int, ...] | None:
        """For each axis of output 0 the axis of input 0 that it is, if permuting axes is all that the node does."""
        return None

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        """How the node does the same to inputs whose axes are permuted so; None if that is not defined.

        Of an elementwise operator all inputs have as many axes as the output then, those of 1 among them.
        """
        return Permuted(inst.attrs, perm, tuple(range(len(inst.inputs)))) if self.elementwise else None

    def absorbs(self, inst: Instance) -> Absorbed | None:
        """The axis of input 0 whose elements may change places if those of a constant do, too; None for none."""
        return None

    def emits(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        """Constants, and an axis of each, whose elements there make those of the last axis of output 0, one each: where
        they change places, so do these. Empty if there are none."""
        return ()

    def spreads(self, inst: Instance) -> tuple[int, ...] | None:
        """How often output 0 repeats input 0 along each axis, if that is all that the node does; else None."""
        return None

    def affine(self, inst: Instance, k: int, c: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """(factor, term): over the reals output 0, but for a fused activation, is factor · x + term, element by
        element, where x is input k and c, as they are in float64, the other input; None if it is not."""
        return None

    def reordered(self, inst: Instance) -> tuple[int, np.ndarray] | None:
        """An axis along which output 0 has the elements of input 0 in another order, and for each index there the one
        in input 0, if that is all that the node does; else None."""
        return None

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        """Inputs whose buffer output 0 may overwrite while the first call runs; later calls may read outputs only."""
        return ()

    def renews(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        """(input, output) where the input is an old state and the output the new one, which the calls, all of them, may
        write over it, byte on byte."""
        return ()

    def overlap(self, inst: Instance, ahead: int) -> int | None:
        """The least (start of input 0 - start of output 0), in bytes, at which the two may share bytes.

        For a kernel call that promises `ahead`; None if there is no such distance. It may be negative.
        """
        return None

    def cases(self) -> Sequence[Case]:
        """Families of test graphs; together they reach every branch of the kernel."""
        raise NotImplementedError


def all_alike(inst: Instance) -> tuple[tuple[str, ...], ...]:
    """`Op.alike` of a node whose tensors all have one quantization."""
    return (tuple(t.name for t in (*inst.inputs, *inst.outputs) if t is not None),)


def well_formed(op: Op, inst: Instance) -> list[str]:
    """Every reason why a node means nothing: attributes, dtypes, shapes; floats are as good as quantized integers."""
    dtypes = over_reals(op.signatures, inst) or any(row.has_dtypes(inst) for row in op.signatures)
    problems = attribute_problems(op.attributes, inst.attrs)
    return problems or ([] if dtypes else op.check_types(inst)) or _shape_problems(op, inst)


def lowerable(op: Op, inst: Instance) -> list[str]:
    """Every reason why kernels cannot compute a node: it is not well-formed, of no row, or `Op.check` finds more."""
    problems = attribute_problems(op.attributes, inst.attrs) or op.check_types(inst) or _shape_problems(op, inst)
    try:
        return problems or op.check(inst)
    except UnsupportedNode as e:
        return [e.message]


def _shape_problems(op: Op, inst: Instance) -> list[str]:
    """What `Op.check_shapes` finds, or outputs that are not what the inputs give."""
    try:
        problems = op.check_shapes(inst)
        if problems:
            return problems
        expected = op.infer(inst)
    except UnsupportedNode as e:
        return [e.message]
    found = tuple((t.type.shape, t.type.dtype) for t in inst.outputs)
    if found != expected:
        says, gives = (", ".join(f"{dtype}{list(shape)}" for shape, dtype in types) for types in (found, expected))
        return [f"its output is {says}, but its inputs give {gives}: convert the model again"]
    return []


def compute(op: Op, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """What a node makes of its inputs: by the reference or, of floats, over the reals, in float64 and rounded once."""
    if not over_reals(op.signatures, inst):
        return op.reference(inst, *arrays)
    wide = (a.astype(np.float64) if a is not None and a.dtype.kind == "f" else a for a in arrays)
    with np.errstate(all="ignore"):  # infinities and NaN are results like others
        made = op.real(inst, *wide)
        return tuple(np.asarray(y, DTYPES[t.type.dtype]) for y, t in zip(made, inst.outputs, strict=True))


def single(op: str, inputs: Sequence[Tensor | None], outputs: Sequence[Type], attrs: Mapping[str, Any]) -> Graph:
    """A graph of one node: constants are those inputs that have data, the others are graph inputs."""
    outs = [Tensor(f"y{i}", t) for i, t in enumerate(outputs)]
    node = Node(op, op, tuple(t.name if t else "" for t in inputs), tuple(t.name for t in outs), attrs)
    given = [t for t in inputs if t is not None]
    names = dict.fromkeys(t.name for t in given if t.data is None)
    return Graph(op, (node,), {t.name: t for t in [*given, *outs]}, tuple(names), tuple(t.name for t in outs))
