import math
import os
import pickle

import pytest

from lrplan.metric import Metric, MetricError
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.metrics import read_metric
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText


def read(text, folder=None):
    """The metric ``loss`` written as ``text``, and the problems it has."""
    problems = Problems(InputText("spec.yaml", f"loss: {text}\n"))
    node = parse(problems.source, problems)
    metric = read_metric(
        "loss", node.get("loss"), folder, problems, path="schedules.s.metrics.loss", schedule="s"
    )
    return metric, problems.findings


def metric(text, folder=None):
    found, findings = read(text, folder)
    assert findings == []
    return found


def refused(text, folder=None):
    found, findings = read(text, folder)
    assert found is None
    assert {finding.schedule for finding in findings} == {"s"}
    return findings


def test_a_list():
    assert metric("[1.0, 0.8, 7]") == Metric("loss", (1.0, 0.8, 7.0), None, hold=False)


def test_values_then_hold():
    held = metric("{values: [1.0, 0.5], then: hold}")
    assert [held.at(tick) for tick in range(4)] == [1.0, 0.5, 0.5, 0.5]
    assert held.check_length(10_000) is None


def test_a_list_that_ends():
    short = metric("[1.0, 0.5]")
    assert short.check_length(2) is None
    assert "2 values" in short.check_length(3)
    assert "reads 3" in short.check_length(3)
    with pytest.raises(MetricError, match="`loss` has 2 values, none for tick 2"):
        short.at(2)
    with pytest.raises(MetricError):
        short.at(-1)
    with pytest.raises(MetricError):
        metric("{values: [1], then: hold}").at(-1)


def test_an_expression():
    computed = metric('{expr: "1/(1+epoch)"}')
    assert computed == Metric("loss", None, Expression("1/(1+epoch)"), hold=False)
    assert [computed.at(tick) for tick in range(3)] == [1.0, 0.5, 1 / 3]
    assert computed.check_length(10**9) is None


def test_an_expression_without_a_value():
    with pytest.raises(MetricError, match=r"`loss`: 1/\(2 - x\) divides by zero at x = 2"):
        metric('{expr: "1/(2 - x)"}').at(2)


def test_a_constant_expression():
    assert metric("{expr: 0.5}").at(7) == 0.5


def test_nan_and_infinity_are_numbers():
    values = metric("[.nan, .inf, -.inf]").values
    assert math.isnan(values[0])
    assert values[1:] == (math.inf, -math.inf)


def test_metrics_can_be_pickled():
    for text in ("[1, 2]", '{expr: "x"}'):
        assert pickle.loads(pickle.dumps(metric(text))) == metric(text)


@pytest.mark.parametrize(
    ("text", "column", "path", "message", "fix"),
    [
        ("[]", 7, "", "an empty list", "list of numbers"),
        ("0.5", 7, "", "is a number", "list of numbers"),
        ("1/(1+epoch)", 7, "", "is a string", "expr"),
        ("~", 7, "", "is nothing", "list of numbers"),
        ("[1, x]", 11, "[1]", "not a string", ""),
        ("[1, nan]", 11, "[1]", "not a string", ".nan"),
        ('[1, "2"]', 11, "[1]", "not a string", ""),
        ("[1, true]", 11, "[1]", "not a boolean", ""),
        ("[1, [2]]", 11, "[1]", "not a list", ""),
        ("{}", 7, "", "no values", "list of numbers"),
        ("{then: hold}", 7, "", "no values", "list of numbers"),
        ("{values: 3}", 16, ".values", "is a number", ""),
        ("{values: []}", 16, ".values", "an empty list", ""),
        ("{values: [1, x]}", 20, ".values[1]", "not a string", ""),
        ("{values: [1], then: stop}", 27, ".then", "can only be `hold`", "hold"),
        ("{values: [1], expr: x}", 7, "", "`values` and `expr`", ""),
        ("{values: [1], column: x}", 21, ".column", "`column` does not go with `values`", ""),
        ("{expr: x, then: hold}", 17, ".then", "`then` does not go with `expr`", ""),
        ("{expr: [1]}", 14, ".expr", "not a list", "1/(1+epoch)"),
        ("{expr: 1 + stpe}", 18, ".expr", "no name `stpe`", "`step`"),
        ('{expr: "1 + stpe"}', 19, ".expr", "no name `stpe`", "`step`"),
        ("{csv: a.csv}", 13, ".csv", "needs a `column`", "column"),
        ("{csv: 3, column: x}", 13, ".csv", "takes a name", ""),
        ("{csv: a.csv, column: [x]}", 28, ".column", "takes a name", ""),
    ],
)
def test_bad_forms(text, column, path, message, fix):
    (finding,) = refused(text)
    assert (finding.name, finding.line, finding.column) == ("bad-metric", 1, column)
    assert finding.path == f"schedules.s.metrics.loss{path}"
    assert message in finding.message
    assert fix in finding.fix


