"""Ladders of compression on the screen: what each step makes of accuracy, flash, RAM and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lapel.cli import screen
from lapel.cli.grid import Column, fold
from lapel.compression.method import Method
from lapel.records import CompressionRecord, Judged, Rung, Trial, Variant, bytes_by_kind
from lapel.records.compression import OF_WEIGHTS

LIST_COLUMNS = 100
"""Of a list of options, where there is no terminal."""
number, percent = screen.number, screen.percent


def print_ladder(record: CompressionRecord) -> None:
    """A row a step, what was done, and the other forms of the ladder."""
    data = f"{record.train_samples:,} / {record.val_samples:,} / {record.test_samples:,}"
    screen.say(f"{record.network} on {record.target}: train / val / test: {data} samples, seed {record.seed}")
    _print_scores(record)
    _print_flash(record)
    _print_layers(record)
    _print_costs(record)
    for rung in record.rungs:
        for said in (*rung.notes, rung.no_gain, rung.unmeasured and f"not measured: {rung.unmeasured}"):
            if said:
                screen.say(f"{rung.step}: {said}")
    _print_search(record)
    _print_variants(record)
    for where, warning in record.all_warnings():
        screen.say_warning(f"{where}: {warning}")


def _print_scores(record: CompressionRecord) -> None:
    columns = [Column("step", "name"), Column("float network"), Column("reference")]
    columns += [Column("of samples"), Column("emulated core"), Column("of samples"), Column("bit exact", "name", 1)]
    rows = []
    for rung in record.rungs:
        core = None if rung.firmware is None else rung.firmware.core
        exact = "-" if core is None else "yes"
        samples = "-" if core is None else number(core.samples)
        judged = "-" if rung.reference is None else number(rung.reference.samples)
        cells = [_share(rung.float_score), _share(rung.reference), judged, _share(core), samples, exact]
        rows.append([rung.step, *cells])
    screen.print_table(f"accuracy (float network: of all {record.test_samples:,} test samples)", columns, rows)


def _print_flash(record: CompressionRecord) -> None:
    """Bytes by kind: of weights, then the decoder, then the rest."""
    kinds = [k for k in OF_WEIGHTS if any(r.firmware and r.firmware.kinds.get(k) for r in record.rungs)]
    columns = [Column("step", "name"), *(Column(k, spare=1) for k in kinds), Column("all for weights")]
    columns += [
        Column("decoder"),
        Column("smaller by"),
        Column("other code", spare=3),
        Column("other constants", spare=4),
    ]
    columns += [Column("flash")]
    rows = [_flash_row(record, rung, kinds) for rung in record.rungs]
    against = f"smaller by: against {number(record.float_bytes)} bytes in float32, decoder included"
    screen.print_table(f"bytes of flash ({against})", columns, rows)


def _print_layers(record: CompressionRecord) -> None:
    """What the constants of each layer take at the end."""
    last = record.rungs[-1].firmware
    if last is None:
        return
    parts = [p for p in last.parts if p.layer and p.kind in OF_WEIGHTS]
    kinds = [k for k in OF_WEIGHTS if any(p.kind == k for p in parts)]
    columns = [Column("layer", "name"), *(Column(k, spare=1) for k in kinds), Column("all for weights")]
    rows = []
    for layer in dict.fromkeys(p.layer for p in parts):
        own = bytes_by_kind(p for p in parts if p.layer == layer)
        rows.append([layer, *(number(own.get(k, 0)) for k in kinds), number(sum(own.values()))])
    screen.print_table(f"bytes of flash by layer, after {record.rungs[-1].step}", columns, rows)


def _flash_row(record: CompressionRecord, rung: Rung, kinds: Sequence[str]) -> list[str]:
    f = rung.firmware
    if f is None:
        return [rung.step, *["-"] * (len(kinds) + 6)]
    found, factor = f.kinds, record.factor(rung)
    cells = [number(found.get(k, 0)) for k in kinds] + [number(f.weight_bytes), number(f.decoder_bytes)]
    other = sum(size for kind, size in found.items() if kind in ("tables", "other"))
    cells += ["-" if factor is None else f"{factor:.1f}", number(found.get("code", 0)), number(other)]
    return [rung.step, *cells, number(f.memory.flash_bytes)]


def _print_costs(record: CompressionRecord) -> None:
    energy = any(r.firmware is not None and r.firmware.energy_uj is not None for r in record.rungs)
    cycles = next((r.firmware.cycles_are for r in record.rungs if r.firmware and r.firmware.cycles_are), None)
    columns = [Column("step", "name"), Column("RAM"), Column("of it arena", spare=2), Column("instructions")]
    columns += [Column(f"{cycles} cycles")] * (cycles is not None) + [Column("uJ")] * energy
    rows = []
    for rung in record.rungs:
        f = rung.firmware
        cells = (
            [None] * 5
            if f is None
            else [f.memory.ram_bytes, f.memory.arena_bytes, f.instructions, f.cycles, f.energy_uj]
        )
        kept = cells[:3] + cells[3:4] * (cycles is not None) + cells[4:] * energy
        rows.append([rung.step, *(number(c, int(isinstance(c, float))) for c in kept)])
    screen.print_table("one inference", columns, rows)


def _print_variants(record: CompressionRecord) -> None:
    """The last rung of each form of the ladder, beside the recipe's own."""
    if not record.variants:
        return
    columns = [
        Column("ladder", "name"),
        Column("accuracy"),
        Column("all for weights and decoder"),
        Column("smaller by"),
    ]
    columns += [Column("flash"), Column("RAM"), Column("instructions", spare=1), Column("cycles")]
    forms = [Variant("as in the recipe", record.rungs), *record.variants]
    screen.print_table("other forms of the ladder, at their end", columns, [_variant_row(record, v) for v in forms])


