"""Random plans: every scheduler with a formula, nested, in lists, at any interval and frequency."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

LOOPS = (
    "epochs: 5, steps_per_epoch: 7",
    "epochs: 5, batches_per_epoch: 7, accumulate: 3",
    "epochs: 4, steps_per_epoch: 6, loop: lightning",
    "epochs: 4, batches_per_epoch: 9, loop: accelerate, world_size: 2, skipped_steps: [2, 5]",
    "steps: 26, batches_per_epoch: 5, skipped_steps: [0, 7]",
)
"""Trainings whose loops call schedulers in different ways."""

factor = st.sampled_from([0.5, 0.9, 0.1, 1.0, 1.1, 0.0, 2.0])
share = st.sampled_from([1.0, 0.5, 1e-3, 0.25, 0.7])
rate = st.sampled_from([0.1, 1e-3, 1.0, 0.03, 0.0, 5])
floor = st.sampled_from([0.0, 0.0, 1e-4, 0.05, 0.5])
ticks = st.integers(-2, 40)
length = st.integers(1, 40)
strategy = st.sampled_from(["cos", "linear"])
expression = st.sampled_from(
    [
        "0.95 ** epoch",
        "1",
        "t / 10 if t < 10 else 0.5 * (1 + cos(pi * (t - 10) / 30))",
        "min(1, (t + 1) / 8) * (0.5 ** floor(t / 6))",
        "max(0, 1 - t / 20)",
        "1 / (t - 12) if t != 12 else 0.5",
        "t % 4 / 4 + (t // 5 == 2)",
        "1 / (t - 17)",
        "exp(-t / 9) or 1",
        "sqrt(t) and log(t + 1)",
    ]
)


KINDS: set[str] = set()


def of(kind: str, **arguments: Any) -> st.SearchStrategy[dict[str, Any]]:
    KINDS.add(kind)
    return st.fixed_dictionaries({"type": st.just(kind), **arguments})


FIELD = st.sampled_from(["lr", "lr", "weight_decay", "momentum"])
FIELD_OF_ADAM = st.sampled_from(["lr", "weight_decay", "betas[0]", "betas[1]", "eps"])

MULTIPLYING = (
    of("StepLR", step_size=ticks.filter(bool), gamma=factor),
    of("MultiStepLR", milestones=st.lists(ticks, max_size=4).map(sorted), gamma=factor),
    of("ConstantLR", factor=share | st.just(0.0), total_iters=ticks),
    of("LinearLR", start_factor=share, end_factor=share | st.just(0.0), total_iters=ticks),
    of("ExponentialLR", gamma=factor),
    of("PolynomialLR", total_iters=ticks, power=st.sampled_from([1.0, 2.0, 0.5, 0.0, 0.9])),
    of("MultiplicativeLR", lr_lambda=expression),
)

CYCLING = (
    of("CosineAnnealingLR", T_max=length, eta_min=floor),
    of("CosineAnnealingWarmRestarts", T_0=length, T_mult=st.integers(1, 3), eta_min=floor),
    of(
        "CyclicLR",
        base_lr=rate,
        max_lr=rate,
        step_size_up=length,
        step_size_down=st.none() | length,
        mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
        gamma=share,
        scale_fn=st.none() | st.sampled_from(["1 / (2 ** (x - 1))", "0.9 ** x", "cos(x) + 1"]),
        scale_mode=st.sampled_from(["cycle", "iterations"]),
    ),
    of(
        "OneCycleLR",
        max_lr=rate,
        total_steps=st.integers(20, 50),
        pct_start=st.sampled_from([0.0, 0.3, 0.25, 0.5, 1.0]),
        anneal_strategy=strategy,
        cycle_momentum=st.booleans(),
        three_phase=st.booleans(),
    ),
    of("SWALR", swa_lr=rate, anneal_epochs=st.integers(0, 20), anneal_strategy=strategy),
    of("LambdaLR", lr_lambda=expression),
)


def families(name: dict[str, Any]) -> tuple[st.SearchStrategy[dict[str, Any]], ...]:
    warm = {"warmup_steps": st.integers(0, 9), **name}
    points = st.lists(st.tuples(st.integers(0, 40), rate), min_size=1, max_size=4)
    points = points.map(lambda pairs: [list(each) for each in sorted(dict(pairs).items())])
    levels = st.lists(rate, min_size=3, max_size=3)
    cuts = st.lists(st.integers(0, 40), min_size=2, max_size=2).map(sorted)
    return (
        of("WarmupLinear", total_steps=length, min_ratio=share, **warm),
        of(
            "WarmupPolynomial",
            total_steps=length,
            power=st.sampled_from([0.5, 1.0, 2.0]),
            min_ratio=share,
            **warm,
        ),
        of(
            "WarmupStableDecay",
            total_steps=st.integers(20, 40),
            decay_steps=st.integers(1, 11),
            decay_type=st.sampled_from(["linear", "1-sqrt", "cosine", "exponential"]),
            min_ratio=share,
            **warm,
        ),
        of(
            "TriStage",
            hold_steps=st.integers(0, 9),
            decay_steps=length,
            init_lr_scale=share,
            final_lr_scale=share,
            **warm,
        ),
        of("REX", total_steps=length, beta=st.sampled_from([0.0, 0.5, 0.9]), **warm),
        of("PiecewiseConstant", milestones=cuts, values=levels, **name),
        of("PiecewiseConstant", milestones=cuts, factors=levels, **name),
        of("PiecewiseLinear", points=points, **name),
        of("PiecewiseLinear", factors=points, **name),
    )


def own(field: st.SearchStrategy[str]) -> tuple[st.SearchStrategy[dict[str, Any]], ...]:
    name = {"param_group_field": field}
    ramp = {"end_value": rate, "total_steps": length, "start_value": st.none() | rate}
    return (
        of(
            "WarmupCosine",
            warmup_steps=st.integers(0, 9),
            total_steps=length,
            min_ratio=share,
            **name,
        ),
        of("WarmupConstantSchedule", warmup_steps=st.integers(0, 9), **name),
        of(
            "WarmupRamp",
            warmup_steps=st.integers(0, 9),
            start=share,
            shape=st.sampled_from(["linear", "cosine", "exponential"]),
            **name,
        ),
        of(
            "InverseSqrtScheduler",
            warmup_steps=st.integers(1, 9),
            timescale=st.none() | length,
            cooldown_steps=st.integers(0, 9),
            total_steps=length,
            **name,
        ),
        *families(name),
        of("MilestoneLrScheduler", milestones=st.lists(length, max_size=3), gamma=factor, **name),
        of("StepWdScheduler", every=length, gamma=factor, **name),
        of("LinearParamScheduler", **ramp, **name),
        of("CosineParamScheduler", **ramp, **name),
        of("LambdaParamScheduler", param_lambda=expression, **name),
        of(
            "CosineAnnealingWarmUpRestarts",
            T_0=st.integers(6, 20),
            T_mult=st.integers(1, 2),
            eta_max=rate,
            T_up=st.integers(0, 5),
            gamma=share,
            **name,
        ),
    )


OF_SGD, OF_ADAM = own(FIELD), own(FIELD_OF_ADAM)
LEAVES = frozenset(KINDS)
"""The schedulers that hold no others and are tried."""


def containers(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    sequential = st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda each: of(
            "SequentialLR",
            schedulers=st.just(each),
            milestones=st.lists(
                st.integers(0, 30), min_size=len(each) - 1, max_size=len(each) - 1
            ).map(sorted),
        )
    )
    chained = of("ChainedScheduler", schedulers=st.lists(inner, min_size=1, max_size=3))
    gradual = of(
        "GradualWarmupScheduler",
        multiplier=st.sampled_from([1, 2.0, 8]),
        total_epoch=st.integers(1, 12),
        after_scheduler=st.none() | inner,
        start=st.none() | share,
        shape=st.sampled_from(["linear", "cosine", "exponential"]),
    )
    over = of(
        "WarmupOver",
        base_scheduler=inner,
        warmup_steps=st.integers(0, 12),
        start=share,
        shape=st.sampled_from(["linear", "cosine", "exponential"]),
        mode=st.sampled_from(["mask", "multiply"]),
    )
    return sequential | chained | gradual | over


@st.composite
def schedules(draw: st.DrawFn) -> str:
    """The YAML below a schedule's name."""
    adam = draw(st.booleans())
    leaves = st.one_of(*MULTIPLYING, *CYCLING, *(OF_ADAM if adam else OF_SGD))
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    groups = {name: {"lr": draw(rate), "weight_decay": draw(rate)} for name in names}
    optimizer = {"type": "AdamW" if adam else "SGD", "groups": groups}
    if not adam:
        optimizer["momentum"] = 0.9
    chosen = st.recursive(leaves, containers, max_leaves=4)
    if draw(st.booleans()):
        # Only these go together on one rate.
        chosen = st.one_of(*MULTIPLYING)
    schedulers = []
    for each in draw(st.lists(chosen, min_size=1, max_size=3)):
        interval = draw(st.sampled_from(["step", "step", "epoch", "batch"]))
        on = draw(st.just(names) | st.lists(st.sampled_from(names), min_size=1, unique=True))
        frequency = draw(st.sampled_from([1, 1, 2, 3]))
        schedulers.append({**each, "interval": interval, "groups": on, "frequency": frequency})
    return json.dumps({"optimizer": optimizer, "scheduler": schedulers})
