"""Schedules beyond the examples: every loop, and every class that code may have to bring along."""

from tests.support.specs import plan

EPOCHS = "epochs: 6, steps_per_epoch: 4"
SGD = "optimizer: {type: SGD, lr: 0.1, momentum: 0.9}"
ADAM = "optimizer: {type: Adam, lr: 0.1}"
TWO = "optimizer: {type: SGD, lr: 0.1, momentum: 0.9, groups: {body: {}, head: {lr: 0.5}}}"
LAYERS = (
    "optimizer: {type: AdamW, lr: 0.1, groups: {stem: {lr: 0.1x}, 'b{l}': {count: 3, lr_decay: 0.5,"
    " no_decay: true}, c: {count: 2, weight_decay: 1}, head: {no_decay: true, lr: 2x}}}"
)
SPARED = "optimizer: {type: AdamW, groups: {decay: {weight_decay: 1}, rest: {weight_decay: 0}}}"
STEP = "type: StepLR, step_size: 1, gamma: 0.5"
LINE = "type: LinearLR, start_factor: 0.1, total_iters: 3"
PLATEAU = "type: ReduceLROnPlateau, patience: 0"
ONE_CYCLE = "type: OneCycleLR, total_steps: 100%, interval: step"
SEQUENCE = "type: SequentialLR, milestones: [2], schedulers: [%s]"
LOSSES = "metrics: {val_loss: {expr: '1 / (1 + min(epoch, 2))'}}"
WINDOWS = "epochs: 3, batches_per_epoch: 10, accumulate: 4"


def written(scheduler, optimizer=SGD):
    """A schedule as YAML; ``scheduler`` is what stands in its braces, or a list of these."""
    each = [scheduler] if isinstance(scheduler, str) else scheduler
    flow = ", ".join(f"{{{one}}}" for one in each)
    metrics = LOSSES if "Plateau" in flow else ""
    return "\n".join((optimizer, f"scheduler: [{flow}]" if flow else "", metrics))


def field(kind, name, rest):
    return f"type: {kind}, param_group_field: {name}, {rest}"


def warm(multiplier, after):
    """A gradual warm-up before what stands in the braces of ``after``."""
    rest = f", after_scheduler: {{{after}}}" if after else ""
    return f"type: GradualWarmupScheduler, multiplier: {multiplier}, total_epoch: 2{rest}"


_LOOPS = {
    "constant": (written(()), EPOCHS),
    "in-steps": (written(LINE), "steps: 7"),
    "in-steps-accumulated": (written(LINE), "steps: 7, accumulate: 3"),
    "one-step": (written(LINE), "steps: 1"),
    "capped": (written(STEP), f"{EPOCHS}, steps: 10"),
    "capped-step": (written(f"{LINE}, interval: step"), f"{EPOCHS}, steps: 10"),
    "window-step": (written(f"{STEP}, interval: step"), WINDOWS),
    "window-even": (written(STEP), "epochs: 3, batches_per_epoch: 12, accumulate: 4"),
    "window-drop": (written(f"{STEP}, interval: step"), f"{WINDOWS}, last_window: drop"),
    "window-carry": (written(f"{STEP}, interval: step"), f"{WINDOWS}, last_window: carry"),
    "window-capped": (written(f"{STEP}, interval: step, frequency: 2"), f"{WINDOWS}, steps: 8"),
    "every-batch": (written(f"{LINE}, interval: batch"), WINDOWS),
    "every-third-batch": (written(f"{LINE}, interval: batch, frequency: 3"), WINDOWS),
    "every-third-batch-in-steps": (
        written(f"{LINE}, interval: batch, frequency: 3"),
        "steps: 9, accumulate: 4",
    ),
    "plateau-every-batch": (written(f"{PLATEAU}, factor: 0.5, interval: batch"), WINDOWS),
    "plateau-short-epochs": (
        written(f"{PLATEAU}, factor: 0.5"),
        "epochs: 9, batches_per_epoch: 3, accumulate: 7, last_window: carry",
    ),
    "every-second-step": (written(f"{LINE}, interval: step, frequency: 2"), EPOCHS),
    "closure": (written(STEP, "optimizer: {type: LBFGS, lr: 1}"), EPOCHS),
    "data": (
        written("type: CosineAnnealingLR, T_max: 100%, interval: step"),
        "epochs: 3, dataset_size: 100, batch_size: 8, world_size: 2, accumulate: 2",
    ),
}

ACCELERATE = {
    name: plan(schedule, f"{training}, loop: accelerate, world_size: 4")
    for name, (schedule, training) in {
        "windows": (written(f"{STEP}, interval: batch"), WINDOWS),
        "capped": (written(f"{STEP}, interval: step"), f"{EPOCHS}, steps: 10"),
        "split": (written(STEP), f"{EPOCHS}, split_batches: true"),
        "alone": (written(f"{STEP}, interval: step"), "steps: 9"),
        "blind": (
            written(f"{STEP}, interval: step"),
            f"{WINDOWS}, step_scheduler_with_optimizer: false",
        ),
        "plateau": (written((f"{LINE}, interval: step", PLATEAU)), EPOCHS),
    }.items()
}
"""Plans for a script with ``Accelerator`` on four devices."""

