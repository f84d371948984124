"""TRL and LLaMA-Factory: what they change of the Trainer's defaults.

Both leave the schedule to transformers: ``get_scheduler`` where that is installed.
"""

from tests.support.for_all import for_all
from tests.support.foreign import assert_same, curves, read_config
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


def test_llama_factory_refuses_what_has_no_plan():
    for text in ("stage: ppo", "stage: sft\nstreaming: true"):
        _, problems = read_config(f"template: x\nfinetuning_type: lora\n{text}\n", **DATA)
        assert [each.name for each in problems] == ["bad-value"]


def test_the_release_names_both_packages():
    spec, _ = read_config("stage: sft\ntemplate: x\nwarmup_ratio: 0.1\nmax_steps: 9\n")
    assert spec.notes[0].startswith("read as LLaMA-Factory 0.9.5 on transformers 4.57 reads it")
