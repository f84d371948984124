"""Rows of ``torch.optim.lr_scheduler``: schedules that go up and come down again."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument, Formula, SchedulerRow

_MODULE = "torch.optim.lr_scheduler"

_CYCLE_MOMENTUM = Argument(
    "cycle_momentum",
    "boolean",
    True,
    doc="Move momentum (or betas[0]) the other way; the optimizer must have one of them.",
)

CYCLIC_LR: Final = SchedulerRow(
    name="CyclicLR",
    family="torch",
    path=f"{_MODULE}:CyclicLR",
    summary="Up in a line from base_lr to max_lr and down again, over and over.",
    arguments=(
        Argument(
            "base_lr",
            "number",
            per_group=True,
            unit="lr",
            doc="Lowest lr; replaces the optimizer's own.",
            example=0.001,
        ),
        Argument(
            "max_lr",
            "number",
            per_group=True,
            unit="lr",
            doc="The lr at the peak.",
            example=0.1,
            role="peak",
        ),
        Argument(
            "step_size_up",
            "duration",
            2000,
            doc="Ticks up.",
            example="5ep",
            role="cycle",
            default_in_steps=True,
        ),
        Argument(
            "step_size_down",
            "duration",
            None,
            optional=True,
            doc="Ticks down; null: as many as up.",
            role="cycle",
        ),
        Argument(
            "mode",
            "choice",
            "triangular",
            choices=("triangular", "triangular2", "exp_range"),
            doc="Peaks stay, halve every cycle, or shrink by gamma every tick.",
        ),
        Argument("gamma", "number", 1.0, unit="ratio", doc="Factor per tick of exp_range."),
        Argument(
            "scale_fn",
            "expression",
            None,
            optional=True,
            doc="Own factor on the height of the cycle, in place of mode.",
        ),
        Argument(
            "scale_mode",
            "choice",
            "cycle",
            choices=("cycle", "iterations"),
            doc="What scale_fn is given: the cycle, counted from 1, or the tick.",
        ),
        _CYCLE_MOMENTUM,
        Argument("base_momentum", "number", 0.8, per_group=True, doc="Momentum at the peak."),
        Argument("max_momentum", "number", 0.9, per_group=True, doc="Momentum at the foot."),
    ),
    after_end="Has no end: cycles repeat (triangular2: half as high each time).",
    source="Smith 2017, Cyclical Learning Rates, arXiv 1506.01186",
    meant_for="step",
    notes=("With scale_fn, mode and gamma are ignored; without it, scale_mode is.",),
    formula=Formula("triangle", {}, gives="value"),
    update="sets",
    abrupt=True,
    replaces_lr=True,
)

COSINE_ANNEALING_WARM_RESTARTS: Final = SchedulerRow(
    name="CosineAnnealingWarmRestarts",
    family="torch",
    path=f"{_MODULE}:CosineAnnealingWarmRestarts",
    summary="Half a cosine down to eta_min, then a jump back to the base lr; cycles may grow.",
    arguments=(
        Argument(
            "T_0",
            "duration",
            minimum=1,
            doc="Ticks of the first cycle.",
            example="10ep",
            role="cycle",
        ),
        Argument(
            "T_mult",
            "integer",
            1,
            minimum=1,
            unit="ratio",
            doc="Each cycle is this many times as long as the one before.",
            example=2,
        ),
        Argument("eta_min", "number", 0.0, unit="lr", doc="Lowest lr, one number for all groups."),
    ),
    after_end="Has no end: it restarts after every cycle, and never reaches eta_min itself.",
    source="Loshchilov & Hutter 2017, SGDR, arXiv 1608.03983",
    formula=Formula("warm_restarts", {"T_0": "first", "T_mult": "mult"}),
    update="sets",
    abrupt=True,
    per_group_class="lrplan.torch_objects.schedulers:WarmRestartsPerGroup",
    aliases=("SGDR", "sgdr_schedule", "CosineDecayRestarts"),
)

ONE_CYCLE_LR: Final = SchedulerRow(
    name="OneCycleLR",
    family="torch",
    path=f"{_MODULE}:OneCycleLR",
    summary="One rise from max_lr / div_factor to max_lr, one long fall to almost nothing.",
    arguments=(
        Argument(
            "max_lr",
            "number",
            per_group=True,
            unit="lr",
            doc="The lr at the peak; the optimizer's own is replaced.",
            example=0.1,
            role="peak",
        ),
        Argument(
            "total_steps",
            "duration",
            None,
            optional=True,
            minimum=1,
            doc="Ticks of the whole cycle; the last has number total_steps - 1.",
            example="30ep",
            role="end",
        ),
        Argument(
            "epochs",
            "integer",
            None,
            optional=True,
            minimum=1,
            unit="epochs",
            doc="With steps_per_epoch: total_steps is their product.",
        ),
        Argument(
            "steps_per_epoch",
            "integer",
            None,
            optional=True,
            minimum=1,
            unit="ticks",
            doc="With epochs: ticks of each.",
        ),
        Argument(
            "pct_start",
            "number",
            0.3,
            minimum=0,
            maximum=1,
            unit="ratio",
            doc="Share of the ticks that rise.",
        ),
        Argument(
            "anneal_strategy",
            "choice",
            "cos",
            choices=("cos", "linear"),
            doc="Shape of every phase.",
        ),
        _CYCLE_MOMENTUM,
        Argument("base_momentum", "number", 0.85, per_group=True, doc="Momentum at the peak."),
        Argument("max_momentum", "number", 0.95, per_group=True, doc="Momentum at both ends."),
        Argument("div_factor", "number", 25.0, unit="ratio", doc="The first lr is max_lr / this."),
        Argument(
            "final_div_factor",
            "number",
            1e4,
            unit="ratio",
            doc="The last lr is the first lr / this.",
            role="end divisor",
        ),
        Argument(
            "three_phase",
            "boolean",
            False,
            doc="Fall back to the first lr as fast as it rose, then to the last.",
        ),
    ),
    after_end=(
        "Tick total_steps passes in silence but turns up again (cos) or drops below the last lr"
        " (linear); the tick after it raises ValueError."
    ),
    source="Smith & Topin 2017, Super-Convergence, arXiv 1708.07120",
    meant_for="step",
    one_of=(("total_steps",), ("epochs", "steps_per_epoch")),
    notes=("When total_steps is given, epochs and steps_per_epoch are ignored.",),
    formula=Formula("phase", {}, gives="value"),
    update="sets",
    past_end="raises",
    replaces_lr=True,
    aliases=("OneCycle", "one_cycle", "cosine_onecycle_schedule", "linear_onecycle_schedule"),
)
