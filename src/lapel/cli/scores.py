"""How samples were taken, and how outputs meet labels, as lines."""

from __future__ import annotations

from lapel.cli import screen
from lapel.records import Build, Run, Score


def print_inputs(result: Run) -> None:
    """Of each input the rule by which samples became integers, and the share of them that were clamped."""
    for used in result.inputs:
        beyond = "" if used.saturated is None else f"; {screen.percent(used.saturated)} beyond its range"
        screen.say(f"input {used.name}: {used.how}{beyond}")


def print_scores(result: Run) -> None:
    """Accuracy, or R² and RMSE, of the firmware, the reference and the float model."""
    scored = {
        f"on {result.target}": result.score,
        "by the reference": result.reference_score,
        "by the float model": result.float_score,
    }
    known = {who: s for who, s in scored.items() if s is not None}
    if known:
        kind = "accuracy" if result.accuracy is not None else "R² (RMSE)"
        screen.say(f"{kind}: {', '.join(f'{_figure(s)} {who}' for who, s in known.items())}")
    elif result.float_agreement is not None:
        kind = "same class" if result.float_agreement.accuracy is not None else "R² (RMSE)"
        screen.say(f"{kind} as the float model: {_figure(result.float_agreement)}")


def print_agreement(built: Build) -> None:
    """What was measured of the model beside its float one, when it was quantized."""
    found, samples = built.float_agreement, built.float_samples
    if found is not None and samples is not None:
        kind = "same class" if found.accuracy is not None else "R²"
        share = screen.percent(found.accuracy) if found.accuracy is not None else screen.number(found.r2, 4)
        screen.say(f"{kind} as the float model when it was quantized: {share} of {samples:,} samples")


def _figure(score: Score) -> str:
    if score.accuracy is not None:
        return screen.percent(score.accuracy)
    return f"{screen.number(score.r2, 4)} ({'-' if score.rmse is None else f'{score.rmse:.4g}'})"
