"""DeepSpeed configs, alone and beside the Trainer's arguments.

Where DeepSpeed is installed the curves stand beside its own classes, stepped in a loop; elsewhere
beside a copy of their arithmetic.
"""

import importlib.util
import inspect
import json
import math

import pytest
import torch

from lrplan.lint.runner import check_schedule
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.support.deepspeed_schedulers import SCHEDULERS
from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config, said

HAS_DEEPSPEED = importlib.util.find_spec("deepspeed") is not None
LR = 3e-4
STEPS = 60


def stepped(kind, params, field="lr"):
    """What ``optimizer.step()`` is given in each update."""
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = _class(kind)(optimizer, **params)
    values = []
    for _ in range(STEPS):
        group = optimizer.param_groups[0]
        values.append(group["lr"] if field == "lr" else group["betas"][0])
        optimizer.step()
        scheduler.step()
    return values


def _class(kind):
    if not HAS_DEEPSPEED:
        return SCHEDULERS[kind]
    from lrplan.torch_objects.adapters.deepspeed import schedules

    return getattr(schedules(), kind)


def ds(kind, params, **rest):
    return json.dumps(
        {
            "train_micro_batch_size_per_gpu": 2,
            "optimizer": {"type": "AdamW", "params": {"lr": LR}},
            "scheduler": {"type": kind, "params": params},
            **rest,
        }
    )


SCHEDULES = [
    ("WarmupLR", {"warmup_num_steps": 20}),
    ("WarmupLR", {"warmup_num_steps": 1}),
    ("WarmupLR", {"warmup_num_steps": 20, "warmup_type": "linear", "warmup_min_lr": 1e-5}),
    ("WarmupLR", {"warmup_num_steps": 20, "warmup_max_lr": 2e-3}),
    ("WarmupLR", {}),
    ("WarmupDecayLR", {"total_num_steps": 60, "warmup_num_steps": 20}),
    ("WarmupDecayLR", {"total_num_steps": 40, "warmup_num_steps": 10, "warmup_max_lr": 0.01}),
    ("WarmupDecayLR", {"total_num_steps": 5, "warmup_num_steps": 10, "warmup_type": "linear"}),
    ("WarmupDecayLR", {"total_num_steps": 50, "warmup_num_steps": 10, "warmup_type": "linear",
                       "warmup_min_lr": 1e-5}),
    ("WarmupLR", {"warmup_num_steps": 20, "warmup_type": "linear", "warmup_max_lr": 1e-5}),
    ("WarmupCosineLR", {"total_num_steps": 60, "warmup_num_steps": 20}),
    ("WarmupCosineLR", {"total_num_steps": 40, "warmup_num_steps": 9, "cos_min_ratio": 0.1}),
    ("WarmupCosineLR", {"total_num_steps": 60, "warmup_num_steps": 9, "warmup_min_ratio": 0.3}),
    ("LRRangeTest", {"lr_range_test_step_size": 7}),
    ("LRRangeTest", {"lr_range_test_step_size": 7, "lr_range_test_staircase": True}),
    ("LRRangeTest", {"lr_range_test_min_lr": 1e-5, "lr_range_test_step_rate": 0.5}),
    ("OneCycle", {"cycle_min_lr": 1e-4, "cycle_max_lr": 1e-3, "cycle_first_step_size": 20}),
    ("OneCycle", {"cycle_min_lr": 1e-4, "cycle_max_lr": 1e-3, "cycle_first_step_size": 10,
                  "cycle_second_step_size": 16, "decay_step_size": 5, "decay_lr_rate": 0.2,
                  "decay_mom_rate": 0.01}),
    ("OneCycle", {"cycle_min_lr": 1e-4, "cycle_max_lr": 1e-3, "cycle_first_step_size": 20,
                  "cycle_first_stair_count": 4}),
    ("OneCycle", {"cycle_min_lr": 1e-4, "cycle_max_lr": 1e-3, "cycle_first_step_size": 1,
                  "cycle_second_step_size": 9, "decay_lr_rate": 0.2}),
    ("OneCycle", {"cycle_min_lr": 1e-4, "cycle_max_lr": 1e-3, "cycle_first_step_size": 9,
                  "cycle_second_step_size": 9, "decay_step_size": 2, "decay_mom_rate": 0.01}),
]  # fmt: skip


