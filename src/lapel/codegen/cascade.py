"""`<name>_listen` of a cascade: samples, as many as come, to events: a gate, a model that listens, a check.

A pair of files beside those of a program whose models are `<name>_gate`, `<name>_words` and, where detections are
checked, `<name>_check`. Equal to `lapel.cascades.listener`, whatever the chunks. The samples of the last steps lie in a
ring of the pair's own, since the arena is the models'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lapel.audio.listener import gap_samples
from lapel.codegen.detecting import FORGETTING, fields_text, looking_text
from lapel.codegen.interface import Port
from lapel.codegen.listen import HEARD_BYTES, Hearing, listener_files
from lapel.codegen.names import comment, string_literal
from lapel.codegen.program import ModelPart, ProgramCode
from lapel.codegen.refreshing import refreshing
from lapel.records import Cascade, Detector
from lapel.runtime.source import read, without_guard
from lapel.version import VERSION

STAGES = GATE, WORDS, CHECK, ENROL = "gate", "words", "check", "enrol"
"""What the models of the program do, in the order in which it has them; the last ones may be absent."""
COUNTED_BYTES = HEARD_BYTES + 12
"""Of the adapter's outputs before the scores: those of a single listener, then the counts so far: steps, those that
were heard, checks, each as uint32."""
BITS16 = 0xFFFF


@dataclass(frozen=True)
class Check:
    """How a detection is checked: a model of the newest `frames` of features, int8 [frames, channels].

    rest: of features before there are any. outputs: of each word, the index of its score; offset: to be added to a
    score, which then is least to most; thresholds: of each word, what a score must reach. template: values of the
    model's second input, of a speaker, before whose scores it then gives an embedding of as many; 0: it has none.
    """

    frames: int
    channels: int
    rest: int
    outputs: tuple[int, ...]
    offset: int
    thresholds: tuple[int, ...]
    least: int = 0
    most: int = 255
    template: int = 0


@dataclass(frozen=True)
class Gating:
    """A cascade beside its models. channels, hops: of the features that the model of words gives with its scores, where
    there is a check."""

    asked: Cascade
    hearing: Hearing
    check: Check | None = None

    @property
    def stages(self) -> tuple[str, ...]:
        """What the program's models do, in its order."""
        if self.check is None:
            return (GATE, WORDS)
        return STAGES if self.check.template else (GATE, WORDS, CHECK)


@dataclass(frozen=True, eq=False)
class CascadeCode:
    """The C of a cascade: its program, and the pair that calls it by file name; adapter: of the pair.

    A sample of the adapter is a step's samples; its outputs are COUNTED_BYTES, with the number of events before the
    first of them, and the last scores of the model of words.
    """

    program: ProgramCode
    pair: dict[str, str]
    adapter: str

    @property
    def prefix(self) -> str:
        """Of all names."""
        return self.program.prefix

    def written(self) -> dict[str, str]:
        """What users compile and include, by file name."""
        return {**self.program.written(), **self.pair}

    def files(self) -> dict[str, str]:
        """What a compiler needs for the harness."""
        return {**self.written(), "adapter.c": self.adapter}

    def adapters(self) -> dict[str, str]:
        """The adapter for the function that it calls."""
        return {"listen": self.adapter}


def stage_names(name: str, gating: Gating) -> tuple[str, ...]:
    """Of the program's models."""
    return tuple(f"{name}_{stage}" for stage in gating.stages)


def cascade_code(program: ProgramCode, gating: Gating, template: Sequence[int] = ()) -> CascadeCode:
    """The pair for a program whose models are those of `stage_names`, in their order.

    template: of a speaker, whom the adapter enrols; nobody without one.
    """
    maker = _Maker(program, gating, template)
    header, source = listener_files(program.prefix)
    return CascadeCode(program, {header: maker.header(), source: maker.source()}, maker.adapter())


