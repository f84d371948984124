"""Commands that show or write curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lrplan.cli.app import app, finish
from lrplan.cli.options import (
    Axis,
    Debug,
    Device,
    Engine,
    EngineOption,
    Exported,
    Fields,
    Findings,
    GetLr,
    Names,
    NoCache,
    Output,
    Quiet,
    ResumeAt,
    ResumeFrom,
    ResumeTraining,
    Spec,
    StepOptimizer,
    Theme,
    Trust,
    request_from,
    resume_options,
    size_in_inches,
    split_commas,
)

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal
    from lrplan.errors import ExitStatus


@app.command()
def plot(
    spec: Spec,
    names: Names = None,
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
    x: Annotated[Axis, typer.Option("--x", help="What the x axis counts.")] = Axis.step,
    field: Fields = None,
    log: Annotated[bool, typer.Option("--log", help="Logarithmic y axis.")] = False,
    get_lr: GetLr = False,
    theme: Annotated[Theme, typer.Option(help="Background and ink.")] = Theme.light,
    dpi: Annotated[int, typer.Option(min=20, max=1200, help="Dots per inch of a PNG.")] = 150,
    size: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="Size of the picture in inches, such as 8x4.5."),
    ] = None,
    marks: Annotated[
        bool, typer.Option("--marks/--no-marks", help="Mark peaks, warm-up and milestones.")
    ] = True,
    findings: Findings = True,
    resume_at: ResumeAt = None,
    resume_from: ResumeFrom = None,
    resume_training: ResumeTraining = None,
    device: Device = "cpu",
    engine: EngineOption = Engine.auto,
    step_optimizer: StepOptimizer = False,
    trust: Trust = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw the learning rate that every step is given, per parameter group."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.plot import plot as command
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
        request = request_from(
            device,
            engine,
            step_optimizer=step_optimizer,
            trust=trust,
            no_cache=no_cache,
            get_lr=get_lr,
        )
        resume = resume_options(resume_at, resume_from, resume_training)
        return command(spec, names or (), output, options, terminal, request, resume=resume)

    finish(run, quiet=quiet, debug=debug)


@app.command()
def table(
    spec: Spec,
    names: Names = None,
    every: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="A row for every N-th step."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="At most N of the steps that matter."),
    ] = None,
    field: Fields = None,
    get_lr: GetLr = False,
    findings: Findings = True,
    resume_at: ResumeAt = None,
    resume_from: ResumeFrom = None,
    resume_training: ResumeTraining = None,
    device: Device = "cpu",
    engine: EngineOption = Engine.auto,
    step_optimizer: StepOptimizer = False,
    trust: Trust = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Print the steps that matter, per parameter group, and a summary."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.table import table as command

        request = request_from(
            device,
            engine,
            step_optimizer=step_optimizer,
            trust=trust,
            no_cache=no_cache,
            get_lr=get_lr,
        )
        return command(
            spec,
            names or (),
            terminal,
            request,
            fields=split_commas(field) or ("lr",),
            every=every,
            rows=rows,
            findings=findings,
            resume=resume_options(resume_at, resume_from, resume_training),
        )

    finish(run, quiet=quiet, debug=debug)


@app.command()
def export(
    spec: Spec,
    names: Names = None,
    output: Output = None,
    output_format: Annotated[
        Exported, typer.Option("--format", "-f", help="What to write.")
    ] = Exported.json,
    every: Annotated[int, typer.Option(min=1, metavar="N", help="Every N-th step only.")] = 1,
    device: Device = "cpu",
    engine: EngineOption = Engine.auto,
    step_optimizer: StepOptimizer = False,
    trust: Trust = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the numbers as JSON or CSV, or code and tables that reproduce them."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.export import export as command

        request = request_from(
            device, engine, step_optimizer=step_optimizer, trust=trust, no_cache=no_cache
        )
        return command(
            spec, names or (), output, output_format.value, terminal, request, every=every
        )

    finish(run, quiet=quiet, debug=debug)
