"""What transformers' Trainer can do by itself: its schedules, and which of them a curve is."""
