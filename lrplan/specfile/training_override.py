"""A spec with ``training`` settings from the command line on top, as a resumed run needs it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from lrplan.errors import SpecError, UsageError
from lrplan.node import Node, merge
from lrplan.specfile.load import Spec, resolve_tree
from lrplan.specfile.model_errors import validate
from lrplan.specfile.models import TrainingModel
from lrplan.specfile.problem_scope import ProblemScope
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText

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
    """``spec`` with ``settings`` on top of the training of some schedules, resolved again.

    Args:
        spec: a spec without problems.
        names: the schedules that are to change.
        settings: ``key=value``, both as in the spec's ``training``; an empty value takes the key
            away.
        directory: where files that the spec names are looked up.
        option: the option that gave the settings, for messages.
        trust: the code that the spec names may be run.

    Raises:
        UsageError: a setting is not of that form.
        SpecError: a key or a value is wrong, or they do not go with the rest of a schedule.
    """
    changes = _parse_settings(settings, option)
    if spec.root is None:
        return spec
    root = _with_changes(spec.root, names, changes)
    new_spec, findings = resolve_tree(root, spec.source, directory, trust=trust)
    findings = [each for each in findings if each.schedule is None or each.schedule in names]
    if findings:
        prefix = f"with {option} {' '.join(text.strip() for text in settings)}"
        findings = [replace(each, message=f"{prefix}: {each.message}") for each in findings]
        raise SpecError(findings, spec.source)
    return replace(new_spec, root=spec.root)


def _parse_settings(settings: Sequence[str], option: str) -> Node:
    matches = [_SETTING.fullmatch(text) for text in settings]
    for text, match in zip(settings, matches, strict=True):
        if match is None:
            raise UsageError(f"{option} {text!r}: write key=value, such as epochs=120")
    # The settings become a small YAML text, one line each, so that `epochs=120` is read and checked
    # exactly as `epochs: 120` in a spec is, with the option's name as the file's.
    lines = [f"{match[1]}: {match[2].strip()}" for match in matches if match is not None]
    source = InputText(option, "\n".join(lines) + "\n")
    problems = Problems(source)
    node = parse(source, problems)
    if node is not None:
        validate(TrainingModel, node, ProblemScope(problems), "")
    if problems.findings or node is None:
        raise SpecError(problems.findings, source)
    return node


def _with_changes(root: Node, names: Collection[str], changes: Node) -> Node:
    schedules = root.get("schedules")
    if schedules is None:
        return root
    changed = {
        name: _with_training(node, changes) if name in names else node
        for name, node in schedules.items()
    }
    schedules = replace(schedules, value=changed)
    return replace(root, value={**dict(root.items()), "schedules": schedules})


def _with_training(schedule: Node, changes: Node) -> Node:
    if not schedule.is_mapping:
        return schedule
    own = schedule.get("training")
    # The option's line and column are not the file's: problems that only the merged settings show,
    # such as two lengths that contradict each other, point at the schedule's own `training`.
    place = (own or schedule).place
    placed = {key: replace(node, place=place, key_place=place) for key, node in changes.items()}
    changes = replace(changes, value=placed, place=place)
    training = merge(own, changes) or changes
    return replace(schedule, value={**dict(schedule.items()), "training": training})
