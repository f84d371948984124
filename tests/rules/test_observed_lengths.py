"""Lengths on observed runs: each mistake at the line of its scheduler, and made right silent."""

from dataclasses import replace

import pytest

from lrplan.events import Location
from lrplan.lint.run_check import check_observation
from lrplan.observation import KnownLength
from tests.support.observations import loop, observation, optimizer, scheduler, tick, traced

STEP, EPOCH = ("step",), {"order": ("step",), "per_epoch": ("tick",)}
IN_EPOCHS, IN_STEPS = "horizon-in-epochs-stepped-per-step", "horizon-in-steps-stepped-per-epoch"
MADE = 2


def found(run):
    return [(each.name, each.line) for each in check_observation(run)]


def whole(*schedulers, ending="finished", evidence="recording", **run):
    return observation(*schedulers, events=loop(**run), ending=ending, evidence=evidence)


@pytest.mark.parametrize(
    ("own", "run", "expected"),
    [
        (scheduler("CosineAnnealingLR", T_max=20), {"epochs": 20, "batches": 8}, IN_EPOCHS),
        (scheduler("CosineAnnealingLR", T_max=160), {"epochs": 20, "batches": 8}, None),
        (scheduler("CosineAnnealingLR", T_max=20), {"epochs": 20, "batches": 8, **EPOCH}, None),
        (scheduler("StepLR", step_size=3), {"epochs": 10, "batches": 40}, IN_EPOCHS),
        (scheduler("StepLR", step_size=3), {"epochs": 10, "batches": 40, **EPOCH}, None),
        (scheduler("MultiStepLR", milestones=[5, 8]), {"epochs": 10, "batches": 40}, IN_EPOCHS),
        (
            scheduler("OneCycleLR", max_lr=1.0, total_steps=20),
            {"epochs": 20, "batches": 8},
            IN_EPOCHS,
        ),
        (
            scheduler("CosineAnnealingWarmRestarts", T_0=10),
            {"epochs": 10, "batches": 20},
            IN_EPOCHS,
        ),
        (
            scheduler("CosineAnnealingLR", T_max=400),
            {"epochs": 50, "batches": 8, **EPOCH},
            IN_STEPS,
        ),
        (
            scheduler("OneCycleLR", max_lr=1.0, epochs=50, steps_per_epoch=8),
            {"epochs": 50, "batches": 8, **EPOCH},
            IN_STEPS,
        ),
        (
            scheduler("CosineAnnealingLR", T_max=160),
            {"epochs": 20, "batches": 8, "accumulate": 4},
            "gradient-accumulation-horizon",
        ),
        (
            scheduler("CosineAnnealingLR", T_max=40),
            {"epochs": 20, "batches": 8, "accumulate": 4},
            None,
        ),
        (
            scheduler("ExponentialLR", gamma=0.9),
            {"epochs": 20, "batches": 20},
            "exponential-decay-per-update",
        ),
        (scheduler("ExponentialLR", gamma=0.9), {"epochs": 20, "batches": 20, **EPOCH}, None),
        (
            scheduler("MultiStepLR", milestones=[30, 60]),
            {"epochs": 10, **EPOCH},
            "milestones-beyond-run",
        ),
        (scheduler("MultiStepLR", milestones=[5, 8]), {"epochs": 10, **EPOCH}, None),
        (
            scheduler("CosineAnnealingLR", T_max=7),
            {"epochs": 10, **EPOCH},
            "cosine-past-t-max-rises",
        ),
        (
            scheduler("OneCycleLR", max_lr=1.0, total_steps=120),
            {"epochs": 10, "batches": 8},
            "onecycle-total-steps-exhausted",
        ),
        (
            scheduler("LinearLR", start_factor=0.01, total_iters=500),
            {"epochs": 10, "batches": 8},
            "warmup-never-finishes",
        ),
        (scheduler("LinearLR", start_factor=0.01, total_iters=20), {"batches": 40}, None),
        (
            scheduler("CosineAnnealingWarmRestarts", T_0=7),
            {"epochs": 10, **EPOCH},
            "warm-restart-run-ends-mid-cycle",
        ),
    ],
)
def test_a_length_in_the_wrong_unit_or_for_another_run(own, run, expected):
    findings = check_observation(whole(own, **run))
    worse = [each for each in findings if each.severity.value != "info"]
    assert [(each.name, each.line) for each in worse] == ([(expected, MADE)] if expected else [])


