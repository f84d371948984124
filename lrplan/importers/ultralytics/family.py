"""Ultralytics YOLO: ``args.yaml``, which the trainer writes into the folder of each run.

Source: ``engine/trainer.py`` of the releases named in ``rules``.
"""

from __future__ import annotations

from dataclasses import replace

from lrplan.finding import Severity
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.ultralytics.curves import Decay, RunLengths, momentum_factor, rate_factor
from lrplan.importers.ultralytics.rules import (
    NEWEST,
    OLDEST,
    Rules,
    release_of,
    rules_of,
    rules_that_fit,
    spans,
)
from lrplan.importers.ultralytics.settings import (
    ADAMS,
    BATCH,
    BATCHES,
    IMAGES,
    NC,
    VERSION,
    UltralyticsSettings,
    read_settings,
)
from lrplan.importers.ultralytics.windows import windows_of
from lrplan.text import join_words

_OF_YOLOV5 = ("anchor_t", "iou_t", "obj", "obj_pw")
"""Keys of the hyperparameters of YOLOv5 and YOLOv7, whose trainers have rules of their own."""


def _read(config: ConfigReader) -> Schedule | None:
    older = next((each for each in _OF_YOLOV5 if config.root.get(each) is not None), None)
    if older is not None:
        message = f"`{older}` is a hyperparameter of YOLOv5 or YOLOv7, which train in another way"
        config.refuse(older, message, "lrplan reads the args.yaml of YOLOv8 and later")
        return None
    mode = config.text("mode", "train")
    if mode.value != "train":
        config.refuse("mode", f"`mode: {mode.value}` trains nothing")
    if config.has("time"):
        message = "`time` ends the run by the clock, so its epochs are not known"
        config.refuse("time", message, "add --set time=null --set epochs=N, as many as it had")
    named = config.get("version")
    asked_version = "" if named is None else str(named.value)
    candidates = _candidates(config, asked_version)
    settings = read_settings(config, candidates)
    if len(candidates) > 1 and config.missing:
        # It may turn out not to matter, but all that is missing is asked for at once.
        config.missing["version"] = VERSION
    if candidates and not asked_version:
        config.release = _release(candidates)
    if len(config.problems) or not candidates:
        return None
    if config.missing:
        return _skeleton(settings)
    plans = [_plan(config, settings, each) for each in candidates]
    if any(each != plans[0] for each in plans):
        config.missing["version"] = VERSION
        config.assume(f"the keys fit releases {join_words(list(spans(candidates)), 'or')}")
        return _skeleton(settings)
    if plans[0] is None:
        return None
    _findings(config, settings, candidates[-1])
    return plans[0]


def _release(candidates: tuple[Rules, ...]) -> str:
    first, last = candidates[0].first, candidates[-1].until
    text = f"Ultralytics from {'.'.join(map(str, first))}"
    return f"{text} to before {'.'.join(map(str, last))}" if last else f"{text} on"


def _skeleton(settings: UltralyticsSettings) -> Schedule:
    """The optimizer and its lr, with placeholders for the facts that are missing."""
    is_auto = settings.optimizer.value == "auto"
    type_and_lr: Schedule = {"type": ConfigValue("SGD", NC.name), "lr": ConfigValue(0.01, NC.name)}
    if not is_auto:
        kind = "AdamW" if settings.optimizer.value in ADAMS else "SGD"
        type_and_lr = {"type": settings.optimizer.same(kind), "lr": settings.lr0}
    images = settings.images or ConfigValue(1, IMAGES.name)
    training = {"epochs": settings.epochs, "dataset_size": images, "batch_size": settings.batch}
    return {
        "training": training,
        "optimizer": type_and_lr,
        "scheduler": {"type": "LambdaLR", "lr_lambda": settings.lrf.derive("1")},
    }


def _candidates(config: ConfigReader, version: str) -> tuple[Rules, ...]:
    if not version:
        fitting = rules_that_fit(config.root.keys())
        optimizer = config.get("optimizer")
        is_auto = optimizer is not None and optimizer.value == "auto"
        # Who writes `auto` has a release that knows it.
        return tuple(each for each in fitting if each.has_auto or not is_auto) or fitting
    rules = rules_of(version)
    if rules is None:
        oldest, newest = (".".join(map(str, each)) for each in (OLDEST, NEWEST))
        message = f"`version` must be a release from {oldest} on, not {version!r}"
        config.refuse("version", message, f"such as --set version={newest}")
        return ()
    if release_of(version) > NEWEST:
        newest = ".".join(map(str, NEWEST))
        config.assume(f"Ultralytics {version} is read by the rules of {newest}, the newest known")
    config.release = f"Ultralytics {version}"
    return (rules,)


