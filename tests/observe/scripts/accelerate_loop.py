"""A loop with accelerate: four batches a step, 11 batches an epoch, a prepared scheduler."""

import applied  # noqa: F401
import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from transformers import get_linear_schedule_with_warmup

EPOCHS = 3

torch.manual_seed(16)
accelerator = Accelerator(gradient_accumulation_steps=4, cpu=True)
loader = DataLoader(TensorDataset(torch.randn(44, 4), torch.randn(44, 1)), batch_size=4)
model = nn.Linear(4, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = get_linear_schedule_with_warmup(optimizer, 2, EPOCHS * 3)
model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
for epoch in range(EPOCHS):
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = nn.functional.mse_loss(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    print(epoch, f"{loss.item():.6f}", scheduler.get_last_lr())
