"""The check of the project's language."""

import pytest

from tests.language import MAX_TEMPLATE_LINE, check_text, is_checked

pytestmark = pytest.mark.same_on_each_database


@pytest.mark.parametrize(
    "line",
    [
        "# Locked, lest two of them start.",
        '"""Where it came from: whence."""',
        "the sealed copy",
        "A deleted workspace can be brought back.",
        '"""Who has the role can do this."""',
        "<p>Who brings no token has not failed.</p>",
        "# What is missing, it gets.",
    ],
)
def test_replaced_words_are_found(line):
    [(path, number, _)] = list(check_text("workspaces/names.py", f"first\n{line}\n"))
    assert (path, number) == ("workspaces/names.py", 2)


@pytest.mark.parametrize(
    "line",
    [
        "# Locked, so that two of them can't start.",
        "Who can create tokens?",
        "Members who have the role can do this.",
        "It lists what the token can do.",
        "the unsealable",
    ],
)
def test_plain_sentences_pass(line):
    assert list(check_text("README.md", line)) == []


def test_long_template_lines_and_long_modules_are_found():
    assert list(check_text("templates/a.html", "x" * MAX_TEMPLATE_LINE)) == []
    assert len(list(check_text("templates/a.html", "x" * (MAX_TEMPLATE_LINE + 1)))) == 1
    assert len(list(check_text("workspaces/a.py", "pass\n" * 251))) == 1
    assert list(check_text("tests/a.py", "pass\n" * 251)) == []


def test_vendored_files_and_migrations_are_not_checked():
    assert is_checked("templates/base.html")
    assert is_checked("docs/gateways/Caddyfile")
    for path in (
        "static/vendor/README.md",
        "accounts/migrations/0001_initial.py",
        "docs/light.png",
        "tests/language.py",
    ):
        assert not is_checked(path)
