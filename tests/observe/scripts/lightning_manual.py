"""Lightning's manual optimization: two optimizers, one scheduler stepped by hand at epoch ends."""

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
        self.automatic_optimization = False
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 1)

    def training_step(self, batch, _):
        x, y = batch
        for optimizer in self.optimizers():
            loss = nn.functional.mse_loss(self.second(self.first(x)), y)
            optimizer.zero_grad()
            self.manual_backward(loss)
            optimizer.step()

    def on_train_epoch_end(self):
        self.lr_schedulers().step()

    def configure_optimizers(self):
        first = torch.optim.SGD(self.first.parameters(), lr=0.1)
        second = torch.optim.SGD(self.second.parameters(), lr=0.01, momentum=0.5)
        return [first, second], [torch.optim.lr_scheduler.ExponentialLR(first, gamma=0.5)]


L.seed_everything(14, verbose=False)
loader = DataLoader(TensorDataset(torch.randn(40, 4), torch.randn(40, 1)), batch_size=8)
trainer = L.Trainer(
    max_epochs=3,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(Model(), loader)
print("steps", trainer.global_step)
