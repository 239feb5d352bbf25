"""Run the benchmark with a few tokens. No test asserts how fast anything is."""

import json
import os
import time
from dataclasses import replace
from io import StringIO

import pytest
from django.conf import settings
from rich.console import Console
from rich.progress import Progress

from tests.benchmarks import over_http, plan
from tests.benchmarks.cli import build_parser, build_plan
from tests.benchmarks.contenders import MALFORMED
from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.endpoints import ENDPOINT_CONTENDERS, PEERS
from tests.benchmarks.in_process import ContenderFailed, Schedule
from tests.benchmarks.plan import Plan, run_plan
from tests.benchmarks.report import print_part, print_results, to_json
from tests.benchmarks.run_facts import describe_run
from tests.benchmarks.targets import ENDPOINTS, HTTP, PAGES, PROCESS, REJECTED, SIZE, check_targets
from tests.benchmarks.turns import RequestLoop

SERVER = os.environ.get("DATABASE_URL") if "postgresql" in settings.DATABASES["default"]["ENGINE"] else None
SYSTEM = POSTGRESQL if SERVER else SQLITE
SMALLEST = Plan(
    parts=((PROCESS, SYSTEM), (REJECTED, SYSTEM), (SIZE, SYSTEM)),
    tokens=40,
    schedule=Schedule(rounds=2, seconds=0.01, seed=1),
    http=Schedule(rounds=1, seconds=1, seed=1),
    sizes=(40,),
    names=("bare_query", "me", "malformed"),
    workers=(1,),
)


def measure(wanted, folder):
    with Progress(disable=True) as progress:
        return list(run_plan(wanted, folder, progress, SERVER))


def render(print_to, *arguments):
    output = StringIO()
    print_to(*arguments, Console(file=output, width=200))
    return output.getvalue()


def parse(*arguments):
    return build_plan(build_parser().parse_args(arguments))


def test_token_checks_are_measured_in_process_and_reported(tmp_path):
    parts = measure(SMALLEST, tmp_path)
    assert [set(part.measured) for part in parts] == [
        {"bare_view", "bare_query", "me"},
        {"bare_view", "me", "malformed"},
        {"40"},
    ]
    for part in parts:
        for entry in part.measured.values():
            assert len(entry.rounds) == len(entry.means) == SMALLEST.schedule.rounds
            assert 0 < min(entry.rounds) <= entry.p99
            assert entry.requests >= SMALLEST.schedule.rounds
    in_process = parts[0].measured
    assert in_process["me"].response_bytes > in_process["bare_view"].response_bytes

    results = check_targets(parts)
    tables = "".join(render(print_part, part) for part in parts) + render(print_results, results)
    report = json.loads(to_json(describe_run(SMALLEST, SERVER), parts, results))
    assert all(target["title"] in tables for target in report["targets"])
    assert all(entry["title"] in tables for part in report["parts"] for entry in part["measured"].values())
    assert str(tmp_path) not in json.dumps(report)


def test_all_endpoints_are_measured_in_latchkey_and_in_both_peers(tmp_path):
    [part] = measure(replace(SMALLEST, parts=((ENDPOINTS, SYSTEM),), names=()), tmp_path)
    assert set(part.measured) == {contender.name for contender in ENDPOINT_CONTENDERS}
    for prefix in ("", *(f"{peer}_" for peer in PEERS)):
        one, page = (part.measured[f"{prefix}{name}"] for name in ("get_token", "list_tokens"))
        assert page.response_bytes > 22 * one.response_bytes, "A page has 25 tokens."
    titles = {result.target.title for result in check_targets([part])}
    assert f"{SYSTEM}: create a token, against the faster peer" in titles


@pytest.mark.same_on_each_database
def test_pages_are_measured_with_their_queries_and_bytes(tmp_path):
    names = ("tokens: first page", "tokens: disable", "tokens: enable", "stock admin: first page")
    schedule = Schedule(rounds=1, seconds=0, seed=1)
    [part] = measure(replace(SMALLEST, parts=((PAGES, SYSTEM),), schedule=schedule, names=names), tmp_path)
    assert tuple(part.measured) == names
    results = {result.target.title: result for result in check_targets([part])}
    assert len(results) == 5
    assert all(result.is_met for title, result in results.items() if "queries" in title or "bytes" in title)
    table = render(print_part, part)
    assert all(name in table for name in names)


@pytest.mark.same_on_each_database
def test_requests_per_second_are_measured_over_http(tmp_path, monkeypatch):
    monkeypatch.setattr(over_http, "PAUSE_SECONDS", 0)
    below_rate_limits = replace(SMALLEST, tokens=400)
    [part] = measure(replace(below_rate_limits, parts=((HTTP, SYSTEM),), names=("authorize",)), tmp_path)
    assert set(part.measured) == {"bare_view x1", "authorize x1"}
    assert all(entry.requests > 0 < min(entry.rounds) for entry in part.measured.values())


@pytest.mark.same_on_each_database
def test_a_wrong_status_ends_the_run_and_is_reported(tmp_path, monkeypatch):
    monkeypatch.setitem(plan.CONTENDERS, REJECTED, (replace(MALFORMED, status=200),))
    with pytest.raises(ContenderFailed, match=r"responded 401 Unauthorized: .*This access token is not valid"):
        measure(replace(SMALLEST, parts=((REJECTED, SYSTEM),)), tmp_path)


def test_full_runs_measure_every_part_on_both_databases():
    parts = parse("--full").parts
    assert len(set(parts)) == len(parts) == 12


@pytest.mark.parametrize("name", ["postgresql", "PostgreSQL"])
def test_only_the_chosen_database_is_measured(name):
    assert {system for _, system in parse("--database", name).parts} == {POSTGRESQL}


def test_quick_runs_measure_the_endpoints_with_fewer_tokens():
    quick = parse("--quick", "--database", "sqlite")
    assert quick.parts == ((ENDPOINTS, SQLITE),)
    assert quick.tokens < parse().tokens
    assert not quick.needs_peers


def test_cpu_time_does_not_contain_waiting():
    def wait(seconds):
        time.sleep(seconds)
        return 1

    loop = RequestLoop(prepare=lambda: 0.002, send=wait)
    assert min(loop.take_turn(0).times) >= 2_000_000
    assert parse("--cpu-time").schedule.cpu_time
    assert min(loop.take_turn(0, cpu_time=True).times) < 2_000_000


def test_an_unknown_contender_is_rejected_with_the_known_names():
    with pytest.raises(SystemExit, match=r"Unknown contender: missing\. Choose from .*authorize.*me"):
        parse("--contender", "missing")
