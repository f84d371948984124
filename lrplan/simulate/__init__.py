"""Simulation of a plan: its curves by stepping real torch objects, or by checked formulas."""
