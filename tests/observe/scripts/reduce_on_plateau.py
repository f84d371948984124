"""ReduceLROnPlateau with a validation loss that stops improving."""

import applied  # noqa: F401
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(6)
x = torch.randn(60, 3)
loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True) + torch.randn(60, 1)), batch_size=10)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min", factor=0.5, patience=1)

for epoch in range(12):
    for inputs, targets in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        val_loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True)).item()
    scheduler.step(val_loss)
    print(epoch, f"{val_loss:.6f}", optimizer.param_groups[0]["lr"])
