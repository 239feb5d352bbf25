"""How many of the project's files a request passes, from the WSGI server to the response."""

import sys
from pathlib import Path

import pytest

from access_tokens.middleware import FastPath
from tests.access_tokens.wsgi_requests import bearer, build_environ, django_application, no_django, send
from tests.factories import ProjectFactory, WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
ROOT = Path(__file__).resolve().parents[2]
APPS = {"accounts", "workspaces", "access_tokens", "tokens_site"}
MAX_FILES_OF_ME = 6
MAX_FILES = 9
ACME = "/api/v1/workspaces/acme"


def files_of_request(application, environ) -> set[str]:
    """Return the project's files of which a function runs in the second of two equal requests.

    The first one fills what is computed once per process, such as compiled queries.
    """
    assert send(application, dict(environ)).status == "200 OK"
    files: set[str] = set()

    def add_file(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in APPS:
            files.add(str(path.relative_to(ROOT)))

    sys.setprofile(add_file)
    try:
        response = send(application, dict(environ))
    finally:
        sys.setprofile(None)
    assert response.status == "200 OK"
    return files


@pytest.fixture
def token():
    workspace = WorkspaceFactory(slug="acme")
    for _ in range(3):
        make_token(workspace)
        ProjectFactory(workspace=workspace)
    return make_token(workspace, Role.OWNER)


def test_me_passes_few_files(token):
    files = files_of_request(FastPath(no_django), build_environ("/api/v1/me", **bearer(token)))
    assert len(files) <= MAX_FILES_OF_ME, sorted(files)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v1/workspaces", ""),
        (ACME, ""),
        (f"{ACME}/access-tokens", ""),
        (f"{ACME}/access-tokens", "limit=2"),
        (f"{ACME}/access-tokens/{{key_id}}", ""),
    ],
)
def test_ordinary_request_passes_few_files(token, path, query):
    environ = build_environ(path.format(key_id=token.row.key_id), query, **bearer(token))
    with django_application() as django:
        files = files_of_request(FastPath(django), environ)
    assert len(files) <= MAX_FILES, sorted(files)
