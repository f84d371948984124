"""Arguments of schedulers as far as a script says them: values, and what lengths count."""

import pytest

from lrplan.schedule_code.model import UNKNOWN
from tests.support.scripts import observations, programs, script

OPTIONS = """
import argparse
from dataclasses import dataclass
parser = argparse.ArgumentParser()
parser.add_argument("-e", "--num-epochs", type=int, default=90)
parser.add_argument("--accumulate", type=int, default=2)
parser.add_argument("--steps", type=int)
args = parser.parse_args()
config = {"epochs": 20, "optim": {"gamma": 0.5}}

@dataclass
class Config:
    epochs: int = 12
    accumulate: int = 4

cfg = Config()
EPOCHS = 30
epochs = EPOCHS
total = epochs * len(loader)
"""


@pytest.mark.parametrize(
    ("argument", "value", "units"),
    [
        ("30", 30, {}),
        ("3 * 10 + 1", 31, {}),
        ("EPOCHS", 30, {"epochs": 1}),
        ("args.num_epochs", 90, {"epochs": 1}),
        ("args.num_epochs - 5", 85, {"epochs": 1}),
        ('config["epochs"]', 20, {"epochs": 1}),
        ('config.get("epochs", 3)', 20, {"epochs": 1}),
        ("cfg.epochs", 12, {"epochs": 1}),
        ("len(loader)", UNKNOWN, {"batches": 1}),
        ("len(loader.dataset)", UNKNOWN, {"samples": 1}),
        ("total", UNKNOWN, {"epochs": 1, "batches": 1}),
        ("total // args.accumulate", UNKNOWN, {"epochs": 1, "batches": 1, "accumulate": -1}),
        ("int(0.1 * total)", UNKNOWN, {"epochs": 1, "batches": 1}),
        ("max(1, len(loader))", UNKNOWN, {"batches": 1}),
        ("args.steps", UNKNOWN, None),
        ("something", UNKNOWN, None),
        ("2 ** 10 ** 10", UNKNOWN, None),
        ("int(1e999)", UNKNOWN, None),
        ("round(1e999)", UNKNOWN, None),
        ("1" + "0" * 99, UNKNOWN, None),
    ],
)
def test_the_value_and_the_unit_of_a_length(argument, value, units):
    text = f"{OPTIONS}\nscheduler = CosineAnnealingLR(optimizer, T_max={argument})\n"
    text += "for epoch in range(args.num_epochs):\n    pass\n"
    (way, *_) = programs(script(text))
    length = way.schedulers[0].arguments["T_max"]
    assert length.value == value
    if units is not None:
        assert length.units == units
    assert length.text == argument


def test_the_default_of_an_option_is_known_as_one():
    text = f"{OPTIONS}\nCosineAnnealingLR(optimizer, args.num_epochs)\nStepLR(optimizer, 30)"
    way = programs(script(text))[0]
    defaults = [each.arguments for each in way.schedulers]
    assert defaults[0]["T_max"].is_default
    assert not defaults[1]["step_size"].is_default


def test_arguments_have_their_names_and_places():
    text = 'scheduler = StepLR(optimizer, 30, gamma=0.5, verbose="é" == 1)\n'
    (way,) = programs(script(text))
    made = way.schedulers[0]
    assert list(made.arguments) == ["step_size", "gamma", "verbose"]
    line = script(text).splitlines()[made.place.line - 1]
    place = made.keywords["gamma"]
    assert line[place.column - 1 : place.end_column - 1] == "gamma=0.5"
    place = made.keywords["verbose"]
    assert line[place.column - 1 : place.end_column - 1] == 'verbose="é" == 1'


@pytest.mark.parametrize(
    ("made", "kind", "module"),
    [
        ("StepLR(optimizer, 3)", "StepLR", "torch.optim.lr_scheduler"),
        ("optim.lr_scheduler.StepLR(optimizer, 3)", "StepLR", "torch.optim.lr_scheduler"),
        ("torch.optim.lr_scheduler.StepLR(optimizer, 3)", "StepLR", "torch.optim.lr_scheduler"),
        ("transformers.get_cosine_schedule_with_warmup(optimizer, 1, 9)", "cosine", "transformers"),
        ('transformers.get_scheduler("linear", optimizer)', "linear", "transformers"),
        ("transformers.get_scheduler(unknown, optimizer)", "get_scheduler", "transformers"),
        ("timm.scheduler.CosineLRScheduler(optimizer, 3)", "CosineLRScheduler", "timm.scheduler"),
        ("Own(optimizer)", "Own", ""),
    ],
)
def test_the_class_of_a_scheduler(made, kind, module):
    text = f"""
    import transformers
    import timm.scheduler

    class Own(LRScheduler):
        pass

    scheduler = {made}
    """
    (scheduler,) = programs(script(text))[0].schedulers
    assert (scheduler.type, scheduler.module, scheduler.optimizer) == (kind, module, 0)


def test_a_scheduler_inside_another_one_is_its_child():
    text = """
    warm = LinearLR(optimizer, total_iters=5)
    main = CosineAnnealingLR(optimizer, 85)
    scheduler = SequentialLR(optimizer, [warm, main], milestones=[5])
    """
    (way,) = programs(script(text))
    assert [each.parent for each in way.schedulers] == [2, 2, None]


def test_the_lengths_of_the_run():
    text = """
    EPOCHS = 30
    scheduler = StepLR(optimizer, 10)
    for epoch in range(EPOCHS):
        for i, x in enumerate(loader):
            model(x).backward()
            if (i + 1) % 8 == 0:
                optimizer.step()
        scheduler.step()
    """
    (seen,) = observations(script(text))
    assert (seen.epochs.value, seen.epochs.text) == (30, "EPOCHS")
    assert seen.accumulate.value == 8


@pytest.mark.parametrize(
    ("milestones", "value"),
    [
        ("[3, 6] + [9]", [3, 6, 9]),
        ("[3 * n for n in (1, 2)]", [3, 6]),
        # Of a long list, the first items are not taken for all.
        ("[3 * n for n in (1, 2, 3, 4, 5, 6, 7, 8, 9)]", UNKNOWN),
        ("[each for each in something] + [9]", UNKNOWN),
        ("doubled", UNKNOWN),
    ],
)
def test_a_list_is_known_in_full_or_not_at_all(milestones, value):
    # A list that is added to itself again and again is not made: it would fill the memory.
    text = "doubled = [1, 2]\n" + "doubled = doubled + doubled\n" * 40
    (way, *_) = programs(script(f"{text}scheduler = MultiStepLR(optimizer, {milestones})\n"))
    assert way.schedulers[0].arguments["milestones"].value == value
