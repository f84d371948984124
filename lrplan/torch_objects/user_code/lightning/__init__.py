"""LightningModules of factories: Lightning's rules for what they return, and their own hooks."""
