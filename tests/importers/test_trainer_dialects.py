"""TRL and LLaMA-Factory: what they change of the Trainer's defaults.

Both leave the schedule to transformers: ``get_scheduler`` where that is installed. Where they are
installed, their own classes and functions say what it is called with.
"""

from types import SimpleNamespace

import pytest
import torch
import yaml

from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config
from tests.support.real_code import functions_of, module_of, source_of
from tests.support.trainer_schedules import stepped

DATA = {"dataset_size": 1000, "world_size": 2}


def linear(lr, steps, warmup=0, kind="linear", **options):
    return stepped(kind, lr, warmup, steps, options)


TRL = [
    ("sft", ("", {**DATA, "trainer": "sft"}, linear(2e-5, 189))),
    ("dpo", ("", {**DATA, "trainer": "dpo"}, linear(1e-6, 189))),
    ("reward", ("", {**DATA, "trainer": "reward"}, linear(1e-4, 189))),
    ("own rate", ("learning_rate: 3e-6", DATA, linear(3e-6, 189))),
    ("accumulation", ("learning_rate: 1\ngradient_accumulation_steps: 8", DATA, linear(1, 24))),
    ("a ratio", ("learning_rate: 1\nwarmup_ratio: 0.1", DATA, linear(1, 189, 19))),
    ("grpo", ("", {"trainer": "grpo", "steps_per_epoch": 40}, linear(1e-6, 120))),
    ("async", ("max_steps: 9", {"trainer": "async_grpo"}, [1e-6] * 9)),
]


@for_all(TRL)
def test_the_curve_of_trl(text, facts, expected):
    """Defaults as the ``*_config.py`` of trl 1.16.0 have them."""
    (own,) = curves(f"{text}\n" if text else "{}", family="trl", **facts).values()
    assert_same(own, expected)


TRL_CLASSES = {
    "sft": "trainer/sft_config.py:SFTConfig",
    "dpo": "trainer/dpo_config.py:DPOConfig",
    "kto": "trainer/kto_config.py:KTOConfig",
    "grpo": "trainer/grpo_config.py:GRPOConfig",
    "rloo": "trainer/rloo_config.py:RLOOConfig",
    "reward": "trainer/reward_config.py:RewardConfig",
    "distillation": "trainer/distillation_config.py:DistillationConfig",
    "online_dpo": "experimental/online_dpo/online_dpo_config.py:OnlineDPOConfig",
    "cpo": "experimental/cpo/cpo_config.py:CPOConfig",
    "orpo": "experimental/orpo/orpo_config.py:ORPOConfig",
    "tpo": "experimental/tpo/tpo_config.py:TPOConfig",
    "gkd": "experimental/gkd/gkd_config.py:GKDConfig",
    "gold": "experimental/gold/gold_config.py:GOLDConfig",
    "async_grpo": "experimental/async_grpo/async_grpo_config.py:AsyncGRPOConfig",
}
SETTINGS = [
    {},
    {"learning_rate": 3e-6, "warmup_steps": 5},
    {"warmup_steps": 0.1, "lr_scheduler_type": "cosine"},
    {"lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr_rate": 0.1}},
    {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 9},
]


def with_arguments_of(arguments, steps):
    """What transformers makes of real arguments: the rates of all updates."""
    return stepped(
        arguments.lr_scheduler_type,
        arguments.learning_rate,
        arguments.get_warmup_steps(steps),
        steps,
        arguments.lr_scheduler_kwargs or {},
    )


# The warnings are of the packages: of what is experimental, and of two lengths of which one counts.
@pytest.mark.filterwarnings("ignore")
@for_all((f"{kind} {settings}", (kind, settings)) for kind in TRL_CLASSES for settings in SETTINGS)
def test_the_arguments_are_those_of_the_classes_of_trl(kind, settings):
    """For 40 updates."""
    path, name = TRL_CLASSES[kind].split(":")
    real = getattr(module_of("trl", f"trl/{path}"), name)
    arguments = real(output_dir="unused", bf16=False, use_cpu=True, max_steps=40, **settings)
    text = yaml.safe_dump({"max_steps": 40, **settings})
    (own,) = curves(text, family="trl", trainer=kind).values()
    assert_same(own, with_arguments_of(arguments, 40))


def test_trl_asks_for_its_trainer_with_the_rest():
    _, (problem,) = read_config("dataset_name: x\nuse_peft: true\nper_device_train_batch_size: 2\n")
    assert problem.fix.startswith(
        "add --set trainer=sft --set dataset_size=50000 --set world_size=1"
    )
    _, (problem,) = read_config("learning_rate: 1\nnum_generations: 8\n")
    assert problem.fix.startswith("add --set steps_per_epoch=100, with")


def test_an_unknown_trainer_is_refused():
    _, (problem,) = read_config("{}", family="trl", trainer="grop", **DATA)
    assert problem.message == "lrplan knows no trainer `grop` of TRL"
    assert problem.fix == "it knows grpo"