def test_a_sequence_is_judged_member_by_member():
    warmup = scheduler("LinearLR", 0, at=2, PARENT=2, start_factor=0.1, total_iters=5)
    decay = scheduler("CosineAnnealingLR", 1, at=3, PARENT=2, T_max=20)
    both = scheduler("SequentialLR", 2, at=4, milestones=[5])
    ticks = {"order": STEP, "per_epoch": (tick(2),)}
    assert found(whole(warmup, decay, both, epochs=20, **ticks)) == [
        ("warmup-not-subtracted-from-decay", 3)
    ]
    shorter = replace(decay, arguments={"T_max": 15})
    assert found(whole(warmup, shorter, both, epochs=20, **ticks)) == []


@pytest.mark.parametrize(
    ("own", "run"),
    [
        # Only some of the epochs tick: the decay begins after a warm-up of another kind.
        (
            scheduler("CosineAnnealingLR", T_max=15),
            {
                "epochs": 20,
                "order": STEP,
                "per_epoch": (lambda e, s: tick()(e, s) if e >= 5 else None,),
            },
        ),
        # Told the epoch, with fractions.
        (
            scheduler("CosineAnnealingWarmRestarts", T_0=10),
            {"epochs": 10, "batches": 20, "order": ("step", tick(value=0.5))},
        ),
        # A function that is not known.
        (
            scheduler("LambdaLR", UNKNOWN=frozenset({"lr_lambda"})),
            {"epochs": 10, "batches": 20},
        ),
        (scheduler("Own", module="train"), {"epochs": 10}),
        # Made when the run was under way.
        (scheduler("CosineAnnealingLR", STEP=40, T_max=20), {"epochs": 20, **EPOCH}),
    ],
)
def test_what_is_not_known_well_enough_is_not_judged(own, run):
    assert found(whole(own, **run)) == []


@pytest.mark.parametrize("ending", ["stopped", "failed", "interrupted", "unknown"])
def test_a_run_that_did_not_end_by_itself_says_nothing_about_its_length(ending):
    own = scheduler("MultiStepLR", milestones=[30, 60])
    assert found(whole(own, ending=ending, epochs=10, **EPOCH)) == []


def test_a_planned_length_is_enough_for_a_run_that_was_stopped():
    own = scheduler("CosineAnnealingLR", T_max=90)
    run = whole(own, ending="stopped", epochs=2, batches=20)
    assert found(run) == []
    assert found(replace(run, epochs=KnownLength(90))) == [(IN_EPOCHS, MADE)]


def test_numbers_and_fixes_are_those_of_a_script():
    run = whole(scheduler("CosineAnnealingLR", T_max=90), epochs=90, batches=20)
    (finding,) = check_observation(run)
    assert "the run has 90 epochs and 1,800 steps" in finding.message
    assert finding.fix == "T_max=1800"


def source(own, order=("step", "tick"), per_epoch=(), accumulate=1, **lengths):
    events = loop(epochs=4, batches=4, order=order, per_epoch=per_epoch, accumulate=accumulate)
    lengths = {name: KnownLength(value) for name, value in lengths.items()}
    return observation(own, events=events, evidence="source", **lengths)