@for_all([(f"{kind} {params}", (kind, params)) for kind, params in SCHEDULES])
def test_each_scheduler_is_that_of_deepspeed(kind, params):
    """The learning rate, and the first beta."""
    text = ds(kind, params)
    (own,) = curves(text, "ds_config.json", steps=STEPS).values()
    assert_same(own, stepped(kind, params))
    (momentum,) = curves(text, "ds_config.json", "momentum", steps=STEPS).values()
    assert_same(momentum, stepped(kind, params, "momentum"))


KEPT = [
    ("WarmupLR", ("WarmupLR", {"warmup_num_steps": 20})),
    ("WarmupDecayLR", ("WarmupDecayLR", {"total_num_steps": 50, "warmup_type": "linear"})),
    ("OneCycle", (
        "OneCycle", {"cycle_min_lr": 0.1, "cycle_max_lr": 0.5, "cycle_momentum": False},
    )),
]  # fmt: skip


@for_all(KEPT)
def test_a_spec_that_is_kept_has_the_parameters_of_the_config(kind, params):
    """And no others: what surprises is what the config does not say."""
    spec, _ = read_config(ds(kind, params), "ds_config.json", steps=STEPS)
    (scheduler,) = spec.plans["run"].schedulers
    assert scheduler.type == f"deepspeed:{kind}"
    assert dict(scheduler.arguments) == params


def test_what_deepspeed_fills_in_is_a_finding_where_it_surprises():
    text = ds("WarmupDecayLR", {"total_num_steps": 50, "warmup_num_steps": 20})
    spec, _ = read_config(text, "ds_config.json", steps=STEPS)
    plan = spec.plans["run"]
    found = check_schedule(plan, simulate(plan, Request()))
    told = [each.message for each in found if each.name == "deepspeed-warmup-surprises"]
    assert any("not at the optimizer's" in each for each in told)
    assert any("the warm-up is logarithmic by default" in each for each in told)


def test_an_auto_that_nobody_fills_in_is_refused():
    text = ds("WarmupLR", {"warmup_type": "auto"})
    _, (problem,) = read_config(text, "ds_config.json", steps=STEPS)
    assert problem.message.endswith("transformers fills in no `auto` here")


def test_only_defaults_that_decide_a_value_are_told():
    text = ds("WarmupDecayLR", {"total_num_steps": 50, "warmup_num_steps": 20})
    spec, _ = read_config(text, "ds_config.json")
    assert spec.notes[0] == (
        "read as DeepSpeed 0.19.8 reads it, which fills in: scheduler.params.warmup_min_lr 0,"
        " scheduler.params.warmup_max_lr 0.001, scheduler.params.warmup_type log,"
        " optimizer.params.betas [0.9, 0.999], optimizer.params.weight_decay 0"
    )


def test_comments_are_tolerated_and_move_nothing():
    text = (
        '{\n\t// the peak\n\t"optimizer": {"type": "Adam", /* of Adam */ "params": {"lr": -1,}},\n}'
    )
    _, problems = read_config(text, "ds_config.json", "deepspeed", steps=9)
    column = text.splitlines()[2].index("-1") + 1
    assert [(each.line, each.column) for each in problems] == [(3, column)]


def test_each_auto_is_asked_for_by_the_name_that_transformers_gives_it():
    params = {"warmup_max_lr": "auto", "warmup_num_steps": "auto", "total_num_steps": "auto"}
    text = ds("WarmupDecayLR", params, optimizer={"type": "Adam", "params": {"lr": "auto"}})
    _, (problem,) = read_config(text, "ds_config.json")
    asked = "--set learning_rate=1e-4 --set max_steps=10000 --set warmup_steps=100"
    assert problem.fix == f"add {asked}, with your own values"
    facts = {"learning_rate": LR, "warmup_steps": 20, "max_steps": STEPS}
    (own,) = curves(text, "ds_config.json", **facts).values()
    real = {"warmup_max_lr": LR, "warmup_num_steps": 20, "total_num_steps": STEPS}
    assert_same(own, stepped("WarmupDecayLR", real))
    (own,) = curves(text, "ds_config.json", learning_rate=LR, warmup_steps=20, steps=STEPS).values()
    assert_same(own, stepped("WarmupDecayLR", real))


