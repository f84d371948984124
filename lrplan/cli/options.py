"""Options that commands share, and how their texts are read."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from lrplan.errors import UsageError
from lrplan.finding import Severity
from lrplan.request import Request

if TYPE_CHECKING:
    from lrplan.resume import ResumeOptions


class Axis(str, Enum):
    """What the x axis counts."""

    step = "step"
    epoch = "epoch"


class Theme(str, Enum):
    """Background and ink of a picture."""

    light = "light"
    dark = "dark"


class Exported(str, Enum):
    """Formats of ``export``."""

    json = "json"
    csv = "csv"
    pytorch = "pytorch"
    lightning = "lightning"
    transformers = "transformers"
    markdown = "markdown"


class Engine(str, Enum):
    """How curves are obtained."""

    auto = "auto"
    step = "step"
    closed = "closed"


class Listing(str, Enum):
    """Formats of ``schedulers``."""

    text = "text"
    json = "json"


Spec = Annotated[str, typer.Argument(metavar="SPEC", help="A YAML spec; - reads standard input.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Schedules of the spec; all unless named."),
]
Device = Annotated[
    str,
    typer.Option(metavar="DEVICE", help="Where parameters live: cpu, cuda, cuda:N, mps or auto."),
]
EngineOption = Annotated[
    Engine,
    typer.Option(
        "--engine",
        help="How curves are obtained: step the real scheduler, compute and check, or what suits.",
    ),
]
StepOptimizer = Annotated[
    bool,
    typer.Option("--step-optimizer", help="Really step the optimizer, with gradients."),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Run the code that the spec names. Only for specs you trust."),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor keep known curves.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.", hidden=True)]
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
    typer.Option("--findings/--no-findings", help="Show what the rules say about it."),
]
GetLr = Annotated[bool, typer.Option("--get-lr", help="Also show what get_lr() would have logged.")]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="OUT", help="Where to write; - is standard output."),
]


ResumeAt = Annotated[
    str | None,
    typer.Option(
        metavar="STEP",
        help="Interrupt the run after so many steps, or a duration such as 5ep, and resume it.",
    ),
]
ResumeFrom = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PART",
        help="What is loaded: optimizer, scheduler, early-optimizer, last_epoch[=N], none."
        "  \\[default: optimizer,scheduler]",
    ),
]
ResumeTraining = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="Training of the resumed run, on top of the spec's, such as epochs=120; repeat.",
    ),
]


class Align(str, Enum):
    """What two runs are laid side by side by."""

    step = "step"
    epoch = "epoch"
    progress = "progress"


class Report(str, Enum):
    """Formats of ``validate``."""

    text = "text"
    concise = "concise"
    json = "json"
    github = "github"
    sarif = "sarif"
    junit = "junit"


Rules = Annotated[
    list[str] | None,
    typer.Option(metavar="RULE", help="Names, codes or starts of codes; repeat, or use commas."),
]
FailOn = Annotated[
    Severity | None,
    typer.Option(help="The least severity that makes the exit status 1.  \\[default: warning]"),
]


def request_from(
    device: str,
    engine: Engine,
    *,
    step_optimizer: bool,
    trust: bool,
    no_cache: bool,
    get_lr: bool = False,
) -> Request:
    """What the options say about how curves are obtained."""
    return Request(
        device=device,
        engine=engine.value,
        get_lr=get_lr,
        step_optimizer=step_optimizer,
        trust=trust,
        cache=not no_cache,
    )


def resume_options(
    at: str | None, parts: list[str] | None, training: list[str] | None
) -> ResumeOptions | None:
    """What the options say about interrupting the run; None where they say nothing.

    Raises:
        UsageError: they do not go together.
    """
    if at is not None:
        from lrplan.resume import parse_resume_options

        return parse_resume_options(at, split_commas(parts), tuple(training or ()))
    for name, given in (("--resume-from", parts), ("--resume-training", training)):
        if given:
            raise UsageError(f"{name} needs --resume-at: where is the run interrupted?")
    return None


def split_commas(fields: list[str] | None) -> tuple[str, ...]:
    """What a repeatable option was given, commas split, each value once."""
    given = (part.strip() for field in fields or () for part in field.split(","))
    return tuple(dict.fromkeys(part for part in given if part))


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