def _plan(config: ConfigReader, settings: UltralyticsSettings, rules: Rules) -> Schedule | None:
    settings, bias_lr = _resolved(config, settings, rules)
    run = _run(settings, rules)
    if not run.windows.steps:
        batches = run.epochs * run.batches
        message = f"the run's {batches} batches are fewer than a step's {settings.accumulate}"
        config.refuse("batch", message)
        return None
    groups, starts = _groups(settings, rules, bias_lr)
    decay = Decay(settings.lrf.value, settings.cosine, settings.epochs.value)
    formulas = {name: rate_factor(run, decay, starts[name]) for name in groups}
    distinct = set(formulas.values())
    rate = {
        "type": "LambdaLR",
        "interval": "batch",
        "lr_lambda": settings.lrf.derive(distinct.pop() if len(distinct) == 1 else formulas),
    }
    optimizer, momentum = _torch_optimizer(settings, run)
    return {
        "training": _training(settings, run),
        "optimizer": {**optimizer, "groups": groups},
        "scheduler": [rate, {**momentum, "interval": "batch"}] if momentum else rate,
    }


def _resolved(
    config: ConfigReader, settings: UltralyticsSettings, rules: Rules
) -> tuple[UltralyticsSettings, float]:
    """The settings after ``optimizer: auto``, and the rate at which biases start."""
    if settings.optimizer.value != "auto":
        return settings, settings.warmup_bias_lr
    if not rules.has_auto:
        config.refuse("optimizer", "`optimizer: auto` came with release 8.0.113")
    chosen = rules.auto(is_long=settings.updates[1] > rules.long_run, nc=settings.nc)
    if not chosen.lr:
        message = f"`optimizer: auto` rounds the learning rate of {settings.nc:_} classes to 0"
        config.warn("optimizer", message, "name an optimizer, and write its learning rate as lr0")
    name = settings.optimizer.derive(chosen.optimizer)
    return replace(settings, optimizer=name, lr0=settings.optimizer.derive(chosen.lr)), 0.0


def _run(settings: UltralyticsSettings, rules: Rules) -> RunLengths:
    epochs, batches = settings.epochs.value, settings.batches
    warmup = rules.warmup_batches(settings.warmup_epochs.value, epochs, batches)
    whole = (
        min(settings.accumulate, epochs * batches) if rules.caps_windows else settings.accumulate
    )
    target = whole if rules.ramps_to_whole else settings.nbs / settings.batch.value
    last = warmup if rules.ends_at == "last" else warmup - 1

    def accumulate(batch: int) -> int:
        if batch >= warmup:
            return max(1, round(target))
        # As numpy.interp computes it, so that halves are rounded alike.
        return max(1, round((target - 1) / warmup * batch + 1))

    windows = windows_of(accumulate, last, epochs * batches) if warmup else None
    return RunLengths(
        rules=rules,
        epochs=epochs,
        batches=batches,
        warmup=warmup,
        windows=windows or windows_of(lambda _: whole, 0, epochs * batches),
    )


def _groups(
    settings: UltralyticsSettings, rules: Rules, bias_lr: float
) -> tuple[dict[str, dict[str, object]], dict[str, float]]:
    """The groups in the order of ``lr/pg0``, ``lr/pg1``, ...; the share at which each starts."""
    share = settings.batch.value * settings.accumulate / settings.nbs
    decay = settings.weight_decay.derive(settings.weight_decay.value * share)
    kinds: dict[str, object] = {"weight": decay, "bn": 0.0, "bias": 0.0}
    if not rules.bias_last:
        kinds = {"bias": 0.0, "weight": decay, "bn": 0.0}
    groups: dict[str, dict[str, object]] = {}
    if settings.optimizer.value == "MuSGD":
        for kind, value in {**kinds, "muon": decay}.items():
            tripled = settings.lr0.derive(settings.lr0.value * 3)
            groups[f"{kind}_x3"] = {"lr": tripled, "weight_decay": value}
            groups[kind] = {"weight_decay": value}
    else:
        groups = {kind: {"weight_decay": value} for kind, value in kinds.items()}
    first = next(iter(groups))
    starts = {}
    for name in groups:
        warms = name == first if rules.has_own_first else name.startswith("bias")
        lr = settings.lr0.value * (3 if name.endswith("_x3") else 1)
        starts[name] = bias_lr / lr if warms and bias_lr else 0.0
    return groups, starts


