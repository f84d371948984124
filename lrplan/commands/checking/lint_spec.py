"""Load one spec, simulate its schedules and run the rules, as ``lrplan validate`` is asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lrplan.cache.key import needs_only_torch
from lrplan.catalog.formula_choice import substitutions
from lrplan.commands.cached_simulator import cached_simulator
from lrplan.commands.checking.check_spec import CheckedSpec, check_spec
from lrplan.commands.checking.file_findings import FileFindings
from lrplan.commands.checking.validate_options import ValidateOptions
from lrplan.commands.log_hint import hint_if_log
from lrplan.commands.progress import progress
from lrplan.commands.simulate_spec import resumer
from lrplan.commands.source_notes import print_file_notes, print_notes
from lrplan.commands.terminal import Terminal
from lrplan.errors import SpecError
from lrplan.finding import Finding
from lrplan.importers.plan_source import folder_of, read_source
from lrplan.lint.selection import Selection
from lrplan.lint.torch_release import installed_torch
from lrplan.plan import SchedulePlan
from lrplan.request import Request
from lrplan.resume import ResumeResult
from lrplan.specfile.load import Spec
from lrplan.text import quantity
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from lrplan.lock import Lock


def lint_spec(
    source: InputText,
    path: str,
    unreadable: Sequence[Finding],
    options: ValidateOptions,
    terminal: Terminal,
) -> FileFindings:
    """Everything that is found in one spec.

    Args:
        source: its text.
        path: of the file: files that it names are looked up in the same folder. ``-`` is standard
            input.
        unreadable: the reasons why there is no text.
        options: of the command.
        terminal: where progress is shown.
    """
    spec, problems = Spec(source, {}), list(unreadable)
    lock, lock_error = _lock(path, options)
    if not unreadable:
        request = _with_locked_facts(options, lock)
        spec, problems = read_source(source, folder_of(path), request.source, trust=request.trust)
        print_notes(spec, terminal)
    if not spec.plans:
        problems = hint_if_log(path, problems)
    substituted = _substitutions(spec)
    print_file_notes(source.name, substituted, terminal)
    facts = _facts(path, options, lock)
    checked = _check(spec, problems, lock, facts, options, terminal)
    _print_matches(checked, spec, terminal)
    chosen = Selection(ignore=options.request.source.ignore)
    kept = [each for each in checked.findings if chosen.wants(each)]
    notes = (*spec.notes, *substituted)
    hidden = len(checked.findings) - len(kept)
    if hidden:
        left_out = f"[[tool.lrplan.files]] left out {quantity(hidden, 'finding')}"
        print_file_notes(source.name, [left_out], terminal)
        notes = (*notes, left_out)
    schedules = None if spec.root is None else spec.root.get("schedules")
    return FileFindings(
        source=source,
        findings=(*kept, *(() if lock_error is None else lock_error.findings)),
        schedules=() if schedules is None else schedules.keys(),
        usable=checked.usable and lock_error is None,
        depends_on_text_only=checked.usable
        and not spec.files
        and all(map(needs_only_torch, spec.plans.values())),
        notes=notes,
        lock=None if lock_error is None else lock_error.source,
    )


def _substitutions(spec: Spec) -> tuple[str, ...]:
    """Sentences about parts of schedules that a stand-in computes, each once."""
    texts = (
        text
        for plan in spec.plans.values()
        for text in substitutions(
            [each.row for top in plan.schedulers for each in top.walk()], plan.optimizer.row
        )
    )
    return tuple(dict.fromkeys(texts))


def _check(
    spec: Spec,
    problems: Sequence[Finding],
    lock: Lock | None,
    facts: Sequence[str] | None,
    options: ValidateOptions,
    terminal: Terminal,
) -> CheckedSpec:
    torch = options.torch or installed_torch()
    if options.static or not spec.plans:
        return check_spec(spec, problems, torch, None)
    total = sum(plan.clock.steps for plan in spec.plans.values())
    with progress(terminal.notes, f"checking {spec.source.name}", total) as advance:
        resume = _resumer(spec, options)
        return check_spec(
            spec, problems, torch, cached_simulator(options.request, advance), lock, resume, facts
        )


def _with_locked_facts(options: ValidateOptions, lock: Lock | None) -> Request:
    if lock is None:
        return options.request
    from lrplan.commands.lock import with_locked_facts

    return with_locked_facts(options.request, lock)


def _facts(path: str, options: ValidateOptions, lock: Lock | None) -> Sequence[str] | None:
    """The facts that hold now, for the lock; None without one."""
    if lock is None:
        return None
    from lrplan.commands.lock import facts_in_force

    return facts_in_force(path, _with_locked_facts(options, lock))


def _lock(path: str, options: ValidateOptions) -> tuple[Lock | None, SpecError | None]:
    """The lock beside the spec, or what is wrong with it: that must not hide other findings."""
    if not options.locked:
        return None, None
    from lrplan.commands.lock import lock_of_spec

    try:
        return lock_of_spec(path), None
    except SpecError as error:
        return None, error


def _print_matches(checked: CheckedSpec, spec: Spec, terminal: Terminal) -> None:
    if checked.lock_check is not None:
        from lrplan.commands.lock import print_matches

        print_matches(checked.lock_check, spec.source.name, terminal)


def _resumer(spec: Spec, options: ValidateOptions) -> Callable[[SchedulePlan], ResumeResult] | None:
    if options.resume is None:
        return None
    return resumer(spec, list(spec.plans.values()), options.request, options.resume)
