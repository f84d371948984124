"""LightningModules of factories: Lightning's rules for what they return, and their own hooks.

No training takes place. Hooks are read as source, and refused if they may move the schedule::

    configure_optimizers    called; its result is checked (``configuration``) and simulated
    setup, prepare_data     not called; refused if they set what it reads (``setup_hooks``)
    lr_scheduler_step       does what Lightning's does: not called, the scheduler is ticked;
                            reads known values only (``self_contained_hook``): called at each tick;
                            anything else: refused
    optimizer_step          refused if it does more than step the optimizer once
    configure_callbacks     called; refused if a callback moves the schedule (``callbacks``)
    all ``trainer_hooks``   refused if they write an lr, or step something (``analysis``)

A module with manual optimization is refused, and so is a function of a scheduler that reads what a
hook sets (``attributes_read_at_ticks``). ``hooks`` and ``rules`` put these together.
"""
