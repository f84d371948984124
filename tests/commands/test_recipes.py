"""``lrplan recipes``, and ``recipe:NAME`` wherever a command takes a spec."""

import json

import pytest
from typer.testing import CliRunner

import lrplan
from lrplan.cli import app
from lrplan.commands.assumed_steps import assumed_steps
from lrplan.commands.path_and_name import Operand, operand_of
from lrplan.errors import UsageError
from lrplan.recipes import names, text_of
from lrplan.recipes.header import recipe_in
from lrplan.specfile.load import load_file
from tests.support.specs import spec


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_the_list_names_every_recipe_whole():
    status, out, _ = run("recipes")
    assert status == 0
    assert set(names()) <= set(out.split())
    assert all(len(line) <= 80 for line in out.splitlines())


def test_words_narrow_the_list():
    _, out, _ = run("recipes", "DETECTION", "2020")
    assert {name for name in names() if name in out} == {"detr-r50-300ep", "yolov5-coco-scratch"}


def test_scripts_get_sources_and_grades():
    _, out, _ = run("recipes", "llama1", "--format", "json")
    (found,) = [each for each in json.loads(out) if each["name"] == "llama1"]
    text = "LLaMA (arXiv:2302.13971), Sec. 2.3, Table 2"
    assert found["sources"] == [{"grade": "paper", "text": text}]
    assumption = found["assumed"]["scheduler.warmup"]
    assert (assumption["start"], assumption["end"]) == ("0st", "2000st")


@pytest.mark.parametrize("words", [["llama1"], ["LLaMA", "7b", "pretraining", "llama1"]])
def test_one_recipe_is_shown_with_the_origin_of_its_values(words):
    status, out, _ = run("recipes", *words)
    text = " ".join(out.split())
    assert status == 0
    assert "llama1: LLaMA 7B LLM pretraining, 2023" in text
    assert "read in the text of the paper. paper: LLaMA (arXiv:2302.13971), Sec. 2.3" in text
    assert "the curve from 0st to 2000st): a line from 0: neither shape nor start" in text
    assert "unchecked" not in text
    assert "derived: optimizer.lr: 2e-4 times the root" in run("recipes", "dinov2")[1]


def test_a_table_says_what_a_recipe_assumes():
    _, out, _ = run("table", "recipe:qwen1", "--rows", "2")
    assert "unchecked: the sources leave a part of the curve open" in out
    assert "assumed: scheduler.T_max (the curve from 0st to 100%)" in out
    assert "assumed" not in run("table", "recipe:qlora-guanaco", "--rows", "2")[1]


def test_steps_that_rest_on_an_assumption_are_known():
    wanted = {
        "llama1": ((0, 2000),),
        "clip-openai": ((0, 390656),),
        "gpt3-family": ((0, 95063),),
        "timm-resnext50-ra": ((0, 4170),),
        "torchvision-vit-b-16": (),
    }
    found = {}
    for name in wanted:
        loaded = load_file(f"recipe:{name}")
        steps = assumed_steps(recipe_in(loaded.root), list(loaded.plans.values()))
        (found[name],) = (each.stretches for each in steps.values())
    assert found == wanted
    assert assumed_steps(None, list(loaded.plans.values())) == {}


def test_a_picture_draws_them_dashed(folder, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        "lrplan.render.schedule_picture.render", lambda *a, **k: drawn.update(k) or b""
    )
    assert run("plot", "recipe:llama1")[0] == 0
    assert drawn.pop("assumed")["run"].stretches == ((0, 2000),)
    assert run("init", "--recipe", "llama1")[0] == 0
    assert run("plot", "schedules.yaml")[0] == 0
    assert drawn["assumed"]["run"].stretches == ((0, 2000),)


def test_a_copy_says_what_is_assumed_until_its_head_is_gone(folder):
    run("init", "--recipe", "qwen1")
    said = "assumed: scheduler.T_max (the curve from 0st to 100%)"
    assert said in run("table", "schedules.yaml", "--rows", "2")[1]
    _, _, own = text_of("qwen1").partition("\n\n")
    (folder / "schedules.yaml").write_text(own.replace("*title", "Mine"), "utf-8")
    assert "assumed" not in run("table", "schedules.yaml", "--rows", "2")[1]


