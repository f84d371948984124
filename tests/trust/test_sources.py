"""Code that lrplan's own source may not contain."""

import ast
from pathlib import Path

import pytest

import lrplan

ROOT = Path(lrplan.__file__).parent

IMPORTS_BY_NAME = {
    "__init__.py",
    "api/trace.py",
    "torch_objects/adapters/__init__.py",
    "torch_objects/adapters/timm.py",
    "torch_objects/builder.py",
    "torch_objects/user_code/loader.py",
    "cli/application.py",
    "cli/deferred_import.py",
    "importers/families.py",
    "render/picture/__init__.py",
    "lint/__init__.py",
    "lint/registry.py",
    "render/report/__init__.py",
    "torch_objects/import_torch.py",
}
"""Modules that import others by names made at run time. One alone takes a name from a spec:
``torch_objects/user_code/loader.py``."""

UNPICKLE = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


@pytest.fixture(scope="module")
def trees():
    """The syntax tree of every module."""
    return {
        str(path.relative_to(ROOT).as_posix()): ast.parse(path.read_text("utf-8"))
        for path in sorted(ROOT.rglob("*.py"))
    }


@pytest.fixture(scope="module")
def calls(trees):
    """Every call: its module, its dotted name, and its node."""
    return [
        (module, ast.unparse(node.func), node)
        for module, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def keyword(call, name):
    """A keyword argument's source, if it is given."""
    return next((ast.unparse(each.value) for each in call.keywords if each.arg == name), None)


def test_nothing_is_unpickled(calls):
    for module, name, call in calls:
        package, _, function = name.rpartition(".")
        where = f"{module}:{call.lineno}"
        assert package not in UNPICKLE, where
        if name == "torch.load":
            # The states of a checkpoint that this process has just made, never a file.
            assert ast.unparse(call.args[0]).startswith("io.BytesIO("), where
        if name in {"np.load", "numpy.load"} or function == "read_array":
            assert keyword(call, "allow_pickle") == "False", where


def test_no_loader_of_yaml_makes_objects(calls):
    made = {name for _, name, _ in calls if name.startswith("yaml.")}
    assert not {name for name in made if "load" in name.lower() and "safe" not in name.lower()}


def test_text_becomes_code_in_one_place(calls):
    makers = {"eval", "exec", "compile", "__import__"}
    found = {module for module, name, _ in calls if name in makers}
    # `record` runs a script, which is its purpose; expressions are compiled from a checked tree.
    assert found == {"specfile/expressions/compile.py", "observe/script.py"}


def test_modules_are_imported_by_name_in_known_places(calls):
    names = ("import_module", "importlib.import_module", "entry.load")
    found = {module for module, name, _ in calls if name in names or name.endswith(".exec_module")}
    assert found == IMPORTS_BY_NAME | {"catalog/plugins.py"}


def test_trust_is_only_ever_handed_on(trees, calls):
    told = {keyword(call, "trust") for _, _, call in calls} - {None}
    assert told == {"trust", "request.trust"}
    defaults = {
        ast.unparse(default)
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if argument.arg == "trust" and default is not None
    }
    assert defaults == {"False"}


def test_the_environment_is_not_asked_about_trust(trees):
    for module, tree in trees.items():
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        asked = {text for text in texts if isinstance(text, str) and "TRUST" in text}
        assert not asked, module
