"""Many loops, each with many schedulers: a plan without questions has the curve of the script.

What a plan cannot have is asked for, or told in its first lines.
"""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrplan.importers.write_spec import spec_text
from lrplan.request import DEFAULT_REQUEST
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.importers.test_training_script import draft, rates_of_script
from tests.importers.whole_scripts import HEAD

SETUP = """
def go(x):
    optimizer.zero_grad()
    model(x).sum().backward()

E = {epochs}
optimizer = torch.optim.{optimizer}
lin = LinearLR(optimizer, 0.5, total_iters=3)
cos = CosineAnnealingLR(optimizer, 7)
scheduler = {scheduler}
"""
OPTIMIZERS = ("SGD(model.parameters(), 0.1)", "AdamW(model.parameters(), lr=0.1)")
SCHEDULERS = (
    "StepLR(optimizer, {a})",
    "MultiStepLR(optimizer, [{a}, {b}], 0.3)",
    "ExponentialLR(optimizer, 0.9)",
    "CosineAnnealingLR(optimizer, {b}, eta_min=1e-3)",
    "CosineAnnealingWarmRestarts(optimizer, {a}, 2)",
    "LinearLR(optimizer, 0.2, total_iters={a})",
    "ConstantLR(optimizer, 0.2, {a})",
    "PolynomialLR(optimizer, {b}, 2)",
    "LambdaLR(optimizer, lambda s: min((s + 1) / {a}, 1) * 0.97 ** s)",
    "MultiplicativeLR(optimizer, lambda e: 0.9 if e % 2 else 1.02)",
    "SequentialLR(optimizer, [LinearLR(optimizer, 0.1), ExponentialLR(optimizer, 0.8)], [{a}])",
    "ChainedScheduler([LinearLR(optimizer, 0.1, total_iters={a}), StepLR(optimizer, {a})])",
    "CyclicLR(optimizer, 0.01, 0.2, {a}, cycle_momentum=False)",
    "OneCycleLR(optimizer, 0.5, total_steps={t})",
    "SequentialLR(optimizer, milestones=[{a}], schedulers=[cos, lin])",
)
LOOPS = {
    "epoch": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "step": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
        scheduler.step()
""",
    "acc": """
for epoch in range(E):
    for i, (x, y) in enumerate(loader):
        go(x)
        if (i + 1) % 2 == 0:
            optimizer.step()
            scheduler.step()
""",
    "acc2": """
for epoch in range(E):
    for i, (x, y) in enumerate(loader, 1):
        go(x)
        if i % 3 == 0 or i == len(loader):
            optimizer.step()
    scheduler.step()
""",
    "acc3": """
for epoch in range(E):
    for i, (x, y) in enumerate(loader):
        go(x)
        if not (i + 1) % 2:
            optimizer.step()
        scheduler.step()
""",
    "every": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    if (epoch + 1) % 2 == 0:
        scheduler.step()
""",
    "every0": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    if epoch % 2 == 0:
        scheduler.step()
""",
    "range": """
for it in range(5 * E):
    go(data[0][0])
    optimizer.step()
    scheduler.step()
""",
    "range1": """
for epoch in range(1, E + 1):
    for x, y in loader:
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "range2": """
for epoch in range(0, E, 2):
    for x, y in loader:
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "before": """
for epoch in range(E):
    scheduler.step()
    for x, y in loader:
        go(x)
        optimizer.step()
""",
    "break": """
for epoch in range(E):
    for i, (x, y) in enumerate(loader):
        if i == 3:
            break
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "cont": """
for epoch in range(E):
    for i, (x, y) in enumerate(loader):
        if i == 3: continue
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "cont2": """
for epoch in range(E):
    for i, (x, y) in enumerate(loader):
        if i % 2: continue
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "while": """
epoch = 0
while epoch < E:
    for x, y in loader:
        go(x)
        optimizer.step()
    scheduler.step()
    epoch += 1
""",
    "while2": """
epoch = 0
while epoch < E:
    for x, y in loader:
        go(x)
        optimizer.step()
    scheduler.step()
    if len(x) == 4:
        epoch += 1
""",
    "while3": """
step, last = 1, 20
while step <= last:
    go(data[0][0])
    optimizer.step()
    scheduler.step()
    step += 1
""",
    "func": """
def one(n=E):
    for epoch in range(n):
        for x, y in loader:
            go(x)
            optimizer.step()
        scheduler.step()
one()
""",
    "func2": """
def one(ep):
    for x, y in loader:
        go(x)
        optimizer.step()
    if ep >= 2: scheduler.step()
for ep in range(E): one(ep)
""",
    "twice": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
        optimizer.step()
    scheduler.step()
""",
    "islice": """
import itertools
for epoch in range(E):
    for x, y in itertools.islice(loader, 2):
        go(x)
        optimizer.step()
        scheduler.step()
""",
    "zip": """
for epoch in range(E):
    for (x, y), k in zip(loader, range(2)):
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "counter": """
step = 0
for epoch in range(E):
    for x, y in loader:
        go(x)
        step += 1
        if step % 2 == 0:
            optimizer.step()
            scheduler.step()
""",
    "else": """
for epoch in range(E):
    for i, (x, y) in enumerate(loader):
        go(x)
        if (i + 1) % 2 != 0:
            pass
        else:
            optimizer.step()
            scheduler.step()
""",
    "hand": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    for g in optimizer.param_groups: g['lr'] *= 0.5
    scheduler.step()
""",
    "helper": """
def tick(s):
    s.step()
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    tick(scheduler)
""",
    "list": """
all = [scheduler]
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    for s in all: s.step()
""",
    "early": """
best = 0
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    scheduler.step()
    if epoch > 3:
        break
""",
    "first": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    if epoch:
        scheduler.step()
""",
    "last": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    if epoch != E - 1:
        scheduler.step()
""",
    "nested": """
for epoch in range(E):
    for x, y in loader:
        for _ in range(2):
            go(x)
            optimizer.step()
    scheduler.step()
""",
    "swap": """
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
        if epoch < 2: scheduler.step()
""",
    "try": """
for epoch in range(E):
    try:
        for x, y in loader:
            go(x)
            optimizer.step()
        scheduler.step()
    except KeyboardInterrupt:
        break
""",
    "resetE": """
E = E + 1
for epoch in range(E):
    for x, y in loader:
        go(x)
        optimizer.step()
    scheduler.step()
""",
    "cond": """
for epoch in range(E):
    if epoch > 2:
        E2 = 3
    for x, y in loader:
        go(x)
        if len(x) == 4: optimizer.step()
    scheduler.step()
""",
}
ASKED = {
    "before", "cont2", "counter", "every0", "first", "func2", "hand", "last", "nested", "range2",
    "swap", "twice", "while2",
}  # fmt: skip
TOLD = {"break", "cont", "early"}
LONG = "total_steps=500"


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOPS)
def test_a_plan_without_questions_has_the_curve_of_the_script(name, monkeypatch):
    chance = random.Random(name)
    for made in SCHEDULERS:
        first, second = chance.randint(2, 4), chance.randint(5, 9)
        scheduler = made.format(a=first, b=second, t=500)
        setup = SETUP.format(
            epochs=chance.randint(5, 8), optimizer=chance.choice(OPTIMIZERS), scheduler=scheduler
        )
        if "cos, lin" not in made:
            setup = setup.replace("lin = LinearLR(optimizer, 0.5, total_iters=3)\n", "")
            setup = setup.replace("cos = CosineAnnealingLR(optimizer, 7)\n", "")
        _check(name, HEAD + setup + LOOPS[name], monkeypatch)


def _check(name, text, monkeypatch):
    imported = draft(text)
    assert bool(imported.questions) == (name in ASKED)
    written = spec_text(imported)
    assert ("may end a loop" in written) == (name in TOLD)
    if name in ASKED | TOLD:
        return
    plan = load(InputText("draft.yaml", written), Path()).plans["run"]
    trace = simulate(plan, replace(DEFAULT_REQUEST, engine="step"))
    ((_, rates),) = rates_of_script(text, monkeypatch)
    computed = np.array([trace.lr[group] for group in trace.groups]).T
    assert computed.shape == rates.shape
    np.testing.assert_allclose(computed, rates, rtol=1e-12, atol=0)