_GROUPS = {
    "group-step": written(f"{STEP}, groups: [head]", TWO),
    "groups-apart": written(
        (
            f"{STEP}, groups: [head]",
            "type: LambdaLR, lr_lambda: 0.9 ** epoch, groups: [body], interval: step",
        ),
        TWO,
    ),
    "group-plateau": written(f"{PLATEAU}, groups: [body]", TWO),
    "group-one-cycle": written(f"{ONE_CYCLE}, max_lr: 1, groups: [head]", TWO),
    "group-sequence": written(
        f"{SEQUENCE % f'{{{LINE}}}, {{type: WarmupCosine, warmup_steps: 1, total_steps: 4}}'},"
        " groups: [head]",
        TWO,
    ),
    "per-group-values": written(f"{ONE_CYCLE}, max_lr: [1, 2]", TWO),
    "per-group-functions": written(
        "type: MultiplicativeLR, lr_lambda: {body: '0.9', head: 1 - t / 99}", TWO
    ),
    "spared": written(STEP, SPARED),
    "layers": written("type: CosineAnnealingLR, T_max: 9, interval: step, eta_min: 0.1x", LAYERS),
    "layers-in-sequence": written(
        SEQUENCE % f"{{{LINE}}}, {{type: CosineAnnealingLR, T_max: 3, eta_min: 0.1x}}", LAYERS
    ),
    "layers-restarted": written(
        "type: CosineAnnealingWarmRestarts, T_0: 2, interval: step, eta_min: 0.1x,"
        " groups: [c, head]",
        LAYERS,
    ),
    "layers-replaced": written(f"{ONE_CYCLE}, max_lr: 3x", LAYERS),
    "layers-warmed": written(warm(3, STEP), LAYERS),
    "one-named-group": written(STEP, "optimizer: {type: SGD, groups: {body: {lr: 2}}}"),
}

_FIELDS = {
    "beta": written(
        field("LinearParamScheduler", "'betas[0]'", "end_value: 0.99, total_steps: 3ep"), ADAM
    ),
    "eps": written(field("WarmupCosine", "eps", "warmup_steps: 2, total_steps: 5"), ADAM),
    "field-per-group": written(
        field(
            "CosineParamScheduler",
            "momentum",
            "start_value: [0.5, 0.6], end_value: {body: 0.9, head: 0.8}, total_steps: 5",
        ),
        TWO,
    ),
    "field-of-two-groups": written(
        field("StepWdScheduler", "momentum", "every: 2, gamma: 0.5"), TWO
    ),
    "field-of-one-group": written(
        field("LambdaParamScheduler", "momentum", "groups: [body], param_lambda: 0.5 ** t"), TWO
    ),
    "lr-as-a-field": written(
        field("LinearParamScheduler", "lr", "end_value: 1, total_steps: 4"), TWO
    ),
    "fields-in-turn": written(
        "type: SequentialLR, milestones: [3], schedulers: ["
        f"{{{field('LinearParamScheduler', 'momentum', 'end_value: 0.5, total_steps: 3')}}},"
        f"{{{field('StepWdScheduler', 'momentum', 'every: 1, gamma: 0.9')}}}]"
    ),
    "field-and-lr-in-a-chain": written(
        f"type: ChainedScheduler, schedulers: [{{{STEP}}},"
        f"{{{field('LambdaParamScheduler', 'momentum', 'param_lambda: 0.9 ** t')}}}]"
    ),
    "momentum-after-one-cycle": written(
        (
            f"{ONE_CYCLE}, max_lr: 1",
            field("LambdaParamScheduler", "momentum", "param_lambda: 0.9 ** t"),
        )
    ),
}

_AFTER = {
    "nothing": "",
    "step": STEP,
    "linear": LINE,
    "constant": "type: ConstantLR, factor: 0.5, total_iters: 2",
    "exponential": "type: ExponentialLR, gamma: 0.5",
    "polynomial": "type: PolynomialLR, total_iters: 3, power: 2",
    "restarts": "type: CosineAnnealingWarmRestarts, T_0: 2",
    "lambda": "type: LambdaLR, lr_lambda: 1 / (1 + epoch)",
    "inverse-sqrt": "type: InverseSqrtScheduler, warmup_steps: 1",
    "own-restarts": "type: CosineAnnealingWarmUpRestarts, T_0: 3, T_up: 1",
    "plateau": PLATEAU,
}
_GRADUAL = {
    **{f"warm-{m}-{name}": written(warm(m, _AFTER[name]), TWO) for m in (1, 3) for name in _AFTER},
    "warm-one-group": written(f"{warm(2.5, STEP)}, groups: [head]", TWO),
    "warm-default-lr": written(warm(2, STEP), "optimizer: {type: SGD}"),
}

