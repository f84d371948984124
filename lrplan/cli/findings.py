"""Commands that judge curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lrplan.cli.app import app, finish
from lrplan.cli.options import (
    Align,
    Debug,
    Device,
    Engine,
    EngineOption,
    FailOn,
    Fields,
    Listing,
    Names,
    NoCache,
    Output,
    Quiet,
    Report,
    ResumeAt,
    ResumeFrom,
    ResumeTraining,
    Rules,
    Spec,
    StepOptimizer,
    Theme,
    Trust,
    request_from,
    resume_options,
    split_commas,
)

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal
    from lrplan.errors import ExitStatus


@app.command()
def validate(
    specs: Annotated[
        list[str],
        typer.Argument(metavar="SPEC", help="Specs, patterns, folders, or - for a stream."),
    ],
    output_format: Annotated[
        Report, typer.Option("--format", "-f", help="How to report.")
    ] = Report.text,
    output: Output = None,
    select: Rules = None,
    ignore: Rules = None,
    fail_on: FailOn = None,
    torch: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Check against this release of torch, e.g. 1.13."),
    ] = None,
    static: Annotated[
        bool, typer.Option("--static", help="Only the rules that need no curve; loads no torch.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Also count findings by rule.")
    ] = False,
    locked: Annotated[
        bool, typer.Option("--locked", help="Also compare with the lock beside each spec.")
    ] = False,
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
    """Check specs for known pitfalls, each with line, column, cost and fix."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.validate import ValidateOptions, selection
        from lrplan.commands.validate import validate as command
        from lrplan.lint.context import parse_version

        options = ValidateOptions(
            output_format=output_format.value,
            output=output,
            static=static,
            torch=None if torch is None else parse_version(torch),
            statistics=statistics,
            locked=locked,
            request=request_from(
                device,
                engine,
                step_optimizer=step_optimizer,
                trust=trust,
                no_cache=no_cache,
                get_lr=True,
            ),
            resume=resume_options(resume_at, resume_from, resume_training),
        )
        chosen = selection(split_commas(select), split_commas(ignore), fail_on)
        return command(specs, chosen, options, terminal)

    finish(run, quiet=quiet, debug=debug)


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name or code.")],
    debug: Debug = False,
) -> None:
    """Show a rule's page: what happens, what it costs, how to fix it."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.explain import explain as command

        return command(rule, terminal.results)

    finish(run, debug=debug)


@app.command()
def rules(
    output_format: Annotated[
        Listing, typer.Option("--format", "-f", help="How to list.")
    ] = Listing.text,
    debug: Debug = False,
) -> None:
    """List every rule, by family."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.rules import rules as command

        return command(terminal.results, output_format=output_format.value)

    finish(run, debug=debug)


@app.command()
def compare(
    operands: Annotated[
        list[str],
        typer.Argument(
            metavar="A [B]",
            help="Specs, SPEC:NAME, locks, or CSV and JSON exports; one spec alone compares its"
            " first schedule with the others.",
        ),
    ],
    align: Annotated[
        Align, typer.Option(help="Lay runs side by side by step, epoch, or share of the run.")
    ] = Align.step,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="A=B", help="Groups to compare under different names."),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(metavar="X", help="Largest difference allowed, as a share of the peak."),
    ] = None,
    field: Fields = None,
    output_format: Annotated[
        Listing, typer.Option("--format", "-f", help="How to report.")
    ] = Listing.text,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUT", help="A picture: .png, .svg or .pdf."),
    ] = None,
    theme: Annotated[Theme, typer.Option(help="Background and ink.")] = Theme.light,
    device: Device = "cpu",
    engine: EngineOption = Engine.auto,
    step_optimizer: StepOptimizer = False,
    trust: Trust = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Say in words and numbers what sets curves apart; exit status 1 when they differ."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.compare import CompareOptions
        from lrplan.commands.compare import compare as command
        from lrplan.comparison import TOLERANCE
        from lrplan.render.picture_options import PictureOptions

        options = CompareOptions(
            align=align.value,
            groups=split_commas(group),
            fields=split_commas(field),
            tolerance=TOLERANCE if tolerance is None else tolerance,
            output_format=output_format.value,
            output=output,
            picture=PictureOptions(theme=theme.value),
            request=request_from(
                device, engine, step_optimizer=step_optimizer, trust=trust, no_cache=no_cache
            ),
        )
        return command(operands, options, terminal)

    finish(run, quiet=quiet, debug=debug)


@app.command()
def lock(
    spec: Spec,
    names: Names = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when a curve has drifted.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Another file than SPEC-stem.lrplan.lock."
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(metavar="X", help="What later checks allow, as a share of the peak."),
    ] = None,
    device: Device = "cpu",
    engine: EngineOption = Engine.auto,
    step_optimizer: StepOptimizer = False,
    trust: Trust = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Pin the curves of a spec in a file beside it."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.lock import lock as command

        request = request_from(
            device, engine, step_optimizer=step_optimizer, trust=trust, no_cache=no_cache
        )
        return command(
            spec,
            names or (),
            terminal,
            request,
            check=check,
            output=output,
            tolerance=tolerance,
        )

    finish(run, quiet=quiet, debug=debug)
