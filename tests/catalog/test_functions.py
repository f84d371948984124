"""Schedulers of transformers are known by the functions that they give to a LambdaLR."""

import inspect

import pytest

from lrplan.catalog.third_party.transformers import FUNCTIONS, row_of_lambda


def test_a_cosine_with_a_floor_is_another_scheduler():
    name = "_get_cosine_schedule_with_warmup_lr_lambda"
    names = {"num_warmup_steps", "num_training_steps", "num_cycles"}
    assert row_of_lambda(name, names).name == "transformers:cosine"
    assert row_of_lambda(name, {*names, "min_lr_rate"}).name == "transformers:cosine_with_min_lr"
    assert row_of_lambda("warm_up", names) is None


@pytest.mark.slow
def test_the_functions_are_those_of_the_package():
    optimization = pytest.importorskip(
        "transformers.optimization", reason="transformers is missing"
    )
    for name, row in FUNCTIONS.items():
        parameters = inspect.signature(getattr(optimization, name)).parameters
        own = {"current_step", "_", "lr_init", "min_lr_rate"}
        assert set(parameters) - own <= {each.name for each in row.arguments}, name
