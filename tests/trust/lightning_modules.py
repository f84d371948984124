"""LightningModules with hooks: those that leave the schedule as it is, and those that move it."""

from __future__ import annotations

from textwrap import dedent, indent

FAKE = '''\
"""As much of Lightning as a LightningModule needs that is not trained."""

import torch


class Callback:
    pass


class LightningModule(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self._trainer = None
        self.automatic_optimization = True

    @property
    def trainer(self):
        if self._trainer is None:
            raise RuntimeError("LightningModule is not attached to a `Trainer`.")
        return self._trainer

    @trainer.setter
    def trainer(self, trainer):
        self._trainer = trainer

    @property
    def current_epoch(self):
        return self.trainer.current_epoch if self._trainer else 0

    @property
    def global_step(self):
        return self.trainer.global_step if self._trainer else 0

    def optimizers(self):
        return self.trainer.optimizers

    def lr_schedulers(self):
        return self.trainer.lr_scheduler_configs

    def log(self, name, value):
        pass

    def log_dict(self, values):
        pass

    def print(self, *values):
        pass

    def clip_gradients(self, optimizer, **keys):
        pass

    def manual_backward(self, loss):
        pass

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
        optimizer.step(closure=optimizer_closure)

    def lr_scheduler_step(self, scheduler, metric):
        if metric is None:
            scheduler.step()
        else:
            scheduler.step(metric)
'''
"""``lightning/pytorch/__init__.py`` for tests that do without the real one."""

HEAD = """\
import functools
import logging

import torch
from lightning.pytorch import Callback, LightningModule
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, ReduceLROnPlateau, StepLR


def halve(optimizer):
    for group in optimizer.param_groups:
        group["lr"] *= 0.5


def halve_all(module):
    halve(module.opt)


def rate_of(optimizer):
    return optimizer.param_groups[0]["lr"]


class Warmup:
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def apply(self):
        for group in self.optimizer.param_groups:
            group["lr"] *= 0.9


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Adjusting(Callback):
    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        for group in trainer.optimizers[0].param_groups:
            group["lr"] = 0.3


class Helper:
    def step(self):
        pass


class Base(LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.helper = Helper()
        self.peak = 0.8
        self.warm = 4

    def training_step(self, batch, batch_idx):
        return self.layer(batch[0]).square().mean()

    def configure_optimizers(self):
        self.opt = SGD(self.parameters(), lr=0.8)
        self.sched = ExponentialLR(self.opt, 0.9)
        return [self.opt], [{"scheduler": self.sched, "interval": "step"}]


class Lit(Base):
"""


def module(body: str, more: str = "") -> str:
    """A file with the class ``Lit`` of these methods."""
    return dedent(more) + HEAD + indent(dedent(body).strip() or "pass", "    ") + "\n"


