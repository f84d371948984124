"""``lrplan schedulers``: the schedulers and optimizers that a spec can name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal, TypeAlias

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, Argument, OptimizerRow, SchedulerRow
from lrplan.catalog.aliases import resolve_optimizer
from lrplan.catalog.suggestions import suggest_scheduler
from lrplan.commands.catalog_listing import listing
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, UsageError
from lrplan.lint.registry import rule_modules
from lrplan.output import write_stdout

Row: TypeAlias = SchedulerRow | OptimizerRow


def schedulers(
    name: str | None, terminal: Terminal, *, output_format: Literal["text", "json"]
) -> ExitStatus:
    """List the schedulers and optimizers a spec can name, or describe the one called ``name``.

    Raises:
        UsageError: nothing is called ``name``.
    """
    rows = _all_rows() if name is None else [_find(name)]
    if output_format == "json":
        write_stdout(json.dumps([_as_dict(row) for row in rows], indent=2) + "\n")
    elif name is None:
        write_stdout(listing(shutil.get_terminal_size().columns))
    else:
        from lrplan.commands.scheduler_page import print_page

        print_page(rows[0], terminal.results)
    return ExitStatus.OK


def _all_rows() -> list[Row]:
    return [*SCHEDULERS.values(), *OPTIMIZERS.values()]


def _find(name: str) -> Row:
    row = SCHEDULERS.get(name) or OPTIMIZERS.get(name)
    if row is None:
        beside = _beside(name)
        if name in beside:
            return beside[name]
        raise UsageError(f"no scheduler or optimizer is called {name!r}; {_hint(name, beside)}")
    return row


def _hint(name: str, beside: Mapping[str, SchedulerRow]) -> str:
    if name.replace("-", "_") in rule_modules():
        return f"`lrplan explain {name}` is about the rule"
    optimizer = resolve_optimizer(name)
    if optimizer is not None:
        return f"did you mean `{optimizer}`?"
    names = tuple(beside) if ":" in name else (*SCHEDULERS, *OPTIMIZERS)
    hint = suggest_scheduler(name, names)
    return "`lrplan schedulers` lists all names" if hint.startswith("valid") else hint


def _beside(name: str) -> Mapping[str, SchedulerRow]:
    from lrplan.catalog.plugins import PluginError, rows_beside

    try:
        return rows_beside(name) or {}
    except PluginError as error:
        raise UsageError(f"{name!r} cannot be used: {error}") from error


def _as_dict(row: Row) -> dict[str, object]:
    from lrplan.catalog.example import example

    arguments = [_argument_as_dict(argument) for argument in row.arguments]
    kind = "scheduler" if isinstance(row, SchedulerRow) else "optimizer"
    return {"kind": kind, **asdict(row), "arguments": arguments, "example": example(row)}


def _argument_as_dict(argument: Argument) -> dict[str, object]:
    default = None if argument.required else argument.default
    return {**asdict(argument), "default": default, "required": argument.required}
