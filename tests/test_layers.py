"""No app names anything of an app above it. import-linter checks imports (pyproject.toml); this checks strings.

accounts <- workspaces <- access_tokens <- tokens_site
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.deployment.production import ROOT

pytestmark = pytest.mark.same_on_each_database

LAYERS = ["accounts", "workspaces", "access_tokens", "tokens_site"]
TEMPLATE_FOLDERS = {"account": "accounts", "mfa": "accounts", "workspaces": "workspaces", "partials": "workspaces"}
"""The app that each folder of templates belongs to. All others can name anything: the site puts the apps together."""


def apps_above(app: str) -> list[str]:
    return LAYERS[LAYERS.index(app) + 1 :]


def relations_added_by(above: list[str], app: str) -> set[str]:
    """Return the names under which models of `app` reach models of the apps above."""
    return {
        name
        for model in apps.get_app_config(app).get_models()
        for relation in model._meta.related_objects
        if relation.related_model._meta.app_label in above and (name := relation.get_accessor_name())
    }


def name_pattern(app: str) -> re.Pattern[str]:
    """Match URL names, template names, dotted paths and lookups that belong to an app above."""
    above = apps_above(app)
    lookups = {f"{name}(__|$)" for name in relations_added_by(above, app)}
    names = {rf"{name}(:\w|\.\w|/[\w/]+\.html)" for name in above}
    return re.compile(rf"(?<![\w/.-])({'|'.join(sorted(lookups | names))})")


def docstrings(tree: ast.AST) -> set[int]:
    """Return the IDs of the nodes that are docstrings, of variables too."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def names_in_code(path: Path, app: str) -> Iterator[str]:
    tree, pattern = ast.parse(path.read_text(encoding="utf-8")), name_pattern(app)
    skipped, relations = docstrings(tree), relations_added_by(apps_above(app), app)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            if pattern.search(node.value):
                yield f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        elif isinstance(node, ast.keyword) and pattern.match(node.arg or ""):
            yield f"{path.relative_to(ROOT)}:{node.value.lineno}: {node.arg}="
        elif isinstance(node, ast.Attribute) and node.attr in relations:
            yield f"{path.relative_to(ROOT)}:{node.lineno}: .{node.attr}"


@pytest.mark.parametrize("app", LAYERS[:-1])
def test_no_code_names_anything_of_an_app_above(app):
    paths = [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    assert [name for path in paths for name in names_in_code(path, app)] == []


def names_in_templates(folder: str) -> Iterator[str]:
    app = TEMPLATE_FOLDERS[folder]
    pattern, relations = name_pattern(app), relations_added_by(apps_above(app), app)
    for path in (ROOT / "templates" / folder).rglob("*.*"):
        for tag in re.findall(r"{[{%].*?[%}]}", path.read_text(encoding="utf-8")):
            if pattern.search(tag) or any(f".{name}" in tag for name in relations):
                yield f"{path.relative_to(ROOT)}: {tag}"


@pytest.mark.parametrize("folder", TEMPLATE_FOLDERS)
def test_no_template_names_anything_of_an_app_above(folder):
    assert list(names_in_templates(folder)) == []


def test_a_name_of_an_app_above_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.test_layers.ROOT", tmp_path)
    module = tmp_path / "views.py"
    module.write_text(
        '"""Mentions access_tokens.views in a docstring."""\n'
        'redirect("access_tokens:list")\n'
        'render("access_tokens/list.html")\n'
        'import_string("access_tokens.views.list")\n'
        "rows.filter(access_tokens__creator=1)\n"
        "workspace.access_tokens.all()\n"
        'path = "/api/v1/workspaces/acme/access-tokens"\n'
        'url = "workspaces:open"\n',
        encoding="utf-8",
    )
    lines = {app: sorted(int(name.split(":")[1]) for name in names_in_code(module, app)) for app in LAYERS[:2]}
    assert lines == {"accounts": [2, 3, 4, 8], "workspaces": [2, 3, 4, 5, 6]}
