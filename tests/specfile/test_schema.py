"""The JSON Schema and the loader agree about what a spec is."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.errors import SpecError
from lrplan.specfile.load import load
from lrplan.specfile.problems import Problems
from lrplan.specfile.schema import spec_schema
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from tests.support.spec_validator import spec_validator

ROOT = Path(__file__).parents[2]
VALIDATOR = spec_validator()
BASE = """\
training: {epochs: 4, steps_per_epoch: 5}
schedules:
  it:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 3}
"""

KINDS = {"Scheduler": SCHEDULERS, "Optimizer": OPTIMIZERS}


def plain(text):
    node = parse(InputText("s", text), Problems(InputText("s", text)))
    return None if node is None else node.to_python()


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(spec_schema())


TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix() for path in ROOT.glob("lrplan/templates/*.yaml")
)


@pytest.mark.parametrize("path", ["schedules.yaml", *TEMPLATES])
def test_specs_that_load_pass_the_schema(path):
    VALIDATOR.validate(plain((ROOT / path).read_text()))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("epochs: 4", "epochs: 0"),
        ("epochs: 4", "epoch: 4"),
        ("type: SGD", "type: SDG"),
        ("lr: 0.1", "lr: fast"),
        ("lr: 0.1", "lrr: 0.1"),
        ("type: StepLR", "type: Step"),
        (", step_size: 3", ""),
        ("step_size: 3", "step_size: 3mins"),
        ("step_size: 3", "step_size: 3, interval: steps"),
        ("scheduler:", "schedulers:"),
    ],
)
def test_a_mistake_is_one_for_both(right, wrong):
    text = BASE.replace(right, wrong)
    assert text != BASE
    assert not VALIDATOR.is_valid(plain(text))
    with pytest.raises(SpecError):
        load(InputText("s", text), Path())


def test_every_name_of_the_catalogue_is_completed():
    definitions = spec_schema()["$defs"]
    types = {key: definitions[key]["properties"]["type"] for key in KINDS}
    label = types["Scheduler"]["$ref"].removeprefix("#/$defs/")  # as the inner ones have it
    types["Scheduler"] = definitions[label]
    named = {key: each["anyOf"][0] for key, each in types.items()}
    assert named == {key: {"enum": list(rows)} for key, rows in KINDS.items()}


def test_the_schema_is_plain_data():
    assert yaml.safe_load(yaml.safe_dump(spec_schema())) == spec_schema()
