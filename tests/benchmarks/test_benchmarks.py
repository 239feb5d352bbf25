"""The benchmark in its smallest form: it measures, judges and tells. How fast anything is, no test says."""

import json
import os
from dataclasses import replace
from io import StringIO

import pytest
from django.conf import settings
from rich.console import Console
from rich.progress import Progress

from tests.benchmarks import over_http, plan
from tests.benchmarks.cli import parser, plan_of
from tests.benchmarks.contenders import MALFORMED, PEER_CONTENDERS
from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.figures import Measured, percentile, ratio
from tests.benchmarks.in_process import Failed, Pace
from tests.benchmarks.plan import Plan, carry_out
from tests.benchmarks.report import about, as_json, show_part, show_verdicts
from tests.benchmarks.targets import HTTP, PAGES, PROCESS, REFUSED, SIZE, TARGETS, Part, verdicts

SERVER = os.environ.get("DATABASE_URL") if "postgresql" in settings.DATABASES["default"]["ENGINE"] else None
SYSTEM = POSTGRESQL if SERVER else SQLITE
SMALLEST = Plan(
    parts=((PROCESS, SYSTEM), (REFUSED, SYSTEM), (SIZE, SYSTEM)),
    tokens=40,
    pace=Pace(rounds=2, seconds=0.01, seed=1),
    http=Pace(rounds=1, seconds=1, seed=1),
    sizes=(40,),
    names=("floor", "me", "malformed"),
    workers=(1,),
)


def measure(wanted, folder):
    with Progress(disable=True) as progress:
        return list(carry_out(wanted, folder, progress, SERVER))


def made_up(**medians):
    """Entries whose two rounds came to these."""
    return {name: Measured(name, rounds, rounds[0], rounds[0], 1) for name, rounds in medians.items()}


def judged(part, system, **medians):
    return {verdict.target.what: verdict for verdict in verdicts([Part(part, system, made_up(**medians))])}


def test_it_measures_latchkey_in_process(tmp_path):
    parts = measure(SMALLEST, tmp_path)
    assert [set(part.measured) for part in parts] == [
        {"ceiling", "floor", "me"},
        {"ceiling", "me", "malformed"},
        {"40"},
    ]
    for part in parts:
        for mine in part.measured.values():
            assert len(mine.rounds) == len(mine.means) == SMALLEST.pace.rounds
            assert 0 < min(mine.rounds) <= mine.p99
            assert mine.calls >= SMALLEST.pace.rounds
    in_process = parts[0].measured
    assert in_process["me"].answer_bytes > in_process["ceiling"].answer_bytes

    reached = verdicts(parts)
    written = StringIO()
    screen = Console(file=written, width=200)
    for part in parts:
        show_part(part, screen)
    show_verdicts(reached, screen)
    shown = written.getvalue()
    told = json.loads(as_json(about(SMALLEST, SERVER), parts, reached))
    assert all(target["what"] in shown for target in told["targets"])
    assert all(mine["title"] in shown for part in told["parts"] for mine in part["measured"].values())
    assert str(tmp_path) not in json.dumps(told)


@pytest.mark.same_on_each_database
def test_it_measures_pages(tmp_path):
    names = ("tokens: first page", "tokens: disable", "tokens: enable", "stock admin: first page")
    fast = Pace(rounds=1, seconds=0, seed=1)
    (part,) = measure(replace(SMALLEST, parts=((PAGES, SYSTEM),), pace=fast, names=names), tmp_path)
    assert tuple(part.measured) == names
    found = {verdict.target.what: verdict for verdict in verdicts([part])}
    assert len(found) == 5
    assert all(verdict.is_met for what, verdict in found.items() if "queries" in what or "bytes" in what)
    written = StringIO()
    show_part(part, Console(file=written, width=200))
    assert all(name in written.getvalue() for name in names)


@pytest.mark.same_on_each_database
def test_it_measures_over_http(tmp_path, monkeypatch):
    monkeypatch.setattr(over_http, "PAUSE", 0)
    within_their_limits = replace(SMALLEST, tokens=400)
    (part,) = measure(replace(within_their_limits, parts=((HTTP, SYSTEM),), names=("authorize",)), tmp_path)
    assert set(part.measured) == {"ceiling x1", "authorize x1"}
    assert all(mine.calls > 0 < min(mine.rounds) for mine in part.measured.values())


@pytest.mark.same_on_each_database
def test_a_wrong_answer_ends_it_and_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(plan.ENTRANTS, REFUSED, (replace(MALFORMED, status=200),))
    with pytest.raises(Failed, match=r"answered 401 Unauthorized: .*This access token is not valid"):
        measure(replace(SMALLEST, parts=((REFUSED, SYSTEM),)), tmp_path)


def test_ratios_are_those_of_the_rounds_not_of_the_sums():
    assert ratio([2, 30, 4], [1, 10, 4]) == (2, 1, 3)


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile(range(1, 101), 99) == 99
    assert percentile([7], 99) == 7


@pytest.mark.parametrize(("median", "is_met"), [(1.4, True), (1.41, False)])
def test_a_target_at_most_is_met_up_to_its_bound(median, is_met):
    found = judged(PROCESS, SQLITE, ceiling=[1, 1], authorize=[median, median])
    assert found["SQLite in process: authorize, against the ceiling"].is_met == is_met


@pytest.mark.parametrize(("median", "is_met"), [(4, True), (3.9, False)])
def test_the_fastest_peer_is_the_one_to_beat(median, is_met):
    peers = {peer.name: [100, 100] for peer in PEER_CONTENDERS} | {"knox": [median, median]}
    found = judged(PROCESS, SQLITE, me=[1, 1], **peers)
    assert found["SQLite in process: me, times faster than the fastest peer"].is_met == is_met


def test_a_target_is_not_judged_by_what_was_not_measured():
    some_peers = {peer.name: [100, 100] for peer in PEER_CONTENDERS[1:]}
    assert judged(PROCESS, SQLITE, me=[1, 1], **some_peers) == {}
    assert judged(PROCESS, POSTGRESQL, ceiling=[1, 1], authorize=[1, 1]) == {}


def test_the_floor_is_compared_with_what_stands_above_the_ceiling():
    found = judged(PROCESS, POSTGRESQL, ceiling=[50, 50], me=[200, 250], floor=[100, 100])
    (verdict,) = found.values()
    assert verdict.reached == (1.75, 1.5, 2)


def test_the_gain_of_a_second_worker_is_compared_with_the_bare_views():
    rounds = {"ceiling x1": [10], "ceiling x2": [15], "me x1": [4], "me x2": [8]}
    found = judged(HTTP, SQLITE, **rounds)
    assert found["SQLite over HTTP: gain of me by a second worker, against the bare view's own"].reached.value == 8 / 6


def test_each_target_has_words_of_its_own():
    assert len({target.what for target in TARGETS}) == len(TARGETS)


def test_the_full_form_measures_every_part_on_both_databases():
    parts = plan_of(parser().parse_args(["--full"])).parts
    assert len(set(parts)) == len(parts) == 12


def test_a_database_of_ones_choice_is_the_only_one():
    assert {system for _, system in plan_of(parser().parse_args(["--database", POSTGRESQL])).parts} == {POSTGRESQL}


def test_an_unknown_contender_is_told_with_those_that_there_are():
    with pytest.raises(SystemExit, match=r"There is no contender nobody\. Choose from .*authorize.*me"):
        plan_of(parser().parse_args(["--contender", "nobody"]))
