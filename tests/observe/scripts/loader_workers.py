"""Two DataLoader workers, by fork or by spawn, and a scheduler per epoch."""

import sys

import applied  # noqa: F401
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Squares(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return torch.tensor([index / 24.0]), torch.tensor([(index / 24.0) ** 2])


def main(start_method):
    torch.manual_seed(20)
    loader = DataLoader(
        Squares(), batch_size=6, num_workers=2, multiprocessing_context=start_method
    )
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 2], gamma=0.1)
    for epoch in range(3):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
        scheduler.step()
        print(epoch, f"{loss.item():.6f}")


if __name__ == "__main__":
    main(sys.argv[1])
