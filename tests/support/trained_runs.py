"""Tiny models that are really trained, right or with a mistake, and the rows that a program logs.

``python -m tests.support.trained_runs`` trains every one, writes each log in every format, audits
it by the plan and prints how many were right.
"""

import csv
import json
import math
import struct
import tempfile
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import torch
from torch.optim import lr_scheduler as torch_lr

from lrplan.auditing.audit_log import audit_log
from lrplan.logs.formats import read_log
from lrplan.request import DEFAULT_REQUEST
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText

EPOCHS, PER_EPOCH, WARMUP = 6, 20, 10
UPDATES = EPOCHS * PER_EPOCH
SPEC = f"""\
training: {{epochs: {EPOCHS}, batches_per_epoch: {PER_EPOCH}}}
schedules:
  run:
    optimizer: {{type: SGD, groups: {{backbone: {{lr: 0.1}}, head: {{lr: 0.02}}}}}}
    scheduler:
      type: CosineAnnealingLR
      T_max: {UPDATES - WARMUP}
      interval: step
      warmup: {{length: {WARMUP}, start: 0.1}}
"""
INFINITE = {33, 34, 71}
"""Batches whose loss is infinite, so that a gradient scaler skips their updates."""


def _schedule(optimizer, warmup=WARMUP, total=UPDATES, floor=0.0, line=False):
    rise = torch_lr.LinearLR(optimizer, 0.1, total_iters=warmup)
    if line:
        fall = torch_lr.LinearLR(optimizer, 1.0, 0.0, total - warmup)
    else:
        fall = torch_lr.CosineAnnealingLR(optimizer, total - warmup, floor)
    return torch_lr.SequentialLR(optimizer, [rise, fall], [warmup])


def _model(lrs=(0.1, 0.02)):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 1))
    groups = [{"params": part.parameters(), "lr": lr} for part, lr in zip(model, lrs, strict=True)]
    return model, torch.optim.SGD(groups)


def train(mistake="", updates=UPDATES):
    """Train with a mistake; return the rows of its log: an update and the rates of both groups."""
    lrs = {"peak": (0.05, 0.01), "group": (0.1, 0.06)}.get(mistake, (0.1, 0.02))
    changes = {"warm-up": {"warmup": 25}, "length": {"total": 200}, "floor": {"floor": 0.01},
               "schedule": {"line": True}}.get(mistake, {})  # fmt: skip
    model, optimizer = _model(lrs)
    scheduler = _schedule(optimizer, **changes)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, enabled=mistake.startswith("amp"))
    updates += {"longer": 30, "stopped": -50}.get(mistake, 0)
    rows, logged = [], 0
    for update in range(updates):
        if mistake == "restart" and update == 60:
            # The checkpoint had the weights, and not the optimizer or the scheduler.
            model, optimizer = _model(lrs)
            scheduler = _schedule(optimizer)
        loss = model(torch.randn(8, 4)).pow(2).mean()
        if mistake.startswith("amp") and update in INFINITE:
            loss = loss * float("inf")
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        if mistake == "order":
            _tick(scheduler, "", update, skipped=False)
        row = [group["lr"] for group in optimizer.param_groups]
        scale = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        skipped = scaler.get_scale() < scale
        _tick(scheduler, mistake, update, skipped=skipped)
        if mistake == "logged after":
            row = [group["lr"] for group in optimizer.param_groups]
        if not (mistake == "amp unlogged" and skipped):
            rows.append((logged, *row))
            logged += 1
    return rows


def _tick(scheduler, mistake, update, *, skipped):
    if mistake in {"order", "never"} or (mistake == "amp" and skipped):
        return
    if mistake == "per epoch" and (update + 1) % PER_EPOCH:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of the mistakes
        for _ in range(4 if mistake == "processes" else 1):
            scheduler.step()


def jittered(rows):
    """Rows whose rates are off by up to a thousandth, as no schedule is."""
    return [(row[0], *(lr * (1 + 1e-3 * math.sin(row[0])) for lr in row[1:])) for row in rows]


