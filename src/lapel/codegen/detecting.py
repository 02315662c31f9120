"""The detector in C, a part of what listens: scores of words -> sums, and the word that is most above its threshold.

It works on a variable `ears`, of which it has the fields below, and knows steps alone. Equal to
`lapel.audio.detector.Detecting`.
"""

from __future__ import annotations

from lapel.codegen.interface import Port
from lapel.codegen.names import comment
from lapel.records import Detector

FORGETTING = """/* The next steps do not count, and what counted is forgotten. */
static void be_quiet(uint16_t steps)
{
    ears.quiet = steps;
    ears.at = 0;
    memset(ears.sums, 0, sizeof ears.sums);
    memset(ears.rings, 0, sizeof ears.rings);
}

/* Adds a score of a word; by how much the sum is above its threshold. */
static int32_t add_score(uint8_t word, uint8_t score, uint16_t threshold_sum)
{
    uint8_t *oldest = &ears.rings[word][ears.at];

    ears.sums[word] = (uint16_t)(ears.sums[word] + score - *oldest);
    *oldest = score;
    return (int32_t)ears.sums[word] - (int32_t)threshold_sum;
}
"""
"""Functions that need `memset`."""


def fields_text(upper: str) -> str:
    """The fields of `ears`; their initial values: the warm-up, and zeros."""
    return f"""    uint16_t quiet;  /* steps that still do not count */
    uint8_t at;      /* place of the next scores in the rings */
    uint16_t sums[{upper}_LISTEN_WORD_COUNT];
    uint8_t rings[{upper}_LISTEN_WORD_COUNT][{upper}_LISTEN_SMOOTHING];
"""


def looking_text(upper: str, scores: str, y: Port, d: Detector) -> str:
    """In a function with `excess`, `most` and `found`: from a step's scores, an array, to `found`; it returns 0 if
    there is none."""
    return f"""    if (ears.quiet > 0) {{
        ears.quiet--;
        return 0;
    }}
{_words_text(scores, y, d)}    ears.at = (uint8_t)(ears.at + 1 < {upper}_LISTEN_SMOOTHING ? ears.at + 1 : 0);
    if (most < 0) {{
        return 0;
    }}
"""


def _words_text(scores: str, y: Port, d: Detector) -> str:
    """For each word its score as 0..255, and the one that is the most above its threshold; the first of equal ones."""
    offset = " + 128" if y.type.dtype == "int8" else ""
    return "".join(
        f"    excess = add_score({w}, (uint8_t)({scores}[{output}]{offset}), {threshold}u);"
        f" /* {comment(word, 40)} */\n"
        f"    if (excess > most) {{\n        most = excess;\n        found = {w};\n    }}\n"
        for w, (word, output, threshold) in enumerate(zip(d.words, d.outputs, d.threshold_sums, strict=True))
    )