def _torch_optimizer(settings: UltralyticsSettings, run: RunLengths) -> tuple[Schedule, Schedule]:
    """The optimizer, and the scheduler of its momentum where it has one."""
    name, lr, last = settings.optimizer, settings.lr0, settings.momentum.value
    # `optimizer: auto` builds with 0.9; the warm-up then goes to the file's own momentum.
    built = settings.momentum.derive(0.9) if lr.key == "optimizer" else settings.momentum
    if name.value in ADAMS:
        betas = built.derive([built.value, 0.999])
        return {"type": name, "lr": lr, "betas": betas, "weight_decay": 0.0}, {}
    kind = {"RMSProp": "RMSprop", "MuSGD": "SGD"}.get(name.value, name.value)
    nesterov = None if kind == "RMSprop" else True
    optimizer = {"type": name.same(kind), "lr": lr, "nesterov": nesterov}
    first = settings.warmup_momentum
    base = last or first or built.value
    if not base:  # torch refuses Nesterov's momentum of 0, which groups of 8.4 may have
        return {**optimizer, "nesterov": None, "momentum": built}, {}
    if not run.warmup:
        return {**optimizer, "nesterov": nesterov if built.value else None, "momentum": built}, {}
    formula = momentum_factor(run, base, first, last)
    scheduler = {
        "type": "LambdaParamScheduler",
        "param_group_field": "momentum",
        "param_lambda": settings.momentum.derive(formula),
    }
    return {**optimizer, "momentum": settings.momentum.same(base)}, scheduler


def _training(settings: UltralyticsSettings, run: RunLengths) -> Schedule:
    world = settings.world_size
    per_device = settings.batch.derive(max(settings.batch.value // world, 1))
    batch = settings.batch if world == 1 else per_device
    devices: dict[str, object] = {"world_size": world} if world > 1 else {}
    if not run.is_even:
        sizes = {f"{each.first}st": each.size for each in run.windows.stretches}
        # Such a run has no ends of epochs; one is as many samples as its batches would hold.
        samples = (settings.images or settings.batch).derive(run.batches * int(batch.value) * world)
        return {
            "steps": settings.epochs.derive(run.windows.steps),
            "accumulate": settings.batch.derive(sizes),
            "dataset_size": samples,
            "batch_size": batch,
            **devices,
        }
    size = run.windows.last.size
    common: dict[str, object] = {"epochs": settings.epochs}
    if size > 1:
        common |= {"accumulate": settings.batch.derive(size), "last_window": "carry"}
    if settings.images is None:
        return {**common, "batches_per_epoch": settings.batches}
    return {**common, "dataset_size": settings.images, "batch_size": batch, **devices}


def _findings(config: ConfigReader, settings: UltralyticsSettings, rules: Rules) -> None:
    run = _run(settings, rules)
    optimizer = settings.optimizer
    if optimizer.value == "auto":
        chosen, _ = _resolved(config, settings, rules)
        taken = f"`optimizer: auto` takes {chosen.optimizer.value} at {chosen.lr0.value:g}"
        config.assume(taken)
        if config.has("lr0") and settings.lr0.value != chosen.lr0.value:
            config.warn("lr0", f"`lr0` is not read: {taken}", "name the optimizer, or delete lr0")
    if not run.is_even:
        sizes = f"from {run.windows.stretches[0].size} to {run.windows.last.size}"
        epochs, batches = settings.epochs.value, settings.batches
        config.assume(
            f"a step takes {sizes} batches as the warm-up goes on: {epochs} epochs of {batches}"
            f" batches are {run.windows.steps} steps"
        )
    written = settings.warmup_epochs.value * settings.batches
    if run.warmup > max(written, 1) + 1:
        lasts = (
            f"the warm-up lasts {run.warmup} batches, {run.warmup / settings.batches:.3g} epochs"
        )
        whole = run.warmup >= run.epochs * run.batches
        longer = ", longer than the run" if whole else ""
        message = f"{lasts}{longer}: Ultralytics takes at least 100 batches"
        severity = Severity.WARNING if whole else Severity.INFO
        config.warn("warmup_epochs", message, severity=severity)


_NOTES = (
    (
        "The release decides how long the warm-up is, which group starts at `warmup_bias_lr`, what"
        " `optimizer: auto` takes, and whether epochs run one rate late (before 8.1.42). It is"
        " found by the keys of the file, or asked for where they leave two curves."
    ),
    "Before 8.4.103 the warm-up lasts at least 100 batches, however long an epoch is.",
    "`optimizer: auto` does not read `lr0`: it needs `nc` and `dataset_size`.",
    (
        "While the warm-up lasts, the batches of a step grow from 1 to `nbs / batch`: the spec of"
        " such a run has an `accumulate` that changes, and its length in steps."
    ),
    (
        "`time` is refused: the run's epochs depend on the machine. `patience` may end a run"
        " earlier than its plan."
    ),
    "`MuSGD` is shown as SGD with its groups: `_x3` are those that it trains at 3 times lr0.",
)

ULTRALYTICS = ConfigFamily(
    name="ultralytics",
    title="an args.yaml of Ultralytics YOLO",
    release="Ultralytics 8.4.190",
    formats=("yaml",),
    read=_read,
    other_keys=("optimize",),
    facts=(IMAGES, BATCHES, NC, BATCH, VERSION),
    notes=_NOTES,
)
"""The family of Ultralytics."""
