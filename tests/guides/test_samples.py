"""The samples of “Using tokens”, run as they appear on the page."""

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


class BusyServer(BaseHTTPRequestHandler):
    """A server that responds to the first request with 503 and `Retry-After`."""

    authorizations: list[str] = []

    def do_GET(self):
        self.authorizations.append(self.headers["Authorization"])
        is_first = len(self.authorizations) == 1
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
def busy_server():
    BusyServer.authorizations = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), BusyServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def github_script(text):
    [job] = yaml.safe_load(text)["jobs"].values()
    [step] = job["steps"]
    assert step["env"] == {"LATCHKEY_TOKEN": "${{ secrets.LATCHKEY_TOKEN }}"}
    return step["run"]


def gitlab_script(text):
    [job] = yaml.safe_load(text).values()
    return "\n".join(job["script"])


@pytest.fixture
def run_sample(read_code_blocks, run):
    """Return a function that runs a sample, by default with a valid token. `api_url` replaces the live server's URL."""

    def run_sample(name, live_url, *, api_url=None, **variables):
        [text] = [block.text for block in read_code_blocks("using") if block.name == name]
        text = text.replace(live_url, api_url or live_url)
        match name:
            case "list_projects.py":
                return run(sys.executable, "-", text=text, **variables)
            case "list_projects.mjs":
                return run(found("node"), "--input-type=module", "-", text=text, **variables)
            case "github-actions.yml":
                text = github_script(text)
            case "gitlab-ci.yml":
                text = gitlab_script(text)
        return run("sh", "-eu", text=text, **variables)

    return run_sample


def test_every_sample_on_the_page_is_tested(read_code_blocks):
    assert tuple(block.name for block in read_code_blocks("using") if block.name) == SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_prints_the_projects(run_sample, projects, live_server, name):
    done = run_sample(name, live_server.url)
    assert done.returncode == 0, done.stderr
    if name in {"list_projects.py", "list_projects.mjs"}:
        assert sorted(done.stdout.splitlines()) == sorted(f"{project.pk} {project.name}" for project in projects)
    else:
        printed = {item["id"] for item in json.loads(done.stdout)["items"]}
        assert len(printed) == 100
        assert printed < {str(project.pk) for project in projects}


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_prints_the_error_of_the_api_but_not_the_token(run_sample, live_server, name):
    done = run_sample(name, live_server.url, LATCHKEY_TOKEN="lkey_of-nobody")
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert "/help/errors#invalid-token" in output
    assert "401" in output
    assert "lkey_of-nobody" not in output


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_retries_after_the_requested_wait(run_sample, busy_server, tokens, live_server, name):
    done = run_sample(name, live_server.url, api_url=busy_server)
    assert done.returncode == 0, done.stderr
    assert PROJECT["id"] in done.stdout
    assert BusyServer.authorizations == [f"Bearer {tokens['LATCHKEY_TOKEN'].plaintext}"] * 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("github-actions.yml", ["--builtin-schema", "vendor.github-workflows"]),
        ("gitlab-ci.yml", ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_pipeline_matches_its_schema(read_code_blocks, tmp_path, name, options):
    def check(text):
        (tmp_path / name).write_text(text)
        command = [sys.executable, "-m", "check_jsonschema", *options, tmp_path / name]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    [text] = [block.text for block in read_code_blocks("using") if block.name == name]
    done = check(text)
    assert done.returncode == 0, done.stdout
    assert check(text.replace("run:", "runs:").replace("script:", "scripts:")).returncode != 0