HARMLESS = {
    "nothing": "",
    "logs-the-rate": """
        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.log("lr", self.optimizers().param_groups[0]["lr"])
            rates = {}
            for index, group in enumerate(self.optimizers().param_groups):
                rates[f"lr-{index}"] = group["lr"]
            rates["lr"] = rate_of(self.optimizers())
            self.log_dict(rates)
    """,
    "logs-the-last-rate": """
        def on_train_epoch_end(self):
            schedulers = self.lr_schedulers()
            self.log("lr", schedulers.get_last_lr()[0])
            logging.getLogger("quiet").debug("lr %s", schedulers.get_last_lr())
    """,
    "logs-from-an-attribute": """
        def training_step(self, batch, batch_idx):
            self.last = self.sched.get_last_lr()[0]
            return super().training_step(batch, batch_idx)
    """,
    "max-of-the-rates": """
        def on_train_batch_start(self, batch, batch_idx):
            self.top = max(group["lr"] for group in self.opt.param_groups)
    """,
    "steps-another-object": """
        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.helper.step()
    """,
    "optimizer-step-forwards": """
        def optimizer_step(self, *args, **kwargs):
            super().optimizer_step(*args, **kwargs)
            self.log("lr", self.opt.param_groups[0]["lr"])
    """,
    "optimizer-step-itself": """
        def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
            self.seen = batch_idx
            optimizer.step(closure=optimizer_closure)
    """,
    "optimizer-step-either-way": """
        def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
            if epoch > 1:
                self.late = True
                return super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)
            optimizer.step(closure=optimizer_closure)
    """,
    "scheduler-step-on-a-condition": """
        def lr_scheduler_step(self, scheduler, metric):
            self.current_epoch and scheduler.step()
    """,
    "scheduler-step-every-other-time": """
        def lr_scheduler_step(self, scheduler, metric):
            scheduler.step() if self.global_step % 2 else None
    """,
    "scheduler-step-forwards": """
        def lr_scheduler_step(self, scheduler, metric):
            logging.getLogger("quiet").debug("rate %s", scheduler.get_last_lr())
            super().lr_scheduler_step(scheduler, metric)
    """,
    "scheduler-step-default": """
        def lr_scheduler_step(self, scheduler, metric):
            if metric is None:
                scheduler.step()
            else:
                scheduler.step(metric)
    """,
    "scheduler-step-itself-and-logs": """
        def lr_scheduler_step(self, scheduler, metric):
            scheduler.step()
            self.ticks = getattr(self, "ticks", 0) + 1
    """,
    "scheduler-step-from-the-4th": """
        def lr_scheduler_step(self, scheduler, metric):
            if self.trainer.global_step >= self.warm:
                scheduler.step()
    """,
    "scheduler-step-with-the-epoch": """
        def lr_scheduler_step(self, scheduler, metric):
            scheduler.step(epoch=self.current_epoch)
    """,
    "scheduler-step-twice": """
        def lr_scheduler_step(self, scheduler, metric):
            scheduler.step()
            scheduler.step()
    """,
    "zero-grad": """
        def optimizer_zero_grad(self, epoch, batch_idx, optimizer):
            optimizer.zero_grad(set_to_none=True)
    """,
    "gradient-norms": """
        def on_before_optimizer_step(self, optimizer):
            parameters = [p for g in optimizer.param_groups for p in g["params"]]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            self.norm = sum(p.grad.norm() for p in parameters)
    """,
    "decorated": """
        @torch.no_grad()
        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.average = 0.9 * self.layer.weight
    """,
    "length-of-the-run": """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            asked = self.trainer
            last = asked.max_steps if asked.max_steps > 0 else asked.max_epochs * 5
            facts = asked.num_training_batches, asked.estimated_stepping_batches
            assert str(facts[0]) == "inf" and asked.num_training_batches == 5
            scheduler = LambdaLR(optimizer, lambda step: 1 - step / last)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]
    """,
    "every-3rd-step": """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            scheduler = ExponentialLR(optimizer, 0.9)
            return [optimizer], [{"scheduler": scheduler, "interval": "step", "frequency": 3}]
    """,
    "several-schedulers": """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            first = {"scheduler": ExponentialLR(optimizer, 0.9), "interval": "step"}
            return [optimizer], [{**first, "strict": False}, StepLR(optimizer, 1, 0.5)]
    """,
    "a-mapping": """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            return {"optimizer": optimizer, "lr_scheduler": StepLR(optimizer, 1, 0.5)}
    """,
    "mappings": """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            return [{"optimizer": optimizer, "lr_scheduler": StepLR(optimizer, 1, 0.5)}]
    """,
    "plateau-by-name": """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            scheduler = StepLR(optimizer, 1, 0.5)
            config = {"scheduler": scheduler, "reduce_on_plateau": True, "monitor": "loss"}
            return [optimizer], [config]

        def training_step(self, batch, batch_idx):
            loss = super().training_step(batch, batch_idx)
            self.log("loss", 2.0)
            return loss

        def lr_scheduler_step(self, scheduler, metric):
            scheduler.step(self.current_epoch * int(metric))
    """,
    "configure-model": """
        def __init__(self):
            super().__init__()
            self.layer = None

        def configure_model(self):
            if self.layer is None:
                self.layer = torch.nn.Linear(1, 1)
    """,
    "lambda-of-the-epoch": """
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            scheduler = LambdaLR(optimizer, lambda _: 0.5**self.current_epoch)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]
    """,
    "lambda-of-the-steps": """
        def factor(self, step):
            return self.peak / (1 + self.trainer.global_step)

        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            scheduler = LambdaLR(optimizer, self.factor)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]
    """,
    "a-scheduler-of-noise": """
        def __init__(self, scheduler=None):
            super().__init__()
            self.scheduler = Helper()
            self.parts = torch.nn.ModuleList([torch.nn.Linear(1, 1)])

        def training_step(self, batch, batch_idx):
            self.scheduler.step()
            for part in self.parts:
                part.requires_grad_(True)
            return super().training_step(batch, batch_idx)
    """,
    "keeps-numbers": """
        def training_step(self, batch, batch_idx):
            self.stats = {}
            self.stats["lr"] = self.opt.param_groups[0]["lr"]
            kept = dict(lr=1)
            kept["lr"] = self.stats["lr"]
            return super().training_step(batch, batch_idx)

        def on_train_epoch_end(self):
            self.stats["lr"] = 0.0
    """,
    "a-decorator-of-its-own": """
        @timed
        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.log("lr", self.opt.param_groups[0]["lr"])
    """,
    "a-counter-of-its-own": """
        def setup(self, stage):
            self.data = [1, 2, 3]

        def on_fit_start(self):
            self.count = 0

        def on_train_batch_start(self, batch, batch_idx):
            self.count += 1
            return None
    """,
}
"""Methods that leave the curve as it is, or move it in a way that lrplan gives exactly."""