@pytest.mark.parametrize(
    ("own", "run", "expected"),
    [
        (scheduler("CosineAnnealingLR", T_max=90), {}, []),
        (
            scheduler("CosineAnnealingLR", T_max=90),
            {"epochs": 90, "batches_per_epoch": 100},
            [IN_EPOCHS],
        ),
        (scheduler("CosineAnnealingLR", UNITS={"T_max": {"epochs": 1}}, T_max=90), {}, [IN_EPOCHS]),
        (
            scheduler("CosineAnnealingLR", UNITS={"T_max": {"epochs": 1, "batches": 1}}),
            {},
            [],
        ),
        (
            scheduler("CosineAnnealingLR", UNITS={"T_max": {"epochs": 1, "batches": 1}}),
            {"order": STEP, "per_epoch": ("tick",)},
            [IN_STEPS],
        ),
        (
            scheduler("CosineAnnealingLR", UNITS={"T_max": {"epochs": 1}}),
            {"order": STEP, "per_epoch": ("tick",)},
            [],
        ),
        (
            scheduler("CosineAnnealingLR", UNITS={"T_max": {"epochs": 1, "batches": 1}}),
            {"accumulate": 2},
            ["gradient-accumulation-horizon"],
        ),
        (
            scheduler(
                "CosineAnnealingLR", UNITS={"T_max": {"epochs": 1, "batches": 1, "accumulate": -1}}
            ),
            {"accumulate": 2},
            [],
        ),
        (
            scheduler(
                "OneCycleLR",
                UNITS={"epochs": {"epochs": 1}, "steps_per_epoch": {"batches": 1}},
                max_lr=1.0,
            ),
            {"order": STEP, "per_epoch": ("tick",)},
            [IN_STEPS],
        ),
    ],
)
def test_source_says_what_its_lengths_count(own, run, expected):
    assert found(source(own, **run)) == [(name, MADE) for name in expected]


def test_a_stated_unit_is_named_as_the_program_writes_it():
    own = scheduler(
        "CosineAnnealingLR", UNITS={"T_max": {"epochs": 1}}, TEXTS={"T_max": "args.epochs"}
    )
    (finding,) = check_observation(source(own))
    assert finding.message == (
        "T_max is `args.epochs`, which counts epochs, but CosineAnnealingLR is stepped after every"
        " update"
    )
    assert finding.step is None


def test_accelerate_moves_a_scheduler_once_for_each_process():
    def run(total, processes=4):
        own = scheduler("PolynomialLR", total_iters=total, power=1.0)
        events = loop(epochs=4, batches=10, order=("step", *["tick"] * 4))
        return observation(own, events=events, ending="finished", world_size=processes)

    name = "accelerate-multi-process-step-multiplier"
    assert found(run(40)) == [(name, MADE)]
    assert found(run(160)) == []
    assert found(run(40, processes=1)) == []


@pytest.mark.parametrize(
    ("ending", "total", "expected"),
    [("failed", 12, True), ("failed", 13, False), ("stopped", 12, False)],
)
def test_a_cycle_that_was_used_up_when_the_run_failed(ending, total, expected):
    own = scheduler("OneCycleLR", max_lr=1.0, total_steps=total)
    # The thirteenth tick raises: it is not an event.
    events = [*loop(epochs=3), *loop(epochs=1, batches=1, order=STEP)]
    run = observation(own, events=events, ending=ending)
    name = "onecycle-total-steps-exhausted"
    assert found(run) == ([(name, MADE)] if expected else [])


@pytest.mark.parametrize(
    ("zeros", "ending", "expected"),
    [(3, "finished", True), (1, "finished", False), (0, "finished", False), (3, "failed", False)],
)
def test_updates_at_the_end_that_change_nothing(zeros, ending, expected):
    owner = traced(*[0.1] * (12 - zeros), *[0.0] * zeros)
    own = scheduler("LambdaLR", UNKNOWN=frozenset({"lr_lambda"}))
    run = observation(own, optimizers=(owner,), ending=ending)
    assert found(run) == ([("lr-zero-for-part-of-run", MADE)] if expected else [])


def test_an_optimizer_that_rests_is_frozen_on_purpose():
    assert found(observation(optimizers=(traced(*[0.0] * 12),), ending="finished")) == []


def test_a_location_that_is_not_known_is_the_script():
    own = replace(scheduler("MultiStepLR", milestones=[30, 60]), location=None)
    (finding,) = check_observation(whole(own, epochs=10, **EPOCH))
    assert (finding.file, finding.line) == ("train.py", 1)
    assert Location(file="train.py").line == 0


def test_groups_that_a_spec_cannot_name_are_no_reason_to_fail():
    own = scheduler("CosineAnnealingLR", T_max=7)
    odd = replace(optimizer(), arguments={"lr": float("nan")})
    run = replace(whole(own, epochs=10, **EPOCH), optimizers=(odd,))
    assert found(run) == []
