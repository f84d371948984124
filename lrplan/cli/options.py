"""The options and arguments that commands share.

Single options are annotations (``Spec``, ``Output``). Options that belong together are a function:
its parameters are the options, and it returns the value that they make. A command decorated with
``command(resume, request)`` finds these values in ``shared.resume`` and ``shared.request``.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.errors import UsageError
from lrplan.request import Request, SourceOptions, TypedRun


class Theme(str, Enum):
    """Colors of a picture."""

    light = "light"
    dark = "dark"


class Engine(str, Enum):
    """Engines that compute curves."""

    auto = "auto"
    step = "step"
    closed = "closed"


class ListFormat(str, Enum):
    """Formats of lists and comparisons."""

    text = "text"
    json = "json"


Spec = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A spec, a config of another framework, or recipe:NAME; - reads stdin.",
        autocompletion=completion.source,
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Schedules of the spec; by default all.",
        autocompletion=completion.schedule_or_value,
    ),
]
SpecOrType = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A spec, a config of another framework, or recipe:NAME; - reads stdin. Or curves: a"
        " log, the folder of a run, a recording, an export, a lock. Or a scheduler, such as"
        " CosineAnnealingLR.",
        autocompletion=completion.source,
    ),
]
NamesOrValues = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Schedules of the spec; by default all. Of a scheduler: KEY=VALUE.",
        autocompletion=completion.schedule_or_value,
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="FIELD",
        help="lr, momentum, weight_decay or another scheduled field; repeat, or list with commas.",
    ),
]
Findings = Annotated[
    bool,
    typer.Option("--findings/--no-findings", help="Show the findings of the rules."),
]
GetLr = Annotated[bool, typer.Option("--get-lr", help="Also show what get_lr() would have logged.")]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="OUT", help="Where to write; - is standard output."),
]
ThemeOption = Annotated[
    Theme, typer.Option("--theme", rich_help_panel="Picture", help="Colors: light or dark.")
]
ListFormatOption = Annotated[ListFormat, typer.Option("--format", "-f", help="Format of the list.")]


def request(
    device: Annotated[
        str,
        typer.Option(
            metavar="DEVICE", help="Device of the parameters: cpu, cuda, cuda:N, mps or auto."
        ),
    ] = "cpu",
    engine: Annotated[
        Engine,
        typer.Option(
            help="step: step the real scheduler; closed: compute by formula, and check it;"
            " auto: chosen by the length of the run."
        ),
    ] = Engine.auto,
    step_optimizer: Annotated[
        bool, typer.Option("--step-optimizer", help="Step the optimizer with gradients of 1.")
    ] = False,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run the code that the spec names. Only for specs you trust."),
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither read nor write cached curves.")
    ] = False,
) -> Request:
    """Options of a simulation: device, engine, trust, cache."""
    return Request(
        device=device,
        engine=engine.value,
        step_optimizer=step_optimizer,
        trust=trust,
        cache=not no_cache,
    )


def source(
    family: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="FAMILY",
            help="Kind of config that the file is; `lrplan sources` lists them.",
            autocompletion=completion.family,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Set a key of training (epochs=20), a path (schedules.run.optimizer.lr=0.1), or"
            " a value that a config lacks; repeat.",
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Settings of the project.  \\[default: the nearest pyproject.toml]",
        ),
    ] = None,
) -> SourceOptions:
    """Options that say how a plan source is read.

    Raises:
        UsageError: there is no such family.
    """
    if family:
        from lrplan.commands.family_name import check_family

        check_family(family)
    return SourceOptions(family=family or "", settings=tuple(settings or ()), config=config or "")


def columns(
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="lr=COLUMN",
            help="Of a log: the column of the lr (repeat for several), or step=COLUMN.",
        ),
    ] = None,
) -> tuple[str, ...]:
    """Option that names the columns of a log."""
    return tuple(mapping or ())


def typed(
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Length of the run in epochs.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Length of the run in optimizer steps.")
    ] = None,
    steps_per_epoch: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Optimizer steps per epoch; else 1.")
    ] = None,
    print_spec: Annotated[
        bool, typer.Option("--print-spec", help="Write the equivalent spec as YAML.")
    ] = False,
) -> TypedRun:
    """Options of a schedule that is typed in place of a file."""
    given = {"epochs": epochs, "steps": steps, "steps-per-epoch": steps_per_epoch}
    lengths = (f"--{key}={value}" for key, value in given.items() if value is not None)
    return TypedRun(tuple(lengths), print_spec)


def resume(
    resume_at: Annotated[
        str | None,
        typer.Option(
            metavar="STEP",
            help="Interrupt the run after so many steps, or a duration such as 5ep, and resume it.",
        ),
    ] = None,
    resume_from: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help="States to load: optimizer, scheduler, early-optimizer, last_epoch[=N], none."
            "  \\[default: optimizer,scheduler]",
        ),
    ] = None,
    resume_with: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC[:NAME]",
            help="Another spec for the resumed run, and a schedule in it.",
        ),
    ] = None,
    resume_training: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="Change a key of training in the resumed run, such as epochs=120; repeat.",
        ),
    ] = None,
) -> object:
    """Options of an interrupted and resumed run: ``ResumeOptions``, or None.

    Raises:
        UsageError: options that do not go together.
    """
    if resume_at is not None:
        from lrplan.resume import parse_resume_options

        parts = split_commas(resume_from)
        training = tuple(resume_training or ())
        return parse_resume_options(resume_at, parts, training, resume_with or "")
    for name, value in (
        ("--resume-from", resume_from),
        ("--resume-with", resume_with),
        ("--resume-training", resume_training),
    ):
        if value:
            raise UsageError(f"{name} needs --resume-at: where is the run interrupted?")
    return None


def quiet(
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results and errors only.")
    ] = False,
) -> bool:
    """Option to leave out notes and progress."""
    return quiet


def debug(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an internal error.")
    ] = False,
) -> bool:
    """Option to show the traceback of an error."""
    return debug


def split_commas(values: list[str] | None) -> tuple[str, ...]:
    """The values of an option that may be repeated, split at commas, each value once."""
    parts = (part.strip() for value in values or () for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
