"""Training scripts that are unusual and right: nothing is to be found in them."""

_HEAD = """\
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import *

model = torch.nn.Linear(4, 1)
data = torch.utils.data.TensorDataset(torch.randn(64, 4))
loader = torch.utils.data.DataLoader(data, batch_size=8)


def update(optimizer, x):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()


"""
_BODIES = {
    "stages": """\
for stage in range(3):
    optimizer = SGD(model.parameters(), lr=0.1 / 10**stage)
    scheduler = CosineAnnealingLR(optimizer, T_max=4)
    for epoch in range(4):
        for (x,) in loader:
            update(optimizer, x)
        scheduler.step()
""",
    "stages-of-one-optimizer": """\
optimizer = SGD(model.parameters(), lr=0.1)
for stage in range(3):
    scheduler = StepLR(optimizer, step_size=2)
    for epoch in range(4):
        for (x,) in loader:
            update(optimizer, x)
        scheduler.step()
""",
    "callbacks": """\
class Callback:
    def __init__(self, scheduler):
        self.scheduler = scheduler

    def on_epoch_end(self):
        self.scheduler.step()


optimizer = SGD(model.parameters(), lr=0.1)
callbacks = [Callback(CosineAnnealingLR(optimizer, T_max=6))]
for epoch in range(6):
    for (x,) in loader:
        update(optimizer, x)
    for callback in callbacks:
        callback.on_epoch_end()
""",
    "by-hand": """\
groups = [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.01}]
optimizer = SGD(groups, lr=0.1)
for epoch in range(6):
    for group in optimizer.param_groups:
        group["lr"] = 0.1 * 0.1 ** (epoch // 2)
    for (x,) in loader:
        update(optimizer, x)
""",
    "warmup-of-the-first-epoch": """\
optimizer = SGD(model.parameters(), lr=0.1)
scheduler = MultiStepLR(optimizer, milestones=[3, 5])
for epoch in range(6):
    warmup = None
    if epoch == 0:
        warmup = LinearLR(optimizer, 0.001, total_iters=len(loader) - 1)
    for (x,) in loader:
        update(optimizer, x)
        if warmup is not None:
            warmup.step()
    scheduler.step()
""",
    "warmup-by-hand": """\
optimizer = SGD(model.parameters(), lr=0.1)
scheduler = LambdaLR(optimizer, lambda epoch: 1 - 0.09 * epoch)
for epoch in range(10):
    for number, (x,) in enumerate(loader):
        done = epoch * len(loader) + number
        if done <= 16:
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * (1 - 0.09 * epoch) * done / 16
        update(optimizer, x)
    scheduler.step()
""",
    "parts-of-an-epoch": """\
optimizer = SGD(model.parameters(), lr=0.1)
scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=5)
for epoch in range(10):
    for number, (x,) in enumerate(loader):
        update(optimizer, x)
        scheduler.step(epoch + number / len(loader))
""",
    "late-decay": """\
optimizer = SGD(model.parameters(), lr=0.1)
scheduler = CosineAnnealingLR(optimizer, T_max=6)
for epoch in range(10):
    for (x,) in loader:
        update(optimizer, x)
    if epoch >= 4:
        scheduler.step()
""",
    "every-fourth": """\
optimizer = SGD(model.parameters(), lr=0.1)
scheduler = ExponentialLR(optimizer, gamma=0.95)
done = 0
for epoch in range(10):
    for (x,) in loader:
        update(optimizer, x)
        done += 1
        if done % 4 == 0:
            scheduler.step()
""",
    "groups-come-later": """\
optimizer = SGD([model.weight], lr=0.1)
scheduler = StepLR(optimizer, step_size=2)
for epoch in range(6):
    if epoch == 2:
        optimizer.add_param_group({"params": [model.bias], "lr": 0.01})
    for (x,) in loader:
        update(optimizer, x)
    scheduler.step()
""",
    "finder": """\
optimizer = SGD(model.parameters(), lr=0.1)
saved = optimizer.state_dict()
finder = LambdaLR(optimizer, lambda step: 1e-3 * 1.2**step)
for epoch in range(2):
    for (x,) in loader:
        update(optimizer, x)
        finder.step()
optimizer.load_state_dict(saved)
optimizer = SGD(model.parameters(), lr=0.05)
scheduler = OneCycleLR(optimizer, 0.05, total_steps=6 * len(loader))
for epoch in range(6):
    for (x,) in loader:
        update(optimizer, x)
        scheduler.step()
""",
    "folds": """\
for fold in range(4):
    model = torch.nn.Linear(4, 1)
    optimizer = SGD(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=2)
    for epoch in range(4):
        for (x,) in loader:
            update(optimizer, x)
        scheduler.step()
""",
    "resumed": """\
optimizer = SGD(model.parameters(), lr=0.1)
scheduler = StepLR(optimizer, step_size=3)
for _ in range(2):
    scheduler.step()
for epoch in range(2, 8):
    for (x,) in loader:
        update(optimizer, x)
    scheduler.step()
""",
    "own-warmup": """\
class Warmup(LRScheduler):
    def __init__(self, optimizer, length, then):
        self.length, self.then = length, then
        super().__init__(optimizer)

    def get_lr(self):
        return [base * min(1, (self.last_epoch + 1) / self.length) for base in self.base_lrs]

    def step(self, *_):
        if self.last_epoch is not None and getattr(self, "last_epoch", 0) >= self.length:
            self.then.step()
        else:
            super().step()


optimizer = SGD(model.parameters(), lr=0.1)
scheduler = Warmup(optimizer, 3, CosineAnnealingLR(optimizer, T_max=7))
for epoch in range(10):
    for (x,) in loader:
        update(optimizer, x)
    scheduler.step()
""",
    "steps-without-epochs": """\
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = SequentialLR(
    optimizer,
    [LinearLR(optimizer, 0.01, total_iters=10), CosineAnnealingLR(optimizer, T_max=70)],
    milestones=[10],
)
x = torch.randn(8, 4)
for step in range(80):
    update(optimizer, x)
    scheduler.step()
""",
    "two-ways": """\
optimizer = SGD(model.parameters(), lr=0.1)
warmup = LinearLR(optimizer, 0.1, total_iters=8)
decay = StepLR(optimizer, step_size=3)
for epoch in range(9):
    for (x,) in loader:
        update(optimizer, x)
        warmup.step()
    decay.step()
""",
    "plateau-of-batches": """\
optimizer = SGD(model.parameters(), lr=0.1)
scheduler = ReduceLROnPlateau(optimizer, patience=100)
for epoch in range(3):
    for (x,) in loader:
        update(optimizer, x)
        scheduler.step(model(x).pow(2).mean().item())
""",
}
UNUSUAL = {name: _HEAD + body for name, body in _BODIES.items()}
"""Whole scripts by what is unusual about them."""
