"""The command line: options and help. Each command is imported when it is called."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lrplan._version import __version__
from lrplan.errors import ExitStatus
from lrplan.options import (
    Align,
    Axis,
    Debug,
    Device,
    Exported,
    FailOn,
    Fields,
    Findings,
    GetLr,
    Listing,
    Names,
    Output,
    Quiet,
    Report,
    Rules,
    Spec,
    Theme,
    listed,
    size_in_inches,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.commands.terminal import Terminal

app = typer.Typer(
    name="lrplan",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Plot and tabulate PyTorch learning-rate schedules from a YAML spec, before the run.",
    epilog="Exit status: 0 fine, 1 findings, 2 wrong usage or a spec that cannot be used, "
    "3 a fault of lrplan's own.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"lrplan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


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
    device: Device = "cpu",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw the learning rate that every step is given, per parameter group."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.plot import plot as command
        from lrplan.render.picture.options import PictureOptions

        options = PictureOptions(
            x=x.value,
            fields=listed(field),
            log=log,
            get_lr=get_lr,
            dpi=dpi,
            size=size_in_inches(size),
            theme=theme.value,
            marks=marks,
            findings=findings,
        )
        return command(spec, names or (), output, options, terminal, device=device)

    _finish(run, quiet=quiet, debug=debug)


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
    device: Device = "cpu",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Print the steps that matter, per parameter group, and a summary."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.table import table as command

        return command(
            spec,
            names or (),
            terminal,
            fields=listed(field) or ("lr",),
            every=every,
            rows=rows,
            get_lr=get_lr,
            findings=findings,
            device=device,
        )

    _finish(run, quiet=quiet, debug=debug)


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
    device: Device = "cpu",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Check specs for known pitfalls, each with line, column, cost and fix."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.validate import ValidateOptions, selection
        from lrplan.commands.validate import validate as command
        from lrplan.rules._context import parse_version

        options = ValidateOptions(
            output_format=output_format.value,
            output=output,
            static=static,
            torch=None if torch is None else parse_version(torch),
            statistics=statistics,
            locked=locked,
            device=device,
        )
        chosen = selection(listed(select), listed(ignore), fail_on)
        return command(specs, chosen, options, terminal)

    _finish(run, quiet=quiet, debug=debug)


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name or code.")],
    debug: Debug = False,
) -> None:
    """Show a rule's page: what happens, what it costs, how to fix it."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.explain import explain as command

        return command(rule, terminal.results)

    _finish(run, debug=debug)


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

    _finish(run, debug=debug)


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
        typer.Option(metavar="X", help="Differences up to this share of the peak are none."),
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
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Say in words and numbers what sets curves apart; exit status 1 when they differ."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.compare import CompareOptions
        from lrplan.commands.compare import compare as command
        from lrplan.relate import TOLERANCE
        from lrplan.render.picture.options import PictureOptions

        options = CompareOptions(
            align=align.value,
            groups=listed(group),
            fields=listed(field),
            tolerance=TOLERANCE if tolerance is None else tolerance,
            output_format=output_format.value,
            output=output,
            picture=PictureOptions(theme=theme.value),
            device=device,
        )
        return command(operands, options, terminal)

    _finish(run, quiet=quiet, debug=debug)


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
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Pin the curves of a spec in a file beside it."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.lock import lock as command

        return command(
            spec,
            names or (),
            terminal,
            check=check,
            output=output,
            tolerance=tolerance,
            device=device,
        )

    _finish(run, quiet=quiet, debug=debug)


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
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the numbers as JSON or CSV, or code and tables that reproduce them."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.export import export as command

        return command(
            spec, names or (), output, output_format.value, terminal, every=every, device=device
        )

    _finish(run, quiet=quiet, debug=debug)


@app.command()
def schedulers(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A scheduler or an optimizer."),
    ] = None,
    output_format: Annotated[
        Listing, typer.Option("--format", "-f", help="How to list.")
    ] = Listing.text,
    debug: Debug = False,
) -> None:
    """List what a spec can name, with arguments, defaults and units."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.schedulers import schedulers as command

        return command(name, terminal, output_format=output_format.value)

    _finish(run, debug=debug)


@app.command()
def schema(output: Output = None, debug: Debug = False) -> None:
    """Write the JSON Schema of a spec, so that editors complete and check it."""

    def run(_: Terminal) -> ExitStatus:
        from lrplan.commands.schema import schema as command

        return command(output)

    _finish(run, debug=debug)


@app.command()
def init(
    output: Annotated[
        str, typer.Argument(metavar="SPEC", help="Where to write; - is standard output.")
    ] = "schedules.yaml",
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a commented starter spec."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.init import init as command

        return command(output, terminal, force=force)

    _finish(run, quiet=quiet, debug=debug)


def _finish(
    run: Callable[[Terminal], ExitStatus], *, quiet: bool = False, debug: bool = False
) -> None:
    from lrplan.boundary import guarded
    from lrplan.commands.terminal import Terminal

    terminal = Terminal(quiet=quiet)
    raise typer.Exit(int(guarded(lambda: run(terminal), terminal, debug=debug)))


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape instead of a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(int(ExitStatus.INTERRUPTED))
