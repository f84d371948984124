"""A GAN: two steps of the discriminator for one of the generator, each with its own decay."""

import applied  # noqa: F401
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)
loader = DataLoader(TensorDataset(torch.randn(64, 2)), batch_size=8)
generator, discriminator = nn.Linear(3, 2), nn.Linear(2, 1)
opt_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(discriminator.parameters(), lr=4e-4, betas=(0.5, 0.999))
sched_g = torch.optim.lr_scheduler.ExponentialLR(opt_g, gamma=0.9)
sched_d = torch.optim.lr_scheduler.ExponentialLR(opt_d, gamma=0.8)
bce = nn.BCEWithLogitsLoss()

for epoch in range(4):
    for i, (real,) in enumerate(loader):
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        fake = generator(torch.randn(len(real), 3))
        opt_d.zero_grad()
        d_loss = bce(discriminator(real), ones) + bce(discriminator(fake.detach()), zeros)
        d_loss.backward()
        opt_d.step()
        if i % 2 == 1:
            opt_g.zero_grad()
            g_loss = bce(discriminator(fake), ones)
            g_loss.backward()
            opt_g.step()
    sched_g.step()
    sched_d.step()
    print(epoch, f"{d_loss.item():.6f} {g_loss.item():.6f}")