class _Maker:
    """Texts of one cascade."""

    def __init__(self, program: ProgramCode, gating: Gating, template: Sequence[int] = ()) -> None:
        self.template = template
        self.prefix, self.upper = program.prefix, program.prefix.upper()
        self.asked, self.check = gating.asked, gating.check
        self.detector: Detector = gating.hearing.detector
        self.rate_hz = gating.hearing.rate_hz
        self.parts = dict(zip(gating.stages, program.parts, strict=True))
        self.step = self.port(WORDS).type.size
        self.refreshing = refreshing(self.upper, self.parts[WORDS], self.asked.refresh_steps)

    def port(self, stage: str, output: int | None = None) -> Port:
        """A model's first input, or one of its outputs."""
        part = self.parts[stage]
        return part.inputs[0] if output is None else part.outputs[output]

    def place(self, stage: str, output: int | None = None) -> str:
        """Where that lies, in C."""
        return f"{self.parts[stage].prefix}_{self.port(stage, output).cname}"

    def banner(self) -> str:
        words = ", ".join(comment(w, 40) for w in self.detector.words)
        models = ", ".join(part.prefix for part in self.parts.values())
        return (
            f"/* {self.prefix}_listen: generated by lapel {VERSION}. Do not edit.\n"
            f" * Calls {models} of {self.prefix}.c, and listens for: {words}. License: Apache-2.0. */\n"
        )

    def header(self) -> str:
        d, upper, prefix = self.detector, self.upper, self.prefix
        words = ", \\\n    ".join(map(string_literal, d.words))
        return f"""{self.banner()}
#ifndef {upper}_LISTEN_H
#define {upper}_LISTEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* Samples: 16 bits, one channel, at this rate. A step takes so many of them. */
#define {upper}_LISTEN_RATE_HZ {self.rate_hz}
#define {upper}_LISTEN_STEP_SAMPLES {self.step}

/* The words in the order of their numbers, as in
 * const char *const names[] = {upper}_LISTEN_WORDS; */
#define {upper}_LISTEN_WORD_COUNT {len(d.words)}
#define {upper}_LISTEN_WORDS {{ \\
    {words} }}

/* Each step is looked at by the gate. Behind so many active ones in a row the model of words listens, and goes on for
 * so many steps after the last such one; it begins with so many steps before it, whose samples are kept. */
#define {upper}_LISTEN_ONSET_STEPS {self.asked.onset_steps}
#define {upper}_LISTEN_HANGOVER_STEPS {self.asked.hangover_steps}
#define {upper}_LISTEN_PREROLL_STEPS {self.asked.preroll_steps}
{self.refreshing.define}
/* Steps that do not count: after the model of words began to listen, and after an event. Scores that are summed. */
#define {upper}_LISTEN_WARMUP_STEPS {d.warmup_steps}
#define {upper}_LISTEN_REFRACTORY_STEPS {d.refractory_steps}
#define {upper}_LISTEN_SMOOTHING {d.smoothing}

/* A gap of at least so many samples begins anew. */
#define {upper}_LISTEN_GAP_SAMPLES {gap_samples(d, self.step)}u

typedef struct {{
    size_t taken;  /* of the samples that were given, how many were taken */
    uint32_t step; /* of the event, since the last reset: it ends at sample (step + 1) * {upper}_LISTEN_STEP_SAMPLES */
    uint8_t word;
    uint8_t score; /* mean of the last scores, 0..255 */
}} {prefix}_event;

/* Since the last reset. */
typedef struct {{
    uint32_t steps;  /* that the gate looked at */
    uint32_t heard;  /* that the model of words computed */
    uint32_t checks; /* detections that were checked, by which they pass or are dropped */
}} {prefix}_counts;

/* Takes samples until a word is detected (1), or all of them (0). They may come in any number, and lie at any address.
 * The arena must be kept. So that none is lost, and all steps of the pre-roll are heard:
 *
 *     while ({prefix}_listen(samples, count, &event)) {{
 *         …
 *         samples += event.taken;
 *         count -= event.taken;
 *     }}
 *
 * A null pointer stands for silence. The call in which the model of words begins takes as long as
 * {upper}_LISTEN_PREROLL_STEPS + 1 of its steps: samples that come meanwhile must wait for so long. */
int {prefix}_listen(const int16_t *samples, size_t count, {prefix}_event *event);

/* `count` samples were lost. Fewer than {upper}_LISTEN_GAP_SAMPLES are taken as silence, with the loop above (less
 * event.taken in each turn); after more of them all is forgotten but for the gate's noise floor, and steps are counted
 * on. */
int {prefix}_listen_gap(uint32_t count, {prefix}_event *event);

/* As at the start of the program, where it need not be called. */
void {prefix}_listen_reset(void);

void {prefix}_listen_counts({prefix}_counts *counts);
{self._template_declaration()}
#ifdef __cplusplus
}}
#endif

#endif /* {upper}_LISTEN_H */
"""

    def source(self) -> str:
        prefix, upper = self.prefix, self.upper
        filled, more = "uint16_t" if self.step <= BITS16 else "uint32_t", self.refreshing.zero
        fields = self.refreshing.field + fields_text(upper)
        includes = "".join(f'#include "{part.prefix}.h"\n' for part in self.parts.values())
        return f"""{self.banner()}
{without_guard(read("memory.h"))}
{includes}#include "{prefix}_listen.h"

#define SLOTS ({upper}_LISTEN_PREROLL_STEPS + 1u)

static int16_t ring[SLOTS * {upper}_LISTEN_STEP_SAMPLES]; /* the last steps, and the one that samples come to */
{self._features()}
static struct {{
    uint32_t steps;  /* since the reset */
    uint32_t heard;  /* of them, by the model of words */
    uint32_t checks;
    {filled} filled; /* samples of the step that they come to */
    uint32_t slot;   /* in the ring, of that step */
    uint32_t behind; /* steps before it that the model of words has still to hear */
    uint32_t slept;  /* steps since the last one that it heard, at most SLOTS */
    uint32_t open;   /* steps that it goes on for */
    uint32_t active; /* active steps in a row, at most {upper}_LISTEN_ONSET_STEPS */
{fields}}} ears = {{0, 0, 0, 0, 0, 0, 0, 0, 0, {more}{upper}_LISTEN_WARMUP_STEPS, 0, {{0}}, {{{{0}}}}}};

{FORGETTING}
{self._forget()}
{self._gate()}
{self._open()}
{self._checking()}{self._hear()}
{self._listen(filled)}"""

    def _template_declaration(self) -> str:
        """What enrols a speaker."""
        if self.check is None or not self.check.template:
            return ""
        prefix, upper, part = self.prefix, self.upper, self.parts[ENROL]
        utterances = part.inputs[0].type.shape[0]
        return f"""
/* A speaker: until a template is set every detection passes, whoever said the word. So {utterances} detections give
 * {utterances} embeddings, one behind the other, and
 *     {part.prefix}_invoke(embeddings, template, alike);
 * a template, and how alike each is to it; which is for the application to keep and to set after each start. */
#define {upper}_LISTEN_UTTERANCES {utterances}
#define {upper}_LISTEN_TEMPLATE_BYTES {self.check.template}
void {prefix}_listen_embedding(int8_t *embedding); /* of the last detection */
void {prefix}_listen_template(const int8_t *values); /* a null pointer: of nobody */
"""

    def _template_fields(self) -> str:
        if self.check is None or not self.check.template:
            return ""
        size = self.check.template
        return f"static int8_t embedding[{size}], speaker[{size}]; /* of the last detection; who has to say it */\n" + (
            "static uint8_t enrolled;\n"
        )

    def _template_functions(self) -> str:
        if self.check is None or not self.check.template:
            return ""
        prefix = self.prefix
        return f"""
void {prefix}_listen_embedding(int8_t *to)
{{
    memcpy(to, embedding, sizeof embedding);
}}

void {prefix}_listen_template(const int8_t *values)
{{
    enrolled = values != 0;
    if (values != 0) {{
        memcpy(speaker, values, sizeof speaker);
    }}
}}
"""

    def _features(self) -> str:
        if self.check is None:
            return ""
        size = self.check.frames * self.check.channels
        return f"""
/* The newest features, a ring of frames; how many of them are known, and where the next one comes. */
enum {{ FRAMES = {self.check.frames}, CHANNELS = {self.check.channels} }};
static int8_t features[{size}];
static uint32_t known, newest;
{self._template_fields()}"""

    def _forget(self) -> str:
        """The detector begins anew, and the features that are checked; or all does. The model of words keeps its state
        while it does not listen: the noise that its front end knows is still that of the place."""
        reset = f"    {self.parts[WORDS].prefix}_reset();\n" if self.parts[WORDS].stateful else ""
        rest = "" if self.check is None else "    known = newest = 0;\n"
        return f"""/* The model of words listens again, with the state that it had. What is left of a refractory
 * time goes on, lest the word that it still knows is heard twice. */
static void begin(void)
{{
{rest}    be_quiet(ears.quiet > {self.upper}_LISTEN_WARMUP_STEPS ? ears.quiet : {self.upper}_LISTEN_WARMUP_STEPS);
}}

static void forget(void)
{{
{reset}{rest}    be_quiet({self.upper}_LISTEN_WARMUP_STEPS);
}}
"""

    def _gate(self) -> str:
        x, y, stride = self.port(GATE), self.port(GATE, 0), self.asked.stride
        rows = y.type.size // 4
        seen = " | ".join(f"{self.place(GATE, 0)}[{4 * row + 3}]" for row in range(rows))
        return f"""/* Whether the gate finds a step active. */
static int is_active(const int16_t *samples)
{{
    int16_t *to = {self.place(GATE)};

    for (size_t i = 0; i < {x.type.size}u; i++) {{
        to[i] = samples[i * {stride}u];
    }}
    {self.parts[GATE].prefix}_invoke(0, 0);
    return ({seen}) != 0;
}}
"""

    def _open(self) -> str:
        upper = self.upper
        return f"""{self.refreshing.function}/* A step is there: how many of them the model of words has to hear. */
static void step_is_there(void)
{{
    if (!is_active(ring + (size_t)ears.slot * {upper}_LISTEN_STEP_SAMPLES)) {{
        ears.active = 0;
    }} else if (++ears.active >= {upper}_LISTEN_ONSET_STEPS) {{
        ears.active = {upper}_LISTEN_ONSET_STEPS;
        ears.open = {upper}_LISTEN_HANGOVER_STEPS + 1u;
    }}
    ears.steps++;
    ears.slot = ears.slot + 1u < SLOTS ? ears.slot + 1u : 0;
    if (ears.open == 0) {{
        ears.slept += ears.slept < SLOTS;
{self.refreshing.call}        return;
    }}
    if (ears.slept == SLOTS) {{
        begin();
        ears.slept--;
    }}
    ears.behind = ears.slept + 1u;
    ears.slept = 0;
{self.refreshing.clear}    ears.open--;
}}
"""

    def _checking(self) -> str:
        if self.check is None:
            return ""
        c, part = self.check, self.parts[CHECK]
        outputs = ", ".join(map(str, c.outputs))
        thresholds = ", ".join(map(str, c.thresholds))
        hops = self.port(WORDS, 1).type.size // c.channels
        arguments = ", ".join("0" for _ in (*part.inputs, *part.outputs))
        given, kept, output = "", "", 0
        if c.template:
            output = 1
            given = f"memcpy({part.prefix}_{part.inputs[1].cname}, speaker, sizeof speaker);\n    "
            kept = f"memcpy(embedding, {self.place(CHECK, 0)}, sizeof embedding);\n    "
            kept += "if (!enrolled) {\n        return 1;\n    }\n    "
        return f"""/* The features of the step that was heard. */
static void keep_features(void)
{{
    for (size_t i = 0; i < {hops}u; i++) {{
        memcpy(features + (size_t)newest * CHANNELS, {self.place(WORDS, 1)} + i * CHANNELS, CHANNELS);
        newest = newest + 1u < FRAMES ? newest + 1u : 0;
        known += known < FRAMES;
    }}
}}

/* Whether a detection passes: the check's model on the newest features, the oldest of them first. */
static int passes(uint8_t word)
{{
    static const uint16_t outputs[] = {{{outputs}}};
    static const int16_t thresholds[] = {{{thresholds}}};
    const size_t behind = (size_t)newest * CHANNELS, ahead = (size_t)known * CHANNELS - behind;
    int8_t *to = {self.place(CHECK)};

    memset(to, {c.rest}, sizeof features - ahead - behind);
    to += sizeof features - ahead - behind;
    memcpy(to, features + behind, ahead);
    memcpy(to + ahead, features, behind);
    {given}{part.prefix}_invoke({arguments});
    ears.checks++;
    {kept}return {self.place(CHECK, output)}[outputs[word]] + {c.offset} >= thresholds[word];
}}

"""

    def _hear(self) -> str:
        upper, part = self.upper, self.parts[WORDS]
        nothing = ", ".join("0" for _ in part.outputs)
        kept = "" if self.check is None else "    keep_features();\n"
        last = "1" if self.check is None else "passes(found)"
        looking = looking_text(upper, self.place(WORDS, 0), self.port(WORDS, 0), self.detector)
        return f"""/* The oldest step that is to be heard: the model of words, and whether there is an event. */
static int hear({self.prefix}_event *event)
{{
    const uint32_t slot = ears.slot >= ears.behind ? ears.slot - ears.behind : ears.slot + SLOTS - ears.behind;
    int32_t excess, most = -1;
    uint8_t found = 0;

    {part.prefix}_invoke(ring + (size_t)slot * {upper}_LISTEN_STEP_SAMPLES, {nothing});
    ears.behind--;
    ears.heard++;
{kept}{looking}    event->step = ears.steps - 1u - ears.behind;
    event->word = found;
    event->score = (uint8_t)(ears.sums[found] / {upper}_LISTEN_SMOOTHING);
    be_quiet({upper}_LISTEN_REFRACTORY_STEPS);
    return {last};
}}
"""

    def _listen(self, filled: str) -> str:
        prefix, upper = self.prefix, self.upper
        return f"""int {prefix}_listen(const int16_t *samples, size_t count, {prefix}_event *event)
{{
    size_t taken = 0;
    int heard = 0;

    while (!heard && (ears.behind > 0 || taken < count)) {{
        const size_t room = (size_t){upper}_LISTEN_STEP_SAMPLES - ears.filled;
        const size_t part = count - taken < room ? count - taken : room;
        uint8_t *to = (uint8_t *)(ring + (size_t)ears.slot * {upper}_LISTEN_STEP_SAMPLES + ears.filled);

        if (ears.behind > 0) {{
            heard = hear(event);
            continue;
        }}
        if (samples != 0) {{
            memcpy(to, (const uint8_t *)samples + 2 * taken, 2 * part);
        }} else {{
            memset(to, 0, 2 * part);
        }}
        taken += part;
        ears.filled = ({filled})(ears.filled + part);
        if (ears.filled == {upper}_LISTEN_STEP_SAMPLES) {{
            ears.filled = 0;
            step_is_there();
        }}
    }}
    event->taken = taken;
    return heard;
}}

int {prefix}_listen_gap(uint32_t count, {prefix}_event *event)
{{
    uint32_t rest;

    if (count < {upper}_LISTEN_GAP_SAMPLES) {{
        return {prefix}_listen(0, (size_t)count, event);
    }}
    forget();
    ears.behind = ears.slept = ears.open = ears.active = 0;
    ears.steps += count / {upper}_LISTEN_STEP_SAMPLES;
    rest = ears.filled + count % {upper}_LISTEN_STEP_SAMPLES;
    if (rest >= {upper}_LISTEN_STEP_SAMPLES) {{
        rest -= {upper}_LISTEN_STEP_SAMPLES;
        ears.steps++;
    }}
    ears.filled = ({filled})rest;
{self.refreshing.clear}    memset(ring + (size_t)ears.slot * {upper}_LISTEN_STEP_SAMPLES, 0, 2 * (size_t)rest);
    event->taken = (size_t)count;
    return 0;
}}

void {prefix}_listen_reset(void)
{{
    forget();
    {self.parts[GATE].prefix}_reset();
    ears.behind = ears.slept = ears.open = ears.active = 0;
    ears.steps = ears.heard = ears.checks = 0;
    ears.filled = 0;
{self.refreshing.clear}}}

void {prefix}_listen_counts({prefix}_counts *counts)
{{
    counts->steps = ears.steps;
    counts->heard = ears.heard;
    counts->checks = ears.checks;
}}
{self._template_functions()}"""

    def _adapter_template(self) -> str:
        values = ", ".join(map(str, self.template))
        return f"\nstatic const int8_t speaker_values[] = {{{values}}};\n" if self.template else ""

    def _adapter_enrols(self) -> str:
        return f"    {self.prefix}_listen_template(speaker_values);\n" if self.template else ""

    def adapter(self) -> str:
        prefix, upper, y = self.prefix, self.upper, self.port(WORDS, 0)
        return f"""#include "harness.h"
#include "{self.parts[WORDS].prefix}.h"
#include "{prefix}_listen.h"

static int16_t samples[{upper}_LISTEN_STEP_SAMPLES];
static {prefix}_event event;
static {prefix}_counts counts;
static uint8_t heard;

{self._adapter_template()}
void adapter_reset(void)
{{
    {prefix}_listen_reset();
{self._adapter_enrols()}}}

void adapter_read_inputs(void)
{{
    harness_read(samples, sizeof samples);
}}

void adapter_invoke(void)
{{
    {prefix}_event each;
    size_t taken = 0;

    heard = 0;
    while ({prefix}_listen(samples + taken, {upper}_LISTEN_STEP_SAMPLES - taken, &each)) {{
        event = heard > 0 ? event : each;
        heard++;
        taken += each.taken;
    }}
}}

void adapter_write_outputs(void)
{{
    const uint8_t row[{HEARD_BYTES - 4}] = {{heard, event.word, event.score, 0}};

    {prefix}_listen_counts(&counts);
    harness_write(row, sizeof row);
    harness_write(&event.step, 4);
    harness_write(&counts, sizeof counts);
    harness_write({self.place(WORDS, 0)}, {y.type.bytes}u);
}}

uint8_t *adapter_arena(void)
{{
    return {prefix}_arena;
}}

uint32_t adapter_arena_bytes(void)
{{
    return {upper}_ARENA_BYTES;
}}
"""


__all__ = ["COUNTED_BYTES", "STAGES", "CascadeCode", "Check", "Gating", "ModelPart", "cascade_code", "stage_names"]