def test_a_decay_of_auto_is_the_0_that_the_output_says():
    """And not the default of torch's AdamW."""
    params = {"lr": LR, "weight_decay": "auto"}
    text = ds("WarmupLR", {}, optimizer={"type": "AdamW", "params": params})
    spec, _ = read_config(text, "ds_config.json", steps=STEPS)
    assert "`weight_decay` is taken for 0, the default of transformers" in spec.notes
    assert spec.plans["run"].optimizer.arguments["weight_decay"] == 0


def test_the_length_of_the_run_is_asked_for():
    _, (problem,) = read_config(ds("WarmupLR", {}), "ds_config.json")
    assert problem.fix == "add --set steps=10000, with your own values"
    facts = {"epochs": 3, "dataset_size": 80, "world_size": 2}
    text = ds("WarmupLR", {"warmup_num_steps": 20}, gradient_accumulation_steps=1)
    (own,) = curves(text, "ds_config.json", **facts).values()
    assert_same(own, stepped("WarmupLR", {"warmup_num_steps": 20}))


REFUSED = [
    ("an unknown scheduler", (ds("Warmup", {}), "lrplan knows no scheduler `Warmup`")),
    ("no warm-up", (ds("WarmupLR", {"warmup_num_steps": 0}), "must be at least 1, not 0")),
    ("no total", (ds("WarmupCosineLR", {}), "needs `total_num_steps`")),
    ("no bounds", (ds("OneCycle", {"cycle_max_lr": 1}), "needs `cycle_min_lr`")),
    ("text", (ds("WarmupLR", {"warmup_num_steps": "x"}), "must be a whole number")),
]


@for_all(REFUSED)
def test_what_deepspeed_refuses_is_refused(text, part):
    """In words that name the key."""
    _, (problem, *_) = read_config(text, "ds_config.json", steps=9)
    assert part in problem.message


