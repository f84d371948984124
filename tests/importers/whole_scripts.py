"""Training scripts that say everything: each is run for real, and compared with its plan."""

import textwrap

HEAD = """\
import math
import torch
from torch.optim.lr_scheduler import *
from torch.utils.data import DataLoader, TensorDataset

model = torch.nn.Linear(2, 1)
data = TensorDataset(torch.zeros(20, 2), torch.zeros(20, 1))
loader = DataLoader(data, batch_size=4)
"""
LOOP = """
for epoch in range(EPOCHS):
    for x, y in loader:
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
"""


def usual(made, optimizer="torch.optim.SGD(model.parameters(), lr=0.1)", epochs=6, per_batch=False):
    """A script with a loop over epochs and batches that steps ``made``."""
    tick = "        scheduler.step()\n" if per_batch else "    scheduler.step()\n"
    loop = LOOP.replace("EPOCHS", str(epochs)) + tick
    return f"{HEAD}optimizer = {optimizer}\nscheduler = {made}\n{loop}"


def own(text):
    """A script of its own, after the usual imports and data."""
    return HEAD + textwrap.dedent(text)


OPTIONS = own("""
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--milestones", type=int, nargs="+", default=[3, 6])
    args = parser.parse_args()

    def main():
        opt = torch.optim.SGD(model.parameters(), args.lr, momentum=0.9, weight_decay=5e-4)
        sched = MultiStepLR(opt, milestones=[args.epochs // 2, args.epochs * 3 // 4], gamma=0.2)
        for epoch in range(args.epochs):
            run(opt)
            sched.step()

    def run(opt):
        for x, y in loader:
            opt.zero_grad()
            model(x).sum().backward()
            opt.step()

    if __name__ == "__main__":
        main()
""")
TRAINER = own("""
    class Trainer:
        def __init__(self, net, epochs=7, lr=2e-3):
            self.net, self.epochs = net, epochs
            self.opt = torch.optim.AdamW(net.parameters(), lr=lr, betas=(0.8, 0.95))
            self.sched = OneCycleLR(
                self.opt, max_lr=0.01, epochs=epochs, steps_per_epoch=len(loader))

        def train_step(self, x):
            self.opt.zero_grad()
            self.net(x).sum().backward()
            self.opt.step()
            self.sched.step()

        def fit(self):
            for epoch in range(self.epochs):
                for x, y in loader:
                    self.train_step(x)

    Trainer(model).fit()
""")
GROUPS = own("""
    base_lr = 0.05
    optimizer = torch.optim.SGD(
        [
            {"params": [model.weight], "lr": base_lr / 10},
            {"params": [model.bias], "weight_decay": 0.0},
        ],
        lr=base_lr, momentum=0.9, weight_decay=1e-4,
    )
    scheduler = LambdaLR(optimizer, [lambda e: 0.9 ** e, lambda e: 1 / (1 + e)])
    for epoch in range(9):
        for x, y in loader:
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        scheduler.step()
""")
ACCUMULATED = own("""
    accumulate, epochs = 2, 4
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    updates = math.ceil(len(loader) / accumulate) * epochs
    scheduler = CosineAnnealingLR(optimizer, T_max=updates)
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            (model(x).sum() / accumulate).backward()
            if (i + 1) % accumulate == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
                scheduler.step()
""")
DROPPED = own("""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    scheduler = ExponentialLR(optimizer, 0.7)
    for epoch in range(5):
        for i, (x, y) in enumerate(loader):
            model(x).sum().backward()
            if (i + 1) % 2 == 0:
                optimizer.step()
                optimizer.zero_grad()
        scheduler.step()
""")
IN_STEPS = own("""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    warm, total = 10, 60

    def factor(step):
        \"\"\"Up, and then down.\"\"\"
        if step < warm:
            return float(step + 1) / warm
        done = (step - warm) / (total - warm)
        return max(0.05, 0.5 * (1.0 + math.cos(math.pi * done)))

    scheduler = LambdaLR(optimizer, lr_lambda=factor)
    x = torch.zeros(4, 2)
    for it in range(total):
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        scheduler.step()
""")
EVERY_SECOND = own("""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    for epoch in range(1, 13):
        for x, y in loader:
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        if epoch % 2 == 0:
            scheduler.step()
""")
FULL_BATCH = own("""
    w = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.RMSprop([w], lr=0.02)
    scheduler = PolynomialLR(optimizer, total_iters=25, power=2.0)
    for epoch in range(30):
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
        scheduler.step()
""")
TWO = own("""
    critic = torch.nn.Linear(2, 1)
    opt_g = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.9))
    opt_d = torch.optim.Adam(critic.parameters(), lr=4e-3)
    sched_g = LinearLR(opt_g, 1.0, 0.1, total_iters=6)
    sched_d = StepLR(opt_d, 2)
    for epoch in range(6):
        for x, y in loader:
            opt_d.zero_grad()
            critic(x).sum().backward()
            opt_d.step()
            opt_g.zero_grad()
            model(x).sum().backward()
            opt_g.step()
        sched_g.step()
        sched_d.step()
""")
DATACLASS = own("""
    from dataclasses import dataclass

    @dataclass
    class Config:
        epochs: int = 5
        lr: float = 0.4
        warmup: float = 0.2

    cfg = Config()
    config = {"gamma": 0.8}
    optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), cfg.lr)
    scheduler = SequentialLR(
        optimizer,
        schedulers=[
            LinearLR(optimizer, start_factor=cfg.warmup, total_iters=2 * len(loader)),
            ExponentialLR(optimizer, gamma=config["gamma"]),
        ],
        milestones=[2 * len(loader)],
    )
    for epoch in range(cfg.epochs):
        for batch_idx, (x, y) in enumerate(loader, start=1):
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
            scheduler.step()
""")
CONSTANT = own("""
    params = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adagrad(params, lr=0.03)
    for epoch in range(3):
        for x, y in loader:
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
""")
WHOLE = {
    "step": usual("StepLR(optimizer, 2)"),
    "cosine": usual("CosineAnnealingLR(optimizer, 6, 1e-4)"),
    "cosine-per-batch": usual(
        "CosineAnnealingLR(optimizer, T_max=6 * len(loader))", per_batch=True
    ),
    "restarts": usual("CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)", epochs=8),
    "cyclic": usual(
        "CyclicLR(optimizer, 0.01, 0.1, step_size_up=2 * len(loader), mode='triangular2')",
        "torch.optim.SGD(model.parameters(), 0.1, 0.9)",
        per_batch=True,
    ),
    "one-cycle": usual("OneCycleLR(optimizer, 0.3, total_steps=6 * len(loader))", per_batch=True),
    "multiplicative": usual("MultiplicativeLR(optimizer, lambda epoch: 0.95 if epoch > 2 else 1)"),
    "constant-factor": usual("ConstantLR(optimizer, factor=0.5, total_iters=2)"),
    "chained": usual(
        "ChainedScheduler([ConstantLR(optimizer, 0.1, 3), ExponentialLR(optimizer, 0.9)])"
    ),
    "lambda": usual("LambdaLR(optimizer, lambda e, k=3: min(1.0, (e + 1) / k))"),
    "options": OPTIONS,
    "trainer": TRAINER,
    "groups": GROUPS,
    "accumulated": ACCUMULATED,
    "dropped": DROPPED,
    "in-steps": IN_STEPS,
    "every-second": EVERY_SECOND,
    "full-batch": FULL_BATCH,
    "two": TWO,
    "dataclass": DATACLASS,
    "constant": CONSTANT,
}
"""Scripts by name; each defines and runs its training when it is executed."""
