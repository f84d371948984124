"""A spec whose training is changed from outside, as a resumed run's is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.errors import SpecError, UsageError
from lrplan.node import merge
from lrplan.specfile.load import resolved
from lrplan.specfile.model_errors import validate
from lrplan.specfile.models import TrainingModel
from lrplan.specfile.problem_scope import Scope
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from lrplan.node import Node
    from lrplan.specfile.load import Spec

_SETTING = re.compile(r"\s*([A-Za-z_]+)\s*=([^\n\r]*)")


def with_training(
    spec: Spec,
    names: Collection[str],
    settings: Sequence[str],
    directory: Path,
    *,
    option: str,
    trust: bool = False,
) -> Spec:
    """``spec`` with ``settings`` on top of the training of some schedules, resolved anew.

    Args:
        spec: a spec without problems.
        names: the schedules that are to change.
        settings: ``key=value``, both as in the spec's ``training``; an empty value takes the key
            away.
        directory: where files that the spec names are looked up.
        option: what the settings are called on the command line, for messages.
        trust: whether code that the spec names may be run.

    Raises:
        UsageError: a setting is not of that form.
        SpecError: a key or a value is wrong, or they do not go with the rest of a schedule.
    """
    changes = _read(settings, option)
    if spec.root is None:
        return spec
    root = _changed(spec.root, names, changes)
    found, problems = resolved(root, spec.source, directory, trust=trust)
    problems = [each for each in problems if each.schedule is None or each.schedule in names]
    if problems:
        given = f"with {option} {' '.join(text.strip() for text in settings)}"
        told = [replace(each, message=f"{given}: {each.message}") for each in problems]
        raise SpecError(told, spec.source)
    return replace(found, root=spec.root)


def _read(settings: Sequence[str], option: str) -> Node:
    matches = [_SETTING.fullmatch(text) for text in settings]
    for text, match in zip(settings, matches, strict=True):
        if match is None:
            raise UsageError(f"{option} {text!r}: write key=value, such as epochs=120")
    lines = [f"{match[1]}: {match[2].strip()}" for match in matches if match is not None]
    source = InputText(option, "\n".join(lines) + "\n")
    problems = Problems(source)
    node = parse(source, problems)
    if node is not None:
        validate(TrainingModel, node, Scope(problems), "")
    if problems.findings or node is None:
        raise SpecError(problems.findings, source)
    return node


def _changed(root: Node, names: Collection[str], changes: Node) -> Node:
    schedules = root.get("schedules")
    if schedules is None:
        return root
    new = {
        name: _with(node, changes) if name in names else node for name, node in schedules.items()
    }
    return replace(root, value={**dict(root.items()), "schedules": replace(schedules, value=new)})


def _with(schedule: Node, changes: Node) -> Node:
    if not schedule.is_mapping:
        return schedule
    own = schedule.get("training")
    # Problems that only the whole shows are told at the schedule: the option has no line in it.
    where = (own or schedule).place
    placed = {key: replace(node, place=where, key_place=where) for key, node in changes.items()}
    changes = replace(changes, value=placed, place=where)
    training = merge(own, changes) or changes
    return replace(schedule, value={**dict(schedule.items()), "training": training})
