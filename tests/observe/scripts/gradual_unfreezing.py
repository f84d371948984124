"""Layers join one by one by add_param_group; there is no scheduler."""

import applied  # noqa: F401
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)
loader = DataLoader(TensorDataset(torch.randn(24, 4), torch.randn(24, 1)), batch_size=8)
model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 1))
optimizer = torch.optim.SGD(model[2].parameters(), lr=0.1)
for epoch in range(4):
    if epoch == 1:
        optimizer.add_param_group({"params": model[1].parameters(), "lr": 0.05})
    if epoch == 2:
        optimizer.add_param_group({"params": model[0].parameters(), "lr": 0.025})
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    print(epoch, len(optimizer.param_groups), f"{loss.item():.6f}")