MOVING = {
    "warm-up": (
        "optimizer_step",
        """
        def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
            if self.trainer.global_step < 5:
                scale = min(1.0, (self.trainer.global_step + 1) / 5)
                for group in optimizer.param_groups:
                    group["lr"] = scale * 0.8
            optimizer.step(closure=optimizer_closure)
        """,
    ),
    "every-other-step": (
        "optimizer_step",
        """
        def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
            if batch_idx % 2 == 0:
                optimizer.step(closure=optimizer_closure)
            else:
                optimizer_closure()
        """,
    ),
    "step-unlike-default": (
        "lr_scheduler_step",
        """
        def lr_scheduler_step(self, scheduler, metric):
            if self.trainer.callback_metrics:
                scheduler.step()
        """,
    ),
    "no-ticks": (
        "lr_scheduler_step",
        """
        def lr_scheduler_step(self, scheduler, metric):
            self.ticks = 1
        """,
    ),
    "a-flag-of-the-training": (
        "lr_scheduler_step",
        """
        ready = False

        def training_step(self, batch, batch_idx):
            self.ready = batch_idx == 2
            return super().training_step(batch, batch_idx)

        def lr_scheduler_step(self, scheduler, metric):
            if self.ready:
                scheduler.step()
        """,
    ),
    "manual": (
        "automatic_optimization",
        """
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False

        def training_step(self, batch, batch_idx):
            optimizer = self.optimizers()
            optimizer.zero_grad()
            self.manual_backward(super().training_step(batch, batch_idx))
            optimizer.step()
            if batch_idx % 2:
                self.lr_schedulers().step()
        """,
    ),
    "train-batch-start": (
        "on_train_batch_start",
        """
        def on_train_batch_start(self, batch, batch_idx):
            self.optimizers().param_groups[0]["lr"] = 0.1
        """,
    ),
    "train-batch-end": (
        "on_train_batch_end",
        """
        def on_train_batch_end(self, outputs, batch, batch_idx):
            for group in self.trainer.optimizers[0].param_groups:
                group["lr"] *= 0.9
        """,
    ),
    "before-optimizer-step": (
        "on_before_optimizer_step",
        """
        def on_before_optimizer_step(self, opt):
            opt.param_groups[-1].update(lr=0.3)
        """,
    ),
    "epoch-start": (
        "on_train_epoch_start",
        """
        def on_train_epoch_start(self):
            self.lr_schedulers().step()
        """,
    ),
    "epoch-end": (
        "on_train_epoch_end",
        """
        def on_train_epoch_end(self):
            sch = self.lr_schedulers()
            sch.step()
        """,
    ),
    "train-start": (
        "on_train_start",
        """
        def on_train_start(self):
            self.opt.param_groups[0]["lr"] = 0.4
        """,
    ),
    "fit-start": (
        "on_fit_start",
        """
        def on_fit_start(self):
            self.trainer.optimizers[0].param_groups[0].update({"lr": 0.4})
        """,
    ),
    "training-step": (
        "training_step",
        """
        def training_step(self, batch, batch_idx):
            (group,) = self.optimizers().param_groups
            group["lr"] = 0.1 / (batch_idx + 1)
            return super().training_step(batch, batch_idx)
        """,
    ),
    "training-step-ticks": (
        "training_step",
        """
        def training_step(self, batch, batch_idx):
            self.sched.step()
            return super().training_step(batch, batch_idx)
        """,
    ),
    "in-a-method": (
        "on_train_batch_start",
        """
        def on_train_batch_start(self, batch, batch_idx):
            self.adjust(0.5)

        def adjust(self, factor):
            for group in self.opt.param_groups:
                group["lr"] = 0.8 * factor
        """,
    ),
    "in-a-function": (
        "on_train_epoch_start",
        """
        def on_train_epoch_start(self):
            halve(self.optimizers())
        """,
    ),
    "in-an-object": (
        "on_train_batch_end",
        """
        def on_train_start(self):
            self.warmup = Warmup(self.opt)

        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.warmup.apply()
        """,
    ),
    "kept-by-another-hook": (
        "on_train_batch_end",
        """
        def on_train_start(self):
            self.mine = self.lr_schedulers()

        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.mine.step()
        """,
    ),
    "in-a-property": (
        "on_train_batch_end",
        """
        @property
        def mine(self):
            return self.lr_schedulers()

        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.mine.step()
        """,
    ),
    "before-zero-grad": (
        "on_before_zero_grad",
        """
        def on_before_zero_grad(self, optimizer):
            halve(optimizer)
        """,
    ),
    "zero-grad": (
        "optimizer_zero_grad",
        """
        def optimizer_zero_grad(self, epoch, batch_idx, optimizer):
            optimizer.zero_grad()
            optimizer.param_groups[0]["lr"] = 0.2
        """,
    ),
    "clipping": (
        "configure_gradient_clipping",
        """
        def configure_gradient_clipping(self, optimizer, gradient_clip_val=None, **keys):
            setattr(self.sched, "base_lrs", [0.1])
            optimizer.param_groups[0]["lr"] = 0.2
        """,
    ),
    "after-backward": (
        "on_after_backward",
        """
        def on_after_backward(self):
            [group.__setitem__("lr", 0.3) for group in self.opt.param_groups]
        """,
    ),
    "validation-end": (
        "on_validation_end",
        """
        def validation_step(self, batch, batch_idx):
            pass

        def on_validation_end(self):
            self.opt.param_groups[0]["lr"] /= 2
        """,
    ),
    "base-rates-of-a-scheduler": (
        "on_train_epoch_end",
        """
        def on_train_epoch_end(self):
            self.sched.gamma = 0.5
        """,
    ),
    "another-accumulation": (
        "on_train_epoch_start",
        """
        def on_train_epoch_start(self):
            self.trainer.accumulate_grad_batches = 2
        """,
    ),
    "a-new-scheduler": (
        "on_train_start",
        """
        def on_train_start(self):
            self.other = StepLR(self.opt, 1, 0.1)
            self.opt.param_groups[0]["lr"] = 0.5
        """,
    ),
    "short-epochs": (
        "on_train_batch_start",
        """
        def on_train_batch_start(self, batch, batch_idx):
            if batch_idx == 3:
                return -1
        """,
    ),
    "set-up": (
        "setup",
        """
        def __init__(self):
            super().__init__()
            self.rate = 0.8

        def setup(self, stage):
            self.rate = 0.4

        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=self.rate)
            return [optimizer], [ExponentialLR(optimizer, 0.9)]
        """,
    ),
    "a-callback-of-its-own": (
        "configure_callbacks",
        """
        def configure_callbacks(self):
            return [Adjusting()]
        """,
    ),
    "a-group-that-is-merged-into": (
        "on_train_epoch_start",
        """
        def on_train_epoch_start(self):
            group = self.opt.param_groups[0]
            group |= {"lr": 0.1}
        """,
    ),
    "a-callback-that-inherits": (
        "configure_callbacks",
        """
        def configure_callbacks(self):
            class Later(Adjusting):
                pass

            return [Later()]
        """,
    ),
    "a-list-of-callbacks-from-elsewhere": (
        "configure_callbacks",
        """
        def configure_callbacks(self):
            return self.chosen_callbacks()

        def chosen_callbacks(self):
            return [globals()["Adjusting"]()]
        """,
    ),
    "an-optimizer-step-on-a-condition": (
        "optimizer_step",
        """
        def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
            optimizer_closure()
            batch_idx and optimizer.step()
        """,
    ),
    "an-optimizer-step-in-a-lambda": (
        "optimizer_step",
        """
        def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
            optimizer_closure()
            self.later = lambda: optimizer.step()
        """,
    ),
    "a-decorator-of-its-own": (
        "on_train_batch_end",
        """
        def adjust(self):
            self.opt.param_groups[0]["lr"] = 0.3

        @timed
        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.adjust()
        """,
    ),
    "a-lambda-of-the-training": (
        "configure_optimizers",
        """
        def configure_optimizers(self):
            self.factor = 1.0
            optimizer = SGD(self.parameters(), lr=0.8)
            scheduler = LambdaLR(optimizer, lambda step: self.factor)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

        def training_step(self, batch, batch_idx):
            self.factor = 0.5 if batch_idx == 2 else 1.0
            return super().training_step(batch, batch_idx)
        """,
    ),
    "a-late-name": (
        "on_train_batch_start",
        """
        def on_train_batch_start(self, batch, batch_idx):
            before = None
            for _ in range(2):
                if before is not None:
                    before["lr"] = 0.2
                before = self.opt.param_groups[0]
        """,
    ),
    "a-function-made-of-another": (
        "on_train_batch_start",
        """
        def on_train_batch_start(self, batch, batch_idx):
            functools.partial(halve, self.opt)()
        """,
    ),
    "hands-itself-over": (
        "on_train_start",
        """
        def on_train_start(self):
            halve_all(self)
        """,
    ),
    "a-list-of-its-own": (
        "on_train_start",
        """
        def __init__(self):
            super().__init__()
            self.mine = []

        def on_train_start(self):
            self.mine.append(self.lr_schedulers())

        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.mine[0].step()
        """,
    ),
    "a-callback": (
        "configure_callbacks",
        """
        def configure_callbacks(self):
            from lightning.pytorch.callbacks import StochasticWeightAveraging

            return [StochasticWeightAveraging(swa_lrs=0.01, swa_epoch_start=2)]
        """,
    ),
}
"""Methods that move the curve: the hook to be named, and the code."""

