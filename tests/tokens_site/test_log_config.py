import io
import json
import logging
from typing import NamedTuple

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from access_tokens.token_format import generate
from tests.factories import InvitationFactory
from tokens_site.log_config import redact_event
from workspaces.invitations import links

TOKEN = generate().plaintext
SECRET = TOKEN[15:]


@pytest.fixture
def logged(monkeypatch):
    """The lines that are logged to stderr."""
    [handler] = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    stream = io.StringIO()
    monkeypatch.setattr(handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


class Holder:
    def __repr__(self):
        return f"<{TOKEN}>"


class Pair(NamedTuple):
    token: str


leaves = st.sampled_from([TOKEN, f"Bearer {TOKEN}", TOKEN[:40], Holder(), Pair(TOKEN), TOKEN.encode()]) | st.integers()
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.just(TOKEN) | st.text(), inner)
)


@given(values)
def test_tokens_are_redacted_at_any_depth_of_a_line(value):
    line = redact_event(None, "info", {"event": "called", "value": value})
    assert SECRET[:10] not in str(line)


def test_the_secrets_of_links_are_redacted():
    link = links.invitation_url(InvitationFactory.build())
    reset = "/accounts/password/reset/key/1-c0ffee-0123456789abcdef"
    line = str(redact_event(None, "error", {"event": f"Internal Server Error: {link}?x", "paths": [link, reset]}))
    assert link.rpartition(".")[2] not in line
    assert "0123456789abcdef" not in line
    assert "/invitations/" in line


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "text", ["a", 1], {"a": None}])
def test_other_values_are_unchanged(value):
    assert redact_event(None, "info", {"value": value}) == {"value": value}


def test_lines_are_json_with_level_logger_and_utc_time(logged):
    structlog.get_logger("latchkey.tests").info("something happened", token=TOKEN, count=3)
    [line] = logged()
    assert (line["event"], line["level"], line["logger"], line["count"]) == (
        "something happened",
        "info",
        "latchkey.tests",
        3,
    )
    assert line["token"] == TOKEN[:10] + "…"
    assert line["timestamp"].endswith("Z")


def test_lines_of_other_libraries_are_redacted_with_arguments_and_traceback(logged):
    try:
        raise RuntimeError(f"no {TOKEN}")
    except RuntimeError:
        logging.getLogger("other.library").exception("failed with %s", TOKEN)
    [line] = logged()
    assert line["event"] == f"failed with {TOKEN[:10]}…"
    assert f"no {TOKEN[:10]}…" in line["exception"]
    assert SECRET not in json.dumps(line)
