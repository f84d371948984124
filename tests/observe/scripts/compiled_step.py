"""A compiled optimizer step with a learning rate that is a tensor."""

import applied  # noqa: F401
import torch
from torch import nn

torch.manual_seed(11)
model = nn.Linear(4, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.02))
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=6)


@torch.compile(fullgraph=False, backend="eager")
def step():
    optimizer.step()


for i in range(10):
    loss = (model(torch.randn(8, 4)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    step()
    scheduler.step()
    print(i, f"{loss.item():.6f}")
