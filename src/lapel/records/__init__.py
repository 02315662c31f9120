"""Results that are passed between layers: frozen, and plain data when turned into JSON."""

from lapel.records.beside import Beside, BesideLayer, BesideSample
from lapel.records.blob import BlobBuild
from lapel.records.blobrun import BlobContent, BlobPort, BlobRun, BlobStep
from lapel.records.build import MANIFEST, Build
from lapel.records.cascade import Cascade, Cascaded
from lapel.records.cascading import (
    CASCADE_FILE,
    CascadeBuild,
    CascadeListening,
    CascadePoint,
    CascadeStage,
    CascadeTuning,
)
from lapel.records.checked import EQUAL, FIGURES, LEAST, MOST, Baseline, Broken, Check, Checked
from lapel.records.comparison import Comparison, Contender, LeftOut, Neighbours, OnChip, Tried
from lapel.records.compression import CompressionRecord, Judged, Rung, RungFirmware, Variant
from lapel.records.detector import Detector, Event
from lapel.records.diff import Diff, Difference, DiffLayer
from lapel.records.document import Record, show_with
from lapel.records.element import Element, ElementRow
from lapel.records.energy import Bounded, Constant, Energy, Life, PowerPart, Sending
from lapel.records.estimate import Estimate, EstimatedLayer
from lapel.records.export import Exported
from lapel.records.figures import (
    CycleModel,
    Frame,
    Layer,
    Memory,
    MemoryWaits,
    Modelled,
    Stack,
    StackBound,
    deepest,
    worst,
    worst_bound,
)
from lapel.records.flash import FlashPart, bytes_by_kind
from lapel.records.generated import Generated
from lapel.records.kernelneeds import KernelNeeds
from lapel.records.listening import Heard, Listening, Stage
from lapel.records.plain import SCHEMA
from lapel.records.plan import (
    Accesses,
    ArenaPart,
    Choice,
    Cost,
    Note,
    Placement,
    PlannedCall,
    PlannedStep,
    PlannedTensor,
    PlanRecord,
    Rejected,
)
from lapel.records.program import ProgramBuild, ProgramModel
from lapel.records.quantized import Quantized, QuantizedLayer, Remedy
from lapel.records.recipe import Recipe
from lapel.records.recording import Recording
from lapel.records.run import Run
from lapel.records.scores import (
    LOUD_LOSS,
    MOST_CHANGED,
    MOST_CLASSES,
    ROUNDING,
    Changed,
    Classes,
    Input,
    Score,
    loss_text,
    share_lost,
)
from lapel.records.search import NO_BUDGETS, Budgets, Search, Sensitivity, Trial
from lapel.records.speaker import SpeakerOptions
from lapel.records.streaming import StepFigures, StreamedLayer, Streaming
from lapel.records.targets import ListedTarget, Targets
from lapel.records.training import Epoch, Metrics, SeedRun, Setting, Spread, TrainingOptions, TrainingRecord
from lapel.records.update import Update
from lapel.records.verified import Utterance, Verified
from lapel.records.verifier import Interval, SpeakerFigures, Verifier
from lapel.records.wakeword import Rate, WakeWord, WakeWordOptions, WordFigures
from lapel.records.watched import Watched, WatchedCall

__all__ = [
    "CASCADE_FILE",
    "EQUAL",
    "FIGURES",
    "LEAST",
    "LOUD_LOSS",
    "MANIFEST",
    "MOST",
    "MOST_CHANGED",
    "MOST_CLASSES",
    "NO_BUDGETS",
    "ROUNDING",
    "SCHEMA",
    "Accesses",
    "ArenaPart",
    "Baseline",
    "Beside",
    "BesideLayer",
    "BesideSample",
    "BlobBuild",
    "BlobContent",
    "BlobPort",
    "BlobRun",
    "BlobStep",
    "Bounded",
    "Broken",
    "Budgets",
    "Build",
    "Cascade",
    "CascadeBuild",
    "CascadeListening",
    "CascadePoint",
    "CascadeStage",
    "CascadeTuning",
    "Cascaded",
    "Changed",
    "Check",
    "Checked",
    "Choice",
    "Classes",
    "Comparison",
    "CompressionRecord",
    "Constant",
    "Contender",
    "Cost",
    "CycleModel",
    "Detector",
    "Diff",
    "DiffLayer",
    "Difference",
    "Element",
    "ElementRow",
    "Energy",
    "Epoch",
    "Estimate",
    "EstimatedLayer",
    "Event",
    "Exported",
    "FlashPart",
    "Frame",
    "Generated",
    "Heard",
    "Input",
    "Interval",
    "Judged",
    "KernelNeeds",
    "Layer",
    "LeftOut",
    "Life",
    "ListedTarget",
    "Listening",
    "Memory",
    "MemoryWaits",
    "Metrics",
    "Modelled",
    "Neighbours",
    "Note",
    "OnChip",
    "Placement",
    "PlanRecord",
    "PlannedCall",
    "PlannedStep",
    "PlannedTensor",
    "PowerPart",
    "ProgramBuild",
    "ProgramModel",
    "Quantized",
    "QuantizedLayer",
    "Rate",
    "Recipe",
    "Record",
    "Recording",
    "Rejected",
    "Remedy",
    "Run",
    "Rung",
    "RungFirmware",
    "Score",
    "Search",
    "SeedRun",
    "Sending",
    "Sensitivity",
    "Setting",
    "SpeakerFigures",
    "SpeakerOptions",
    "Spread",
    "Stack",
    "StackBound",
    "Stage",
    "StepFigures",
    "StreamedLayer",
    "Streaming",
    "Targets",
    "TrainingOptions",
    "TrainingRecord",
    "Trial",
    "Tried",
    "Update",
    "Utterance",
    "Variant",
    "Verified",
    "Verifier",
    "WakeWord",
    "WakeWordOptions",
    "Watched",
    "WatchedCall",
    "WordFigures",
    "bytes_by_kind",
    "deepest",
    "loss_text",
    "share_lost",
    "show_with",
    "worst",
    "worst_bound",
]
