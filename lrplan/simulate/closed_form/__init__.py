"""The engine that computes whole curves and checks them against the real schedulers.

``forms`` says what each class does to a rate, ``turns`` which of a plan's schedulers acts when,
``curve`` puts values together, ``place`` and ``check`` hold them against torch, ``columns`` hands
them out, ``engine`` does one after the other.
"""
