"""Lightning's automatic optimization: accumulation, a warm-up by step, Adam with two groups."""

import logging
import warnings

import applied  # noqa: F401
import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="lightning")


class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(4, 4), nn.Linear(4, 1)

    def training_step(self, batch, _):
        x, y = batch
        return nn.functional.mse_loss(self.head(self.body(x)), y)

    def configure_optimizers(self):
        groups = [
            {"params": self.body.parameters(), "lr": 1e-3},
            {"params": self.head.parameters(), "lr": 1e-2},
        ]
        optimizer = torch.optim.AdamW(groups, lr=1e-3)
        total = self.trainer.estimated_stepping_batches
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, [1e-3, 1e-2], total_steps=total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


L.seed_everything(13, verbose=False)
loader = DataLoader(TensorDataset(torch.randn(88, 4), torch.randn(88, 1)), batch_size=8)
trainer = L.Trainer(
    max_epochs=3,
    accumulate_grad_batches=2,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(Model(), loader)
print("steps", trainer.global_step)
