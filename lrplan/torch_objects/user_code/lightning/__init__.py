"""LightningModules: their trainer's loop, what it takes from them, and their own hooks."""
