"""C of a cascade whose model of words hears one step in so many while it sleeps: the parts that such a one has more."""

from __future__ import annotations

from dataclasses import dataclass

from lapel.codegen.program import ModelPart


@dataclass(frozen=True)
class Refreshing:
    """Texts at their places, each of whole lines; empty without a refresh. define: in the header; field, zero: of the
    state, and its first value; function, call: of each step that is slept through; clear: where one is heard."""

    define: str = ""
    field: str = ""
    zero: str = ""
    function: str = ""
    call: str = ""
    clear: str = ""


def refreshing(upper: str, words: ModelPart, steps: int) -> Refreshing:
    """The parts of a program. upper: of its macros; steps: in which one is heard, 0 for none."""
    if not steps:
        return Refreshing()
    nothing = ", ".join("0" for _ in words.outputs)
    return Refreshing(
        define=f"""/* Of the steps that it sleeps through it hears one in so many, lest its state grows old. */
#define {upper}_LISTEN_REFRESH_STEPS {steps}
""",
        field="    uint32_t passed; /* steps that it slept through, since the last one that it heard */\n",
        zero="0, ",
        function=f"""/* The oldest step is about to go: the model of words may hear it, and nothing is detected. */
static void refresh(void)
{{
    if (ears.slept == SLOTS && ++ears.passed == {upper}_LISTEN_REFRESH_STEPS) {{
        ears.passed = 0;
        {words.prefix}_invoke(ring + (size_t)ears.slot * {upper}_LISTEN_STEP_SAMPLES, {nothing});
        ears.heard++;
    }}
}}

""",
        call="        refresh();\n",
        clear="    ears.passed = 0;\n",
    )


__all__ = ["Refreshing", "refreshing"]