_WARMUP = {
    "before": f"{STEP}, warmup: 2",
    "before-in-torch": f"{STEP}, warmup: {{length: 2ep, start: 0.1}}, interval: step",
    "before-cosine": f"{STEP}, warmup: {{length: 3, shape: cosine}}, groups: [head]",
    "before-plateau": f"{PLATEAU}, warmup: 2",
    "before-plateau-from-above-0": f"{PLATEAU}, warmup: {{length: 2, start: 0.1}}",
    "before-plateau-cosine": f"{PLATEAU}, warmup: {{length: 2, start: 0.1, shape: cosine}}",
    "before-plateau-exponential": f"{PLATEAU}, warmup: {{length: 2, start: 0.1, shape:"
    " exponential}",
    "before-sequence": f"{SEQUENCE % f'{{{STEP}}}, {{{LINE}}}'}, warmup: {{length: 3ep, start:"
    " 0.2}, interval: step",
    "before-sequence-cosine": f"{SEQUENCE % f'{{{LINE}}}, {{{STEP}}}'}, warmup: {{length: 2, shape:"
    " cosine}, groups: [head]",
    "mask": f"{STEP}, warmup: {{length: 3, mode: mask}}",
    "mask-in-sequence": SEQUENCE % "{type: ConstantLR, factor: 0.1, total_iters: 1},"
    " {type: WarmupOver, warmup_steps: 2, base_scheduler: {type: CosineAnnealingLR, T_max: 9}}",
    "mask-plateau": f"{PLATEAU}, warmup: {{length: 3, start: 0.1, mode: mask}}",
    "multiply-one-group": f"{STEP}, warmup: {{length: 3ep, start: 0.1, shape: exponential,"
    " mode: multiply}, interval: step, groups: [head]",
    "multiply-sequence": f"{SEQUENCE % f'{{{STEP}}}, {{{LINE}}}'}, warmup: {{length: 3ep, mode:"
    " multiply}, interval: step",
}
_OF_HALF = "warmup_steps: 2, total_steps: 5"
_FAMILIES = {
    "warmup-linear": written(f"type: WarmupLinear, {_OF_HALF}, min_ratio: 0.1"),
    "warmup-cosine-floor": written(f"type: WarmupCosine, {_OF_HALF}, min_ratio: 0.1", TWO),
    "warmup-polynomial": written(
        f"type: WarmupPolynomial, {_OF_HALF}, power: 2, groups: [head]", TWO
    ),
    "wsd": written(f"type: WarmupStableDecay, {_OF_HALF}, decay_steps: 2", TWO),
    "wsd-exponential": written(
        f"type: WarmupStableDecay, {_OF_HALF}, decay_steps: 2, decay_type: exponential,"
        " min_ratio: 0.1"
    ),
    "tri-stage": written("type: TriStage, warmup_steps: 2, hold_steps: 1, decay_steps: 2"),
    "rex": written("type: REX, total_steps: 5, warmup_steps: 1, beta: 0.9"),
    "inverse-sqrt-cooldown": written(
        "type: InverseSqrtScheduler, warmup_steps: 1, timescale: 2, cooldown_steps: 2,"
        " total_steps: 5"
    ),
    "inverse-sqrt-from-above-0": written(
        "type: InverseSqrtScheduler, warmup_steps: 2, start: 0.25", TWO
    ),
    "floor-of-a-quotient": written("type: CosineAnnealingLR, T_max: 4, eta_min: 1 / 8x", TWO),
    "line-between-fractions": written("type: PiecewiseLinear, factors: [[0.5, 1], [2.25, 0.1]]"),
    "levels": written("type: PiecewiseConstant, milestones: [1, 3ep], values: [1, 2, 0.5]", TWO),
    "level-factors": written(
        "type: PiecewiseConstant, milestones: [2], factors: [1, 0.5], groups: [head]", TWO
    ),
    "points": written("type: PiecewiseLinear, points: [[0, 0.1], [3ep, 1], [5, 0.2]]"),
    "point-factors-of-a-field": written(
        field("PiecewiseLinear", "momentum", "factors: [[1, 1], [4, 0.5]]"), TWO
    ),
    "level-of-beta": written(
        field("PiecewiseConstant", "'betas[0]'", "milestones: [2], values: [0.9, 0.8]"), ADAM
    ),
}

MORE = {
    **{name: plan(schedule, training) for name, (schedule, training) in _LOOPS.items()},
    **{
        name: plan(schedule)
        for name, schedule in (_GROUPS | _FIELDS | _GRADUAL | _FAMILIES).items()
    },
    **{f"warmup-{name}": plan(written(each, TWO)) for name, each in _WARMUP.items()},
}
"""Plans by a name that says what is special about them."""
