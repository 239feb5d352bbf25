"""An invitation from the request to the membership, with a real server, worker and SMTP server."""

import re
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller

from tests.deployment.production import PATIENCE, bearer, instances, production
from tests.processes import free_port

pytestmark = pytest.mark.same_on_each_database
INVITATIONS = "/api/v1/workspaces/acme/invitations"


class Mailbox:
    """An SMTP handler. It keeps accepted messages and rejects unknown recipients."""

    def __init__(self):
        self.letters: list[Any] = []
        self.url = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's name)
        if address.startswith("nobody"):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mailbox():
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.url = f"smtp://127.0.0.1:{controller.port}"
    yield handler
    controller.stop()


def invited(url, owner, email):
    body = {"email": email, "role": "team_member", "message": "Grüße"}
    answer = requests.post(f"{url}{INVITATIONS}", json=body, headers=bearer(owner), timeout=PATIENCE)
    assert answer.status_code == 201
    return answer.json()["id"]


def once_it_is(url, owner, pk, status):
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = requests.get(f"{url}{INVITATIONS}/{pk}", headers=bearer(owner), timeout=PATIENCE).json()
        if answer["status"] == status:
            return answer
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)


def workers_of(process):
    """Return the command lines of a server's worker processes."""
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.parent.is_dir()]
    return [command for command in commands if f"worker\0--parent={process.pid}\0".encode() in command]


def test_person_is_invited_by_email_and_joins(tmp_path, mailbox, owner_of):
    environment = production(tmp_path, PUBLIC_URL="http://127.0.0.1", EMAIL_URL=mailbox.url)
    with instances(tmp_path, environment, 1) as [server]:
        server.wait()
        owner = owner_of(environment)
        refused = invited(server.url, owner, "nobody@acme.example")
        sent = invited(server.url, owner, "ada@acme.example")
        once_it_is(server.url, owner, sent, "sent")
        assert "550 5.1.1 No such user here" in once_it_is(server.url, owner, refused, "failed")["failure"]
        [letter] = mailbox.letters
        assert (letter["To"], letter.get_content_type()) == ("ada@acme.example", "multipart/alternative")
        text, html = (letter.get_body([kind]).get_content() for kind in ("plain", "html"))
        assert "Grüße" in text
        assert "Grüße" in html
        [link] = re.findall(r"http://127\.0\.0\.1(/invitations/\S+)", text)
        assert link in html

        with requests.Session() as browser:
            page = browser.get(f"{server.url}{link}", timeout=PATIENCE)
            assert page.url == f"{server.url}/invitation"
            hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page.text))
            typed = {**hidden, "name": "Ada", "password": "seven brass keys"}
            done = browser.post(page.url, typed, headers={"Referer": page.url}, timeout=PATIENCE)
            assert done.url == f"{server.url}/workspace/acme/access-tokens"
        member = requests.get(
            f"{server.url}/api/v1/workspaces/acme/members/ada@acme.example", headers=bearer(owner), timeout=PATIENCE
        )
        assert member.json()["role"] == "team_member"
        assert len(workers_of(server.process)) == 1
    assert workers_of(server.process) == []
    assert link.rpartition(".")[2] not in server.log.read_text()
