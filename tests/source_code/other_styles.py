"""More mistakes and near misses, in styles that those of the other tables do not have.

They were written before any rule was changed for them.
"""

TRAINER_WITH_HOOKS = """
import torch
from torch.optim import lr_scheduler as lrs

class Trainer:
    def __init__(self, model, loaders, cfg):
        self.model = model
        self.loaders = loaders
        self.cfg = cfg
        self.optim = self.make_optim()
        self.sched = self.make_sched()

    def make_optim(self):
        return torch.optim.Adam(self.model.parameters(), lr=2e-4)

    def make_sched(self):
        return lrs.StepLR(self.optim, step_size=20)

    def on_batch(self, batch):
        self.sched.step()  # BAD scheduler-step-before-optimizer-step
        self.optim.zero_grad()
        loss = self.model.loss(batch)
        loss.backward()
        self.optim.step()

    def fit(self):
        for epoch in range(self.cfg.epochs):
            for batch in self.loaders["train"]:
                self.on_batch(batch)
"""
STEPS_PER_EPOCH_OF_DATASET = """
import torch
from torch.utils.data import DataLoader

def run(model, train_dataset, epochs: int = 12):
    train_dataloader = DataLoader(train_dataset, batch_size=64, shuffle=True)
    opt = torch.optim.SGD(model.parameters(), lr=0.4, momentum=0.9, nesterov=True)
    sch = torch.optim.lr_scheduler.OneCycleLR(
        opt, max_lr=0.4, epochs=epochs,
        steps_per_epoch=len(train_dataset),  # BAD length-counts-samples
    )
    for _epoch in range(epochs):
        for inputs, targets in train_dataloader:
            opt.zero_grad()
            torch.nn.functional.cross_entropy(model(inputs), targets).backward()
            opt.step()
            sch.step()
"""
DICT_OF_SCHEDULERS = """
import torch
import torch.optim as optim
from torch.optim.lr_scheduler import CosineAnnealingLR

def main():
    hp = {"epochs": 120, "lr": 0.05}
    net = torch.nn.Linear(10, 10)
    state = {}
    state["opt"] = optim.SGD(net.parameters(), lr=hp["lr"])
    state["sched"] = CosineAnnealingLR(
        state["opt"], T_max=hp["epochs"])  # BAD horizon-in-epochs-stepped-per-step
    for epoch in range(hp["epochs"]):
        for xb, yb in get_loader("train"):
            state["opt"].zero_grad()
            net(xb).sum().backward()
            state["opt"].step()
            state["sched"].step()

def get_loader(split):
    return torch.utils.data.DataLoader(load(split), batch_size=32)

main()
"""
PLATEAU_OF_ACCURACY_IN_FUNCTION = """
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

def evaluate(net, loader):
    ...

def train(net, train_loader, val_loader):
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    plateau = ReduceLROnPlateau(optimizer, factor=0.5, patience=4)
    best = 0
    for epoch in range(60):
        net.train()
        for images, labels in train_loader:
            optimizer.zero_grad()
            net(images, labels).backward()
            optimizer.step()
        val_acc = evaluate(net, val_loader)
        plateau.step(val_acc)  # BAD plateau-wrong-mode
        if val_acc > best:
            best = val_acc
"""
VERBOSE_THROUGH_KEYWORDS = """
import torch

model = torch.nn.Linear(3, 1)
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
    optimizer,
    mode="min",
    patience=5,
    verbose=True,  # BAD verbose-argument-removed
)
for epoch in range(10):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = (model(x) - y).pow(2).mean()
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step(total)
"""
NEVER_STEPPED_IN_CLASS = """
import torch

class Agent:
    def __init__(self, policy, horizon):
        self.policy = policy
        self.optimizer = torch.optim.Adam(policy.parameters(), lr=3e-4)
        self.scheduler = torch.optim.lr_scheduler.LinearLR(  # BAD scheduler-never-stepped
            self.optimizer, 1.0, 0.0, total_iters=horizon)

    def update(self, rollout):
        for _ in range(4):
            self.optimizer.zero_grad()
            self.policy.loss(rollout).backward()
            self.optimizer.step()

    def collect(self):
        return self.policy.rollout(2048)

    def learn(self, updates):
        for u in range(updates):
            self.update(self.collect())

agent = Agent(make_policy(), 1000)
agent.learn(1000)
"""
ACCUMULATED_IN_STEPS = """
import math
import torch
from transformers import get_scheduler
from torch.utils.data import DataLoader

def main(args):
    train_dataloader = DataLoader(build(), batch_size=args.batch_size)
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr)
    lr_scheduler = get_scheduler(
        name="linear",
        optimizer=optimizer,
        num_warmup_steps=0,
        num_training_steps=args.epochs * len(train_dataloader),  # BAD gradient-accumulation-horizon
    )
    for epoch in range(args.epochs):
        for step, batch in enumerate(train_dataloader):
            loss = net(**batch).loss / args.gradient_accumulation_steps
            loss.backward()
            if step % args.gradient_accumulation_steps == 0:
                optimizer.step()
                lr_scheduler.step()
                optimizer.zero_grad()
"""
RATE_READ_IN_FORMAT = """
import logging
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR
log = logging.getLogger(__name__)

def loop(net, batches, n):
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    scheduler = CosineAnnealingLR(optimizer, n)
    for epoch in range(1, n + 1):
        for b in batches:
            optimizer.zero_grad(); net(b).backward(); optimizer.step()
        log.info(f"epoch {epoch}: lr {scheduler.get_lr()[0]:.5f}")  # BAD get-lr-is-not-current-lr
        scheduler.step()
"""
LOADED_BEFORE_MADE = """
import torch

model = build()
ckpt = torch.load("last.pt")
opt = torch.optim.SGD(model.parameters(), lr=0.1)
model.load_state_dict(ckpt["model"])
opt.load_state_dict(ckpt["opt"])  # BAD resume-load-order-or-missing-optimizer-state
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda e: 0.95 ** e)
sched.load_state_dict(ckpt["sched"])
for epoch in range(ckpt["epoch"], 100):
    for batch in loader:
        opt.zero_grad()
        model(batch).backward()
        opt.step()
    sched.step()
"""
MADE_IN_THE_EPOCH_FUNCTION = """
import torch
from torch.optim.lr_scheduler import ExponentialLR

def one_epoch(model, data, lr):
    opt = torch.optim.SGD(model.parameters(), lr)
    sched = ExponentialLR(opt, 0.9)  # BAD scheduler-made-every-epoch
    for batch in data:
        opt.zero_grad()
        model(batch).backward()
        opt.step()
    sched.step()

def main():
    model, data = load()
    for epoch in range(40):
        one_epoch(model, data, 0.1)

main()
"""

