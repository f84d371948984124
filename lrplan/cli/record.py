"""``lrplan record``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.help_text import TidyCommand
from lrplan.cli.options import quiet
from lrplan.cli.validate import ReportFormat, Rules
from lrplan.errors import ExitStatus, UsageError
from lrplan.finding import Severity

_MODULE = {"-m", "--module"}


class ScriptCommand(TidyCommand):
    """A command whose options end where the program begins: what follows is the program's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the options before the program."""
        ctx.allow_interspersed_args = False  # a script is the first argument
        return super().parse_args(ctx, self._with_end(args))

    def _with_end(self, args: list[str]) -> list[str]:
        """``args`` with ``--`` after a module: ``-m NAME --epochs 3`` gives it ``--epochs 3``."""
        position = 0
        while position < len(args) and args[position].startswith("-") and args[position] != "--":
            word = args[position]
            name = word.partition("=")[0] if word.startswith("--") else word[:2]
            # If the value is not part of the same word, it is the next word.
            position += 2 if word == name and name not in self._flags else 1
            if name in _MODULE:
                return [*args[:position], "--", *args[position:]]
        return args

    @property
    def _flags(self) -> set[str]:
        """The options that take no value."""
        flags = [each for each in self.params if getattr(each, "is_flag", False)]
        names = {name for each in flags for name in (*each.opts, *each.secondary_opts)}
        return {*names, "--help", "-h"}


COMMAND_CLASS = ScriptCommand


EXAMPLES = (
    "lrplan record train.py --lr 0.1",
    "lrplan record --epochs 2 --set epochs=90 -m my_package.train",
)
"""Command lines at the end of the help."""


@command(quiet)
def record(
    shared: SharedOptions,
    program: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCRIPT [ARGS]...", help="The script and its arguments."),
    ] = None,
    module: Annotated[
        str | None,
        typer.Option("--module", "-m", metavar="MODULE", help="Run a module, as python -m does."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="REC", help="The recording.  \\[default: SCRIPT.lrrec]"
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after N optimizer steps.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after N passes over the data.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Full length of a run that --steps or --epochs stops: epochs=90 or steps=100000.",
        ),
    ] = None,
    spec: Annotated[
        str | None,
        typer.Option(metavar="OUT", help="Write a spec of the run, and compare it with the run."),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the report to this file, not to standard error."),
    ] = None,
    output_format: Annotated[
        ReportFormat,
        typer.Option("--format", "--output-format", "-f", help="Format of the report."),
    ] = ReportFormat.text,
    select: Rules = None,
    ignore: Rules = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(help="Lowest severity that turns exit status 0 into 1.  \\[default: none]"),
    ] = None,
) -> ExitStatus:
    """Run a training script, record what every optimizer step applied, and say what is wrong."""
    from lrplan.cli.options import split_commas
    from lrplan.commands.record import RecordOptions
    from lrplan.commands.record import record as run
    from lrplan.commands.recording.misplaced_options import note_of_misplaced
    from lrplan.commands.validate import selection

    words: list[Any] = list(program or ())
    if module is None and not words:
        raise UsageError("there is nothing to run: name a script, or a module with -m")
    target = module if module is not None else words.pop(0)
    if module is None and (note := note_of_misplaced(target, words)):
        shared.terminal.notes.print(f"lrplan: {note}", markup=False, soft_wrap=True)
    options = RecordOptions(
        output=output,
        steps=steps,
        epochs=epochs,
        spec=spec,
        settings=tuple(settings or ()),
        report=report,
        report_format=output_format.value,
        fail_on=fail_on,
        selection=selection(split_commas(select), split_commas(ignore), fail_on),
        quiet=shared.quiet,
        debug=shared.debug,
    )
    return run(target, words, options, is_module=module is not None)
