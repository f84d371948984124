"""The direction in which a metric improves, as far as its name shows."""

from __future__ import annotations

import re
from typing import Literal

_GROWS = """
    acc accuracy auc auroc auprc rocauc ap map iou miou dice jaccard recall precision specificity
    sensitivity f1 fscore f1score bleu rouge rougel meteor cider spice ndcg mrr mcc kappa r2 psnr
    ssim reward
"""
_SHRINKS = """
    loss error err mse rmse mae mape msle nll ppl perplexity wer cer ter fid kid lpips eer bce kld
    brier hausdorff
"""
_SAYS_NOTHING = """
    val valid validation test dev eval train epoch step mean avg average ema macro micro weighted
    best top total score rate value pct percent coef
"""
_TURNS_ROUND = """
    neg negative negated minus not non one inv inverse inverted drop gap diff delta change
"""
_MEANING: dict[str, Literal["min", "max"]] = {
    **dict.fromkeys(_GROWS.split(), "max"),
    **dict.fromkeys(_SHRINKS.split(), "min"),
}
_TAIL = re.compile(
    r"(?:\.(?:item|cpu|numpy|detach|mean|compute|tolist)\(\)|\.(?:avg|val|value|data)\b)+$"
)
_PLAIN = re.compile(r"""[\w.]+(?:\[(?:\w+|"[\w/ ]+"|'[\w/ ]+')\])*""")
"""A name, with attributes and keys."""
_NEUTRAL = frozenset(_SAYS_NOTHING.split())
_NEGATING = frozenset(_TURNS_ROUND.split())


def mode_of_metric(name: str) -> Literal["min", "max"] | None:
    """The mode that fits a metric called ``name``; None when the name does not say.

    The last word that means anything decides. A name that holds words of both kinds, or one that
    may turn it round (``accuracy_loss``, ``1-accuracy``, ``neg_loss``), says nothing.
    """
    if re.match(r"\s*(-|1\s*[-_])", name):
        return None
    words = [word for word in _words(name) if word.rstrip("0123456789") not in _NEUTRAL]
    kinds = [_mode_of_word(word) for word in words]
    if not kinds or {"min", "max"} <= set(kinds) or _NEGATING & set(words):
        return None
    return kinds[-1]


def mode_of_expression(text: str) -> Literal["min", "max"] | None:
    """The mode that fits what a script hands to a plateau: ``val_loss.item()``, ``m["acc"]``.

    None where it does not say, or computes something of the metric.
    """
    bare = _TAIL.sub("", text.strip())
    return mode_of_metric(bare) if _PLAIN.fullmatch(bare) else None


def _words(name: str) -> list[str]:
    """``valTop1_acc@5`` as ``val top1 acc``; numbers alone are left out."""
    parts = re.split(r"[^A-Za-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name))
    return [part.lower() for part in parts if part and not part.isdigit()]


def _mode_of_word(word: str) -> Literal["min", "max"] | None:
    # `f1` is known as it is written; `acc5` and `loss2` are known without their digits.
    return _MEANING.get(word) or _MEANING.get(word.rstrip("0123456789"))
