"""``lrplan lock``: pin the curves of a spec in a file beside it, and check them against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote

from lrplan.commands.file_settings import options_of_files
from lrplan.commands.simulate_spec import SimulatedSpec, simulate_spec
from lrplan.commands.terminal import Terminal
from lrplan.commands.typed_schedule.advice import refuse_typed
from lrplan.comparison import TOLERANCE
from lrplan.destination import Destination
from lrplan.errors import ExitStatus, LrplanError, SpecError, UsageError
from lrplan.exclusive_update import exclusive_update
from lrplan.finding import spec_problem
from lrplan.input_files import note_input
from lrplan.lint.suppressions import ignores_of, suppress
from lrplan.lock import (
    FINEST,
    FORMAT,
    Lock,
    LockCheck,
    check_locked,
    lock_path,
    lock_schedule,
    lock_text,
    read_lock,
)
from lrplan.output import write_stdout
from lrplan.recipes import name_in
from lrplan.render.finding_text import print_findings
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.specfile.files import exists
from lrplan.text import join_words, pluralize
from lrplan.text_position import printable


def lock(
    spec: str,
    names: Sequence[str],
    terminal: Terminal,
    request: Request = DEFAULT_REQUEST,
    *,
    check: bool = False,
    output: str | None = None,
    tolerance: float | None = None,
) -> ExitStatus:
    """Write the curves of ``spec`` to its lock, or with ``check`` compare them with it.

    Args:
        spec: path of the spec, or ``-`` with an ``output``.
        names: schedules to lock; the others stay in the lock as they are. All when empty.
        terminal: where notes and findings go.
        request: how curves are obtained.
        check: write nothing; ``FINDINGS`` if a curve has drifted.
        output: another path for the lock, ``-`` for standard output.
        tolerance: what later checks of the schedules allow, as a share of the peak; None: what
            the lock had for each, or 1e-9.

    Raises:
        LrplanError: the spec has problems, the lock is damaged, or it is not there to be checked.
    """
    if tolerance is not None and not FINEST <= tolerance < 1:
        raise UsageError(f"--tolerance must be from {FINEST:g} to below 1, not {tolerance:g}")
    refuse_typed("lock", " ".join((spec, *names)))
    where = _destination(spec, output)
    path = None if where is None else where.path
    if where is not None and not check:
        where.check(spec)
    if check or names:
        kept = _read(path, spec, needed=check)
    else:
        kept = _read_if_sound(path, spec, terminal)
    request = with_locked_facts(request, kept)
    done = simulate_spec(spec, names, terminal, request)
    if check and kept is not None:
        # The larger exit status counts: curves that differ, or a run that stopped (both 1).
        status = _check(done, names, kept, terminal, facts_in_force(spec, request))
        return max(status, done.report_failures(terminal))
    if (status := done.report_failures(terminal)) is not ExitStatus.OK:
        return status
    facts = facts_in_force(spec, request)
    if where is None:
        write_stdout(lock_text(_update(done, names, kept, tolerance, facts)))
        return ExitStatus.OK
    with exclusive_update(where.path):
        # Read once more: another process may have locked other schedules meanwhile.
        if names:
            kept = _read(where.path, spec, needed=False)
        where.write(lock_text(_update(done, names, kept, tolerance, facts)))
    terminal.notes.print(f"wrote {printable(str(where.path))}", markup=False, soft_wrap=True)
    return ExitStatus.OK


def with_locked_facts(request: Request, lock: Lock | None) -> Request:
    """``request`` with the facts of a lock, for those that nothing else gives."""
    if lock is None or not lock.settings:
        return request
    return replace(request, source=replace(request.source, defaults=lock.settings))


def facts_in_force(spec: str, request: Request) -> tuple[str, ...]:
    """``KEY=VALUE`` of each fact that decides the curves of ``spec``, sorted."""
    source = options_of_files(request.source)(spec)
    texts = (*source.defaults, *source.settings)
    named = {text.partition("=")[0].strip(): text.strip() for text in texts}
    return tuple(sorted(named.values()))


def lock_of_spec(spec: str) -> Lock:
    """The lock beside ``spec``, for ``validate --locked``.

    Raises:
        SpecError: there is none, which is a finding about the spec; or it is damaged, which is one
            about the lock.
        UsageError: ``spec`` is standard input or a recipe.
    """
    path = _implied_path(spec)
    note_input(path)
    if exists(path):
        return read_lock(path)
    finding = spec_problem(
        "unreadable-file",
        printable(f"there is no {path}, the lock of this spec"),
        file=spec,
        fix=f"write it with `lrplan lock {quote(spec)}`",
    )
    raise SpecError([finding])


def _destination(spec: str, output: str | None) -> Destination | None:
    """The file of the lock; None for standard output."""
    if output == "-":
        return None
    if output is not None:
        return Destination(path=Path(output), is_lock=True)
    path = _implied_path(spec)
    return Destination(path=path, option=f"-o {quote(str(path))}", is_lock=True)


def _implied_path(spec: str) -> Path:
    if spec == "-":
        raise UsageError("a spec from standard input has no place for a lock: name one with -o")
    if name_in(spec) is not None:
        command = f"lrplan init --recipe {name_in(spec)}"
        raise UsageError(f"a recipe has no place for a lock: write its spec with `{command}`")
    return lock_path(spec)


def _read(path: Path | None, spec: str, *, needed: bool) -> Lock | None:
    if path is None:
        if needed:
            raise UsageError("--check compares with a lock file: -o cannot be standard output")
        return None
    if exists(path):
        return read_lock(path)
    if needed:
        command = f"lrplan lock {quote(spec)}"
        raise LrplanError(printable(f"there is no {path}: write it with `{command}`"))
    return None


def _read_if_sound(path: Path | None, spec: str, terminal: Terminal) -> Lock | None:
    """The old lock, or None if it is damaged or missing: it is going to be replaced as a whole."""
    try:
        return _read(path, spec, needed=False)
    except SpecError as error:
        note = f"the old lock is discarded: {error.findings[0].message}"
        terminal.notes.print(printable(note), markup=False, soft_wrap=True)
        return None


def _check(
    done: SimulatedSpec,
    names: Sequence[str],
    kept: Lock,
    terminal: Terminal,
    facts: Sequence[str],
) -> ExitStatus:
    checked = check_locked(done.spec, done.plans, done.traces, kept, facts)
    found = [each for each in checked.findings if not names or each.schedule is not None]
    found, _ = suppress(found, ignores_of(done.spec.source, done.spec.root))
    print_findings(found, terminal.results, done.spec.source)
    print_matches(checked, done.spec.source.name, terminal)
    return ExitStatus.FINDINGS if found else ExitStatus.OK


def print_matches(checked: LockCheck, spec: str, terminal: Terminal) -> None:
    """Say how many schedules are as locked, and what an old lock cannot decide."""
    count = checked.matched
    if count:
        text = f"{count} {pluralize('schedule', count)} {pluralize('is', count)} as locked"
        terminal.notes.print(f"{printable(spec)}: {text}", markup=False, soft_wrap=True)
    if checked.undecided:
        names = join_words([f"`{name}`" for name in checked.undecided])
        note = (
            f"{spec}: the lock is of format 1, which has values at some steps only. There and on"
            f" average {names} {pluralize('is', len(checked.undecided))} as locked; whether at"
            f" every step it cannot tell. `lrplan lock {quote(spec)}` writes one that can."
        )
        terminal.notes.print(printable(note), markup=False, soft_wrap=True)


def _update(
    done: SimulatedSpec,
    names: Sequence[str],
    kept: Lock | None,
    tolerance: float | None,
    settings: tuple[str, ...],
) -> Lock:
    before = {} if kept is None else kept.schedules
    fresh = {}
    for plan, trace in zip(done.plans, done.traces, strict=True):
        inherited = before[plan.name].tolerance if plan.name in before else TOLERANCE
        # A lock of format 1 may have had a smaller one.
        allowed = max(inherited, FINEST) if tolerance is None else tolerance
        fresh[plan.name] = lock_schedule(plan, trace, allowed)
    # `lrplan lock a.yaml body` renews `body` and keeps the others. Without names the whole lock is
    # written again, without schedules that the spec no longer has.
    others = {name: each for name, each in before.items() if names and name not in fresh}
    if any(each.format != FORMAT for each in others.values()):
        raise UsageError(
            "the lock is of format 1, and has too little of the other schedules to write them"
            f" again: lock all of them with `lrplan lock {quote(done.spec.source.name)}`"
        )
    return Lock({**others, **fresh}, settings=settings)
