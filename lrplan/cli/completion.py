"""Completion by shells: schedules, schedulers, rules, recipes and families.

A completion never fails and never runs a spec; no torch is imported for it. Names from a file are
offered only if no shell can read them as anything but a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path

import typer  # Typer evaluates the annotations of these functions

_Words = list[tuple[str, str]]
_PLAIN = re.compile(r"[\w.+-]+")
_RECIPE = "recipe:"


def _complete(
    offer: Callable[[typer.Context, str], Iterable[tuple[str, str]]],
) -> Callable[[typer.Context, str], _Words]:
    """Decorate a function that offers words with help; after an exception none is offered."""

    @wraps(offer)
    def complete(ctx: typer.Context, incomplete: str) -> _Words:
        try:
            return [word for word in offer(ctx, incomplete) if word[0].startswith(incomplete)]
        except Exception:  # noqa: BLE001  # a message would be taken for words
            return []

    return complete


@_complete
def source(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer recipes and schedulers, and the files that begin like them.

    The shell completes files itself if nothing is offered.
    """
    del ctx
    if not incomplete or "/" in incomplete or "\\" in incomplete or incomplete.startswith("."):
        return
    found = [*_schedulers(), *((f"{_RECIPE}{name}", "") for name, _ in _recipes())]
    if any(name.startswith(incomplete) for name, _ in found):
        yield from found
        names = (path.name for path in Path().glob(f"{incomplete}*") if path.is_file())
        yield from ((name, "") for name in names if _PLAIN.fullmatch(name))


@_complete
def operand(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer what ``source`` offers, and after the colon of ``SPEC:`` the schedules of the spec."""
    from lrplan.recipes import name_in
    from lrplan.specfile.files import exists

    spec, colon, _ = incomplete.rpartition(":")
    if colon and (name_in(spec) is not None or exists(spec)):
        yield from ((f"{spec}:{name}", "") for name in _schedules(spec))
    yield from source(ctx, incomplete)


@_complete
def schedule_or_value(ctx: typer.Context, incomplete: str) -> Iterable[tuple[str, str]]:
    """Offer the schedules of the spec before it; after a scheduler, its arguments."""
    del incomplete
    spec = str(ctx.params.get("spec") or "")
    keys = list(_arguments(spec))
    return keys or [(name, "") for name in _schedules(spec)]


@_complete
def rule(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer names of rules, and codes if the word begins like one."""
    from lrplan.finding import SPEC_PROBLEMS
    from lrplan.lint.registry import all_rules, rule_modules

    del ctx
    if incomplete.startswith("LRP"):
        yield from ((each.code, each.name) for each in all_rules().values())
        yield from ((code, name) for name, code in SPEC_PROBLEMS.items())
    else:
        yield from ((name.replace("_", "-"), "") for name in rule_modules())
        yield from ((name, "") for name in SPEC_PROBLEMS)


@_complete
def rules(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer rules for the last place of a list with commas."""
    before, comma, last = incomplete.rpartition(",")
    yield from ((f"{before}{comma}{name}", text) for name, text in rule(ctx, last))


@_complete
def scheduler(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer schedulers and optimizers."""
    from lrplan.catalog import OPTIMIZERS

    del ctx, incomplete
    yield from _schedulers()
    yield from ((row.name, row.summary) for row in OPTIMIZERS.values())


@_complete
def recipe(ctx: typer.Context, incomplete: str) -> Iterable[tuple[str, str]]:
    """Offer recipes."""
    del ctx, incomplete
    return _recipes()


@_complete
def template(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the templates of ``init``."""
    from lrplan.commands.init import templates

    del ctx, incomplete
    yield from ((name, "") for name in templates())


@_complete
def family(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer families of configs."""
    from lrplan.importers.families import FAMILIES

    del ctx, incomplete
    yield from ((name, "") for name in FAMILIES)


def _schedulers() -> Iterator[tuple[str, str]]:
    from lrplan.catalog import SCHEDULERS

    return ((row.name, row.summary) for row in SCHEDULERS.values())


def _recipes() -> Iterator[tuple[str, str]]:
    from lrplan.recipes import names

    return ((name, "") for name in names())


def _arguments(spec: str) -> Iterator[tuple[str, str]]:
    """The words that a scheduler named ``spec`` takes; none if there is no such scheduler."""
    from lrplan.catalog import SCHEDULERS

    row = SCHEDULERS.get(spec)
    if row is not None:
        yield from ((f"{each.name}=", each.doc) for each in row.arguments)
        yield from (("lr=", "the learning rate"), ("warmup=", "a warm-up before it"))
        yield from (("optimizer=", "such as AdamW"), ("interval=", "step, epoch or batch"))


def _schedules(spec: str) -> Iterator[str]:
    """The names of the schedules in a spec, those that are plain words."""
    from lrplan.specfile.files import STDIN, read_text
    from lrplan.specfile.load import looks_like_a_spec
    from lrplan.specfile.problems import Problems
    from lrplan.specfile.yaml.reader import parse

    if spec in ("", STDIN):
        return
    text = read_text(spec)
    if not looks_like_a_spec(text.text):
        return
    root = parse(text, Problems(text))
    schedules = None if root is None else root.get("schedules")
    if schedules is not None:
        yield from (name for name, _ in schedules.items() if _PLAIN.fullmatch(name))