HEAD = "title: a, field: b, year: 1, checked: true, grade: repo"


@pytest.mark.parametrize(
    "mine",
    [
        "mine",
        "[1]",
        "{title: mine}",
        f"{{{HEAD}, sources: [1]}}",
        f"{{{HEAD}, sources: [], assumed: [3]}}",
        f"{{{HEAD}, sources: [], assumed: {{x: 3}}}}",
        f"{{{HEAD}, sources: [], assumed: {{x: {{from: 0st, to: 5st, reason: [no, text]}}}}}}",
        f"{{{HEAD}, sources: [], assumed: {{x: {{from: soon, to: 5zz, reason: none}}}}}}",
    ],
)
def test_a_head_of_another_form_does_no_harm(folder, mine):
    (folder / "own.yaml").write_text(f"x-recipe: {mine}\n{spec(steps=10)}", "utf-8")
    assert run("table", "own.yaml")[0] == 0
    assert run("plot", "own.yaml", "-o", "own.svg")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recipes", "detecton"], "no recipe has the word `detecton`; did you mean `detection`?"),
        (["recipes", "bert", "llm"], "no recipe has all of these words: bert llm"),
        (["table", "recipe:bert-pretran"], "did you mean `bert-pretrain`?"),
        (["plot", "recipe:"], "there is no recipe ``"),
        (["validate", "recipe:bert-pretran"], "did you mean `bert-pretrain`?"),
        (["compare", "recipe:lama1", "recipe:llama2"], "did you mean `llama1`?"),
        (["compare", "recipe:llama1:ran", "recipe:llama2"], "did you mean `run`?"),
        (["init", "--recipe", "lama1"], "did you mean `llama1`?"),
        (["lock", "recipe:llama1"], "write its spec with `lrplan init --recipe llama1`"),
        (["validate", "recipe:llama1", "--locked"], "a recipe has no place for a lock"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(folder, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err.replace("\n", " ")
    assert list(folder.iterdir()) == []


def test_a_picture_is_called_like_its_recipe(folder):
    status, _, _ = run("plot", "recipe:torch-onecycle-defaults")
    assert status == 0
    assert [path.name for path in folder.iterdir()] == ["torch-onecycle-defaults.png"]


def test_a_point_in_the_name_is_no_ending():
    from lrplan.commands.plot import destination

    assert str(destination("recipe:smollm2-1.7b", None).path) == "smollm2-1.7b.png"


def test_a_finding_names_the_recipe_as_its_file():
    _, out, _ = run("validate", "recipe:sgdr-wrn28-10", "--format", "json")
    assert {finding["file"] for finding in json.loads(out)} == {"recipe:sgdr-wrn28-10"}


def test_a_recipe_is_an_operand_of_compare():
    assert operand_of("recipe:llama1") == Operand("recipe:llama1")
    assert operand_of("recipe:olmo2-7b:stage2") == Operand("recipe:olmo2-7b", "stage2")
    status, out, _ = run("compare", "recipe:wav2vec2-base-pretrain", "recipe:hubert-base:run")
    assert status == 0
    assert "A and B have the same lr" in " ".join(out.split())


def test_a_recipe_is_read_although_a_file_has_its_name(folder):
    (folder / "recipe:llama1").write_text("no spec")
    assert list(lrplan.load("recipe:llama1")) == ["run"]


def test_init_writes_the_spec_of_a_recipe(folder):
    status, _, _ = run("init", "--recipe", "llama1", "mine.yaml")
    assert status == 0
    assert (folder / "mine.yaml").read_text("utf-8") == text_of("llama1")
    assert run("init", "--recipe", "recipe:llama1", "-")[1] == text_of("llama1")


def test_python_reads_a_recipe():
    assert list(lrplan.load("recipe:olmo2-7b")) == ["stage1", "stage2"]
    with pytest.raises(UsageError, match="did you mean `olmo2-7b`"):
        lrplan.load("recipe:olmo-7b")
