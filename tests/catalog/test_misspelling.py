"""Misspellings are told from other names that are spelled a little alike."""

from lrplan.catalog.misspelling import is_misspelling, misspelt

MISSPELT = {
    "T_max": "Tmax t_max T-max T_mx",
    "step_size": "stepsize stepSize step_sise stpe_size steps_size",
    "batches_per_epoch": "batch_per_epoch batches_per_epochs",
    "milestones": "milestone milstones mielstones",
    "warmup_steps": "warmup_step warm_up_steps warmupsteps",
    "gamma": "gama gmama",
    "epochs": "epoch",
}
OTHERS = {
    "steps": "eval_steps val_steps test_steps save_steps logging_steps step_size",
    "batch_size": "val_batch_size eval_batch_size batch",
    "epochs": "min_epochs swa_epochs warmup_epochs start_epoch",
    "weight_decay": "layer_decay weight_decay_end decay",
    "max_lr": "min_lr base_lr lr",
    "max_momentum": "min_momentum base_momentum momentum",
    "T_max": "max T_mult T_0",
    "end_factor": "end start_factor",
    "eps": "end",
    "skipped_steps": "save_steps",
    "steps_per_epoch": "samples_per_epoch",
    "lr": "wd",
}


def test_slips_are_told_from_other_names():
    wrong = [
        (name, right)
        for table, expected in ((MISSPELT, True), (OTHERS, False))
        for right, names in table.items()
        for name in names.split()
        if is_misspelling(name, right) is not expected
    ]
    assert wrong == []


def test_one_of_several_is_not_guessed():
    assert misspelt("betas1", ["beta1", "betas"]) is None
    assert misspelt("gama", ["gamma", "power"]) == "gamma"
    assert misspelt("x" * 10_000, ["x" * 10_000]) is None
