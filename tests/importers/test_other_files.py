"""Files that a config names are read within its project only."""

import pytest

from lrplan.importers.other_files import MAX_DEPTH, OtherFileError, OtherFiles


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / "configs").mkdir()
    (root / "base.yaml").write_text("a: 1\n")
    (tmp_path / "secret.yaml").write_text("password: hunter2\n")
    return root


def refusal(files, name, beside=None):
    with pytest.raises(OtherFileError) as caught:
        files.open(name, beside)
    return str(caught.value)


def test_a_file_of_the_repository_is_read(project):
    files = OtherFiles(project / "configs")
    assert files.open("../base.yaml").config.root.to_python() == {"a": 1}
    assert files.read == [(project / "base.yaml").resolve()]


def test_nothing_else_is_read(project):
    link = project / "configs" / "link.yaml"
    link.symlink_to(project.parent / "secret.yaml")
    (project / "bad.yaml").write_text("a: 1\nb: [hunter2\n")
    files = OtherFiles(project / "configs")
    wrong = {
        "../../secret.yaml": "is outside the project",
        "link.yaml": "is outside the project",
        str(project.parent / "secret.yaml"): "is outside the project",
        "https://x.org/a.yaml": "is not a local path",
        "mmdet::a.py": "is not a local path",
        "//host/a.yaml": "is not a local path",
        "missing.yaml": "there is no such file",
        "../bad.yaml": "cannot be understood, line",
        "a\0.yaml": "is not the name of a file",
        "$HOME/a.yaml": "there is no such file",
    }
    told = {name: refusal(files, name) for name in wrong}
    assert [name for name, part in wrong.items() if part not in told[name]] == []
    assert "hunter2" not in str(told)


def test_without_a_repository_the_folder_is_the_limit(tmp_path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "a.yaml").write_text("a: 1\n")
    with pytest.raises(OtherFileError, match="is outside the project") as caught:
        OtherFiles(tmp_path / "configs").open("../a.yaml")
    assert "run `git init`" in caught.value.fix


def test_circles_and_long_chains_end(project):
    for number in range(MAX_DEPTH + 1):
        (project / f"{number}.yaml").write_text("a: 1\n")
    files, beside = OtherFiles(project), None
    for number in range(MAX_DEPTH):
        beside = files.open(f"{number}.yaml", beside)
    assert "more than 20 files away" in refusal(files, f"{MAX_DEPTH}.yaml", beside)
    assert "leads back to itself" in refusal(files, "0.yaml", beside)
