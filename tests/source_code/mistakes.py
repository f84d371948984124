"""Scripts with a mistake each: the line that a finding has to name ends in ``# BAD rule-name``."""

from tests.support.scripts import script

_TRAIN = """
for epoch in range(EPOCHS):
    for x, y in loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def per_epoch(made, tick="scheduler.step()", epochs=30):
    """A scheduler and a loop that steps it once an epoch."""
    return script(made) + _TRAIN.replace("EPOCHS", str(epochs)) + f"    {tick}\n"


def per_batch(made, tick="scheduler.step()", epochs=30):
    """A scheduler and a loop that steps it for every batch."""
    return script(made) + _TRAIN.replace("EPOCHS", str(epochs)) + f"        {tick}\n"


LOGGED_IN_A_CLASS = """
import torch
from torch.optim.lr_scheduler import MultiStepLR

class Engine:
    def __init__(self, net, data, log):
        self.net, self.data, self.log = net, data, log
        self.opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        self.sched = MultiStepLR(self.opt, milestones=[60, 80], gamma=0.1)

    def one_epoch(self):
        for batch in self.data:
            self.opt.zero_grad()
            self.net(batch).mean().backward()
            self.opt.step()

    def run(self):
        for epoch in range(100):
            self.one_epoch()
            self.sched.step()
            self.log("lr", self.sched.get_lr()[0])  # BAD get-lr-is-not-current-lr
"""
LOGGED_IN_A_FUNCTION = """
import torch
from torch.optim import lr_scheduler, Adam

def fit(net, train_loader, writer, n_epochs=50):
    opt = Adam(net.parameters(), lr=1e-3)
    decay = lr_scheduler.ExponentialLR(opt, gamma=0.95)
    for ep in range(n_epochs):
        for i, sample in enumerate(train_loader):
            loss = net(sample)
            opt.zero_grad()
            loss.backward()
            opt.step()
            if i % 50 == 0:
                writer.add_scalar("lr", decay.get_lr()[0], i)  # BAD get-lr-is-not-current-lr
        decay.step()
"""
BEFORE_UNREAD_TRAIN = """
import argparse
import torch
from torch.optim.lr_scheduler import StepLR
from helpers import build_model, build_loaders, train_one_epoch, evaluate

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", default=90, type=int)
parser.add_argument("--lr", default=0.1, type=float)

def main():
    args = parser.parse_args()
    model = build_model()
    train_loader, val_loader = build_loaders(args)
    optimizer = torch.optim.SGD(model.parameters(), args.lr)
    scheduler = StepLR(optimizer, step_size=30)
    for epoch in range(args.epochs):
        scheduler.step()  # BAD scheduler-step-before-optimizer-step
        train_one_epoch(model, train_loader, optimizer, epoch)
        evaluate(model, val_loader)

main()
"""
COSINE_PER_BATCH = """
import argparse
import torch

def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--max-epochs", type=int, default=200)
    return p.parse_args()

def main(args):
    net = torch.nn.Linear(8, 2)
    train_dl = torch.utils.data.DataLoader(load(), batch_size=128, shuffle=True)
    optim = torch.optim.AdamW(net.parameters(), 3e-4)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(
        optim, T_max=args.max_epochs)  # BAD horizon-in-epochs-stepped-per-step
    for epoch in range(args.max_epochs):
        for xb, yb in train_dl:
            optim.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(net(xb), yb).backward()
            optim.step()
            sched.step()

if __name__ == "__main__":
    main(get_args())
"""
ONE_CYCLE_PER_EPOCH = """
from torch.optim.lr_scheduler import OneCycleLR
total = EPOCHS * len(loader)
scheduler = OneCycleLR(
    optimizer, 0.1, total_steps=total)  # BAD horizon-in-steps-stepped-per-epoch
"""
HUGGING_FACE_ACCUMULATED = """
from transformers import get_linear_schedule_with_warmup
import torch
from torch.utils.data import DataLoader

