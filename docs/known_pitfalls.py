"""The known pitfalls of schedules in the PyTorch ecosystem, and why some have no rule here.

Ninety-four were collected from public threads and verified by running code, most on torch 2.13.
"""

from __future__ import annotations

PACKAGE = "concerns a package that lrplan does not run"

PITFALLS: dict[str, tuple[str, ...]] = {
    "horizon-in-epochs-stepped-per-step": (
        "spec",
        "curve",
    ),
    "horizon-in-steps-stepped-per-epoch": (
        "spec",
        "curve",
    ),
    "scheduler-step-before-optimizer-step": (
        "source",
        "curve",
    ),
    "get-lr-is-not-current-lr": (
        "source",
        "curve",
    ),
    "accelerate-multi-process-step-multiplier": (
        "spec",
        "source",
    ),
    "gradient-accumulation-horizon": (
        "spec",
        "curve",
    ),
    "cosine-past-t-max-rises": (
        "spec",
        "curve",
    ),
    "yaml-scientific-notation-is-a-string": ("spec",),
    "warmup-first-update-zero": ("curve",),
    "resume-state-dict-overrides-arguments": (
        "resume",
        "source",
    ),
    "resume-missing-initial-lr": (
        "source",
        "spec",
    ),
    "resume-load-order-or-missing-optimizer-state": (
        "source",
        "resume",
    ),
    "onecycle-total-steps-exhausted": (
        "spec",
        "curve",
    ),
    "lightning-interval-defaults-to-epoch": (
        "source",
        "spec",
    ),
    "warmup-not-subtracted-from-decay": (
        "spec",
        "curve",
    ),
    "warmup-never-finishes": (
        "spec",
        "curve",
    ),
    "verbose-argument-removed": (
        "source",
        "spec",
    ),
    "amp-skipped-update": (
        "source",
        "spec",
    ),
    "sequential-internal-deprecation-warning": ("runtime",),
    "milestones-beyond-run": (
        "spec",
        "curve",
    ),
    "onecycle-overrides-lr-and-momentum": (
        "spec",
        "curve",
    ),
    "plateau-patience-semantics": (
        "spec",
        "curve",
    ),
    "param-group-added-after-scheduler": (
        "source",
        "spec",
    ),
    "closed-form-member-overwrites-chain": (
        "spec",
        "curve",
    ),
    "plateau-metric-missing-or-passed-elsewhere": (
        "source",
        "spec",
    ),
    "hf-warmup-ratio-and-steps": (
        "spec",
        "source",
    ),
    "deepspeed-warmup-surprises": (
        "spec",
        "curve",
    ),
    "batch-size-lr-scaling": ("spec",),
    "warm-restart-run-ends-mid-cycle": (
        "spec",
        "curve",
    ),
    "cosine-floor-never-used": ("curve",),
    "weight-decay-scaled-by-lr": ("curve",),
    "timm-scheduler-call-contract": (
        "source",
        "spec",
    ),
    "mmengine-begin-end-by-epoch": (
        "spec",
        "curve",
    ),
    "plateau-wrong-mode": (
        "spec",
        "source",
    ),
    "gradual-warmup-handover": (
        "curve",
        "source",
    ),
    "gradual-warmup-plateau-no-warmup": (
        "source",
        "curve",
    ),
    "lambda-negative-or-complex-past-end": (
        "curve",
        "spec",
    ),
    "plateau-negative-metric": (
        "spec",
        "curve",
    ),
    "resume-last-epoch-wrong-value": (
        "resume",
        "source",
    ),
    "logged-lr-is-next-lr": ("source",),
    "onecycle-past-end-turns-up-or-negative": ("curve",),
    "katsura-restarts-own-lr-range": (
        "spec",
        "curve",
    ),
    "chained-warmup-cosine-peak-lost": (
        "spec",
        "curve",
    ),
    "constructor-changes-lr": (
        "source",
        "curve",
    ),
    "sequential-linear-total-iters-mismatch": (
        "spec",
        "curve",
    ),
    "sequential-plateau-unsupported": ("spec",),
    "linear-constant-total-iters-zero": (
        "spec",
        "curve",
    ),
    "surprising-defaults-constant-linear-polynomial": (
        "spec",
        "curve",
    ),
    "plateau-stepped-per-batch": (
        "spec",
        "source",
    ),
    "eta-min-shared-across-groups": (
        "spec",
        "curve",
    ),
    "exponential-decay-per-update": (
        "spec",
        "curve",
    ),
    "second-stage-uses-old-initial-lr": (
        "source",
        "curve",
    ),
    "timm-warmup-prefix-and-cycle-length": (
        "spec",
        "curve",
    ),
    "hf-cosine-num-cycles": (
        "spec",
        "curve",
    ),
    "lambda-returns-absolute-lr": (
        "curve",
        "source",
    ),
    "milestones-float-or-string": (
        "spec",
        "source",
    ),
    "hf-constant-ignores-warmup": ("spec",),
    "self-scheduling-optimizer-plus-scheduler": ("spec",),
    "lambda-not-saved": ("source",),
    "inverse-sqrt-edge-cases": (
        "spec",
        "curve",
    ),
    "partial-accumulation-window": ("spec",),
    "onecycle-degenerate-phase": ("spec",),
    "compile-recompiles-on-float-lr": ("spec",),
    "lrscheduler-class-rename": ("source",),
    "plateau-ranks-diverge": (
        "spec",
        "source",
    ),
    "tensor-lr-aliased-between-groups": (
        "source",
        "curve",
    ),
    "ignite-event-off-by-one": ("source",),
    "scheduler-on-another-optimizer": ("source",),
    "zero-or-degenerate-length-fails-late": ("spec",),
    "milestones-unsorted-or-duplicate": ("spec",),
    "plateau-floor-surprises": ("spec",),
    "plateau-active-during-warmup": (
        "spec",
        "curve",
    ),
    "cosine-attribute-edit-explodes": (
        "source",
        "curve",
    ),
    "resume-last-epoch-at-boundary": ("resume",),
    "tensor-lr-sequential-base-corrupted": ("spec",),
    "sequential-legacy-initial-lr-clobber": (
        "spec",
        "curve",
    ),
    "sequential-non-closed-form-member": (
        "spec",
        "curve",
    ),
    "manual-lr-edit-overwritten": ("source",),
    "sequential-resume-by-last-epoch": (
        "source",
        "resume",
    ),
    "warm-restarts-min-never-used": ("curve",),
    "gradual-warmup-resume-frozen": (
        "resume",
        "source",
    ),
    "sequential-onecycle-member": (
        "spec",
        "curve",
    ),
    "sequential-nested": ("spec",),
    "sequential-milestones-invalid": ("spec",),
    "lambda-vs-multiplicative": (
        "curve",
        "source",
    ),
    "plateau-nan-metric": (
        "curve",
        "runtime",
    ),
    "tensor-lr-dtype": (
        "spec",
        "curve",
    ),
    "noam-lr-is-a-scale-factor": (
        "spec",
        "curve",
    ),
    "warm-restarts-fractional-step-lag": (
        "source",
        "curve",
    ),
    "lambda-late-binding": (
        "source",
        "curve",
    ),
    "pytorch-accelerated-cosine-truncated": (
        "curve",
        "spec",
    ),
    "pytorch-accelerated-update-contract": (
        "source",
        "spec",
    ),
    "cyclic-bounds-inverted-or-flat": ("spec",),
    "polynomial-non-integer-total": ("spec",),
}
"""Each pitfall, the most common first, and where it can be seen: the spec, the curve, the user's
own source, a checkpoint (resume), or at run time."""

LEFT: dict[str, str] = {
    "katsura-restarts-own-lr-range": PACKAGE,
    "compile-recompiles-on-float-lr": "nothing in a spec says that the optimizer is compiled",
}
"""Pitfalls without a rule, and the reason."""