FACTORY = [
    ("defaults only", ("", DATA, {"all": linear(5e-5, 189)})),
    ("a ratio", ("warmup_ratio: 0.1\nlr_scheduler_type: cosine", DATA,
                 {"all": linear(5e-5, 189, 19, "cosine")})),
    ("accumulation", ("gradient_accumulation_steps: 8", DATA, {"all": linear(5e-5, 24)})),
    ("a third is stable", ("lr_scheduler_type: warmup_stable_decay\nwarmup_steps: 9", DATA,
        {"all": linear(5e-5, 189, 9, "warmup_stable_decay",
                       num_stable_steps=60, num_decay_steps=120)})),
    ("LoRA+", ("loraplus_lr_ratio: 16.0\nmax_steps: 30", {},
        {"lora_a": linear(5e-5, 30), "lora_b": linear(16 * 5e-5, 30),
         "lora_b_no_decay": linear(16 * 5e-5, 30), "embedding": linear(1e-6, 30)})),
]  # fmt: skip


@for_all(FACTORY)
def test_the_curve_of_llama_factory(text, facts, expected):
    """By group."""
    own = curves(f"stage: sft\ntemplate: llama3\n{text}\n", **facts)
    assert list(own) == list(expected)
    for name, curve in own.items():
        assert_same(curve, expected[name])


class Adapter(torch.nn.Module):
    """A parameter of each group of LoRA+."""

    def __init__(self):
        super().__init__()
        for name in ("lora_A", "lora_B", "lora_embedding_B"):
            self.register_parameter(name, torch.nn.Parameter(torch.zeros(1, 1)))
        self.lora_B_bias = torch.nn.Parameter(torch.zeros(1))


def trained_by_llama_factory(settings, steps):
    """The rates of each group, by LLaMA-Factory's own builders and transformers' Trainer."""
    transformers = pytest.importorskip("transformers", reason="transformers is missing")
    settings = dict(settings)
    plus = settings.pop("loraplus_lr_ratio", None)
    arguments = transformers.TrainingArguments("unused", max_steps=steps, use_cpu=True, **settings)
    source = source_of("llamafactory", "llamafactory/train/trainer_utils.py")
    names = ("_create_loraplus_optimizer", "create_custom_scheduler")
    known = {"Trainer": transformers.Trainer, "torch": torch, "DummyOptimizer": type(None)}
    known["_get_decay_parameter_names"] = lambda _: ["lora_A", "lora_B"]
    parts, model = functions_of(source, names, known), Adapter()
    own = SimpleNamespace(loraplus_lr_ratio=plus, loraplus_lr_embedding=1e-6)
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.learning_rate)
    if plus is not None:
        optimizer = parts["_create_loraplus_optimizer"](model, arguments, own)
    parts["create_custom_scheduler"](arguments, steps, optimizer)
    trainer = SimpleNamespace(args=arguments, optimizer=optimizer, lr_scheduler=None)
    scheduler = transformers.Trainer.create_scheduler(trainer, steps, optimizer)
    lrs = []
    for _ in range(steps):
        lrs.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    return list(zip(*lrs, strict=True))


REAL_FACTORY = [
    {},
    {"learning_rate": 1e-4, "lr_scheduler_type": "cosine", "warmup_steps": 0.1},
    {"lr_scheduler_type": "warmup_stable_decay", "warmup_steps": 9},
    {"lr_scheduler_type": "warmup_stable_decay", "lr_scheduler_kwargs": {"num_decay_steps": 11}},
    {"loraplus_lr_ratio": 16.0, "warmup_steps": 4},
    {"loraplus_lr_ratio": 4, "learning_rate": 2e-4, "lr_scheduler_type": "inverse_sqrt"},
]


@pytest.mark.filterwarnings("ignore")
@for_all((str(settings), (settings,)) for settings in REAL_FACTORY)
def test_the_builders_of_llama_factory_make_the_same(settings):
    """By group, for 50 updates."""
    real = trained_by_llama_factory(settings, 50)
    text = yaml.safe_dump({"stage": "sft", "template": "llama3", "max_steps": 50, **settings})
    own = curves(text)
    assert len(own) == len(real)
    for curve, values in zip(own.values(), real, strict=True):
        assert_same(curve, values)


def test_llama_factory_refuses_what_has_no_plan():
    for text in ("stage: ppo", "stage: sft\nstreaming: true"):
        _, problems = read_config(f"template: x\nfinetuning_type: lora\n{text}\n", **DATA)
        assert [each.name for each in problems] == ["bad-value"]


def test_the_release_names_both_packages():
    spec, _ = read_config("stage: sft\ntemplate: x\nwarmup_ratio: 0.1\nmax_steps: 9\n")
    assert spec.notes[0].startswith("read as LLaMA-Factory 0.9.5 on transformers 4.57 reads it")