MISTAKES = {
    "": {"as-planned"},
    "logged after": {"logged-one-step-early"},
    "order": {"scheduler-before-optimizer"},
    "amp": {"skipped-updates"},
    "amp unlogged": {"skipped-updates"},
    "restart": {"schedule-restarted"},
    "per epoch": {"stepped-per-epoch", "constant"},
    "processes": {"stepped-k-times"},
    "never": {"constant"},
    "peak": {"peak-scaled"},
    "group": {"group-scaled"},
    "warm-up": {"warmup-length"},
    "length": {"other-length"},
    "floor": {"other-schedule"},
    "schedule": {"other-schedule"},
    "longer": {"ran-longer"},
    "stopped": {"stopped-early"},
}
"""The causes of which an audit has to name one."""
HEADER = ("step", "lr/pg0", "lr/pg1")


def _csv(folder, rows, spelling="r"):
    path = folder / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for update, *lrs in rows:
            texts = [repr(lr) if spelling == "r" else format(lr, spelling) for lr in lrs]
            writer.writerow([update, *texts])
    return path


def _jsonl(folder, rows):
    path = folder / "log.jsonl"
    lines = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _tensorboard(folder, rows):
    """Event files, which hold float32: a record is its length, two sums and an event."""
    path = folder / "events.out.tfevents.1700000000.host"

    def field(number, content):
        return bytes([number << 3 | 2, len(content)]) + content

    def varint(number):
        low, high = number & 127, number >> 7
        return bytes([low | 128, high]) if high else bytes([low])

    def record(event):
        return struct.pack("<QI", len(event), 0) + event + bytes(4)

    records = [record(field(3, b"brain.Event:2"))]
    for update, *lrs in rows:
        for index, lr in enumerate(lrs):
            value = field(1, f"lr/pg{index}".encode()) + bytes([2 << 3 | 5])
            summary = field(1, value + struct.pack("<f", lr))
            records.append(record(bytes([2 << 3]) + varint(update) + field(5, summary)))
    path.write_bytes(b"".join(records))
    return path


FORMATS = {
    "csv": _csv,
    "csv, 5 digits": lambda folder, rows: _csv(folder, rows, ".4e"),
    "csv, 3 digits": lambda folder, rows: _csv(folder, rows, ".2e"),
    "json lines": _jsonl,
    "json lines, every 5th": lambda folder, rows: _jsonl(folder, rows[::5]),
    "csv with holes": lambda folder, rows: _csv(folder, rows[:20] + rows[45:80] + rows[95:]),
    "tensorboard": _tensorboard,
}
"""Writers by the name of the format."""


def plan_and_trace():
    (plan,) = load(InputText("plan", SPEC), Path()).plans.values()
    return plan, simulate(plan, DEFAULT_REQUEST)


def judge(path, causes, plan, trace):
    """Return ``right``, ``unexplained`` or ``wrong``, and the audit."""
    found = audit_log(
        read_log(str(path)), plan, trace, lambda plan: simulate(plan, DEFAULT_REQUEST)
    )
    named = {each for cause in found.causes for each in (cause.name, *cause.alternatives)}
    named = named or {found.verdict}
    if named & causes:
        return "right", found
    same = found.verdict == "as-planned" and found.largest_difference < 1e-3
    return ("right" if same else "unexplained" if "unexplained" in named else "wrong"), found


def main():
    warnings.simplefilter("ignore")
    counts = defaultdict(Counter)
    plan, trace = plan_and_trace()
    for mistake, causes in MISTAKES.items():
        rows = train(mistake)
        for name, write in FORMATS.items():
            with tempfile.TemporaryDirectory() as folder:
                verdict, found = judge(write(Path(folder), rows), causes, plan, trace)
                counts[name][verdict] += 1
                if verdict != "right":
                    print(f"{verdict}: {mistake or 'none'}, {name}: {found.sentence}")  # noqa: T201
    for name, row in counts.items():
        numbers = " | ".join(str(row[key]) for key in ("right", "unexplained", "wrong"))
        print(f"| {name} | {row.total()} | {numbers} |")  # noqa: T201


if __name__ == "__main__":
    main()
