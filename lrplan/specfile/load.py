"""A spec file as resolved plans: the text is parsed, checked, and resolved by schedule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from lrplan.catalog import nearest
from lrplan.catalog.suggestions import suggest
from lrplan.errors import SpecError, UsageError
from lrplan.finding import Finding
from lrplan.input_files import note_input
from lrplan.limits import SCHEDULES
from lrplan.node import Node
from lrplan.plan import SchedulePlan
from lrplan.plan_origin import Origin
from lrplan.specfile.file_kinds import PYTHON, format_of_mapping, format_of_text
from lrplan.specfile.files import read_text
from lrplan.specfile.model_errors import validate
from lrplan.specfile.models import ScheduleModel, SpecModel, TrainingModel
from lrplan.specfile.problem_scope import ProblemScope
from lrplan.specfile.problems import Problems, TooManyProblemsError
from lrplan.specfile.resolve.length_names import read_names
from lrplan.specfile.resolve.schedule import SpecDefaults, resolve
from lrplan.specfile.settings import Setting, name_settings, with_settings
from lrplan.specfile.size_limits import check_limit
from lrplan.specfile.yaml.reader import parse
from lrplan.text import join_first
from lrplan.text_position import START, InputText, printable

ANCHOR_PREFIX = "x-"
"""Top-level keys that start with this are not read: they are for YAML anchors."""


_INIT = "`lrplan init` writes a spec to start from"
_SCRIPT = (
    "a training script is read with `--as source`, or as a file `.py`; `lrplan validate SCRIPT`"
    " finds mistakes without running it, and `lrplan record SCRIPT` runs it and records its curves"
)
_SOURCES = "`lrplan sources` lists the configs that lrplan reads; `--as FAMILY` reads it as one"
_FEW = 3
_MANY = 2
_SCHEDULES = re.compile(r"^['\"]?schedules['\"]?\s*:", re.MULTILINE)


def looks_like_a_spec(text: str) -> bool:
    """Return True where ``schedules`` begins a line, as a key of the top level."""
    return _SCHEDULES.search(text) is not None


@dataclass(frozen=True, slots=True)
class Spec:
    """The plans of one spec file, in its order, with the tree that they were resolved from."""

    source: InputText
    plans: Mapping[str, SchedulePlan]
    root: Node | None = None
    """The whole file as a tree; None when it is not YAML."""
    files: tuple[Path, ...] = ()
    """The other files that it names: of metrics, and of code."""
    notes: tuple[str, ...] = ()
    """What was assumed or left out in reading it, in sentences for the user."""
    origin: Origin | None = None
    """The config of another framework that it was read from; None for a spec."""

    def select(self, names: Sequence[str]) -> list[SchedulePlan]:
        """The plans called ``names`` in that order, or all of them when none is named.

        Raises:
            UsageError: a name that the spec does not have.
        """
        for name in names:
            if name not in self.plans:
                hint = suggest(name, tuple(self.plans))
                raise UsageError(f"{self.source.name} has no schedule `{name}`; {hint}")
        return [self.plans[name] for name in dict.fromkeys(names)] or list(self.plans.values())


def load_file(path: str | Path, *, trust: bool = False) -> Spec:
    """The spec at ``path``; ``recipe:NAME`` is a published one, ``-`` reads standard input.

    Raises:
        SpecError: it cannot be read, or has problems; all of them are in ``findings``.
    """
    directory = Path() if str(path) == "-" else Path(path).parent
    note_input(path)
    return load(read_text(path), directory, trust=trust)


def load(source: InputText, directory: Path, *, trust: bool = False) -> Spec:
    """The spec in ``source``; files it names are looked up in ``directory``.

    Raises:
        SpecError: it has problems; all of them are in ``findings``.
    """
    spec, problems = read(source, directory, trust=trust)
    if problems:
        raise SpecError(problems, source)
    return spec


def read(
    source: InputText,
    directory: Path,
    *,
    trust: bool = False,
    settings: Sequence[Setting] = (),
) -> tuple[Spec, list[Finding]]:
    """The valid schedules of ``source``, and all problems of the others.

    Args:
        source: the text.
        directory: where files that it names are looked up.
        trust: it may name code that the plans will run.
        settings: values that are set on top.

    Raises:
        UsageError: a setting has no place in it, or changes nothing.
    """
    problems = Problems(source)
    root = parse(source, problems)
    if looks := _other_format(source, root):
        problems = Problems(source)
        message = f"this looks like {looks}, not like a spec: `schedules` is missing"
        fix = _SCRIPT if looks == PYTHON else _INIT
        problems.add("missing-key", START, message, fix=fix, path="schedules")
        return Spec(source, {}, root), problems.findings
    if root is not None and (other := _keys_of_others(root)):
        keys = join_first([f"`{printable(key)}`" for key in other], 3)
        is_all = len(other) == len(root.keys())
        which = "none of its keys is one of a spec" if is_all else "it has keys that no spec has"
        message = f"this is no spec: {which} ({keys})"
        problems.add("missing-key", START, message, fix=_SOURCES, path="schedules")
        return Spec(source, {}, root), problems.findings
    notes: tuple[str, ...] = ()
    if settings and root is not None:
        root, notes = with_settings(root, settings)
    files = () if root is None else note_files(root, directory)
    scope = ProblemScope(problems, trust=trust, directory=directory)
    spec, findings = _resolve_all(root, directory, scope)
    return replace(spec, files=files, notes=notes), name_settings(findings, settings)


def _other_format(source: InputText, root: Node | None) -> str:
    """The probable kind of a ``source`` without schedules, in words; empty: not known."""
    if root is None or not root.is_mapping:
        return "" if looks_like_a_spec(source.text) else format_of_text(source.text)
    schedules = root.get("schedules")
    return (
        ""
        if schedules is not None and schedules.is_mapping
        else format_of_mapping(root.to_python())
    )


def _keys_of_others(root: Node) -> list[str]:
    """The keys that no spec has, if the mapping looks like a config of another program; else none.

    It looks so if it has three keys or more, none of them `training` or similar to `schedules`, and
    two or more unknown ones: a finding for each of these keys would not help. `optimizer` and
    `epochs` are at the top of many configs.
    """
    keys = root.keys() if root.is_mapping else ()
    if len(keys) < _FEW or any(key.startswith("x-") for key in keys):
        return []
    known = {*ScheduleModel.model_fields, *TrainingModel.model_fields}
    other = [key for key in keys if key not in known]
    is_spec = not SpecModel.model_fields.keys().isdisjoint(keys) or nearest("schedules", other)
    return other if len(other) >= _MANY and not is_spec else []


def resolve_tree(
    root: Node,
    source: InputText,
    directory: Path,
    *,
    trust: bool = False,
    origin: Origin | None = None,
) -> tuple[Spec, list[Finding]]:
    """Like ``read``, from a tree that was changed, or made, since ``source`` was parsed."""
    scope = ProblemScope(Problems(source), trust=trust, directory=directory)
    spec, findings = _resolve_all(root, directory, scope)
    if origin is None:
        return spec, findings
    plans = {name: replace(plan, origin=origin) for name, plan in spec.plans.items()}
    return replace(spec, plans=plans, origin=origin), findings


def _resolve_all(
    root: Node | None, directory: Path, scope: ProblemScope
) -> tuple[Spec, list[Finding]]:
    source = scope.problems.source
    plans: dict[str, SchedulePlan] = {}
    with suppress(TooManyProblemsError):
        if root is not None:
            plans = _plans(root, source, directory, scope)
    findings = scope.problems.findings
    # A finding without a schedule is about the whole file: then no plan of it can be relied on.
    broken = {finding.schedule for finding in findings}
    sound = {} if None in broken else {n: p for n, p in plans.items() if n not in broken}
    return Spec(source, sound, root), findings


def _plans(
    root: Node, source: InputText, directory: Path, scope: ProblemScope
) -> dict[str, SchedulePlan]:
    spec = _without_anchors(root)
    model = validate(SpecModel, spec, scope, "")
    schedules = spec.get("schedules") if spec.is_mapping else None
    if schedules is None or not schedules.is_mapping:
        return {}
    if not check_limit(SCHEDULES, len(schedules.keys()), schedules, scope, "schedules"):
        return {}
    training = spec.get("training")
    defaults = SpecDefaults(
        source,
        directory,
        training,
        tuple(model.ignore or ()) if model is not None else (),
        training_is_broken=training is not None
        and validate(TrainingModel, training, scope, "training") is None,
        names=read_names(spec.get("let"), {}, scope, ""),
    )
    plans = (
        resolve(name, node, defaults, replace(scope, schedule=name))
        for name, node in schedules.items()
    )
    return {plan.name: plan for plan in plans if plan is not None}


def note_files(root: Node, directory: Path) -> tuple[Path, ...]:
    """The files that a spec names, noted as inputs.

    No output may overwrite one, also where the rest of the spec is wrong. That holds without trust
    too, when code is not read.
    """
    files = tuple(_named_files(root, directory))
    for file in files:
        note_input(file)
    return files


def _named_files(root: Node, directory: Path) -> Iterator[Path]:
    """The files of metrics and of code that a spec names."""
    for node in root.walk():
        metric = node.get("csv")
        if metric is not None and isinstance(metric.value, str):
            yield directory / metric.value
        if isinstance(node.value, str):
            file, colon, _ = node.value.rpartition(":")
            if colon and file.endswith(".py"):
                yield directory / file


def _without_anchors(root: Node) -> Node:
    if not root.is_mapping:
        return root
    entries = {key: value for key, value in root.items() if not key.startswith(ANCHOR_PREFIX)}
    return Node(entries, root.place)
