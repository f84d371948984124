"""Texts that are passed over without being followed mention no scheduler."""

import pytest

from lrplan.source_code.package_names import MAKERS, STEMS, mentions_makers


def test_each_name_that_makes_a_scheduler_has_a_stem():
    assert [name for name in MAKERS if not any(stem in name for stem in STEMS)] == []


@pytest.mark.parametrize("name", ["StepLR", "get_scheduler", "OneCycleLR", "param_groups"])
def test_a_name_is_found_as_a_word(name):
    assert mentions_makers(f"x = {name}(optimizer)")
    assert not mentions_makers(f"x = my{name}2(optimizer)")
