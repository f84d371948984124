"""Scripts that look like a mistake and are none: they draw no warning and no error."""

from tests.source_code.mistakes import per_batch, per_epoch
from tests.support.scripts import script

TIMM = """
import torch
from timm.scheduler import CosineLRScheduler

def main(model, loader, epochs=100):
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    scheduler = CosineLRScheduler(optimizer, t_initial=epochs, warmup_t=5, warmup_lr_init=1e-6)
    for epoch in range(epochs):
        for batch in loader:
            model(batch).backward()
            optimizer.step()
        scheduler.step(epoch + 1)
"""
OWN_GET_LR = """
import torch
from torch.optim.lr_scheduler import StepLR

class Rate:
    def __init__(self, inner):
        self.inner = inner
    def get_lr(self):
        return self.inner.get_last_lr()[0]
    def step(self):
        self.inner.step()

def fit(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = Rate(StepLR(optimizer, 10))
    for epoch in range(30):
        for x in loader:
            model(x).backward()
            optimizer.step()
        scheduler.step()
        print(scheduler.get_lr())
"""
COMPATIBLE = """
def current(scheduler):
    if hasattr(scheduler, "get_last_lr"):
        return scheduler.get_last_lr()[0]
    return scheduler.get_lr()[0]

scheduler = StepLR(optimizer, 10)
for epoch in range(30):
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step()
    print(current(scheduler))
"""
GAN = """
import itertools
import torch

def train(G, D, loader, epochs=200, decay_from=100):
    opt_g = torch.optim.Adam(G.parameters(), 2e-4, betas=(0.5, 0.999))
    opt_d = torch.optim.Adam(D.parameters(), 2e-4, betas=(0.5, 0.999))
    rule = lambda e: 1.0 - max(0, e - decay_from) / (epochs - decay_from)
    sched_g = torch.optim.lr_scheduler.LambdaLR(opt_g, rule)
    sched_d = torch.optim.lr_scheduler.LambdaLR(opt_d, rule)
    for epoch in range(epochs):
        for real in loader:
            for _ in range(5):
                opt_d.zero_grad()
                D(real).mean().backward()
                opt_d.step()
            opt_g.zero_grad()
            D(G(real)).mean().backward()
            opt_g.step()
        for sched in (sched_g, sched_d):
            sched.step()
"""
STAGES = """
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

def stage(model, loader, lr, epochs):
    opt = torch.optim.SGD(model.parameters(), lr)
    sched = CosineAnnealingLR(opt, epochs)
    for epoch in range(epochs):
        for x in loader:
            model(x).backward()
            opt.step()
        sched.step()

stage(model, loader, 0.1, 30)
stage(model, loader, 0.01, 10)
"""
CALLBACK = """
import torch

class StepScheduler:
    def __init__(self, scheduler):
        self.scheduler = scheduler
    def on_epoch_end(self):
        self.scheduler.step()

def main(trainer, model):
    optimizer = torch.optim.Adam(model.parameters())
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    trainer.fit(model, optimizer, callbacks=[StepScheduler(scheduler)])
"""
RETURNED = """
import torch

def build(model, config):
    optimizer = torch.optim.AdamW(model.parameters(), config.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.total_steps)
    return optimizer, scheduler
"""
NOT_FIRST = """
scheduler = StepLR(optimizer, 10)
for epoch in range(30):
    if epoch:
        scheduler.step()
    for x in loader:
        model(x).backward()
        optimizer.step()
"""
WARM_UP_THEN_DECAY = """
warmup_epochs = 5
warm = LinearLR(optimizer, 0.1, total_iters=warmup_epochs * len(loader))
main = CosineAnnealingLR(optimizer, 30 - warmup_epochs)
for epoch in range(30):
    for x in loader:
        model(x).backward()
        optimizer.step()
        if epoch < warmup_epochs:
            warm.step()
    if epoch >= warmup_epochs:
        main.step()
"""
LBFGS = """
optimizer = optim.LBFGS(model.parameters(), lr=1.0)
scheduler = ExponentialLR(optimizer, 0.95)
for epoch in range(40):
    for x in loader:
        def closure():
            optimizer.zero_grad()
            loss = model(x).mean()
            loss.backward()
            return loss
        optimizer.step(closure)
    scheduler.step()
"""
SWA = """
from torch.optim.swa_utils import AveragedModel, SWALR
average = AveragedModel(model)
scheduler = CosineAnnealingLR(optimizer, T_max=75)
swa = SWALR(optimizer, swa_lr=0.05)
for epoch in range(100):
    for x in loader:
        model(x).backward()
        optimizer.step()
    if epoch >= 75:
        average.update_parameters(model)
        swa.step()
    else:
        scheduler.step()
"""
PHASES = """
loaders = {"train": loader, "val": DataLoader(held_out, 8)}
scheduler = StepLR(optimizer, 7)
for epoch in range(25):
    for phase in ["train", "val"]:
        for x in loaders[phase]:
            optimizer.zero_grad()
            with torch.set_grad_enabled(phase == "train"):
                loss = model(x).mean()
                if phase == "train":
                    loss.backward()
                    optimizer.step()
        if phase == "train":
            scheduler.step()
"""
CHOSEN = """
import argparse
import torch
from torch.optim import lr_scheduler

def make(optimizer, args):
    if args.policy == "step":
        return lr_scheduler.StepLR(optimizer, 30)
    elif args.policy == "plateau":
        return lr_scheduler.ReduceLROnPlateau(optimizer, patience=5)
    elif args.policy == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)
    raise NotImplementedError(args.policy)

def main():
    p = argparse.ArgumentParser()
    p.add_argument("--policy", default="step")
    p.add_argument("--epochs", default=90, type=int)
    args = p.parse_args()
    model, loader = load(args)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = make(optimizer, args)
    for epoch in range(args.epochs):
        for x in loader:
            loss = model(x).mean()
            loss.backward()
            optimizer.step()
        if args.policy == "plateau":
            scheduler.step(loss)
        else:
            scheduler.step()

main()
"""
MODE_OF_THE_STEP = """
import torch
from transformers import get_cosine_schedule_with_warmup

def finetune(model, loader, epochs, accumulation):
    optimizer = torch.optim.AdamW(model.parameters(), 2e-5)
    updates = epochs * (len(loader) // accumulation)
    scheduler = get_cosine_schedule_with_warmup(optimizer, int(0.1 * updates), updates)
    for epoch in range(epochs):
        for step, batch in enumerate(loader):
            (model(batch).mean() / accumulation).backward()
            if step % accumulation == accumulation - 1:
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
"""
ACCELERATE_WITH_PROCESSES = """
import torch
from accelerate import Accelerator
from transformers import get_scheduler

def main(model, loader, epochs):
    accelerator = Accelerator()
    optimizer = torch.optim.AdamW(model.parameters(), 5e-5)
    total = epochs * len(loader) * accelerator.num_processes
    scheduler = get_scheduler("linear", optimizer, 0, total)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    for epoch in range(epochs):
        for batch in loader:
            accelerator.backward(model(batch).mean())
            optimizer.step()
            scheduler.step()
"""
ACCELERATE_BEFORE_PREPARE = ACCELERATE_WITH_PROCESSES.replace(" * accelerator.num_processes", "")
GUARDED_SCALER = """
scaler = torch.amp.GradScaler("cuda")
total = 30 * len(loader)
scheduler = OneCycleLR(optimizer, 0.1, total_steps=total)
for epoch in range(30):
    for x in loader:
        scaler.scale(model(x).mean()).backward()
        scale = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        if scale <= scaler.get_scale():
            scheduler.step()
"""
LIGHTNING = """
import lightning as L
import torch

class Net(L.LightningModule):
    def configure_optimizers(self):
        opt = torch.optim.AdamW(self.parameters(), 1e-3)
        steps = self.trainer.estimated_stepping_batches
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(opt, steps)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt)
        if self.hparams.cosine:
            return [opt], [{"scheduler": cosine, "interval": "step"}]
        return {"optimizer": opt, "lr_scheduler": plateau, "monitor": "val/loss"}
"""
LIGHTNING_PER_EPOCH = """
import lightning as L
import torch

class Net(L.LightningModule):
    def __init__(self, max_epochs=100):
        super().__init__()
        self.max_epochs = max_epochs

    def configure_optimizers(self):
        opt = torch.optim.SGD(self.parameters(), 0.1)
        return [opt], [torch.optim.lr_scheduler.CosineAnnealingLR(opt, self.max_epochs)]
"""
LIGHTNING_MANUAL = """
import lightning as L
import torch

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch, index):
        opt = self.optimizers()
        opt.zero_grad()
        self.manual_backward(self(batch).mean())
        opt.step()

    def on_train_epoch_end(self):
        self.lr_schedulers().step()

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters())
        return [opt], [torch.optim.lr_scheduler.StepLR(opt, 10)]
"""
WRAPPED = """
from torch.nn.parallel import DistributedDataParallel
import horovod.torch as hvd
optimizer = hvd.DistributedOptimizer(optimizer)
scheduler = StepLR(optimizer, 10)
for epoch in range(30):
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step()
"""
ENGINE = """
import deepspeed
scheduler = StepLR(optimizer, 10)
engine, optimizer, _, scheduler = deepspeed.initialize(
    model=model, optimizer=optimizer, lr_scheduler=scheduler)
for epoch in range(30):
    for x in loader:
        engine.backward(engine(x).mean())
        engine.step()
"""
BY_HAND_ONLY = """
def adjust(opt, epoch):
    for group in opt.param_groups:
        group["lr"] = 0.1 * 0.5 ** (epoch // 10)

unused = torch.optim.lr_scheduler
for epoch in range(30):
    adjust(optimizer, epoch)
    for x in loader:
        model(x).backward()
        optimizer.step()
"""
WARM_UP_BY_HAND = """
scheduler = MultiStepLR(optimizer, [20, 25])
for epoch in range(30):
    for i, x in enumerate(loader):
        if epoch == 0:
            for group in optimizer.param_groups:
                group["lr"] = 0.1 * (i + 1) / len(loader)
        model(x).backward()
        optimizer.step()
    scheduler.step()
"""
SAVED = """
scheduler = CosineAnnealingLR(optimizer, T_max=30)
if resume:
    state = torch.load(path)
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
for epoch in range(30):
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, path)
"""
FOLDS = """
for fold in range(5):
    net = build()
    optimizer = optim.Adam(net.parameters())
    scheduler = ReduceLROnPlateau(optimizer, mode="max", patience=3)
    for epoch in range(20):
        for x in loader:
            net(x).backward()
            optimizer.step()
        scheduler.step(validate(net))
"""
FULL_BATCH = """
scheduler = StepLR(optimizer, 50)
for epoch in range(200):
    optimizer.zero_grad()
    model(graph).mean().backward()
    optimizer.step()
    scheduler.step()
"""
ITERATIONS = """
max_iters = 10_000
scheduler = MultiStepLR(optimizer, [6_000, 9_000])
batches = iter(loader)
for iteration in range(max_iters):
    model(next(batches)).backward()
    optimizer.step()
    scheduler.step()
"""
PLOT_ONLY = """
scheduler = CosineAnnealingLR(optimizer, 100)
lrs = []
for _ in range(100):
    optimizer.step()
    scheduler.step()
    lrs.append(scheduler.get_last_lr()[0])
"""
TEST_STUB = """
import unittest
import torch

class SchedulerTest(unittest.TestCase):
    def test_makes_one(self):
        optimizer = torch.optim.SGD([torch.zeros(1)], 0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
        self.assertEqual(scheduler.step_size, 3)
"""
OLD_TORCH = """
import torch
try:
    from torch.optim.lr_scheduler import LRScheduler
except ImportError:
    from torch.optim.lr_scheduler import _LRScheduler as LRScheduler

class Inverse(LRScheduler):
    def get_lr(self):
        return [base / (1 + self.last_epoch) for base in self.base_lrs]
"""
ANNOTATED = """
from torch.optim.lr_scheduler import _LRScheduler

def step(scheduler: _LRScheduler, epochs: int) -> _LRScheduler:
    return scheduler
"""
NAMED_ALIKE = """
from diffusers import DDPMScheduler
noise = DDPMScheduler(1000)
scheduler = StepLR(optimizer, 10)
for epoch in range(30):
    for x in loader:
        noise.step(model(x), 3, x)
        model(x).backward()
        optimizer.step()
    scheduler.step()
"""

