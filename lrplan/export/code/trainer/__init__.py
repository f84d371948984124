"""Schedules and optimizers of the Trainer of transformers, and the match of a plan with them."""
