"""`lapel report`: pictures of builds and other records, in one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

import lapel
from lapel.cli import options, screen
from lapel.files import check_file, check_writable, make_folder, write_file


@click.command("report")
@click.argument(
    "sources", nargs=-1, required=True, metavar="BUILD...", callback=lambda c, p, v: tuple(map(Path, v)),
    shell_complete=options.complete_path,
)  # fmt: skip
@click.option(
    "-o", "--out", metavar="FILE", callback=options.path, shell_complete=options.complete_path,
    help="The page; report.html if not given.",
)  # fmt: skip
@options.path_option("--svg", "folder", help="A folder for the pictures, a file each.")
@options.path_option("--data", "data", help="A folder for Perfetto, Model Explorer and flame graphs, a file each.")
@options.path_option("--model", help="The model of a build, whose weights are drawn, too.")
@options.BOARDS
def COMMAND(
    sources: tuple[Path, ...], out: Path | None, folder: Path | None, data: Path | None, model: Path | None
) -> int:
    """Draw what is known of BUILD, the folder of a build or a record's JSON file; of several, how they differ.

    One page of HTML without script or anything from elsewhere: memory over time, where the time goes, and what else the
    records have. Nothing is built or run. Of `lapel run --json > run.json` the record may stand beside its build.
    """
    page = check_file(out or Path("report.html"), sources)
    for wanted in filter(None, (folder, data)):
        check_writable(wanted)
    with screen.stages() as progress:
        progress("drawing")
        made = lapel.report(sources, model=model)
        write_file(page, made.html.encode())
        written = [*_write(folder, made.pictures), *_write(data, made.data)]
    screen.say_lines(f"written: {page}, {len(made.html.encode()):,} bytes, {len(made.pictures)} pictures")
    for path in written:
        screen.say_lines(f"  {path}")
    return 0


def _write(folder: Path | None, contents: Mapping[str, str]) -> Iterator[Path]:
    """Files in a folder, which is made; nothing without one."""
    if folder is not None:
        make_folder(folder)
        for name, text in contents.items():
            write_file(folder / name, text.encode())
            yield folder / name
