"""The loop in C that calls a model for consecutive samples of arrays: what a library of this computer exports."""

from __future__ import annotations

from lapel.codegen.interface import Port

RUN, RESET = "lapel_loop_run", "lapel_loop_reset"
"""The functions of the library: void run(ports, first, end, reset_every), and void reset(void)."""


def loop_text(prefix: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...], *, stateful: bool) -> str:
    """Text of a source beside `<prefix>.c`, which is compiled with it.

    stateful: the model has an `<prefix>_reset`; of another one reset does nothing.
    """
    arguments = [f"(const {p.ctype} *)at(&ports[{k}], call)" for k, p in enumerate(inputs)]
    arguments += [f"({p.ctype} *)at(&ports[{len(inputs) + k}], call)" for k, p in enumerate(outputs)]
    reset = f"    {prefix}_reset();\n" if stateful else ""
    return (
        f'#include <stddef.h>\n#include <stdint.h>\n\n#include "{prefix}.h"\n\n'
        '#define LAPEL_EXPORT __attribute__((visibility("default")))\n\n'
        "/* An array of samples: the first one, and bytes from each to the next. */\n"
        "typedef struct {\n    uint8_t *first;\n    ptrdiff_t step_bytes;\n} lapel_samples;\n\n"
        f"LAPEL_EXPORT void {RESET}(void);\n"
        f"LAPEL_EXPORT void {RUN}(const lapel_samples *ports, size_t first, size_t end, size_t reset_every);\n\n"
        "static void *at(const lapel_samples *samples, size_t call)\n{\n"
        "    return samples->first + (ptrdiff_t)call * samples->step_bytes;\n}\n\n"
        f"void {RESET}(void)\n{{\n{reset}}}\n\n"
        "/* ports: inputs, then outputs. reset_every: samples of a sequence; 0: no reset. */\n"
        f"void {RUN}(const lapel_samples *ports, size_t first, size_t end, size_t reset_every)\n{{\n"
        "    for (size_t call = first; call < end; call++) {\n"
        "        if (reset_every != 0 && call % reset_every == 0) {\n"
        f"            {RESET}();\n        }}\n"
        f"        {prefix}_invoke({', '.join(arguments)});\n"
        "    }\n}\n"
    )
