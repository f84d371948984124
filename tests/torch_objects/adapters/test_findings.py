"""The numbers that findings about other packages' schedulers rest on, measured."""

from importlib.util import find_spec

import numpy as np
import pytest

from tests.support import specs
from tests.support.rule_runs import findings
from tests.torch_objects.adapters.traced import applied, trace_of


def needs(package):
    return pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is missing")


def spec(scheduler, training="{steps: 200}", optimizer="{type: AdamW, lr: 0.1}"):
    return specs.spec(scheduler, training=training, optimizer=optimizer)


def said(name, text):
    return [each for each in findings(text, static=True) if each.name == name]


@needs("timm")
def test_timm_enters_the_decay_part_way_unless_told_otherwise():
    base = {"type": "timm:CosineLRScheduler", "warmup_t": 3, "warmup_lr_init": 1e-4}
    training = {"epochs": 10, "steps_per_epoch": 1}
    plain = applied({**base, "t_initial": 10, "lr_min": 1e-3}, rates=(0.1,), training=training)[
        :, 0
    ]
    assert plain[:4] == pytest.approx([0.0001, 0.0334, 0.0667, 0.0796], abs=5e-5)
    prefix = {**base, "t_initial": 10, "warmup_prefix": True}
    assert applied(prefix, rates=(0.1,), training=training)[-1, 0] == pytest.approx(0.035, abs=5e-4)


@needs("timm")
def test_the_finding_says_the_peak_that_is_used_and_the_length():
    scheduler = (
        "{type: timm:CosineLRScheduler, t_initial: 10ep, warmup_t: 3ep, cycle_limit: 2,"
        " lr_min: 1e-3, warmup_lr_init: 1e-4}"
    )
    run = "{epochs: 10, steps_per_epoch: 5}"
    peak, length = findings(spec(scheduler, run, "{type: SGD, lr: 0.1}"))
    assert peak.name == length.name == "timm-warmup-prefix-and-cycle-length"
    texts = " ".join(sorted([peak.message, length.message]))
    assert "peaks at 0.0796, 79.6% of 0.1" in texts
    assert "takes 20 epochs and gets 10: the run ends 10 epochs before its floor" in texts


@needs("timm")
def test_a_plan_that_goes_on_later_is_not_too_long():
    scheduler = "{type: timm:CosineLRScheduler, t_initial: 30ep}"
    run = "{epochs: 10, steps_per_epoch: 5, horizon: 30ep}"
    assert findings(spec(scheduler, run)) == []


def test_a_scheduler_of_timm_that_counts_something_else_is_told():
    scheduler = "{type: timm:PlateauLRScheduler, mode: min, interval: step}"
    text = spec(scheduler) + "    metrics: {loss: {expr: 1 / (1 + step)}}\n"
    (finding,) = said("timm-scheduler-call-contract", text)
    assert "step_update() does nothing on any of the 200 ticks" in finding.message
    assert finding.fix == "interval: epoch"


@needs("transformers")
def test_a_whole_wave_ends_near_the_peak():
    mapping = {
        "type": "transformers:cosine",
        "num_warmup_steps": 0,
        "num_training_steps": 10,
        "num_cycles": 1,
    }
    rates = applied(mapping, rates=(0.1,), training={"steps": 10})[:, 0]
    assert rates[4:] == pytest.approx([0.0095, 0.0, 0.0095, 0.0345, 0.0655, 0.0905], abs=5e-5)


def test_the_finding_says_from_where_the_wave_climbs():
    scheduler = (
        "{type: transformers:cosine, num_warmup_steps: 20, num_training_steps: 200, num_cycles: 1}"
    )
    (finding,) = said("hf-cosine-num-cycles", spec(scheduler))
    assert "from step 110 on the lr climbs again, for 89 steps" in finding.message
    assert finding.step == 111


@needs("transformers")
def test_a_constant_rate_has_no_warmup():
    mapping = {"type": "transformers:constant", "num_warmup_steps": 3}
    assert set(applied(mapping, rates=(0.1,), training={"steps": 10})[:, 0]) == {0.1}


@pytest.mark.parametrize("zero", ["0", "null"])
def test_no_warmup_asked_for_is_none_missed(zero):
    scheduler = f"{{type: transformers:constant, num_warmup_steps: {zero}}}"
    assert said("hf-constant-ignores-warmup", spec(scheduler)) == []


@needs("transformers")
def test_a_share_is_no_number_of_steps():
    from transformers.optimization import get_linear_schedule_with_warmup

    from tests.torch_objects.adapters.traced import rates_of, sgd

    optimizer = sgd()
    scheduler = get_linear_schedule_with_warmup(optimizer, 0.1, 100)
    rates = rates_of(optimizer)
    optimizer.step()
    scheduler.step()
    assert [*rates, *rates_of(optimizer)] == pytest.approx([0, 0.991], abs=5e-4)


def test_the_finding_says_the_share_in_percent():
    scheduler = "{type: transformers:linear, num_warmup_steps: 0.06, num_training_steps: 200}"
    (finding,) = said("hf-warmup-ratio-and-steps", spec(scheduler))
    assert finding.fix == "num_warmup_steps: 0.06 is 6%"


GROUPS = "{type: AdamW, groups: {body: {lr: 1e-4}, head: {lr: 1e-5}}}"
MIN_LR = "type: transformers:cosine_with_min_lr, num_warmup_steps: 0, num_training_steps: 200"


