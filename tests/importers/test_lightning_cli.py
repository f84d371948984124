"""LightningCLI: the curves are those of a real Trainer with what the CLI's own method returns."""

import warnings

import pytest
import torch
import yaml

from tests.support.foreign import assert_same, curves

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the package, while it is imported
    lightning = pytest.importorskip("lightning.pytorch", reason="lightning is missing")
    cli = pytest.importorskip("lightning.pytorch.cli", reason="lightning is missing")

pytestmark = pytest.mark.filterwarnings("ignore")
BATCHES = 10
ADAM = {"class_path": "torch.optim.AdamW", "init_args": {"lr": 0.01, "betas": [0.9, 0.98]}}


class Module(lightning.LightningModule):
    """Records the rate at each update; its optimizers are made as LightningCLI makes them."""

    def __init__(self, config):
        super().__init__()
        self.layer, self.config, self.lrs = torch.nn.Linear(1, 1), config, []

    def training_step(self, batch):
        return self.layer(batch[0]).sum()

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
        self.lrs.append(optimizer.param_groups[0]["lr"])
        super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)

    def configure_optimizers(self):
        optimizer = cli.instantiate_class(self.parameters(), self.config["optimizer"])
        made = self.config.get("lr_scheduler")
        scheduler = None if made is None else cli.instantiate_class(optimizer, made)
        return cli.LightningCLI.configure_optimizers(self, optimizer, scheduler)


def train(config, tmp_path):
    """The rates of all updates."""
    module = Module(config)
    data = torch.utils.data.TensorDataset(torch.zeros(BATCHES, 1))
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar"), False)
    trainer = lightning.Trainer(
        accelerator="cpu",
        devices=1,
        enable_model_summary=False,
        default_root_dir=tmp_path,
        **quiet,
        **config["trainer"],
    )
    trainer.fit(module, torch.utils.data.DataLoader(data))
    return module.lrs


def scheduler(name, **arguments):
    return {"class_path": f"torch.optim.lr_scheduler.{name}", "init_args": arguments}


CASES = {
    "constant": ({"max_epochs": 2}, None),
    "steps": ({"max_epochs": 6}, scheduler("StepLR", step_size=2, gamma=0.5)),
    "a cosine": (
        {"max_epochs": 6, "accumulate_grad_batches": 4},
        scheduler("CosineAnnealingLR", T_max=6, eta_min=1e-4),
    ),
    "a cap": ({"max_epochs": 6, "max_steps": 25}, scheduler("ExponentialLR", gamma=0.5)),
    "steps alone": ({"max_steps": 25}, scheduler("ExponentialLR", gamma=0.5)),
    "a share of the batches": (
        {"max_epochs": 4, "limit_train_batches": 0.75},
        scheduler("LinearLR", total_iters=3),
    ),
    "some batches": ({"max_epochs": 4, "limit_train_batches": 3}, scheduler("PolynomialLR")),
}


@pytest.mark.parametrize("name", CASES)
def test_the_curve_is_that_of_lightning(name, tmp_path):
    trainer, made = CASES[name]
    config = {"seed_everything": 1, "trainer": trainer, "optimizer": ADAM}
    config |= {} if made is None else {"lr_scheduler": made}
    real = train(config, tmp_path)
    for text in (yaml.safe_dump(config), yaml.safe_dump({"fit": config})):
        (curve,) = curves(text, "config.yaml", batches_per_epoch=BATCHES).values()
        assert_same(curve, real)
