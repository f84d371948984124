"""``lrplan explain``: a page for everything that can be found."""

import io
import json
import subprocess
import sys

import pytest
import yaml
from rich.console import Console
from rich.text import Text

from lrplan.commands.explain import explain
from lrplan.errors import ExitStatus, UsageError
from lrplan.finding import SPEC_PROBLEMS, Severity, spec_problem
from lrplan.lint.page_markdown import to_markdown
from lrplan.lint.pages import Page, families, find_page, pages
from lrplan.lint.registry import all_rules
from lrplan.lint.spec_problem_pages import MILDER, NEED_CURVE, PROBLEMS

RULE = "cosine-past-t-max-rises"


def shown(name, *, terminal=False, width=80, **options):
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=terminal, highlight=False)
    assert explain(name, console, **options) is ExitStatus.OK
    return stream.getvalue()


def plain(text):
    return Text.from_ansi(text).plain


@pytest.mark.parametrize("name", [RULE, "LRP301", "lrp301", RULE.upper(), RULE.replace("-", "_")])
def test_a_rule_is_found_by_name_and_code_whatever_the_case(name):
    assert shown(name).startswith(f"# {RULE} (LRP301)\n")


def test_a_page_says_what_how_bad_and_what_it_needs():
    text = shown(RULE)
    assert "*error* · end of run · seen in the spec alone" in text
    assert find_page(RULE).text in text
    assert f"# lrplan: ignore[{RULE}]" in text


def test_the_examples_can_be_copied():
    blocks = [block.partition("\n") for block in shown(RULE).split("```")[1::2]]
    rule = all_rules()[RULE]
    specs = [yaml.safe_load(text) for language, _, text in blocks if language == "yaml"]
    assert specs == [yaml.safe_load(rule.bad[0]), yaml.safe_load(rule.good[0])]
    scripts = [text for language, _, text in blocks if language == "python"]
    assert scripts == [rule.bad_source[0], rule.good_source[0]]
    assert len(blocks) == len(specs) + len(scripts)


def test_off_a_terminal_it_is_markdown_that_no_width_wraps():
    assert shown(RULE, width=20) == shown(RULE, width=200)
    assert "\x1b" not in shown(RULE)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_on_a_terminal_it_is_laid_out(width):
    text = shown(RULE, terminal=True, width=width)
    assert "\x1b[" in text
    assert "```" not in text
    assert "## " not in plain(text)
    assert all(len(line) <= min(width, 100) for line in plain(text).splitlines())


@pytest.mark.parametrize("name", SPEC_PROBLEMS)
def test_problems_of_the_spec_have_a_page_too(name):
    text = shown(name)
    assert text.startswith(f"# {name} ({SPEC_PROBLEMS[name]})\n")
    assert text == shown(SPEC_PROBLEMS[name])
    assert "ignore[" not in text


def test_every_problem_is_explained_in_a_line_and_a_paragraph():
    assert list(PROBLEMS) == list(SPEC_PROBLEMS)
    for text in PROBLEMS.values():
        summary, empty, *rest = text.splitlines()
        assert summary.endswith(".")
        assert (len(summary) <= 80, empty, bool(rest)) == (True, "", True)
        assert all(len(line) <= 100 for line in rest)


def test_what_is_said_of_problems_are_their_names():
    assert set(MILDER) | set(NEED_CURVE) <= set(SPEC_PROBLEMS)
    severe = {name for name in SPEC_PROBLEMS if name not in MILDER}
    assert {spec_problem(name, "").severity for name in severe} == {Severity.ERROR}


def test_codes_and_names_are_unique_and_in_order():
    results = list(pages().values())
    codes = [page.code for page in results]
    assert codes == sorted(set(codes))
    assert {page.name for page in results} == set(SPEC_PROBLEMS) | set(all_rules())
    assert [page for members in families().values() for page in members] == results


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("cosine-past-tmax-rises", f"did you mean `{RULE}`?"),
        ("yaml-sintax", "did you mean `yaml-syntax`?"),
        ("qqqqqq", "`lrplan rules` lists them"),
        ("\x1b[31m", "`lrplan rules` lists them"),
    ],
    ids=["rule", "problem", "nothing", "escape"],
)
def test_an_unknown_name_is_an_error_with_the_nearest(name, hint):
    with pytest.raises(UsageError) as caught:
        shown(name)
    assert str(caught.value).endswith(hint)
    assert "\x1b" not in str(caught.value)


def test_json_holds_the_whole_page():
    rule = all_rules()[RULE]
    page = json.loads(shown(RULE, output_format="json"))
    assert page.pop("text") == find_page(RULE).text
    assert page == {
        "code": "LRP301",
        "name": RULE,
        "family": rule.family,
        "severity": rule.severity.value,
        "needs": rule.needs,
        "summary": rule.summary,
        "bad": list(rule.bad),
        "good": list(rule.good),
        "resume": [],
        "bad_torch": None,
        "seen_in": "any",
        "bad_source": list(rule.bad_source),
        "good_source": list(rule.good_source),
    }


def test_headings_go_down_with_the_title_and_code_stays():
    page = Page(
        code="LRP000",
        name="it",
        family="units",
        severity=Severity.INFO,
        needs="curve",
        summary="It.",
        text="It.\n\n## Why\n\n```sh\n# a comment\n```\n\n### More",
        bad=("a: 1\n",),
        good=("a: 2\n",),
        bad_torch="1.13.1",
    )
    text = to_markdown(page, level=3)
    hashes = [line for line in text.splitlines() if line.startswith("#")]
    assert hashes == ["### it (LRP000)", "#### Why", "# a comment", "##### More", "#### Example"]
    assert "Found here with torch 1.13.1:\n\n```yaml\na: 1\n```\n" in text


@pytest.mark.parametrize(
    ("needs", "seen_in", "words"),
    [
        ("run", "any", "seen in a recording or in training source"),
        ("run", "recording", "seen in a recording"),
        ("spec", "source", "seen in the spec alone; also in training source"),
    ],
)
def test_a_page_about_runs_says_where_it_is_seen_and_shows_scripts(needs, seen_in, words):
    page = Page(
        code="LRP000",
        name="it",
        family="units",
        severity=Severity.INFO,
        needs=needs,
        summary="It.",
        text="It.",
        seen_in=seen_in,
        bad_source=("first()\n", "second()\n"),
        good_source=("mended()\n",),
    )
    text = to_markdown(page)
    assert f"*info* · units · {words}\n" in text
    assert "Found in this script:\n\n```python\nfirst()\n```\n" in text
    assert "Fixed:\n\n```python\nmended()\n```\n" in text
    assert "second" not in text


def test_neither_torch_nor_matplotlib_is_needed():
    code = (
        "import sys; from rich.console import Console;"
        "from lrplan.commands.explain import explain; from lrplan.commands.rules import rules;"
        f"explain('{RULE}', Console()); rules(Console(), output_format='text');"
        "sys.exit(bool({'torch', 'matplotlib', 'pydantic', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
