"""Simulation of optimizers and schedulers that a Python program already has."""
