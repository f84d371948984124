"""``lrplan compare``: how curves differ, in words, numbers and a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lrplan.commands.operands import runs_of_all
from lrplan.commands.path_and_name import Operand, operand_of
from lrplan.commands.terminal import Terminal, tolerate_closed_pipe, write_picture
from lrplan.comparison import TOLERANCE, Align, Comparison, RunCurves
from lrplan.comparison import compare as compare_runs
from lrplan.destination import Destination, destination_of
from lrplan.errors import ExitStatus, UsageError
from lrplan.output import write_stdout
from lrplan.render.picture_options import PictureFormat, PictureOptions, format_of
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.text_position import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """Options of ``compare``.

    Args:
        align: ``step``, ``epoch`` or ``progress``: the steps that are compared with each other.
        groups: pairs of groups to compare although their names differ, as ``a=b``.
        fields: fields to compare; none: the learning rate, and every other field that changes in
            both.
        tolerance: the largest difference, as a share of the larger peak, that is ignored.
        output_format: ``text`` or ``json``.
        output: where a picture goes, ``-`` for standard output; None: no picture.
        picture: the options of the picture.
        request: the options of the simulation.
    """

    align: Align = "step"
    groups: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    tolerance: float = TOLERANCE
    output_format: str = "text"
    output: str | None = None
    picture: PictureOptions = field(default_factory=PictureOptions)
    request: Request = DEFAULT_REQUEST


def compare(operands: Sequence[str], options: CompareOptions, terminal: Terminal) -> ExitStatus:
    """Compare the first of ``operands`` with each of the others.

    Args:
        operands: specs, schedules of specs (``SPEC:NAME``), locks, or exports; one alone compares
            its first schedule with all others in it.
        options: the options of the command.
        terminal: where results, notes and problems go.

    Returns:
        ``FINDINGS`` if anything differs by more than the tolerance, or only one file has it.

    Raises:
        LrplanError: an operand cannot be read, or there is nothing to compare.
    """
    if not 0 <= options.tolerance < float("inf"):
        raise UsageError(f"--tolerance must be 0 or more, not {options.tolerance}")
    form = "png" if options.output in (None, "-") else format_of(Path(options.output))
    where = _destination(options.output, operands)
    pairs, alone = _pairs(operands, options, terminal)
    comparisons = [_compare_pair(one, other, options) for one, other in pairs]
    # The picture comes first: the reader of the report may close the pipe, as `| head` does.
    if options.output is not None:
        _draw(comparisons, options, form, where, terminal)
    _report(comparisons, alone, options, terminal)
    differ = bool(alone) or any(comparison.differs for comparison in comparisons)
    return ExitStatus.FINDINGS if differ else ExitStatus.OK


def _mapping(text: str, a: RunCurves, b: RunCurves) -> tuple[str, str]:
    """The groups of ``A=B``; a name may have a `=` of its own, and then the known names decide."""
    splits = [
        (text[:place].strip(), text[place + 1 :].strip())
        for place, character in enumerate(text)
        if character == "="
    ]
    named = [(one, other) for one, other in splits if one and other]
    if not named:
        raise UsageError(f"--group {text!r}: write GROUP_OF_A=GROUP_OF_B")
    known = [(one, other) for one, other in named if one in a.groups and other in b.groups]
    return (known or named)[0]


def _destination(output: str | None, operands: Sequence[str]) -> Destination | None:
    """The file of the picture; None for standard output, or no picture."""
    where = destination_of(output)
    if where is not None:
        where.check(*(operand_of(each).path for each in operands))
    return where


def _compare_pair(one: RunCurves, other: RunCurves, options: CompareOptions) -> Comparison:
    try:
        return compare_runs(
            one,
            other,
            align=options.align,
            groups=[_mapping(text, one, other) for text in options.groups],
            fields=options.fields,
            tolerance=options.tolerance,
        )
    except (KeyError, ValueError) as error:
        # str() of a KeyError puts its text into quotes; its argument is the plain text.
        raise UsageError(str(error.args[0])) from None


def _pairs(
    operands: Sequence[str], options: CompareOptions, terminal: Terminal
) -> tuple[list[tuple[RunCurves, RunCurves]], list[str]]:
    """The pairs of runs to compare, and labels of the schedules without a counterpart."""
    if not operands:
        raise UsageError("name something to compare")
    named = [operand_of(text) for text in operands]
    if sum(each.path == "-" for each in named) > 1:
        raise UsageError("standard input can be read once: name `-` once, or a file")
    read = list(zip(named, runs_of_all(named, terminal, options.request), strict=True))
    (first, runs), *others = read
    if not others:
        if len(runs) < 2:
            raise UsageError(f"{first.path} has one schedule: name something to compare it with")
        return [(runs[0], run) for run in runs[1:]], []
    pairs = [pair for other, theirs in others for pair in _between(first, runs, other, theirs)]
    used = [run for pair in pairs for run in pair]
    all_alone = [run.label for _, theirs in read for run in theirs if run not in used]
    # If a schedule is named, or is the only one, the others were never meant.
    meant = len(runs) > 1 and all(other.name is None for other, _ in others)
    return pairs, all_alone if meant else []


def _between(
    first: Operand, runs: Sequence[RunCurves], other: Operand, theirs: Sequence[RunCurves]
) -> Iterator[tuple[RunCurves, RunCurves]]:
    """Pairs of schedules of one name; a single one without a namesake is compared with each."""
    by_name = {run.name: run for run in theirs}
    if len(runs) == 1 and (runs[0].name not in by_name or other.name is not None):
        yield from ((runs[0], run) for run in theirs)
        return
    common = [(run, by_name[run.name]) for run in runs if run.name in by_name]
    if not common:
        raise UsageError(
            f"{printable(first.path)} and {printable(other.path)} have no schedule in common:"
            " name one of each, as SPEC:NAME"
        )
    yield from common


def _report(
    comparisons: Sequence[Comparison],
    alone: Sequence[str],
    options: CompareOptions,
    terminal: Terminal,
) -> None:
    if options.output == "-":
        return
    if options.output_format == "json":
        from lrplan.export.comparison import comparisons_to_json

        write_stdout(comparisons_to_json(comparisons, alone))
        return
    from lrplan.render.comparison_text import print_comparisons

    with tolerate_closed_pipe():
        print_comparisons(comparisons, terminal.results, alone)


def _draw(
    comparisons: Sequence[Comparison],
    options: CompareOptions,
    form: PictureFormat,
    where: Destination | None,
    terminal: Terminal,
) -> None:
    from lrplan.render.comparison_picture import render_comparisons

    data = render_comparisons(comparisons, options.picture, format=form)
    write_picture(data, where, terminal)