def finetune(model, dataset, epochs=3, grad_accum=8):
    train_loader = DataLoader(dataset, batch_size=4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    total_steps = len(train_loader) * epochs
    scheduler = get_linear_schedule_with_warmup(
        optimizer, 100, total_steps)  # BAD gradient-accumulation-horizon
    for epoch in range(epochs):
        for i, batch in enumerate(train_loader):
            (model(**batch).loss / grad_accum).backward()
            if (i + 1) % grad_accum == 0:
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
"""
LIGHTNING_ONE_CYCLE = """
import pytorch_lightning as pl
import torch

class Net(pl.LightningModule):
    def __init__(self, lr=1e-3):
        super().__init__()
        self.lr = lr

    def training_step(self, batch, idx):
        return self(batch).mean()

    def configure_optimizers(self):
        opt = torch.optim.AdamW(self.parameters(), self.lr)
        sched = torch.optim.lr_scheduler.OneCycleLR(  # BAD lightning-interval-defaults-to-epoch
            opt, self.lr, total_steps=self.trainer.estimated_stepping_batches)
        return {"optimizer": opt, "lr_scheduler": sched}
"""
LIGHTNING_INTERVAL_BESIDE = LIGHTNING_ONE_CYCLE.replace(
    '"lr_scheduler": sched}', '"lr_scheduler": sched, "interval": "step"}'
)
LIGHTNING_PLATEAU = """
import lightning as L
from torch.optim import Adam
from torch.optim.lr_scheduler import ReduceLROnPlateau

class Net(L.LightningModule):
    def configure_optimizers(self):
        opt = Adam(self.parameters(), 1e-3)
        return [opt], [
            ReduceLROnPlateau(opt, patience=5)]  # BAD lightning-plateau-without-monitor
"""
LIGHTNING_MANUAL = """
import lightning as L
import torch

class Gan(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch, idx):
        opt = self.optimizers()
        loss = self(batch)
        opt.zero_grad()
        self.manual_backward(loss)
        opt.step()

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), 1e-3)
        sched = torch.optim.lr_scheduler.StepLR(opt, 10)  # BAD scheduler-never-stepped
        return [opt], [sched]
"""
ACCELERATE = """
import math
import torch
from accelerate import Accelerator
from transformers import get_scheduler

def main(model, train_dataloader, args):
    accelerator = Accelerator()
    train_dataloader = accelerator.prepare(train_dataloader)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5)
    steps_per_epoch = math.ceil(len(train_dataloader) / args.gradient_accumulation_steps)
    max_train_steps = args.num_train_epochs * steps_per_epoch
    lr_scheduler = get_scheduler(  # BAD accelerate-multi-process-step-multiplier
        "cosine", optimizer, num_warmup_steps=0, num_training_steps=max_train_steps)
    model, optimizer, lr_scheduler = accelerator.prepare(model, optimizer, lr_scheduler)
    for epoch in range(args.num_train_epochs):
        for batch in train_dataloader:
            with accelerator.accumulate(model):
                accelerator.backward(model(**batch).loss)
                optimizer.step()
                lr_scheduler.step()
                optimizer.zero_grad()
"""
REPLACED_OPTIMIZER = """
scheduler = StepLR(optimizer, 10)  # BAD scheduler-on-another-optimizer
optimizer = optim.Adam(model.parameters(), lr=1e-4)
"""
MADE_EACH_EPOCH = """
def train_epoch(net, batches, opt):
    warmup = LinearLR(opt, 0.1, total_iters=500)  # BAD scheduler-made-every-epoch
    for x in batches:
        net(x).backward()
        opt.step()
        warmup.step()

for epoch in range(20):
    train_epoch(model, loader, optimizer)