def _variant_row(record: CompressionRecord, variant: Variant) -> list[str]:
    last = variant.rungs[-1]
    f, factor = last.firmware, record.factor(last)
    if f is None:
        return [variant.label, _share(last.best), *["-"] * 6]
    cells = [f.weight_bytes + f.decoder_bytes, f.memory.flash_bytes, f.memory.ram_bytes, f.instructions, f.cycles]
    shown = list(map(number, cells))
    return [variant.label, _share(last.best), shown[0], "-" if factor is None else f"{factor:.1f}", *shown[1:]]


def _print_search(record: CompressionRecord) -> None:
    """How sensitive layers are, and the Pareto front of the trials."""
    search = record.search
    if search is None:
        return
    if search.sensitivities:
        columns = [Column("layer", "name"), Column("option", "name"), Column("value"), Column("accuracy")]
        rows = [[s.layer, s.option, _value(s.value), percent(s.share)] for s in search.sensitivities]
        screen.print_table("each layer alone, not trained after", columns, rows)
    columns = [Column("trial"), Column("accuracy"), Column("flash"), Column("arena"), Column(search.unit or "time")]
    columns += [Column("settings", "prose")]
    front = [search.trials[k] for k in search.front]
    rows = [_trial_row(t, t.number == search.chosen) for t in sorted(front, key=lambda t: t.flash_bytes or 0)]
    title = (
        f"Pareto front of {len(search.trials)} trials: {number(search.samples)} validation samples, estimated firmware"
    )
    screen.print_table(title, columns, rows)
    failed = [t for t in search.trials if t.failed]
    if failed:
        screen.say(f"{len(failed)} trials made no network, the first: {failed[0].failed}")
    if search.chosen is not None:
        why = "the best within the budgets" if search.met else "the nearest to the budgets"
        screen.say(f"* trial {search.chosen + 1} is {why}; below it is built and measured")


def _trial_row(trial: Trial, chosen: bool) -> list[str]:
    figures = map(number, (trial.flash_bytes, trial.arena_bytes, trial.time))
    settings = ", ".join(f"{name} {_value(value)}" for name, value in trial.values.items())
    return [f"{'* ' if chosen else ''}{trial.number + 1}", percent(trial.share), *figures, settings]


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _share(judged: Judged | None) -> str:
    if judged is None:
        return "-"
    return percent(judged.score.accuracy) if judged.score.accuracy is not None else f"R² {number(judged.score.r2, 4)}"


def print_methods(
    known: Mapping[str, Method], options: Mapping[str, Mapping[str, str]], shared: Mapping[str, str]
) -> None:
    """What steps there are, what they take and make, and their options; those of all trainings once."""
    for name, method in known.items():
        # Of a training only what has another default than that of the others.
        own = {key: value for key, value in options[name].items() if shared.get(key) != value}
        trains = set(shared) <= set(options[name])
        screen.say(f"{name}: {' or '.join(method.takes)} -> {method.makes}{', with a training' * trains}")
        _say_options(own)
    screen.say("of every training, if nothing else is said:")
    _say_options(shared)


def _say_options(options: Mapping[str, str]) -> None:
    text = ", ".join(f"{key} {value}" for key, value in options.items()) or "no options"
    screen.say("\n".join(f"    {line}" for line in fold(text, (screen.width() or LIST_COLUMNS) - 4)))
