"""Calls of the user's classes and functions, with arguments checked before they are made."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lrplan.catalog.suggestions import suggest
from lrplan.errors import SpecError
from lrplan.finding import Finding, spec_problem
from lrplan.plan import SchedulePlan, UserCode
from lrplan.specfile.problem_scope import child_path
from lrplan.text_position import printable
from lrplan.torch_objects.user_code.loader import UserCodeError, load
from lrplan.torch_objects.user_code.traceback import one_line, user_frames

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def load_for(plan: SchedulePlan, code: UserCode, path: str) -> Any:
    """Load the class, function or object that ``code`` names.

    Raises:
        SpecError: it cannot be imported, has no such name, or cannot be called.
    """
    try:
        target = load(code)
    except UserCodeError as error:
        raise refusal(plan, path, str(error), error.detail, error.fix) from error
    if not callable(target) and not hasattr(target, "configure_optimizers"):
        message = f"`{code.text}` is {type(target).__name__}, which cannot be called"
        raise refusal(plan, path, message)
    return target


def call(
    plan: SchedulePlan,
    function: Any,
    text: str,
    path: str,
    positional: Sequence[object],
    arguments: Mapping[str, object],
) -> Any:
    """Call ``function`` and return its result; arguments are checked first.

    The signature is compared with the arguments of the spec before the call, so that a misspelled
    or missing one is reported at its own line of the spec, all of them at once, and not as a
    TypeError without a place.

    Args:
        plan: the schedule.
        function: a class or a function of the user's.
        text: its reference in the spec, for messages.
        path: its path in the spec; its arguments are below that.
        positional: arguments that lrplan gives, by position.
        arguments: arguments of the spec, by name.

    Raises:
        SpecError: it does not take these arguments, or raises.
    """
    problems = list(_mismatches(plan, function, text, path, len(positional), arguments))
    if problems:
        raise SpecError(problems, plan.source)
    try:
        return function(*positional, **arguments)
    except (Exception, SystemExit) as error:  # a script may end in sys.exit()
        message = f"`{text}` cannot be built: {one_line(error)}"
        raise refusal(plan, path, message, user_frames(error)) from error


def refusal(
    plan: SchedulePlan,
    path: str,
    message: str,
    detail: tuple[str, ...] = (),
    fix: str = "",
) -> SpecError:
    """An error about the user's code, at its place in the spec."""
    return SpecError([problem(plan, path, message, detail, fix)], plan.source)


def problem(
    plan: SchedulePlan,
    path: str,
    message: str,
    detail: tuple[str, ...] = (),
    fix: str = "",
    *,
    name: str = "cannot-build",
) -> Finding:
    """A problem with the user's code, at its position in the spec."""
    return spec_problem(
        name,
        printable(message),
        place=plan.position_of(path),
        file=plan.source.name,
        schedule=plan.name,
        path=path,
        fix=printable(fix),
        detail=detail,
    )


def _mismatches(
    plan: SchedulePlan,
    function: Any,
    text: str,
    path: str,
    position_count: int,
    arguments: Mapping[str, object],
) -> Iterator[Finding]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return  # not written in Python: the call itself shows it
    named = [each for each in parameters[position_count:] if each.kind in _NAMED]
    names = tuple(each.name for each in named)
    if not any(each.kind is each.VAR_KEYWORD for each in parameters):
        for key in arguments:
            if key not in names:
                own_path, message = child_path(path, key), f"`{text}` takes no `{key}`"
                fix = suggest(key, names) or "it takes no arguments of a spec"
                yield problem(plan, own_path, message, fix=fix, name="unknown-key")
    for each in named:
        if each.default is each.empty and each.name not in arguments:
            message, fix = f"`{text}` needs `{each.name}`", ""
            if each.name == "self":
                message = f"`{text}` is a method, which needs an object"
                fix = "name the class instead"
            yield problem(plan, path, message, fix=fix, name="missing-key")
