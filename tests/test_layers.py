"""Apps do not name the apps above them in strings either: URL names, templates, dotted paths and relations.

Imports are checked by import-linter (see `pyproject.toml`).
"""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.same_on_each_database

LAYERS = ("accounts", "workspaces", "access_tokens", "tokens_site")
"""From the bottom to the top."""
TEMPLATES = {
    "accounts": ("account", "mfa", "admin/accounts"),
    "workspaces": ("workspaces", "partials", "dialog.html", "fragment.html"),
    "access_tokens": ("access_tokens", "admin/access_tokens"),
}
"""The templates of each app. All others belong to the site."""


def layers_above(app: str) -> tuple[str, ...]:
    return LAYERS[LAYERS.index(app) + 1 :]


def relations_from_above(app: str) -> set[str]:
    """Return the names of reverse relations that models of the apps above add to this app's models."""
    relations = chain.from_iterable(model._meta.related_objects for model in apps.get_app_config(app).get_models())
    from_above = [relation for relation in relations if relation.related_model._meta.app_label in layers_above(app)]
    return {name for relation in from_above for name in (relation.name, relation.get_accessor_name())}


def references_upwards(app: str) -> re.Pattern[str]:
    """Match names of the apps above: `app:view`, `app/template`, `app.module`, and relations."""
    names = "|".join(layers_above(app))
    relations = "|".join(sorted(relations_from_above(app))) or "(?!)"
    return re.compile(rf"\b(?:{names})(?:[:/.]\w|[\"'`])|(?:__|[.\"'])(?:{relations})\b|\b(?:{relations})(?:__|=)")


def files_of(app: str) -> Iterator[Path]:
    root = Path(settings.BASE_DIR)
    yield from (path for path in (root / app).rglob("*.py") if "migrations" not in path.parts)
    for name in TEMPLATES[app]:
        place = root / "templates" / name
        yield from [place] if place.is_file() else (path for path in place.rglob("*") if path.is_file())


@pytest.mark.parametrize("app", TEMPLATES)
def test_no_string_names_an_app_above(app):
    pattern = references_upwards(app)
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in files_of(app)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("app", TEMPLATES)
def test_every_place_of_an_apps_templates_exists(app):
    for name in TEMPLATES[app]:
        assert (Path(settings.BASE_DIR) / "templates" / name).exists(), name


@pytest.mark.parametrize(
    "line",
    [
        "{% url 'access_tokens:list' workspace.slug %}",
        'render(request, "access_tokens/token_list.html")',
        'import_string("access_tokens.offboarding")',
        "filter(access_tokens__creator=user)",
        'prefetch_related("access_tokens")',
        "workspace.access_tokens.all()",
        '{% include "tokens_site/sidebar.html" %}',
        "`access_tokens` handles it",
    ],
)
def test_references_from_workspaces_to_apps_above_are_found(line):
    assert references_upwards("workspaces").search(line)


@pytest.mark.parametrize(
    "line",
    ["{% url 'workspaces:list' %}", "user.memberships.all()", "filter(memberships__role=1)", "`workspaces` applies it"],
)
def test_references_from_accounts_to_workspaces_are_found(line):
    assert references_upwards("accounts").search(line)


@pytest.mark.parametrize(
    "line", ["Your workspaces.", "Members of your workspaces see your name.", "from accounts.models"]
)
def test_plain_words_are_not_references(line):
    assert not references_upwards("accounts").search(line)