REFUSED = {
    "a-pair": "optimizer, StepLR(optimizer, 1)",
    "tuples": "(optimizer,), (StepLR(optimizer, 1),)",
    "a-tuple-of-schedulers": "[optimizer], (StepLR(optimizer, 1),)",
    "schedulers-in-a-mapping": "{'optimizer': optimizer, 'lr_scheduler': [StepLR(optimizer, 1)]}",
    "no-scheduler-in-a-mapping": "{'optimizer': optimizer, 'lr_scheduler': None}",
    "plateau-alone": "[optimizer], [ReduceLROnPlateau(optimizer)]",
    "plateau-monitored-outside": (
        "{'optimizer': optimizer, 'monitor': 'loss',"
        " 'lr_scheduler': {'scheduler': ReduceLROnPlateau(optimizer)}}"
    ),
    "two-optimizers": "[optimizer, SGD(self.parameters(), lr=0.1)]",
    "two-mappings": "[{'optimizer': optimizer}, {'optimizer': SGD(self.parameters(), lr=0.1)}]",
    "per-batch": "[optimizer], [{'scheduler': StepLR(optimizer, 1), 'interval': 'batch'}]",
    "no-interval": "[optimizer], [{'scheduler': StepLR(optimizer, 1), 'interval': None}]",
    "no-scheduler-of-torch": "[optimizer], [Helper()]",
}
"""Results of ``configure_optimizers`` that other loops accept and Lightning refuses."""


def returning(expression: str) -> str:
    """A module whose ``configure_optimizers`` returns ``expression``."""
    return module(f"""
        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.8)
            return {expression}
    """)
