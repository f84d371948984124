"""Four batches a step, groups with and without weight decay, linear warm-up and decay."""

import applied  # noqa: F401
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, ACCUMULATE, WARMUP = 3, 4, 5


def param_groups(model, weight_decay=0.05):
    decay = [p for p in model.parameters() if p.ndim > 1]
    no_decay = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": decay, "weight_decay": weight_decay},
        {"params": no_decay, "weight_decay": 0.0, "lr": 2e-3},
    ]


torch.manual_seed(3)
loader = DataLoader(TensorDataset(torch.randn(96, 4), torch.randn(96, 1)), batch_size=4)
model = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 1))
optimizer = torch.optim.AdamW(param_groups(model), lr=1e-3, betas=(0.9, 0.95))
total_steps = EPOCHS * len(loader) // ACCUMULATE


def lr_lambda(step):
    if step < WARMUP:
        return (step + 1) / WARMUP
    return max(0.0, (total_steps - step) / (total_steps - WARMUP))


scheduler = LambdaLR(optimizer, lr_lambda)
for epoch in range(EPOCHS):
    for i, (x, y) in enumerate(loader):
        loss = nn.functional.mse_loss(model(x), y) / ACCUMULATE
        loss.backward()
        if (i + 1) % ACCUMULATE == 0:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    print(epoch, f"{loss.item():.6f}")
