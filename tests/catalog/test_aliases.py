"""Names of other packages: each leads to a scheduler there is, and the hint says what it takes."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from lrplan.catalog import SCHEDULERS
from lrplan.catalog.aliases import ALIASES, resolve_alias
from lrplan.errors import SpecError
from lrplan.specfile.load import load
from lrplan.text_position import InputText


def hint(name):
    text = (
        "training: {steps: 100}\nschedules:\n  run:\n    optimizer: {type: SGD, lr: 0.1}\n"
        f'    scheduler: {{type: "{name}"}}\n'
    )
    with pytest.raises(SpecError) as caught:
        load(InputText("spec.yaml", text), Path()).plans  # noqa: B018
    (found,) = caught.value.findings
    assert found.name == "unknown-name"
    return found.fix


@pytest.mark.parametrize("name", ALIASES)
def test_each_leads_to_a_scheduler_and_is_none_itself(name):
    assert ALIASES[name] in SCHEDULERS
    assert name not in SCHEDULERS
    assert f"did you mean `{ALIASES[name]}`?" in hint(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "get_cosine_schedule_with_warmup",
            "did you mean `transformers:cosine`? It takes num_warmup_steps and num_training_steps",
        ),
        ("transformers:get_constant_schedule", "did you mean `transformers:constant`?"),
        (
            "optax.warmup_cosine_decay_schedule",
            "did you mean `WarmupCosine`? It takes warmup_steps and total_steps",
        ),
        (
            "keras.optimizers.schedules.CosineDecay",
            "did you mean `CosineAnnealingLR`? It takes T_max",
        ),
        ("cosinedecay", "did you mean `CosineAnnealingLR`? It takes T_max"),
        ("CosineAnealingLR", "did you mean `CosineAnnealingLR`?"),
    ],
)
def test_the_hint_says_what_has_to_be_given(name, said):
    assert hint(name) == said


def test_what_nobody_knows_is_not_guessed():
    assert resolve_alias("Nothing") is None


@pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is missing")
def test_functions_of_transformers_are_those_behind_its_names():
    optimization = import_module("transformers.optimization")
    behind = {
        function.__name__: str(kind.value)
        for kind, function in optimization.TYPE_TO_SCHEDULER_FUNCTION.items()
        if hasattr(function, "__name__")
    }
    own = {name: meant for name, meant in ALIASES.items() if name in behind}
    assert len(own) >= 9
    assert {name: f"transformers:{behind[name]}" for name in own} == own
