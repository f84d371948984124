"""Imports a training script: as much of a plan as its source shows."""