WELL_MADE = {
    "plain": per_epoch("scheduler = StepLR(optimizer, 10)"),
    "per-batch": per_batch("scheduler = OneCycleLR(optimizer, 0.1, total_steps=30 * len(loader))"),
    "steps-per-epoch": per_batch(
        "scheduler = OneCycleLR(optimizer, 0.1, epochs=30, steps_per_epoch=len(loader))"
    ),
    "samples-by-batch-size": per_batch(
        "batch_size = 8\n"
        "scheduler = CosineAnnealingLR(optimizer, 30 * (len(loader.dataset) // batch_size))"
    ),
    "restarts-with-a-fraction": per_batch(
        "scheduler = CosineAnnealingWarmRestarts(optimizer, 10)", "scheduler.step(epoch + 0.5)"
    ),
    "plateau-of-an-accuracy": per_epoch(
        'scheduler = ReduceLROnPlateau(optimizer, mode="max")', "scheduler.step(val_acc)"
    ),
    "plateau-of-a-negated-loss": per_epoch(
        'scheduler = ReduceLROnPlateau(optimizer, mode="max")', "scheduler.step(-val_loss)"
    ),
    "plateau-of-one-minus-accuracy": per_epoch(
        "scheduler = ReduceLROnPlateau(optimizer)", "scheduler.step(1 - val_acc)"
    ),
    "bound-lambdas": per_epoch(
        "scheduler = LambdaLR(optimizer, [lambda e, d=d: d**e for d in (0.9, 0.8)])"
    ),
    "attribute-before-the-loop": per_epoch(
        "scheduler = CosineAnnealingLR(optimizer, 30)\nscheduler.T_max = 30"
    ),
    "group-added-before": per_epoch(
        'optimizer.add_param_group({"params": head})\nscheduler = LambdaLR(optimizer, f)'
    ),
    "last-epoch-with-initial-lr": per_epoch(
        'for group in optimizer.param_groups:\n    group["initial_lr"] = 0.1\n'
        "scheduler = StepLR(optimizer, 10, last_epoch=start - 1)"
    ),
    "timm": TIMM,
    "own-get-lr": OWN_GET_LR,
    "compatible": script(COMPATIBLE),
    "gan": GAN,
    "stages": STAGES,
    "callback": CALLBACK,
    "returned": RETURNED,
    "not-first": script(NOT_FIRST),
    "warm-up-then-decay": script(WARM_UP_THEN_DECAY),
    "lbfgs": script(LBFGS),
    "swa": script(SWA),
    "phases": script(PHASES),
    "chosen": CHOSEN,
    "accumulated": MODE_OF_THE_STEP,
    "accelerate": ACCELERATE_WITH_PROCESSES,
    "accelerate-before-prepare": ACCELERATE_BEFORE_PREPARE,
    "guarded-scaler": script(GUARDED_SCALER),
    "lightning": LIGHTNING,
    "lightning-per-epoch": LIGHTNING_PER_EPOCH,
    "lightning-manual": LIGHTNING_MANUAL,
    "wrapped": script(WRAPPED),
    "engine": script(ENGINE),
    "by-hand-only": script(BY_HAND_ONLY),
    "warm-up-by-hand": script(WARM_UP_BY_HAND),
    "saved": script(SAVED),
    "folds": script(FOLDS),
    "full-batch": script(FULL_BATCH),
    "iterations": script(ITERATIONS),
    "plot-only": script(PLOT_ONLY),
    "test-stub": TEST_STUB,
    "old-torch": OLD_TORCH,
    "annotated": ANNOTATED,
    "named-alike": script(NAMED_ALIKE),
}
