"""What a target starts from, made at run time: examples that change with the code need no files.

Inputs that once were interesting and cannot be made are kept in ``fuzz/corpus``.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.example import example
from lrplan.clock.duration import UNITS
from lrplan.export.csv import to_csv
from lrplan.export.json import to_json
from lrplan.lint.registry import all_rules
from lrplan.lock import Lock, lock_schedule, lock_text
from lrplan.recordings.column_codec import encode_table
from lrplan.recordings.file_format import SEALED_FROM, pack
from lrplan.recordings.model import (
    RecordedLength,
    RecordedLoader,
    RecordedPrediction,
    RecordedRankDifference,
    RecordedScheduler,
)
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.specfile.models import ScheduleModel, SchedulerKeysModel, TrainingModel
from lrplan.text_position import InputText
from tests.fuzz.expressions import USUAL
from tests.support.log_files import small_logs
from tests.support.recordings import recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEPT = Path(__file__).parent / "corpus"
_GALLERY = Path(__file__).parent.parent / "schedules.yaml"
_SMALL = """\
training: {epochs: 2, steps_per_epoch: 3}
schedules:
  a:
    optimizer: {type: AdamW, groups: {x: {lr: 0.1}, "it's": {lr: 1}}}
    scheduler: {type: LinearLR, interval: step, total_iters: 4}
  b:
    optimizer: {type: SGD, lr: 0.1}
"""


def write_seeds(target: str, folder: Path) -> None:
    """Fill ``folder`` with what ``target`` starts from."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, seed in enumerate(_SEEDS[target]()):
        data = seed.encode() if isinstance(seed, str) else seed
        (folder / f"seed-{index:04}").write_bytes(data)
    kept = KEPT / target
    for path in sorted(kept.iterdir()) if kept.is_dir() else ():
        (folder / path.name).write_bytes(path.read_bytes())


def _recordings() -> Iterable[bytes]:
    """The bodies of recordings: a plain one, and one with all that a recording can hold."""
    partial = RecordedScheduler(
        type="LambdaLR",
        module="torch.optim.lr_scheduler",
        optimizer=0,
        unknown=["lr_lambda"],
        function="transformers.optimization._get_linear_schedule_with_warmup_lr_lambda",
        function_arguments={"num_warmup_steps": 1, "num_training_steps": 3},
    )
    full = recording(
        loaders=[RecordedLoader(batches=3, dataset_size=12, is_training=True, passes=1)],
        lengths=[RecordedLength(name="epochs", value=2, text="args.epochs", location=0)],
        warnings=[("late", 1)],
        backwards_per_step=[(1, 3)],
        predictions=[
            RecordedPrediction(
                optimizer=0,
                steps=2,
                fields={"lr": [encode_table([np.array([0.05, 0.025])])]},
                next_values={"lr": [0.025]},
            )
        ],
        rank_differences=[
            RecordedRankDifference(rank=1, optimizer=0, group=0, step=1, lr=0.2, lr_of_rank_0=0.1)
        ],
        notes=["a note"],
    )
    full.schedulers.append(partial)
    full.optimizers[0].skipped = [1]
    return [pack(each)[SEALED_FROM:] for each in (recording(), full)]


def write_dictionary(path: Path) -> None:
    """Words of specs in the form that libFuzzer reads."""
    rows = [*SCHEDULERS.values(), *OPTIMIZERS.values()]
    words = {row.name for row in rows} | {each.name for row in rows for each in row.arguments}
    for model in (SchedulerKeysModel, ScheduleModel, TrainingModel):
        words.update(model.model_fields)
    words.update(("schedules:", "<<: ", "&a ", "*a", ".nan", ".inf", "1e-3", "# lrplan: ignore["))
    words.update(f"5{unit}" for unit in UNITS)
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in sorted(words))
    path.write_text("".join(f'"{word}"\n' for word in quoted), encoding="utf-8")


def _specs() -> Iterable[str]:
    yield _SMALL
    yield from map(example, (*SCHEDULERS.values(), *OPTIMIZERS.values()))
    yield from _pieces()
    for rule in all_rules().values():
        yield from _texts(rule.bad)
        yield from _texts(rule.good)


def _pieces() -> Iterable[str]:
    """The schedules of the gallery one by one, shortened."""
    document = yaml.safe_load(_GALLERY.read_text(encoding="utf-8"))
    for name, schedule in document["schedules"].items():
        training = {**document["training"], **schedule.get("training", {})}
        short = {key: min(value, 12) for key, value in training.items() if isinstance(value, int)}
        one = {"schedules": {name: {**schedule, "training": short}}}
        yield yaml.safe_dump(one, default_flow_style=False, sort_keys=False)


def _texts(examples: object) -> Iterable[str]:
    """Every text in a rule's examples, whatever holds them."""
    if isinstance(examples, str):
        yield examples
    elif isinstance(examples, (list, tuple)):
        for each in examples:
            yield from _texts(each)


def _expressions() -> Iterable[str]:
    yield from USUAL
    for text in _pieces():
        yield from re.findall(r"(?:lr_lambda|expr): (.+)", text)


def _traced() -> tuple[Lock, str, str]:
    plans = load(InputText("spec.yaml", _SMALL), Path()).plans.values()
    traces = [simulate(plan) for plan in plans]
    pins = {
        plan.name: lock_schedule(plan, trace, 1e-9)
        for plan, trace in zip(plans, traces, strict=True)
    }
    return Lock(pins), "".join(to_csv(traces)), "".join(to_json(traces))


def _noise() -> Iterable[bytes]:
    """Bytes to draw from: an input that is shorter than what is drawn gives nothing."""
    source = random.Random(0)  # nothing secret
    return [source.randbytes(8192) for _ in range(40)]


_SEEDS: dict[str, Callable[[], Iterable[str | bytes]]] = {
    "spec": _specs,
    "plans": _noise,
    "expression": _expressions,
    "lock": lambda: [lock_text(_traced()[0])],
    "csv": lambda: [_traced()[1], "step,lr\n0,0.1\n"],
    "json": lambda: [_traced()[2]],
    "recording": _recordings,
    "log": lambda: small_logs().values(),
    "source": lambda: [text for rule in all_rules().values() for text in rule.bad_source],
    "duration": lambda: [*(f"1_0.5e2 {unit}" for unit in UNITS), "-1ep", "3 weeks", "1e-9tok"],
}