@pytest.fixture
def folder(tmp_path):
    auto = {"warmup_min_lr": "auto", "warmup_max_lr": "auto", "warmup_num_steps": "auto"}
    files = {
        "auto.json": {
            "optimizer": {"type": "AdamW", "params": {"lr": "auto", "weight_decay": "auto"}},
            "scheduler": {"type": "WarmupDecayLR", "params": {**auto, "total_num_steps": "auto"}},
            "train_micro_batch_size_per_gpu": "auto",
        },
        "plain.json": {"zero_optimization": {"stage": 2}},
        "wrong.json": {
            "optimizer": {"type": "AdamW", "params": {"lr": 0.5}},
            "scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 7}},
        },
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


ARGUMENTS = f"""\
learning_rate: {LR}
lr_scheduler_type: cosine
max_steps: {STEPS}
warmup_steps: 20
per_device_train_batch_size: 2
"""


def test_the_scheduler_of_deepspeed_runs_in_place_of_the_trainers(folder):
    (own,) = curves(f"{ARGUMENTS}deepspeed: auto.json\n", folder=folder).values()
    real = {"warmup_max_lr": LR, "warmup_num_steps": 20, "total_num_steps": STEPS}
    assert_same(own, stepped("WarmupDecayLR", real))
    spec, _ = read_config(f"{ARGUMENTS}deepspeed: auto.json\n", folder=folder)
    assert "the scheduler of `deepspeed` runs, and not the Trainer's own" in spec.notes
    assert not any("taken for" in note for note in spec.notes)  # the Trainer says what "auto" is
    assert spec.files == ((folder / "auto.json").resolve(),)


def test_a_learning_rate_that_the_config_says_is_that_of_all_groups(folder):
    """DeepSpeed sets one number in each of them; with LoRA+ they begin with others."""
    params = {"warmup_num_steps": 20, "warmup_max_lr": LR}
    inline = json.dumps({"scheduler": {"type": "WarmupLR", "params": params}})
    text = f"{ARGUMENTS}stage: sft\nloraplus_lr_ratio: 16\ndeepspeed: {inline}\n"
    own = curves(text, family="llamafactory", folder=folder)
    assert len(own) == 4
    for curve in own.values():
        assert_same(curve, stepped("WarmupLR", params))


def test_a_warm_up_to_no_learning_rate_goes_to_that_of_each_group(folder):
    inline = json.dumps({"scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 20}}})
    text = f"{ARGUMENTS}stage: sft\nloraplus_lr_ratio: 16\ndeepspeed: {inline}\n"
    own = curves(text, family="llamafactory", folder=folder)
    real = stepped("WarmupLR", {"warmup_num_steps": 20})
    assert_same(own["lora_a"], real)
    assert_same(own["lora_b"], [16 * each for each in real])


def test_without_a_scheduler_of_its_own_the_trainers_runs(folder):
    (own,) = curves(f"{ARGUMENTS}deepspeed: plain.json\n", folder=folder).values()
    wave = [(1 + math.cos(math.pi * (s - 20) / 40)) / 2 for s in range(STEPS)]
    assert_same(own, [LR * (s / 20 if s < 20 else wave[s]) for s in range(STEPS)])


def test_a_config_written_in_place_counts(folder):
    inline = "deepspeed: {scheduler: {type: WarmupLR, params: {warmup_num_steps: auto}}}\n"
    (own,) = curves(f"{ARGUMENTS}{inline}", folder=folder).values()
    assert_same(own, stepped("WarmupLR", {"warmup_num_steps": 20}))


def test_what_contradicts_the_arguments_is_refused_where_the_file_is_named(folder):
    _, problems = read_config(f"{ARGUMENTS}deepspeed: wrong.json\n", folder=folder)
    message = "`optimizer.params.lr` is 0.5, and learning_rate of this config is 0.0003"
    other = "`scheduler.params.warmup_num_steps` is 7, and the warm-up of this config is 20"
    assert said(problems) == [
        ("bad-value", 6, 12, message),
        ("bad-value", 6, 12, other),
    ]


def test_a_file_outside_the_project_is_not_read(folder):
    (folder / "inner").mkdir()
    _, problems = read_config(f"{ARGUMENTS}deepspeed: ../plain.json\n", folder=folder / "inner")
    assert "is outside the project" in problems[0].message
    assert problems[0].line == 6


@pytest.mark.parametrize(
    ("kind", "more", "decay"),
    [
        ("AdamW", {}, 0),
        ("Adam", {}, 0),
        ("Adam", {"adam_w_mode": False}, 0),
        ("AdamW", {"torch_adam": True}, 0.01),
        ("AdamW", {"weight_decay": 0.1}, 0.1),
    ],
)
def test_the_adam_of_deepspeed_decays_nothing_by_default(kind, more, decay):
    """It is a class of DeepSpeed's own, unless the config asks for torch's."""
    text = ds("WarmupLR", {}, optimizer={"type": kind, "params": {"lr": LR, **more}})
    (found,) = curves(text, "ds_config.json", field="weight_decay", steps=STEPS).values()
    assert_same(found, [decay] * STEPS)


def test_the_defaults_are_those_of_deepspeed():
    pytest.importorskip("deepspeed")
    from deepspeed.ops.adam import DeepSpeedCPUAdam, FusedAdam

    for own in (DeepSpeedCPUAdam, FusedAdam):
        assert inspect.signature(own).parameters["weight_decay"].default == 0


def test_an_optimizer_outside_of_torch_has_its_stand_in():
    """Without the decay that other packages give it: DeepSpeed's own has none."""
    params = {"lr": LR, "betas": [0.8, 0.95]}
    text = ds("WarmupLR", {}, optimizer={"type": "Lamb", "params": params})
    spec, _ = read_config(text, "ds_config.json", steps=STEPS)
    optimizer = spec.plans["run"].optimizer
    assert optimizer.row.name == "Lamb"
    assert list(optimizer.arguments["betas"]) == [0.8, 0.95]
    assert optimizer.arguments["weight_decay"] == 0