STEP_THROUGH_HELPER = """
import torch
from torch.optim.lr_scheduler import StepLR

class Optim:
    def __init__(self, params):
        self.opt = torch.optim.Adam(params, lr=1e-3)
        self.sched = StepLR(self.opt, 10)

    def update(self, loss):
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()

    def end_epoch(self):
        self.sched.step()
        return self.sched.get_last_lr()[0]

def main():
    net, data = build()
    optim = Optim(net.parameters())
    for epoch in range(50):
        for batch in data:
            optim.update(net(batch))
        print(epoch, optim.end_epoch())

main()
"""
WARM_UP_PER_BATCH_THEN_EPOCHS = """
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR

model = make()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
warm = LinearLR(opt, start_factor=0.01, total_iters=5 * len(train_loader))
cos = CosineAnnealingLR(opt, T_max=85)
for epoch in range(90):
    for x, y in train_loader:
        opt.zero_grad()
        model(x, y).backward()
        opt.step()
        if epoch < 5:
            warm.step()
    if epoch >= 5:
        cos.step()
"""
EVAL_RATE = """
import torch

def current_lr(optimizer):
    return optimizer.param_groups[0]["lr"]

def main():
    net = make()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60])
    for epoch in range(90):
        for batch in loader:
            optimizer.zero_grad()
            net(batch).backward()
            optimizer.step()
        print(current_lr(optimizer))
        scheduler.step()

main()
"""
TWO_PHASE_FINE_TUNING = """
import torch

def phase(model, params, lr, epochs, loader):
    optimizer = torch.optim.AdamW(params, lr=lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    for epoch in range(epochs):
        for batch in loader:
            optimizer.zero_grad()
            model(batch).backward()
            optimizer.step()
        scheduler.step()

model = make()
phase(model, model.head.parameters(), 1e-3, 5, loader)
phase(model, model.parameters(), 1e-5, 15, loader)
"""
SKIPPED_SCALER_STEP = """
import torch

scaler = torch.amp.GradScaler("cuda")
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
total = epochs * len(loader)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=total)
for epoch in range(epochs):
    for batch in loader:
        optimizer.zero_grad()
        scaler.scale(model(batch)).backward()
        scaler.step(optimizer)
        before = scaler.get_scale()
        scaler.update()
        if scaler.get_scale() >= before:
            scheduler.step()
"""
PLATEAU_AFTER_EVAL_INTERVAL = """
import torch

opt = torch.optim.Adam(net.parameters(), 1e-3)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, mode="max", patience=2)
for step, batch in enumerate(train_loader):
    opt.zero_grad()
    net(batch).backward()
    opt.step()
    if step % 500 == 499:
        accuracy = evaluate(net)
        plateau.step(accuracy)
"""
FRAMEWORK_SCHEDULER = """
from mylib.schedulers import StepLR

class Loop:
    def __init__(self, opt):
        self.sched = StepLR(opt)

    def run(self, data):
        for epoch in range(10):
            self.sched.step(epoch)
            for batch in data:
                self.opt.step()
            print(self.sched.get_lr())
"""
REINFORCEMENT = """
import torch

class PPO:
    def __init__(self, net, total_updates=1000):
        self.opt = torch.optim.Adam(net.parameters(), lr=3e-4, eps=1e-5)
        self.sched = torch.optim.lr_scheduler.LambdaLR(
            self.opt, lr_lambda=lambda u: 1.0 - u / total_updates)
        self.total_updates = total_updates

    def learn(self):
        for update in range(self.total_updates):
            for minibatch in self.minibatches():
                self.opt.zero_grad()
                self.loss(minibatch).backward()
                self.opt.step()
            self.sched.step()
"""
RESUMED_WELL = """
import torch

model = build()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
sched = torch.optim.lr_scheduler.StepLR(opt, 30)
start = 0
if args.resume:
    ckpt = torch.load(args.resume)
    opt.load_state_dict(ckpt["opt"])
    sched.load_state_dict(ckpt["sched"])
    start = ckpt["epoch"] + 1
for epoch in range(start, 90):
    for batch in loader:
        opt.zero_grad()
        model(batch).backward()
        opt.step()
    sched.step()
    torch.save({"opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, "last.pt")
"""
COSINE_OF_UPDATES = """
import math
import torch

def train(cfg, model, loader):
    updates = math.ceil(len(loader) / cfg.accumulate) * cfg.epochs
    opt = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=updates)
    for epoch in range(cfg.epochs):
        for i, batch in enumerate(loader):
            (model(batch) / cfg.accumulate).backward()
            if (i + 1) % cfg.accumulate == 0 or (i + 1) == len(loader):
                opt.step()
                opt.zero_grad()
                sched.step()
"""
MISTAKES = {
    "trainer-with-hooks": TRAINER_WITH_HOOKS,
    "steps-per-epoch-of-dataset": STEPS_PER_EPOCH_OF_DATASET,
    "dict-of-schedulers": DICT_OF_SCHEDULERS,
    "plateau-of-accuracy-in-function": PLATEAU_OF_ACCURACY_IN_FUNCTION,
    "verbose-over-lines": VERBOSE_THROUGH_KEYWORDS,
    "never-stepped-in-class": NEVER_STEPPED_IN_CLASS,
    "accumulated-in-steps": ACCUMULATED_IN_STEPS,
    "rate-read-in-format": RATE_READ_IN_FORMAT,
    "loaded-before-made": LOADED_BEFORE_MADE,
    "made-in-the-epoch-function": MADE_IN_THE_EPOCH_FUNCTION,
}
WELL_MADE = {
    "step-through-helper": STEP_THROUGH_HELPER,
    "warm-up-per-batch-then-epochs": WARM_UP_PER_BATCH_THEN_EPOCHS,
    "eval-rate": EVAL_RATE,
    "two-phase": TWO_PHASE_FINE_TUNING,
    "skipped-scaler-step": SKIPPED_SCALER_STEP,
    "plateau-after-eval-interval": PLATEAU_AFTER_EVAL_INTERVAL,
    "framework-scheduler": FRAMEWORK_SCHEDULER,
    "reinforcement": REINFORCEMENT,
    "resumed-well": RESUMED_WELL,
    "cosine-of-updates": COSINE_OF_UPDATES,
}
