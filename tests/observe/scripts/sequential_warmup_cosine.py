"""SequentialLR: a linear warm-up, then a cosine, once a step."""

import argparse

import applied  # noqa: F401
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--warmup", type=int, default=6)
args = parser.parse_args()

torch.manual_seed(7)
loader = DataLoader(TensorDataset(torch.randn(50, 4), torch.randn(50, 1)), batch_size=10)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9, nesterov=True)
total = args.epochs * len(loader)
warmup = LinearLR(optimizer, start_factor=0.1, total_iters=args.warmup)
cosine = CosineAnnealingLR(optimizer, T_max=total - args.warmup, eta_min=1e-3)
scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[args.warmup])

for epoch in range(args.epochs):
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
    print(f"{epoch}: {loss.item():.6f}")
