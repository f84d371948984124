"""SARIF, validated against its schema and against what code scanning asks for."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from lrplan.edits import Edit
from lrplan.finding import SPEC_PROBLEMS, Severity, spec_problem
from lrplan.render.report import REPORTS
from lrplan.text_position import InputText
from tests.render.report.samples import (
    COLUMN,
    HOSTILE,
    MIXED,
    RULES,
    SOURCES,
    TEXT,
    context,
    finding,
)

DATA = Path(__file__).parents[2] / "data"
SCHEMA = jsonschema.Draft4Validator(json.loads((DATA / "sarif-2.1.0.json").read_text("utf-8")))
URI = re.compile(r"(file:///)?([A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+")
"""RFC 3986: a relative reference without a colon in its first segment, or a file."""


def run(findings, sources=SOURCES, **changes):
    text = REPORTS["sarif"](findings, sources, context=context(**changes))
    log = json.loads(text)
    assert [error.message for error in SCHEMA.iter_errors(log)] == []
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    return only


def fingerprints(findings, sources=SOURCES):
    return [each["partialFingerprints"]["lrplan/v1"] for each in run(findings, sources)["results"]]


def test_the_schema_finds_faults():
    assert list(SCHEMA.iter_errors({"version": "2.1.0", "runs": [{"results": []}]}))
    assert list(SCHEMA.iter_errors({"version": "2.0.0", "runs": []}))


def test_the_tool_describes_its_rules():
    some = [finding("starts-cold"), finding("rises"), finding("late"), finding("rises")]
    driver = run(some)["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("lrplan", "0.1.0")
    assert [rule["id"] for rule in driver["rules"]] == ["LRP201", "LRP301", "LRP302"]
    rule = driver["rules"][1]
    assert rule["name"] == "rises"
    assert rule["shortDescription"] == {"text": "It goes wrong."}
    assert rule["fullDescription"] == {"text": "It goes wrong.\n\nAt length."}
    assert rule["help"]["markdown"] == RULES["rises"].text
    assert "](" not in rule["help"]["text"]
    assert "helpUri" not in rule
    assert run([])["tool"]["driver"]["rules"] == []
    levels = [rule["defaultConfiguration"]["level"] for rule in driver["rules"]]
    assert levels == ["note", "error", "warning"]


def test_a_result_points_at_the_value():
    (result,) = run([finding()])["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("LRP301", 0, "error")
    assert result["message"]["text"] == "the rate rises again from tick 80. Fix: T_max: 100"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "a/spec.yaml"},
        "region": {
            "startLine": 5,
            "startColumn": COLUMN,
            "endLine": 5,
            "endColumn": COLUMN + 2,
        },
    }
    assert location["logicalLocations"] == [
        {
            "name": "first",
            "kind": "object",
            "fullyQualifiedName": "schedules.first.scheduler.T_max",
        }
    ]


def test_edits_are_regions_and_what_is_to_stand_there():
    path = "schedules.first.scheduler"
    edits = (Edit(f"{path}.T_max", "100"), Edit(f"{path}.eta_min", "1e-05"))
    (result,) = run([finding(edits=edits)])["results"]
    (fix,) = result["fixes"]
    assert fix["description"] == {"text": "T_max: 100"}
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "a/spec.yaml"}
    at = {"startLine": 5, "startColumn": COLUMN, "endLine": 5, "endColumn": COLUMN + 2}
    behind = at | {"startColumn": COLUMN + 2}
    assert change["replacements"] == [
        {"deletedRegion": at, "insertedContent": {"text": "100"}},
        {"deletedRegion": behind, "insertedContent": {"text": ", eta_min: 1e-05"}},
    ]


def test_edits_that_do_not_fit_the_text_are_left_out():
    (result,) = run([finding(edits=(Edit("schedules[3]", "1"),))])["results"]
    assert "fixes" not in result


def test_columns_are_said_to_count_code_points():
    assert run([])["columnKind"] == "unicodeCodePoints"


def test_the_run_is_successful_and_names_what_it_looked_at():
    only = run([])
    assert only["invocations"] == [{"executionSuccessful": True}]
    assert [each["location"]["uri"] for each in only["artifacts"]] == list(SOURCES)
    assert only["results"] == []


def test_every_result_finds_its_rule_by_index():
    only = run(MIXED)
    rules = only["tool"]["driver"]["rules"]
    assert len(only["results"]) == len(MIXED)
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_place_without_extent_has_a_start_only():
    (result,) = run([finding(line=1, column=1, end_line=1, end_column=1)])["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 1}


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("./a b/ü#?.yaml", "a%20b/%C3%BC%23%3F.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
        ("/tmp/x y.yaml", "file:///tmp/x%20y.yaml"),
        ("caf\udce9.yaml", "caf%E9.yaml"),
        (HOSTILE.replace("\ud800", ""), None),
    ],
    ids=["escapes", "colon", "stdin", "absolute", "undecodable", "hostile"],
)
def test_files_are_uris(file, uri):
    only = run([finding(file=file)], schedules={file: ["first"]})
    (result,) = only["results"]
    found = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert URI.fullmatch(found)
    assert found == (uri or found) == only["artifacts"][0]["location"]["uri"]


def test_fingerprints_stay_when_lines_move_and_numbers_change():
    moved = finding(line=50, end_line=50, column=3, message="the rate rises again from tick 90")
    assert fingerprints([moved]) == fingerprints([finding()])


@pytest.mark.parametrize(
    "changes",
    [
        {"file": "b.yaml"},
        {"schedule": "second"},
        {"path": "schedules.first.scheduler"},
        {"rule": "LRP302", "name": "late"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_fingerprints_tell_findings_apart(changes):
    assert fingerprints([finding(**changes)]) != fingerprints([finding()])


def test_findings_alike_get_fingerprints_of_their_own():
    assert len(set(fingerprints([finding(), finding(), finding()]))) == 3


def test_without_a_path_the_text_of_the_line_is_the_mark():
    before = fingerprints([finding(path="")])
    longer = {"a/spec.yaml": InputText("a/spec.yaml", f"# new\n{TEXT}")}
    assert fingerprints([finding(path="", line=6)], longer) == before
    assert fingerprints([finding(path="", line=5)], longer) != before


def test_hostile_text_is_text():
    hostile = finding(message=f"[x](http://y) {HOSTILE}", fix=HOSTILE, schedule=HOSTILE)
    (result,) = run([hostile], schedules={"a/spec.yaml": [HOSTILE]})["results"]
    assert "](" not in result["message"]["text"]


def test_problems_of_the_spec_are_results_too():
    problems = [spec_problem(name, "no", file="a/spec.yaml") for name in SPEC_PROBLEMS]
    results = run(problems)["results"]
    assert {each["ruleId"] for each in results} == set(SPEC_PROBLEMS.values())
    assert {each["level"] for each in results} == {"error"}
    assert all("logicalLocations" not in each["locations"][0] for each in results)


def test_levels():
    result = run([finding(severity=severity) for severity in Severity])["results"]
    assert [each["level"] for each in result] == ["error", "warning", "note"]
