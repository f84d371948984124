"""Configs of other frameworks, read as plans: one module a family, listed in ``families``."""
