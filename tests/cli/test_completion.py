"""What a shell completes, and that it completes nothing where something is wrong."""

from types import SimpleNamespace

import pytest

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.cli import app, completion
from lrplan.importers.families import FAMILIES
from lrplan.lint.registry import all_rules
from lrplan.recipes import names

SPEC = """\
schedules:
  one: {}
  two-b: {}
  $(touch x): {}
  "`touch x`": {}
  "a b": {}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(complete, incomplete="", **params):
    return [word for word, _ in complete(SimpleNamespace(params=params), incomplete)]


def test_sources_are_schedulers_recipes_and_files(folder):
    (folder / "Cosine.yaml").write_text("")
    found = words(completion.source, "Cosine")
    assert set(found) == {name for name in SCHEDULERS if name.startswith("Cosine")} | {
        "Cosine.yaml"
    }
    assert words(completion.source, "recipe:") == [f"recipe:{name}" for name in names()]


@pytest.mark.parametrize("incomplete", ["", "./Cos", "configs/", ".", "cfg"])
def test_the_shell_completes_files_where_nothing_else_fits(incomplete, folder):
    (folder / "cfg.yaml").write_text("")
    assert words(completion.source, incomplete) == []


def test_schedules_of_a_spec_are_offered_that_no_shell_can_run(folder):
    (folder / "spec.yaml").write_text(SPEC)
    assert words(completion.schedule_or_value, spec="spec.yaml") == ["one", "two-b"]
    assert words(completion.schedule_or_value, "tw", spec="spec.yaml") == ["two-b"]
    assert words(completion.schedule_or_value, spec="recipe:llama1") == ["run"]


def test_arguments_of_a_scheduler_are_offered():
    found = words(completion.schedule_or_value, spec="StepLR")
    assert {"step_size=", "gamma=", "lr=", "warmup="} <= set(found)


def test_schedules_of_a_spec_are_offered_behind_its_colon(folder):
    (folder / "spec.yaml").write_text(SPEC)
    assert words(completion.operand, "spec.yaml:") == ["spec.yaml:one", "spec.yaml:two-b"]
    assert words(completion.operand, "spec.yaml:t") == ["spec.yaml:two-b"]
    assert words(completion.operand, "recipe:llama1:") == ["recipe:llama1:run"]
    assert "recipe:llama1" in words(completion.operand, "recipe:lla")
    assert words(completion.operand, "none.yaml:") == []


def test_rules_are_offered_by_name_or_code():
    every = all_rules().values()
    assert {rule.name for rule in every} <= set(words(completion.rule))
    assert {rule.code for rule in every} <= set(words(completion.rule, "LRP"))
    assert words(completion.rules, "lr-negative,lr-not-f") == ["lr-negative,lr-not-finite"]


def test_what_can_be_named_is_offered():
    assert set(words(completion.scheduler)) == {*SCHEDULERS, *OPTIMIZERS}
    assert words(completion.recipe) == list(names())
    assert words(completion.family) == list(FAMILIES)
    assert "gan" in words(completion.template)


@pytest.mark.parametrize("spec", ["none.yaml", ".", "-", "recipe:none", "broken.yaml", None, "\0"])
def test_nothing_is_offered_where_nothing_can_be_read(spec, folder):
    (folder / "broken.yaml").write_text("schedules: [\n")
    assert words(completion.schedule_or_value, spec=spec) == []


def test_every_completion_is_used_by_a_command():
    used = {
        each.autocompletion.__name__
        for command in app.registered_commands
        for parameter in command.callback.__signature__.parameters.values()
        for each in getattr(parameter.annotation, "__metadata__", ())
        if each.autocompletion is not None
    }
    offers = ("source", "schedule_or_value", "rule", "rules", "scheduler", "recipe", "family")
    offers += ("template", "operand")
    assert used == set(offers)
