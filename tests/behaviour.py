"""Record what lrplan computes and finds for a corpus of specs, to compare two versions.

    python -m tests.behaviour record before.json    # in a checkout of one version
    python -m tests.behaviour record after.json     # in a checkout of the other
    python -m tests.behaviour compare before.json after.json

The corpus is schedules.yaml, the specs below tests/rules, and the examples of every rule. Recorded
are a digest of the exported numbers (every bit counts) and the findings without their wording.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "rules.md"
FINDING_KEYS = ("rule", "name", "severity", "schedule", "path", "line", "column")


def corpus():
    """Texts of specs by a name that says where each comes from."""
    files = [ROOT / "schedules.yaml", *sorted((ROOT / "tests" / "rules").rglob("*.yaml"))]
    specs = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files}
    for rule in rules():
        for kind in ("bad", "good"):
            for index, text in enumerate(getattr(rule, kind)):
                specs[f"{rule.name} {kind} {index}"] = text
    return specs


def rules():
    try:
        from lrplan.lint.registry import all_rules
    except ImportError:  # 0.1.0
        from lrplan.rules._registry import all_rules
    return all_rules().values()


def run(arguments):
    """Exit status and standard output of one call of the command line, in this process."""
    from lrplan.cli import app

    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            app(arguments, prog_name="lrplan")
        except SystemExit as stop:
            status = int(stop.code or 0)
    return status, out.buffer.getvalue().decode("utf-8")


def numbers(path):
    status, text = run(["export", str(path), "--format", "json", "--engine", "step"])
    if not text.strip():
        return {"status": status}
    schedules = json.loads(text)["schedules"]
    digests = {
        each["name"]: hashlib.sha256(json.dumps(each, sort_keys=True).encode()).hexdigest()
        for each in schedules
    }
    return {"status": status, "schedules": digests}


def findings(path):
    status, text = run(["validate", str(path), "--format", "json", "--fail-on", "info"])
    results = [{key: each.get(key) for key in FINDING_KEYS} for each in json.loads(text or "[]")]
    return {"status": status, "findings": sorted(results, key=json.dumps)}


def record(output):
    os.environ["LRPLAN_NO_CACHE"] = "1"
    result = {}
    specs = corpus()
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, text) in enumerate(specs.items()):
            path = Path(folder, "spec.yaml")
            path.write_text(text, "utf-8")
            for csv in (ROOT / "gallery").glob("*.csv"):
                Path(folder, "gallery").mkdir(exist_ok=True)
                Path(folder, "gallery", csv.name).write_bytes(csv.read_bytes())
            result[name] = {"numbers": numbers(path), "findings": findings(path)}
            if sys.stderr.isatty():
                print(f"\r{index + 1} of {len(specs)}", end="", file=sys.stderr)
    output.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{len(result)} specs recorded")


def compare(before, after):
    """Print every difference; the exit status is 1 when there is one."""
    first, second = (json.loads(path.read_text("utf-8")) for path in (before, after))
    differ = 0
    for name in sorted({*first, *second}):
        for kind in ("numbers", "findings"):
            old, new = (each.get(name, {}).get(kind) for each in (first, second))
            if old != new:
                differ += 1
                print(f"{name}: {kind} differ")
                print(f"  before: {json.dumps(old)}\n  after:  {json.dumps(new)}")
    print(f"{len(first)} and {len(second)} specs, {differ} differences")
    return int(bool(differ))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("record").add_argument("output", type=Path)
    for name in ("before", "after"):
        (commands.choices.get("compare") or commands.add_parser("compare")).add_argument(
            name, type=Path
        )
    arguments = parser.parse_args()
    if arguments.command == "record":
        record(arguments.output)
        return 0
    return compare(arguments.before, arguments.after)


if __name__ == "__main__":
    sys.exit(main())
