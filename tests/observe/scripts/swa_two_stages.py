"""Two stages with one optimizer: a cosine per epoch, then SWALR for the averaged model."""

import applied  # noqa: F401
import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, SWA_START = 8, 5

torch.manual_seed(23)
loader = DataLoader(TensorDataset(torch.randn(40, 4), torch.randn(40, 1)), batch_size=8)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
averaged = AveragedModel(model)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=SWA_START)
swa_scheduler = SWALR(optimizer, anneal_epochs=2, swa_lr=0.05)
for epoch in range(EPOCHS):
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    if epoch >= SWA_START:
        averaged.update_parameters(model)
        swa_scheduler.step()
    else:
        scheduler.step()
    print(epoch, f"{loss.item():.6f}")
