"""Arithmetic expressions of a spec: parsed, checked and evaluated without running its code."""
