"""Reads a spec: YAML text becomes a tree with positions, then checked models, then plans."""