def test_the_finding_says_where_a_group_ends():
    text = spec(f"{{{MIN_LR}, min_lr: 1e-5}}", optimizer=GROUPS)
    (finding,) = said("hf-floor-follows-optimizer-lr", text)
    assert "min_lr 1e-05 is the floor for an lr of 0.001" in finding.message
    assert "body ends at 1e-06" in finding.message


@needs("transformers")
def test_a_group_ends_where_the_finding_says():
    from lrplan.simulate.engine_choice import simulate
    from tests.torch_objects.adapters.traced import plan_of

    mapping = {
        "type": "transformers:cosine_with_min_lr",
        "num_warmup_steps": 0,
        "num_training_steps": 20,
        "min_lr": 1e-5,
    }
    plan = plan_of(mapping, rates=(1e-4, 1e-5), training={"steps": 21}, type="AdamW", lr=1e-3)
    trace = simulate(plan)
    assert [trace.lr[group][20] for group in trace.groups] == pytest.approx([1e-6, 1e-7], rel=1e-9)


@needs("transformers")
def test_the_sibling_is_one_update_ahead():
    lengths = {"num_warmup_steps": 5, "num_training_steps": 20, "min_lr_rate": 0.1}
    one = applied({"type": "transformers:cosine_with_min_lr", **lengths}, training={"steps": 20})
    other = applied(
        {"type": "transformers:cosine_warmup_with_min_lr", **lengths}, training={"steps": 20}
    )
    assert (one[:, 0].argmax(), other[:, 0].argmax()) == (5, 4)
    assert [one[19, 0], other[19, 0]] == pytest.approx([0.1098, 0.1], abs=5e-5)


@needs("deepspeed")
def test_deepspeed_starts_twice_and_peaks_at_its_own_default():
    log = {"type": "deepspeed:WarmupLR", "warmup_max_lr": 0.1, "warmup_num_steps": 5}
    rates = applied(log, training={"steps": 6})[:, 0]
    assert rates == pytest.approx([0, 0, 0.043, 0.068, 0.086, 0.1], abs=5e-4)
    decay = {"type": "deepspeed:WarmupDecayLR", "total_num_steps": 20, "warmup_num_steps": 5}
    assert applied(decay, rates=(0.1,), training={"steps": 20}).max() == 0.001
    cosine = {
        "type": "deepspeed:WarmupCosineLR",
        "total_num_steps": 20,
        "warmup_num_steps": 5,
        "warmup_type": "linear",
    }
    rates = applied(cosine, rates=(0.1,), training={"steps": 20})[:, 0]
    assert rates[[5, 6]] == pytest.approx([0.08, 0.0989], abs=5e-5)
    assert rates.max() < 0.099
    long = trace_of({**log, "warmup_num_steps": 1000}, training={"steps": 1001}).lr["g0"]
    assert long[2] == pytest.approx(0.01, abs=5e-5)
    assert np.flatnonzero(long >= 0.05)[0] == 32


def test_the_finding_says_the_skipped_peak_and_the_half_way():
    scheduler = (
        "{type: deepspeed:WarmupCosineLR, total_num_steps: 20, warmup_num_steps: 5,"
        " warmup_type: linear, warmup_min_ratio: 0.01}"
    )
    (finding,) = said("deepspeed-warmup-surprises", spec(scheduler))
    assert "0.802 of the base lr ends the warm-up, and 0.9891 comes next" in finding.message
    scheduler = "{type: deepspeed:WarmupLR, warmup_num_steps: 100, warmup_min_lr: 1e-6}"
    (finding,) = said("deepspeed-warmup-surprises", spec(scheduler))
    assert "half-way after 10 steps of 100" in finding.message


def test_a_peak_that_is_written_down_is_meant():
    scheduler = (
        "{type: deepspeed:WarmupDecayLR, total_num_steps: 200, warmup_num_steps: 20,"
        " warmup_type: linear, warmup_min_lr: 1e-6, warmup_max_lr: 0.05}"
    )
    assert said("deepspeed-warmup-surprises", spec(scheduler)) == []


SCALED = "{type: SGD, lr: 0.1, groups: {stem: {lr_scale: 0.25}}}"


@needs("timm")
def test_a_scaled_group_is_not_told_that_it_misses_its_peak():
    scheduler = (
        "{type: timm:CosineLRScheduler, t_initial: 7, warmup_t: 3, warmup_prefix: true,"
        " warmup_lr_init: 1e-4}"
    )
    run = "{epochs: 10, steps_per_epoch: 5}"
    assert findings(spec(scheduler, run, SCALED)) == []
    under = scheduler.replace("true", "false").replace("t_initial: 7", "t_initial: 10")
    (finding,) = findings(spec(under, run, SCALED))
    # After 3 of 10 epochs half a cosine is at 0.7939, of a quarter of 0.1.
    assert "peaks at 0.01985, 79.4% of 0.025" in finding.message


@needs("timm")
def test_the_length_of_a_schedule_counts_fractions():
    scheduler = (
        "{type: timm:CosineLRScheduler, t_initial: 8.3, warmup_t: 2.5, warmup_prefix: true,"
        " warmup_lr_init: 1e-4}"
    )
    run = "{epochs: 10, steps_per_epoch: 5}"
    (finding,) = findings(spec(scheduler, run))
    assert "takes 10.8 epochs and gets 10: the run ends 0.8 epochs before" in finding.message
    assert finding.fix == "t_initial: 7.5"
