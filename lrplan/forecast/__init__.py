"""Forecasts the calls that a run would have made, had it not been stopped early."""
