"""The files of recipes: what they say of themselves is true of their spec."""

from functools import cache

import pytest
import yaml

from lrplan.catalog import OPTIMIZERS
from lrplan.errors import UsageError
from lrplan.recipes import name_in, names, path_of, text_of
from lrplan.recipes.header import recipe, recipes

KEYS = {"title", "field", "year", "checked", "grade", "sources", "derived", "assumed", "example"}
OPTIONAL = {"left_out"}
GRADES = {"repo", "paper", "package", "quote"}


@cache
def parsed(name):
    return yaml.load(text_of(name), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def specs(name):
    """The schedules of a recipe, each with the training that it has."""
    spec = parsed(name)
    for schedule in spec["schedules"].values():
        training = {**spec["training"], **schedule.get("training", {})}
        yield {**schedule, "training": training}


def has(schedule, path):
    """Whether a schedule has a value at ``path``, or leaves it to the default of its optimizer."""
    node, (first, *rest) = schedule, path.split(".")
    if first == "optimizer" and OPTIMIZERS[schedule["optimizer"]["type"]].argument(rest[0]):
        return True
    for part in path.split("."):
        try:
            node = node[int(part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return False
    return True


def test_graded_values_are_in_the_spec():
    wrong = [
        f"{name}: {path}"
        for name in names()
        for table in (recipe(name).derived, recipe(name).assumed, recipe(name).example)
        for path in table
        if not any(has(schedule, path) for schedule in specs(name))
    ]
    assert wrong == []


def test_what_the_sources_leave_open_is_drawn_dashed():
    # The source of fairseq-wmt16-ende-big leaves open when training stops, and nothing before it.
    solid = {name for name in names() if not any(recipe(name).curve_assumptions())}
    assert {name for name in solid if not recipe(name).checked} == {"fairseq-wmt16-ende-big"}


def test_headers_have_what_the_reader_knows():
    wrong = []
    for name in names():
        header = parsed(name)["x-recipe"]
        kinds = {kind for source in header["sources"] for kind in source}
        if set(header) - KEYS - OPTIONAL or not kinds <= GRADES or header["grade"] not in kinds:
            wrong.append(name)
    assert wrong == []


def test_a_recipe_is_shown_with_its_title():
    titles = {name: next(specs(name))["title"] for name in names()}
    assert titles == {name: recipe(name).title for name in names()}
    assert len(set(titles.values())) == len(titles)


def test_every_word_must_match():
    assert [each.name for each in recipes(["LLM", "Llama", "2 "])] == ["llama2"]
    assert {each.field for each in recipes(["speech", "2020"])} == {
        "speech pretraining",
        "speech fine-tuning",
    }
    assert recipes(["llama", "1917"]) == []
    assert len(recipes()) == len(names())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lama1", "did you mean `llama1`?"),
        ("", "`lrplan recipes` lists all"),
        ("../x", "lists all"),
    ],
)
def test_an_unknown_recipe_is_told_with_the_nearest(name, hint):
    with pytest.raises(UsageError, match="there is no recipe") as error:
        path_of(name)
    assert hint in str(error.value)


def test_a_source_names_a_recipe_by_its_prefix():
    assert name_in("recipe:llama1") == "llama1"
    assert name_in("llama1.yaml") is None
