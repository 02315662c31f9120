"""The public names, and where each is: `__init__.py` loads one when it is first asked for."""

from . import (
    audio as audio,
    building as building,
    cascades as cascades,
    checks as checks,
    classical as classical,
    cli as cli,
    codegen as codegen,
    compression as compression,
    data as data,
    debugging as debugging,
    errors as errors,
    families as families,
    files as files,
    frontends as frontends,
    ir as ir,
    keywords as keywords,
    ladder as ladder,
    measuring as measuring,
    ops as ops,
    planning as planning,
    power as power,
    proving as proving,
    quantization as quantization,
    records as records,
    reports as reports,
    rewrites as rewrites,
    runtime as runtime,
    simulate as simulate,
    speakers as speakers,
    targets as targets,
    training as training,
    updates as updates,
    variants as variants,
    wakewords as wakewords,
    wish as wish,
    zoo as zoo,
)
from .bundles import export as export
from .cascades import cascade as cascade
from .checks import check as check
from .contest import compare as compare
from .debugging import diff as diff, explain as explain, watch as watch
from .exporters import convert as convert
from .frontends import load as load
from .frontends.sklearn import from_sklearn as from_sklearn
from .frontends.tflite import write_tflite as write_tflite
from .ladder import compress as compress
from .power import energy as energy
from .proving import (
    build as build,
    estimate as estimate,
    generate as generate,
    hosted as hosted,
    listen as listen,
    plan as plan,
    predict as predict,
    quantize as quantize,
    run as run,
    streaming as streaming,
)
from .proving.blob import build_blob as build_blob
from .proving.blobrun import run_blob as run_blob
from .reports import report as report
from .targets import (
    boards_from as boards_from,
    list_boards as list_boards,
    list_targets as list_targets,
    load_target as load_target,
)
from .training import Trained as Trained, train as train
from .updates.update import make_update as make_update
from .wish import Quantization as Quantization, Wish as Wish

__version__: str