def test_every_bad_value_is_reported():
    assert [finding.column for finding in refused("[1, x, 2, y]")] == [11, 17]


def test_an_unknown_key_is_given_its_nearest():
    (finding,) = refused("{values: [1], than: hold}")
    assert (finding.name, finding.column) == ("unknown-key", 21)
    assert "`then`" in finding.fix


class TestCsv:
    def write(self, folder, text, name="log.csv"):
        (folder / name).write_bytes(text.encode())

    def test_a_column(self, tmp_path):
        self.write(tmp_path, "epoch, val_loss \r\n0, 1.5\r\n1,0.75\r\n2,nan\r\n")
        values = metric("{csv: log.csv, column: val_loss}", tmp_path).values
        assert values[:2] == (1.5, 0.75)
        assert math.isnan(values[2])

    def test_then_hold(self, tmp_path):
        self.write(tmp_path, "a\n1\n2\n")
        assert metric("{csv: log.csv, column: a, then: hold}", tmp_path).at(99) == 2.0

    def test_with_a_byte_order_mark(self, tmp_path):
        self.write(tmp_path, "\ufeffa,b\n1,2\n")
        assert metric("{csv: log.csv, column: a}", tmp_path).values == (1.0,)

    def test_empty_cells_are_passed_over(self, tmp_path):
        # Lightning's CSVLogger writes one row for training and one for validation.
        self.write(tmp_path, "loss,val_loss\n3.0,\n,1.0\n2.0\n\n,0.5\n")
        assert metric("{csv: log.csv, column: val_loss}", tmp_path).values == (1.0, 0.5)

    def test_quoted_cells(self, tmp_path):
        self.write(tmp_path, '"a, b",note\n"1.5","two\nlines"\n2,x\n')
        assert metric('{csv: log.csv, column: "a, b"}', tmp_path).values == (1.5, 2.0)

    def test_relative_to_the_working_directory_without_a_folder(self, tmp_path, monkeypatch):
        self.write(tmp_path, "a\n1\n")
        monkeypatch.chdir(tmp_path)
        assert metric("{csv: log.csv, column: a}").values == (1.0,)

    def test_absolute_and_parent_paths(self, tmp_path):
        self.write(tmp_path, "a\n1\n")
        (tmp_path / "inner").mkdir()
        for name in (tmp_path / "log.csv", "../log.csv"):
            assert metric(f"{{csv: '{name}', column: a}}", tmp_path / "inner").values == (1.0,)

    @pytest.mark.parametrize(
        ("content", "column", "message", "fix"),
        [
            ("val_loss,x\n1,2\n", 30, "log.csv: there is no column `vall_loss`", "`val_loss`"),
            ("lr,momentum\n1,2\n", 30, "there is no column `vall_loss`", "lr, momentum"),
            ("vall_loss;x\n1;2\n", 30, "there is no column", "commas"),
            ("vall_loss\n1\n2\nx\n", 13, "log.csv: line 4: `x` in column `vall_loss`", ""),
            ("vall_loss\n", 30, "holds no number", ""),
            ("", 13, "names no columns", ""),
            ("a\0b\n", 13, "binary", ""),
            ("vall_loss\n" + "1" * 200_000, 13, "is not CSV", ""),
        ],
        ids=["misspelt", "other", "semicolons", "text", "no rows", "empty", "binary", "long cell"],
    )
    def test_what_a_file_can_lack(self, tmp_path, content, column, message, fix):
        self.write(tmp_path, content)
        (finding,) = refused("{csv: log.csv, column: vall_loss}", tmp_path)
        assert (finding.name, finding.column) == ("bad-metric", column)
        assert message in finding.message
        assert fix in finding.fix

    def test_missing(self, tmp_path):
        (finding,) = refused("{csv: nowhere.csv, column: a}", tmp_path)
        assert finding.message == "nowhere.csv: there is no such file"

    def test_folder(self, tmp_path):
        (finding,) = refused("{csv: ., column: a}", tmp_path)
        assert "is a folder" in finding.message

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
    def test_pipe_does_not_wait(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        (finding,) = refused("{csv: pipe, column: a}", tmp_path)
        assert "a pipe or a device" in finding.message

    def test_a_bad_name(self, tmp_path):
        (finding,) = refused(r'{csv: "a\0b", column: a}', tmp_path)
        assert "not the name of a file" in finding.message
