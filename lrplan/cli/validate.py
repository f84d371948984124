"""``lrplan validate``."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import Output, quiet, request, resume, source, split_commas, typed
from lrplan.errors import ExitStatus, UsageError
from lrplan.finding import Severity


class ReportFormat(str, Enum):
    """The keys of ``render.report.REPORTS``."""

    text = "text"
    concise = "concise"
    json = "json"
    github = "github"
    gitlab = "gitlab"
    azure = "azure"
    sarif = "sarif"
    junit = "junit"


Rules = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULE",
        help="Names, codes or starts of codes; repeat, or use commas.",
        autocompletion=completion.rules,
    ),
]


EXAMPLES = (
    "lrplan validate schedules.yaml",
    "lrplan validate configs train.py --as source --format github",
    "lrplan validate OneCycleLR max_lr=0.1 --epochs 30 --steps-per-epoch 391",
)
"""Command lines at the end of the help."""


@command(typed, resume, source, request, quiet)
def validate(
    shared: SharedOptions,
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC",
            help="Specs, configs, scripts, recipe:NAME, patterns, folders, or - for stdin. Or a"
            " scheduler, then KEY=VALUE.",
            autocompletion=completion.source,
        ),
    ],
    output_format: Annotated[
        ReportFormat,
        typer.Option("--format", "--output-format", "-f", help="Format of the report."),
    ] = ReportFormat.text,
    output: Output = None,
    select: Rules = None,
    ignore: Rules = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(help="Lowest severity that makes the exit status 1.  \\[default: warning]"),
    ] = None,
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
    diff: Annotated[
        bool,
        typer.Option(
            "--diff", rich_help_panel="Fixes", help="Show what --fix would change, as a diff."
        ),
    ] = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            rich_help_panel="Fixes",
            help="Write safe fixes into the files.",
        ),
    ] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option(
            "--unsafe-fixes",
            rich_help_panel="Fixes",
            help="Include fixes that need a review.",
        ),
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel="Known findings",
            help="Leave out the findings that this file lists.",
        ),
    ] = None,
    write_baseline: Annotated[
        bool,
        typer.Option(
            "--write-baseline",
            rich_help_panel="Known findings",
            help="Write the findings to the --baseline FILE.",
        ),
    ] = False,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Skip files and folders that match; repeat."),
    ] = None,
    stdin_filename: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="File name of the text on stdin (-), as editors pass it.",
        ),
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0, not 1, when there are findings.")
    ] = False,
) -> ExitStatus:
    """Check specs for known pitfalls, each with line, column, cost and fix.

    `lrplan check` is the same command.
    """
    from lrplan.commands.checking.validate_options import ValidateOptions
    from lrplan.commands.typed_schedule.schedule import print_spec, with_typed_words
    from lrplan.commands.validate import selection
    from lrplan.commands.validate import validate as run
    from lrplan.lint.torch_release import parse_version

    if diff and fix:
        raise UsageError("--diff shows what --fix would write: give one of the two")
    others, request = with_typed_words(specs[0], specs[1:], shared.request, shared.typed)
    if shared.typed.print_spec:
        return print_spec(request, shared.terminal)
    options = ValidateOptions(
        output_format=output_format.value,
        output=output,
        static=static,
        torch=None if torch is None else parse_version(torch),
        statistics=statistics,
        locked=locked,
        request=request,
        resume=shared.resume,
        fixes="diff" if diff else "fix" if fix else "none",
        unsafe_fixes=unsafe_fixes,
        baseline=baseline,
        write_baseline=write_baseline,
        exclude=tuple(exclude or ()),
        exit_zero=exit_zero,
        stdin_filename=stdin_filename or "",
    )
    settings_file = request.source.config
    selected = selection(split_commas(select), split_commas(ignore), fail_on, settings_file)
    return run((specs[0], *others), selected, options, shared.terminal)
