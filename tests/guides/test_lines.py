"""Every other block of code in the guides: run in a shell, with the answer that stands beneath it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from access_tokens.guides import guides
from tests.gateways.conftest import GATEWAYS
from tests.guides.pages import code_of
from tests.guides.test_samples import SAMPLES

pytestmark = pytest.mark.same_on_each_database

RUN_ELSEWHERE = {*SAMPLES, *GATEWAYS, "traefik.yml"}
ANSWERS = {"json", "http"}
BEFORE = {"/rotation": "/rotate"}
"""What a block needs to have happened: another block of its page."""
WILD = {
    "lkey_7fK2mQ9xLp…": "lkey_[0-9A-Za-z]{59}",
    "lkey_7fK2m…": "lkey_[0-9A-Za-z]{5}…",
    "7fK2mQ9xLp": "[0-9A-Za-z]{10}",
}
"""What is another one each time."""
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
EPOCH = 10**9


def lines() -> Iterator[Any]:
    """Each shell block: the guide, its place there, and the answer that follows it, if one does."""
    for name, guide in guides().items():
        codes = code_of(guide.html)
        for place, (code, following) in enumerate(zip(codes, [*codes[1:], None], strict=False)):
            if code.language == "sh" and not code.name:
                answer = following if following and following.language in ANSWERS else None
                yield pytest.param(name, place, bool(answer), id=f"{name}-{place}")


def fits(told, real) -> bool:
    """Is the answer that a guide tells like the real one? What differs each time only has to look the same."""
    if isinstance(told, dict):
        return isinstance(real, dict) and list(told) == list(real) and all(fits(told[key], real[key]) for key in told)
    if isinstance(told, list):
        return isinstance(real, list) and len(told) == len(real) and all(map(fits, told, real))
    if isinstance(told, str) and isinstance(real, str):
        pattern = re.escape(told)
        for example, wild in WILD.items():
            pattern = pattern.replace(re.escape(example), wild)
        return bool(re.fullmatch(INSTANT if re.fullmatch(INSTANT, told) else pattern, real))
    if isinstance(told, int) and told > EPOCH:
        return isinstance(real, int) and real > EPOCH
    return bool(told == real)


def read_http(text: str):
    """Status line, headers and, where there is one, the JSON of an answer."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    status, *headers = head.splitlines()
    named = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}
    return status, named, json.loads(body) if body.strip() else None


def assert_fits(language, told, real):
    if language == "json":
        assert fits(json.loads(told), json.loads(real)), real
        return
    status, headers, body = read_http(told)
    real_status, real_headers, real_body = read_http(real)
    assert status == real_status
    assert fits(headers, {name: real_headers.get(name) for name in headers}), real_headers
    assert fits(body, real_body), real_body


def test_no_block_is_left_out():
    """Each is a file that another test runs, or a shell's, or the answer right beneath a shell's."""
    for name, guide in guides().items():
        before = None
        for code in code_of(guide.html):
            is_answer = code.language in ANSWERS and before == "sh"
            assert code.name in RUN_ELSEWHERE or code.language == "sh" or is_answer, (name, code.text)
            before = code.language


@pytest.mark.parametrize(("name", "place", "has_answer"), list(lines()))
def test_a_line_does_what_the_guide_says(read, run, tokens, tmp_path, name, place, has_answer):
    codes = read(name)
    needed = [BEFORE[words] for words in BEFORE if words in codes[place].text]
    (tmp_path / "config.txt").write_text(f"token = {tokens['LATCHKEY_TOKEN'].plaintext}\n")
    (tmp_path / ".curlrc").write_text("silent\nshow-error\n" if has_answer else "silent\nshow-error\nfail-with-body\n")
    first = [code.text for code in codes if code.language == "sh" and any(words in code.text for words in needed)]
    for text in (*first[:1], codes[place].text):
        done = run("sh", "-eu", text=text)
        assert done.returncode == 0, done.stdout + done.stderr
    if has_answer:
        assert_fits(codes[place + 1].language, codes[place + 1].text, done.stdout)


@pytest.mark.parametrize(
    ("told", "real", "is_like"),
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
def test_an_answer_that_is_unlike_is_noticed(told, real, is_like):
    assert fits(told, real) == is_like
