"""Turns a function into a command of the program, with the options that commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

import typer

from lrplan.cli.help_text import PANELS
from lrplan.cli.options import debug
from lrplan.errors import ExitStatus
from lrplan.request import (
    DEFAULT_REQUEST,
    NO_SOURCE_OPTIONS,
    NO_TYPED_RUN,
    Request,
    SourceOptions,
    TypedRun,
)

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal
    from lrplan.resume import ResumeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """The values of the groups of options of a command; defaults for groups it does not have."""

    terminal: Terminal
    """The consoles that the command prints to."""
    request: Request = DEFAULT_REQUEST
    """Device, engine, trust and cache of the simulation."""
    source: SourceOptions = NO_SOURCE_OPTIONS
    """The options of reading plans (``--set``, ``--as``, ``--map``); part of ``request`` too."""
    columns: tuple[str, ...] = ()
    """The columns of a log that are named; part of ``source`` too."""
    typed: TypedRun = NO_TYPED_RUN
    """The options of a schedule that is typed in place of a file."""
    resume: ResumeOptions | None = None
    """The step at which the run is interrupted, and what is loaded when it is resumed."""
    quiet: bool = False
    debug: bool = False


def command(
    *groups: Callable[..., object],
    name: str = "",
) -> Callable[[Callable[..., ExitStatus]], Callable[..., None]]:
    """Decorate a function as a command that Typer can call.

    Typer reads options from the signature of a function, so it gets a combined signature:
    ``table(shared, spec, every)`` with the group ``quiet`` becomes ``(spec, every, quiet, debug)``.
    When that is called, the values of each group become a field of ``shared``, the others are
    passed on, and the process ends with the exit status that the function returns.

    Args:
        groups: functions of ``cli.options``, named as the fields of ``SharedOptions``. Their
            options follow those of the command; ``debug`` comes last.
        name: of the command, if it is not the function's: ``import`` is a keyword of Python.
    """
    signatures = {group.__name__: (group, _options(group)) for group in (*groups, debug)}

    def decorate(run: Callable[..., ExitStatus]) -> Callable[..., None]:
        own = _parameters(run)[1:]
        parameters = [*own, *(each for _, options in signatures.values() for each in options)]

        def call(context: typer.Context, **values: Any) -> None:
            from lrplan.commands.terminal import Terminal
            from lrplan.error_boundary import error_boundary

            terminal = Terminal(quiet=values.get("quiet", False))

            def run_with_options() -> ExitStatus:
                shared: dict[str, Any] = {
                    name: group(*(values[option.name] for option in options))
                    for name, (group, options) in signatures.items()
                }
                if "source" in shared:
                    shared["source"] = replace(
                        shared["source"],
                        columns=shared.get("columns", ()),
                        command_line_words=tuple(context.obj or ()),  # set by `application.py`
                    )
                if "source" in shared and "request" in shared:
                    shared["request"] = replace(shared["request"], source=shared["source"])
                arguments = {each.name: values[each.name] for each in own}
                return run(SharedOptions(terminal=terminal, **shared), **arguments)

            raise typer.Exit(int(error_boundary(run_with_options, terminal, debug=values["debug"])))

        # `call` takes any keyword: Typer learns of the options by the signature and the
        # annotations that are set here.
        call.__name__, call.__doc__ = name or run.__name__, run.__doc__
        everything = [_CONTEXT, *parameters]
        call.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
        call.__annotations__ = {each.name: each.annotation for each in everything}
        return call

    return decorate


_CONTEXT = inspect.Parameter(
    "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
)


def _options(group: Callable[..., object]) -> list[inspect.Parameter]:
    """The options of a group, which are in the panel of the group in the help."""
    options = _parameters(group)
    for each in options:
        for info in get_args(each.annotation)[1:]:
            info.rich_help_panel = PANELS[group.__name__]
    return options


def _parameters(function: Callable[..., object]) -> list[inspect.Parameter]:
    """The parameters of ``function``, their annotations evaluated."""
    return list(inspect.signature(function, eval_str=True).parameters.values())
