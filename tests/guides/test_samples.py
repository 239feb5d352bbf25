"""Each sample of “Using tokens”, run as it stands on the page."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from tests.packages import found

pytestmark = pytest.mark.same_on_each_database

SAMPLES = ("list_projects.sh", "list_projects.py", "list_projects.mjs", "github-actions.yml", "gitlab-ci.yml")
PROJECT = {"id": "6f0f2a4e-0000-4000-8000-000000000000", "name": "Warehouse", "created_at": "2026-11-24T09:30:00Z"}


class Overloaded(BaseHTTPRequestHandler):
    """A server that is not available at first, and says when to come back."""

    came: list[str] = []

    def do_GET(self):
        self.came.append(self.headers["Authorization"])
        is_first = len(self.came) == 1
        problem = {"type": "about:blank", "status": 503, "detail": "Try again in a moment."}
        body = json.dumps(problem if is_first else {"items": [PROJECT], "next": None}).encode()
        self.send_response(503 if is_first else 200)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def overloaded():
    Overloaded.came = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Overloaded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def shell_of_github(text):
    [job] = yaml.safe_load(text)["jobs"].values()
    [step] = job["steps"]
    assert step["env"] == {"LATCHKEY_TOKEN": "${{ secrets.LATCHKEY_TOKEN }}"}
    return step["run"]


def shell_of_gitlab(text):
    [job] = yaml.safe_load(text).values()
    return "\n".join(job["script"])


@pytest.fixture
def call(read, run):
    """Run a sample of the page with a token, by default a good one. `at` takes the place of this server's address."""

    def call(name, live_url, *, at=None, **variables):
        [text] = [code.text for code in read("using") if code.name == name]
        text = text.replace(live_url, at or live_url)
        match name:
            case "list_projects.py":
                return run(sys.executable, "-", text=text, **variables)
            case "list_projects.mjs":
                return run(found("node"), "--input-type=module", "-", text=text, **variables)
            case "github-actions.yml":
                text = shell_of_github(text)
            case "gitlab-ci.yml":
                text = shell_of_gitlab(text)
        return run("sh", "-eu", text=text, **variables)

    return call


def test_these_are_the_samples_of_the_page(read):
    assert tuple(code.name for code in read("using") if code.name) == SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_prints_the_projects(call, projects, live_server, name):
    done = call(name, live_server.url)
    assert done.returncode == 0, done.stderr
    if name in {"list_projects.py", "list_projects.mjs"}:
        assert sorted(done.stdout.splitlines()) == sorted(f"{project.pk} {project.name}" for project in projects)
    else:
        told = {item["id"] for item in json.loads(done.stdout)["items"]}
        assert len(told) == 100
        assert told < {str(project.pk) for project in projects}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_fails_with_the_words_of_the_api_and_without_the_token(call, live_server, name):
    done = call(name, live_server.url, LATCHKEY_TOKEN="lkey_of-nobody")
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert "This access token is not valid." in told
    assert "401" in told
    assert "lkey_of-nobody" not in told


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_waits_when_it_is_told_to(call, overloaded, tokens, live_server, name):
    done = call(name, live_server.url, at=overloaded)
    assert done.returncode == 0, done.stderr
    assert PROJECT["id"] in done.stdout
    assert Overloaded.came == [f"Bearer {tokens['LATCHKEY_TOKEN'].plaintext}"] * 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("github-actions.yml", ["--builtin-schema", "vendor.github-workflows"]),
        ("gitlab-ci.yml", ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_a_pipeline_fits_its_schema(read, tmp_path, name, options):
    def check(text):
        (tmp_path / name).write_text(text)
        command = [sys.executable, "-m", "check_jsonschema", *options, tmp_path / name]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    [text] = [code.text for code in read("using") if code.name == name]
    done = check(text)
    assert done.returncode == 0, done.stdout
    assert check(text.replace("run:", "runs:").replace("script:", "scripts:")).returncode != 0
