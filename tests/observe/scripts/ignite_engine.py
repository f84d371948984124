"""Ignite: its own cosine by iteration, behind a warm-up."""

import applied  # noqa: F401
import torch
from ignite.engine import Events, create_supervised_trainer
from ignite.handlers import CosineAnnealingScheduler, create_lr_scheduler_with_warmup
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(17)
loader = DataLoader(TensorDataset(torch.randn(40, 4), torch.randn(40, 1)), batch_size=8)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
trainer = create_supervised_trainer(model, optimizer, nn.MSELoss())
cosine = CosineAnnealingScheduler(optimizer, "lr", 0.1, 0.001, cycle_size=2 * len(loader) * 4)
scheduler = create_lr_scheduler_with_warmup(cosine, warmup_start_value=0.01, warmup_duration=4)
trainer.add_event_handler(Events.ITERATION_STARTED, scheduler)


@trainer.on(Events.EPOCH_COMPLETED)
def report(engine):
    print(engine.state.epoch, f"{engine.state.output:.6f}")


trainer.run(loader, max_epochs=4)
