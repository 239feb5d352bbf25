"""The shell commands of the guides, run and compared with the responses shown below them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from access_tokens.guides import load_guides
from tests.gateways.conftest import GATEWAYS
from tests.guides.code_blocks import parse_code_blocks
from tests.guides.test_samples import SAMPLES

pytestmark = pytest.mark.same_on_each_database

TESTED_ELSEWHERE = {*SAMPLES, *GATEWAYS, "traefik.yml"}
RESPONSE_LANGUAGES = {"json", "http"}
PREREQUISITES = {"/rotation": "/rotate"}
"""A block that contains the key needs another block of the page, which contains the value, to run first."""
PLACEHOLDERS = {
    "lkey_7fK2mQ9xLp…": "lkey_[0-9A-Za-z]{59}",
    "lkey_7fK2m…": "lkey_[0-9A-Za-z]{5}…",
    "7fK2mQ9xLp": "[0-9A-Za-z]{10}",
}
"""Example values that differ in each run, with the expression that the real value matches."""
TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
MIN_EPOCH_SECONDS = 10**9


def shell_blocks() -> Iterator[Any]:
    """Yield each shell block: its guide, its index there, and whether a response follows it."""
    for name, guide in load_guides().items():
        blocks = parse_code_blocks(guide.html)
        for index, (block, following) in enumerate(zip(blocks, [*blocks[1:], None], strict=False)):
            if block.language == "sh" and not block.name:
                has_response = following is not None and following.language in RESPONSE_LANGUAGES
                yield pytest.param(name, index, has_response, id=f"{name}-{index}")


def matches(shown, real) -> bool:
    """Return whether a response shown in a guide matches the real one. Values that differ each time match by form."""
    if isinstance(shown, dict):
        same_keys = isinstance(real, dict) and list(shown) == list(real)
        return same_keys and all(matches(shown[key], real[key]) for key in shown)
    if isinstance(shown, list):
        return isinstance(real, list) and len(shown) == len(real) and all(map(matches, shown, real))
    if isinstance(shown, str) and isinstance(real, str):
        pattern = re.escape(shown)
        for example, expression in PLACEHOLDERS.items():
            pattern = pattern.replace(re.escape(example), expression)
        return bool(re.fullmatch(TIMESTAMP if re.fullmatch(TIMESTAMP, shown) else pattern, real))
    if isinstance(shown, int) and shown > MIN_EPOCH_SECONDS:
        return isinstance(real, int) and real > MIN_EPOCH_SECONDS
    return bool(shown == real)


def parse_http(text: str):
    """Return the status line, the headers and the JSON body (or None) of a response."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    status, *headers = head.splitlines()
    named = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}
    return status, named, json.loads(body) if body.strip() else None


def assert_matches(language, shown, real):
    if language == "json":
        assert matches(json.loads(shown), json.loads(real)), real
        return
    status, headers, body = parse_http(shown)
    real_status, real_headers, real_body = parse_http(real)
    assert status == real_status
    assert matches(headers, {name: real_headers.get(name) for name in headers}), real_headers
    assert matches(body, real_body), real_body


def test_every_code_block_is_tested():
    """Each block is a file that another test runs, a shell command, or the response to the command above it."""
    for name, guide in load_guides().items():
        previous = None
        for block in parse_code_blocks(guide.html):
            is_response = block.language in RESPONSE_LANGUAGES and previous == "sh"
            assert block.name in TESTED_ELSEWHERE or block.language == "sh" or is_response, (name, block.text)
            previous = block.language


@pytest.mark.parametrize(("name", "index", "has_response"), list(shell_blocks()))
def test_shell_block_works_as_shown(read_code_blocks, run, tokens, tmp_path, name, index, has_response):
    blocks = read_code_blocks(name)
    needed = [PREREQUISITES[part] for part in PREREQUISITES if part in blocks[index].text]
    (tmp_path / "config.txt").write_text(f"token = {tokens['LATCHKEY_TOKEN'].plaintext}\n")
    curl_options = ["silent", "show-error", *([] if has_response else ["fail-with-body"])]
    (tmp_path / ".curlrc").write_text("\n".join(curl_options) + "\n")
    first = [block.text for block in blocks if block.language == "sh" and any(part in block.text for part in needed)]
    for text in (*first[:1], blocks[index].text):
        done = run("sh", "-eu", text=text)
        assert done.returncode == 0, done.stdout + done.stderr
    if has_response:
        assert_matches(blocks[index + 1].language, blocks[index + 1].text, done.stdout)


@pytest.mark.parametrize(
    ("shown", "real", "is_match"),
    [
        ({"a": "7fK2mQ9xLp"}, {"a": "0123456789"}, True),
        ({"a": "7fK2mQ9xLp"}, {"a": "short"}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"at": "2026-11-24T09:30:00Z"}, {"at": "2027-01-01T00:00:00Z"}, True),
        ({"at": "2026-11-24T09:30:00Z"}, {"at": None}, False),
        ({"at": None}, {"at": "2026-11-24T09:30:00Z"}, False),
        ([1], [1, 2], False),
        ("viewer", "owner", False),
        (200, 404, False),
    ],
)
def test_response_that_differs_from_the_guide_is_found(shown, real, is_match):
    assert matches(shown, real) == is_match
