"""How many mistakes of real-looking scripts are found, and how many alarms are false."""

import re

from lrplan.commands.checking.lint_script import lint_script
from lrplan.commands.checking.validate_options import ValidateOptions
from lrplan.finding import Severity
from lrplan.text_position import InputText
from tests.source_code import mistakes, other_styles, well_made
from tests.source_code.mistakes import MISSED

MISTAKES = mistakes.MISTAKES | other_styles.MISTAKES
WELL_MADE = well_made.WELL_MADE | {
    f"other-{name}": text for name, text in other_styles.WELL_MADE.items()
}
MARK = re.compile(r"# BAD ([\w-]+)")


def alarms(text):
    """The warnings and errors, each with all lines that it reaches over."""
    findings = lint_script(InputText("train.py", text), ValidateOptions()).findings
    told = [each for each in findings if each.severity is not Severity.INFO]
    return [(each, {(each.name, line) for line in _lines(each)}) for each in told]


def _lines(finding):
    return range(finding.line, finding.end_line + 1)


def missed(text):
    """Marks of ``text`` that no alarm reaches."""
    return expected(text) - {place for _, places in alarms(text) for place in places}


def expected(text):
    return {
        (match[1], number)
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := MARK.search(line))
    }


def surplus(text):
    """Findings that name no line that is marked."""
    wanted = expected(text)
    return [str(finding) for finding, places in alarms(text) if not places & wanted]


def test_every_mistake_is_found_and_nothing_else_is_said():
    wrong = {}
    for name, text in MISTAKES.items():
        lost = set() if name in MISSED else missed(text)
        if lost or surplus(text):
            wrong[name] = (lost, surplus(text))
    assert wrong == {}


def test_well_made_scripts_draw_nothing():
    wrong = {name: found for name, text in WELL_MADE.items() if (found := surplus(text))}
    assert wrong == {}


def test_an_annotation_with_the_old_name_of_the_base_class_is_not_even_an_info():
    findings = lint_script(InputText("a.py", WELL_MADE["annotated"]), ValidateOptions()).findings
    assert findings == ()


def test_the_tables_are_as_large_as_they_have_to_be():
    kinds = {rule for text in MISTAKES.values() for rule, _ in expected(text)}
    assert len(MISTAKES) >= 30
    assert len(kinds) >= 20
    assert len(WELL_MADE) >= 30
    assert MISSED.keys() <= MISTAKES.keys()
    assert len(MISSED) <= 0.2 * len(MISTAKES)


def test_scripts_are_python():
    for text in (*MISTAKES.values(), *WELL_MADE.values()):
        compile(text, "train.py", "exec")
