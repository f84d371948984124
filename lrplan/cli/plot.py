"""``lrplan plot``."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum
from typing import Annotated

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import (
    Fields,
    Findings,
    GetLr,
    NamesOrValues,
    SpecOrType,
    Theme,
    ThemeOption,
    columns,
    quiet,
    request,
    resume,
    source,
    split_commas,
    typed,
)
from lrplan.errors import ExitStatus, UsageError


class Axis(str, Enum):
    """Units of the x axis."""

    step = "step"
    epoch = "epoch"


_PICTURE = "Picture"

EXAMPLES = (
    "lrplan plot schedules.yaml",
    "lrplan plot schedules.yaml warmup-cosine --log -o lr.svg",
    "lrplan plot CosineAnnealingLR T_max=100 lr=0.1 --epochs 100 --term",
)
"""Command lines at the end of the help."""


@command(typed, resume, source, columns, request, quiet)
def plot(
    shared: SharedOptions,
    spec: SpecOrType,
    names: NamesOrValues = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="A .png, .svg or .pdf file; - is PNG on standard output."
            "  \\[default: SPEC's name with .png]",
        ),
    ] = None,
    in_terminal: Annotated[
        bool, typer.Option("--term", help="Draw in the terminal, and write no file.")
    ] = False,
    x: Annotated[
        Axis, typer.Option("--x", rich_help_panel=_PICTURE, help="Unit of the x axis.")
    ] = Axis.step,
    field: Fields = None,
    log: Annotated[
        bool | None,
        typer.Option(
            "--log/--no-log",
            rich_help_panel=_PICTURE,
            help="Logarithmic or linear y axis."
            "  \\[default: logarithmic where the peaks of groups differ more than 10 times]",
        ),
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="STEP",
            rich_help_panel=_PICTURE,
            help="Draw from this step on, or from 2ep or 10%.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="STEP",
            rich_help_panel=_PICTURE,
            help="Draw up to this step, or to 2ep or 10%.",
        ),
    ] = None,
    get_lr: GetLr = False,
    theme: ThemeOption = Theme.light,
    dpi: Annotated[
        int,
        typer.Option(min=20, max=1200, rich_help_panel=_PICTURE, help="Dots per inch of a PNG."),
    ] = 200,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="WxH",
            rich_help_panel=_PICTURE,
            help="Size of the picture in inches, such as 8x4.5.",
        ),
    ] = None,
    marks: Annotated[
        bool,
        typer.Option(
            "--marks/--no-marks",
            rich_help_panel=_PICTURE,
            help="Mark peaks, warm-up and milestones.",
        ),
    ] = True,
    findings: Findings = True,
) -> ExitStatus:
    """Draw the learning rate of every step, per parameter group."""
    from lrplan.commands.plot import plot as run
    from lrplan.commands.plot import print_plot
    from lrplan.commands.typed_schedule.schedule import print_spec, with_typed_words
    from lrplan.commands.window import Window
    from lrplan.render.picture_options import PictureOptions

    options = PictureOptions(
        x=x.value,
        fields=split_commas(field),
        log=log,
        get_lr=get_lr,
        dpi=dpi,
        size=size_in_inches(size),
        theme=theme.value,
        marks=marks,
        findings=findings,
    )
    window = Window(begin or "", until or "")
    request = replace(shared.request, get_lr=get_lr)
    chosen, request = with_typed_words(spec, names or (), request, shared.typed)
    if shared.typed.print_spec:
        return print_spec(request, shared.terminal)
    if in_terminal:
        if output is not None or size is not None:
            raise UsageError("--term draws in the terminal: leave out --output and --size")
        return print_plot(
            *(spec, chosen, options, shared.terminal, request), resume=shared.resume, window=window
        )
    return run(
        *(spec, chosen, output, options, shared.terminal, request),
        resume=shared.resume,
        window=window,
    )


def size_in_inches(text: str | None) -> tuple[float, float] | None:
    """``8x4.5`` as width and height.

    Raises:
        UsageError: it is not two numbers, or no sensible size.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[xX,]\s*(\d+(?:\.\d+)?)", text.strip())
    size = (float(match[1]), float(match[2])) if match else None
    if size is None or not all(0.5 <= side <= 200 for side in size):
        raise UsageError(f"--size {text!r}: give width and height in inches, such as 8x4.5")
    return size