"""
ADJUSTED_BESIDE = """
def adjust_learning_rate(opt, epoch, base=0.1):
    lr = base * 0.1 ** (epoch // 30)
    for group in opt.param_groups:
        group["lr"] = lr  # BAD scheduler-overwritten-by-hand

scheduler = CosineAnnealingLR(optimizer, T_max=90)
for epoch in range(90):
    adjust_learning_rate(optimizer, epoch)
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step()
"""
NOT_SAVED = """
scheduler = CosineAnnealingLR(optimizer, T_max=30)
start = 0
if resume:
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])  # BAD resume-without-scheduler-state
    start = state["epoch"]
for epoch in range(start, 30):
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step()
    torch.save({"model": model.state_dict(), "epoch": epoch + 1,
                "optimizer": optimizer.state_dict()}, path)
"""
WHILE_STEPS = """
from torch.optim.lr_scheduler import MultiStepLR
scheduler = MultiStepLR(optimizer, milestones=[30, 60, 80])
step = 0
for epoch in range(90):
    for x in loader:
        optimizer.zero_grad()
        model(x).backward()
        optimizer.step()
        scheduler.step()
        step += 1
"""

MISTAKES = {
    "get-lr-in-a-class": LOGGED_IN_A_CLASS,
    "get-lr-in-a-function": LOGGED_IN_A_FUNCTION,
    "get-lr-printed": per_epoch(
        "scheduler = StepLR(optimizer, 10)",
        "scheduler.step(); print(scheduler.get_lr())  # BAD get-lr-is-not-current-lr",
    ),
    "before-unread-train": BEFORE_UNREAD_TRAIN,
    "before-the-step-in-the-batch-loop": per_batch("scheduler = ExponentialLR(optimizer, 0.9999)")
    .replace("        scheduler.step()\n", "")
    .replace(
        "        optimizer.step()\n",
        "        scheduler.step()  # BAD scheduler-step-before-optimizer-step\n"
        "        optimizer.step()\n",
    ),
    "before-the-batches": per_epoch("scheduler = MultiStepLR(optimizer, [10, 20])")
    .replace("    scheduler.step()\n", "")
    .replace(
        "    for x, y",
        "    scheduler.step()  # BAD scheduler-step-before-optimizer-step\n    for x, y",
    ),
    "cosine-per-batch": COSINE_PER_BATCH,
    "milestones-per-batch": per_batch(
        "EPOCHS = 30\n"
        "scheduler = MultiStepLR(  # BAD horizon-in-epochs-stepped-per-step\n"
        "    optimizer, [EPOCHS // 2, int(EPOCHS * 0.75)])"
    ),
    "one-cycle-per-epoch": per_epoch("EPOCHS = 30\n" + ONE_CYCLE_PER_EPOCH, epochs="EPOCHS"),
    "cosine-in-steps-per-epoch": per_epoch(
        "EPOCHS = 30\nscheduler = CosineAnnealingLR(\n"
        "    optimizer, EPOCHS * len(loader))  # BAD horizon-in-steps-stepped-per-epoch",
        epochs="EPOCHS",
    ),
    "accumulated-horizon": HUGGING_FACE_ACCUMULATED,
    "one-cycle-of-samples": per_batch(
        "train_set = loader.dataset\n"
        "scheduler = OneCycleLR(optimizer, 0.1, epochs=30,\n"
        "                       steps_per_epoch=len(train_set))  # BAD length-counts-samples"
    ),
    "cosine-of-samples": per_batch(
        "scheduler = CosineAnnealingLR(\n"
        "    optimizer, 30 * len(loader.dataset))  # BAD length-counts-samples"
    ),
    "cosine-shorter-than-the-run": per_epoch(
        "scheduler = CosineAnnealingLR(optimizer, T_max=50)  # BAD cosine-past-t-max-rises",
        epochs=90,
    ),
    "milestones-past-the-run": per_epoch(
        "scheduler = MultiStepLR(optimizer, [60, 90])  # BAD milestones-beyond-run", epochs=50
    ),
    "step-with-epoch": per_epoch(
        "scheduler = StepLR(optimizer, 10)", "scheduler.step(epoch)  # BAD step-with-epoch"
    ),
    "sequential-with-epoch": per_epoch(
        "scheduler = SequentialLR(optimizer, [LinearLR(optimizer, 0.1, total_iters=5),\n"
        "    CosineAnnealingLR(optimizer, 25)], milestones=[5])",
        "scheduler.step(epoch)  # BAD step-with-epoch",
    ),
    "verbose": per_epoch(
        "scheduler = ReduceLROnPlateau(\n"
        "    optimizer, patience=3, verbose=True)  # BAD verbose-argument-removed",
        "scheduler.step(loss)",
    ),
    "plateau-without-metric": per_epoch(
        "scheduler = ReduceLROnPlateau(optimizer)",
        "scheduler.step()  # BAD plateau-metric-missing-or-passed-elsewhere",
    ),
    "plateau-of-an-accuracy": per_epoch(
        "scheduler = ReduceLROnPlateau(optimizer, patience=3)",
        "val_acc = evaluate(model); scheduler.step(val_acc)  # BAD plateau-wrong-mode",
    ),
    "plateau-of-a-loss": per_epoch(
        'scheduler = ReduceLROnPlateau(optimizer, "max")',
        'scheduler.step(metrics["val_loss"])  # BAD plateau-wrong-mode',
    ),
    "plateau-per-batch": per_batch(
        "scheduler = ReduceLROnPlateau(optimizer)",
        "scheduler.step(loss)  # BAD plateau-stepped-per-batch",
    ),
    "metric-for-a-step": per_epoch(
        "scheduler = StepLR(optimizer, 10)",
        "scheduler.step(val_loss)  # BAD plateau-metric-missing-or-passed-elsewhere",
    ),
    "lightning-one-cycle": LIGHTNING_ONE_CYCLE,
    "lightning-interval-beside": LIGHTNING_INTERVAL_BESIDE,
    "lightning-plateau": LIGHTNING_PLATEAU,
    "lightning-manual": LIGHTNING_MANUAL,
    "accelerate": ACCELERATE,
    "replaced-optimizer": per_epoch(REPLACED_OPTIMIZER),
    "never-stepped": script(
        "scheduler = CosineAnnealingLR(optimizer, 30)  # BAD scheduler-never-stepped"
    )
    + _TRAIN.replace("EPOCHS", "30"),
    "made-each-epoch": script(MADE_EACH_EPOCH),
    "by-hand-beside": script(ADJUSTED_BESIDE),
    "not-saved": script(NOT_SAVED),
    "last-epoch-of-a-fresh-optimizer": per_epoch(
        "scheduler = StepLR(optimizer, 10, last_epoch=4)  # BAD resume-missing-initial-lr"
    ),
    "late-binding": per_epoch(
        "decays = [0.9, 0.8]\n"
        "scheduler = LambdaLR(  # BAD lambda-late-binding\n"
        "    optimizer, [lambda e: d**e for d in decays])"
    ),
    "edited-t-max": per_epoch(
        "scheduler = CosineAnnealingLR(optimizer, 30)",
        "scheduler.T_max = 60; scheduler.step()  # BAD cosine-attribute-edit-explodes",
    ),
    "group-added-later": per_epoch(
        "scheduler = LambdaLR(optimizer, lambda e: 0.95**e)\n"
        'optimizer.add_param_group({"params": head})  # BAD param-group-added-after-scheduler'
    ),
    "state-before-its-scheduler": per_epoch(
        'saved = torch.load("last.pt")\n'
        'optimizer.load_state_dict(saved["optimizer"])'
        "  # BAD resume-load-order-or-missing-optimizer-state\n"
        "scheduler = LambdaLR(optimizer, lambda e: 0.95**e)\n"
        'scheduler.load_state_dict(saved["scheduler"])'
    ),
    "milestones-per-batch-literal": script(WHILE_STEPS),
}
"""Scripts by name. Each has one mistake."""

MISSED = {
    "milestones-per-batch-literal": "numbers alone do not say that milestones are epochs",
}
"""Mistakes that no rule finds, and why."""
