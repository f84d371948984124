"""OneCycleLR, once a batch: the momentum goes the other way."""

import applied  # noqa: F401
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 4


def main():
    torch.manual_seed(1)
    data = TensorDataset(torch.randn(70, 4), torch.randn(70, 1))
    loader = DataLoader(data, batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.2, epochs=EPOCHS, steps_per_epoch=len(loader)
    )
    for epoch in range(EPOCHS):
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            scheduler.step()
        print(epoch, f"{loss.item():.6f}")


if __name__ == "__main__":
    main()
