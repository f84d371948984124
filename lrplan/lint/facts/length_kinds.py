"""Which arguments of which schedulers are lengths in ticks, and what they are the lengths of."""

from __future__ import annotations

from itertools import product
from typing import Literal

Kind = Literal["end", "ramp", "warm-up", "cycle", "every", "cuts", "hand-over"]
"""What a length is: a decay to its end, a ramp of some other field, a warm-up, a cycle, the time
between cuts, the times of cuts, the times of hand-overs."""

After = Literal["waves", "raises", "zero", "holds"]
"""What becomes of a decay past its end: it climbs again, torch raises, it stays at 0, or at what
it has come to."""

_TORCH_AND_OWN: dict[tuple[str, str], Kind] = {
    ("CosineAnnealingLR", "T_max"): "end",
    ("PolynomialLR", "total_iters"): "end",
    ("LinearLR", "total_iters"): "end",
    ("OneCycleLR", "total_steps"): "end",
    ("WarmupCosine", "total_steps"): "end",
    ("CosineParamScheduler", "total_steps"): "ramp",
    ("LinearParamScheduler", "total_steps"): "ramp",
    ("SWALR", "anneal_epochs"): "ramp",
    ("WarmupCosine", "warmup_steps"): "warm-up",
    ("WarmupConstantSchedule", "warmup_steps"): "warm-up",
    ("InverseSqrtScheduler", "warmup_steps"): "warm-up",
    ("GradualWarmupScheduler", "total_epoch"): "warm-up",
    ("CosineAnnealingWarmUpRestarts", "T_0"): "cycle",
    ("CosineAnnealingWarmRestarts", "T_0"): "cycle",
    ("CyclicLR", "step_size_up"): "cycle",
    ("CyclicLR", "step_size_down"): "cycle",
    ("StepLR", "step_size"): "every",
    ("StepWdScheduler", "every"): "every",
    ("MultiStepLR", "milestones"): "cuts",
    ("MilestoneLrScheduler", "milestones"): "cuts",
    ("SequentialLR", "milestones"): "hand-over",
}
_GET_SCHEDULER = ("transformers", "diffusers")
_DECAYS = ("linear", "cosine", "cosine_with_restarts", "polynomial")
_HF_COSINES = ["transformers:cosine_with_min_lr", "transformers:cosine_warmup_with_min_lr"]
_HF_ENDS = [
    *(f"{package}:{name}" for package, name in product(_GET_SCHEDULER, _DECAYS)),
    *_HF_COSINES,
    "transformers:warmup_stable_decay",
]
_HF_WARMUPS = [
    *_HF_ENDS,
    "transformers:inverse_sqrt",
    "transformers:constant_with_warmup",
    "diffusers:constant_with_warmup",
]
_TIMM_ENDS = [f"timm:{name}LRScheduler" for name in ("Cosine", "Tanh", "Poly", "WSD")]
_TIMM_CUTS: dict[tuple[str, str], Kind] = {
    ("timm:StepLRScheduler", "decay_t"): "every",
    ("timm:MultiStepLRScheduler", "decay_t"): "cuts",
}
_TIMM = [*_TIMM_ENDS, *(name for name, _ in _TIMM_CUTS), "timm:PlateauLRScheduler"]
_DEEPSPEED_ENDS = ["deepspeed:WarmupDecayLR", "deepspeed:WarmupCosineLR"]
_DEEPSPEED_WARMUPS = [*_DEEPSPEED_ENDS, "deepspeed:WarmupLR"]
_IGNITE_CYCLES = ["ignite:LinearCyclicalScheduler", "ignite:CosineAnnealingScheduler"]
_MMENGINE: dict[tuple[str, str], Kind] = {
    ("CosineAnnealing", "T_max"): "end",
    ("CosineAnnealing", "end"): "end",
    ("Poly", "end"): "end",
    ("OneCycle", "total_steps"): "end",
    ("OneCycle", "end"): "end",
    ("CosineRestart", "periods"): "cycle",
    ("Step", "step_size"): "every",
    ("MultiStep", "milestones"): "cuts",
}
_OTHERS: dict[tuple[str, str], Kind] = {
    ("deepspeed:OneCycle", "cycle_first_step_size"): "cycle",
    ("warmup_scheduler:GradualWarmupScheduler", "total_epoch"): "warm-up",
    ("ignite:create_lr_scheduler_with_warmup", "warmup_duration"): "warm-up",
    ("pytorch_accelerated:WSDLrScheduler", "total_steps"): "end",
    ("pytorch_accelerated:WSDLrScheduler", "num_warmup_steps"): "warm-up",
}


def _mmengine(stem: str) -> list[str]:
    driven = (
        ("LR", "ParamScheduler") if stem == "OneCycle" else ("LR", "Momentum", "ParamScheduler")
    )
    return [f"mmengine:{stem}{each}" for each in driven]


def _kinds(names: list[str], argument: str, kind: Kind) -> dict[tuple[str, str], Kind]:
    return {(name, argument): kind for name in names}


KINDS: dict[tuple[str, str], Kind] = {
    **_TORCH_AND_OWN,
    **_kinds(_HF_ENDS, "num_training_steps", "end"),
    **_kinds(_HF_WARMUPS, "num_warmup_steps", "warm-up"),
    **_kinds(_TIMM_ENDS, "t_initial", "end"),
    **_kinds(_TIMM, "warmup_t", "warm-up"),
    **_TIMM_CUTS,
    **_kinds(_DEEPSPEED_ENDS, "total_num_steps", "end"),
    **_kinds(_DEEPSPEED_WARMUPS, "warmup_num_steps", "warm-up"),
    **_kinds(_IGNITE_CYCLES, "cycle_size", "cycle"),
    **{
        (name, argument): kind
        for (stem, argument), kind in _MMENGINE.items()
        for name in _mmengine(stem)
    },
    **_OTHERS,
}
"""By scheduler and argument."""

ACT_BY_DEFAULT = frozenset(
    {
        ("CyclicLR", "step_size_up"),
        ("deepspeed:OneCycle", "cycle_first_step_size"),
        *((name, "warmup_num_steps") for name in _DEEPSPEED_WARMUPS),
    }
)
"""Defaults in steps that nobody who ticks per epoch can want."""

_WAVES = (
    "CosineAnnealingLR",
    "WarmupCosine",
    "transformers:cosine",
    "diffusers:cosine",
    *_HF_COSINES,
)
AFTER: dict[str, After] = {
    **dict.fromkeys(_WAVES, "waves"),
    **dict.fromkeys(("OneCycleLR", *_mmengine("OneCycle")), "raises"),
    "PolynomialLR": "zero",
    "LinearLR": "zero",
    **dict.fromkeys((f"{package}:linear" for package in _GET_SCHEDULER), "zero"),
    **dict.fromkeys((f"{package}:cosine_with_restarts" for package in _GET_SCHEDULER), "zero"),
}
"""By scheduler, what comes after its end; what is not here holds its last value."""
