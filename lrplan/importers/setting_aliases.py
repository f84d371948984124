"""``--set epochs=5`` of a config whose own key is another one, such as ``num_train_epochs``.

Other values are computed from the length of a run, such as a warm-up that is a share of it. So the
config is read again with its own key, instead of changing the length of the plan alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lrplan.errors import UsageError
from lrplan.importers.family import ConfigFamily
from lrplan.importers.tree import SCHEDULE
from lrplan.plan_origin import ForeignKey
from lrplan.specfile.models import TrainingModel
from lrplan.specfile.settings import Setting
from lrplan.text_position import printable

_TRAINING = f"schedules.{SCHEDULE}.training."


def own_settings(
    settings: Sequence[Setting],
    unread: Sequence[Setting],
    family: ConfigFamily,
    keys: Mapping[str, ForeignKey],
) -> tuple[Setting, ...]:
    """``settings``, where those of ``training`` have the config's own names.

    Args:
        settings: all that the user set.
        unread: those that nothing in the config is called.
        family: the family of the config.
        keys: the key of the config that each value of its plan comes from.

    Raises:
        UsageError: a value is computed from others, or is set under both of its names.
    """
    names = {each.name: _own_name(each, family, keys) for each in unread}
    result = tuple(replace(each, name=names.get(each.name, each.name)) for each in settings)
    taken: dict[str, Setting] = {}
    for before, each in zip(settings, result, strict=True):
        other = taken.setdefault(each.name, before)
        if other is not before:
            both = f"--set {printable(other.text)} and --set {printable(before.text)}"
            raise UsageError(f"{both} set the same value")
    return result


def taken_for(settings: Sequence[Setting]) -> Iterator[str]:
    """Sentences on settings that were taken for a key of another name."""
    for each in settings:
        typed = each.text.partition("=")[0].strip()
        if typed != each.name:
            yield f"--set {printable(each.text)} is taken for `{printable(each.name)}`"


def _own_name(setting: Setting, family: ConfigFamily, keys: Mapping[str, ForeignKey]) -> str:
    name = setting.name.removeprefix(_TRAINING)
    if name not in TrainingModel.model_fields:
        return setting.name
    if name in family.own_names:
        return family.own_names[name]
    key = keys.get(f"{_TRAINING}{name}")
    if key is None or key.name == name:
        return setting.name
    if key.exact:
        return key.name
    text, own = printable(setting.text), printable(key.name)
    message = f"`{name}` of this config is computed from `{own}`"
    raise UsageError(f"--set {text}: {message}; set that, as in --set {own}=VALUE")
