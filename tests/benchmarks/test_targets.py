"""Targets are computed from the measurements of one run."""

import pytest

from tests.benchmarks.contenders import PEER_CONTENDERS
from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.measurements import Measurement, compare, percentile
from tests.benchmarks.targets import ENDPOINTS, HTTP, PROCESS, TARGETS, Part, check_targets


def check(part, system, **rounds):
    measured = {name: Measurement(name, values, values[0], values[0], 1) for name, values in rounds.items()}
    return {result.target.title: result for result in check_targets([Part(part, system, measured)])}


def test_ratios_are_computed_per_round():
    assert compare([2, 30, 4], [1, 10, 4]) == (2, 1, 3)


def test_a_percentile_is_one_of_the_measured_values():
    assert percentile(range(1, 101), 99) == 99
    assert percentile([7], 99) == 7


@pytest.mark.parametrize(("median", "is_met"), [(1.4, True), (1.41, False)])
def test_a_maximum_is_met_up_to_its_bound(median, is_met):
    results = check(PROCESS, SQLITE, bare_view=[1, 1], authorize=[median, median])
    assert results["SQLite in process: authorize, against a bare view"].is_met == is_met


@pytest.mark.parametrize(("median", "is_met"), [(4, True), (3.9, False)])
def test_me_is_compared_with_the_fastest_peer(median, is_met):
    peers = {peer.name: [100, 100] for peer in PEER_CONTENDERS} | {"knox": [median, median]}
    results = check(PROCESS, SQLITE, me=[1, 1], **peers)
    assert results["SQLite in process: fastest peer, against me"].is_met == is_met


@pytest.mark.parametrize(("median", "is_met"), [(6, True), (6.1, False)])
@pytest.mark.parametrize("system", [SQLITE, POSTGRESQL])
def test_an_endpoint_is_compared_with_the_faster_of_both_peers(system, median, is_met):
    results = check(ENDPOINTS, system, get_token=[median] * 2, drf_get_token=[20, 20], ninja_get_token=[10, 10])
    [(title, result)] = results.items()
    assert title == f"{system}: get one token, against the faster peer"
    assert result.is_met == is_met


@pytest.mark.parametrize(
    ("name", "title", "bound"),
    [
        ("me", "me", 0.6),
        ("list_workspaces", "list workspaces", 4),
        ("get_token", "get one token", 6),
        ("list_tokens", "list 25 tokens", 20),
    ],
)
def test_endpoints_are_compared_with_a_bare_view_on_sqlite(name, title, bound):
    results = check(ENDPOINTS, SQLITE, bare_view=[1, 1], **{name: [bound, bound]})
    assert results[f"SQLite: {title}, against a bare view"].target.bound == bound
    assert check(ENDPOINTS, POSTGRESQL, bare_view=[1, 1], **{name: [bound, bound]}) == {}


def test_targets_with_unmeasured_contenders_have_no_result():
    some_peers = {peer.name: [100, 100] for peer in PEER_CONTENDERS[1:]}
    assert check(PROCESS, SQLITE, me=[1, 1], **some_peers) == {}
    assert check(PROCESS, POSTGRESQL, bare_view=[1, 1], authorize=[1, 1]) == {}


def test_the_query_alone_is_compared_with_what_me_costs_above_a_bare_view():
    results = check(PROCESS, POSTGRESQL, bare_view=[50, 50], me=[200, 250], bare_query=[100, 100])
    [result] = results.values()
    assert result.ratio == (1.75, 1.5, 2)


def test_the_gain_by_a_second_worker_is_compared_with_that_of_a_bare_view():
    rounds = {"bare_view x1": [10], "bare_view x2": [15], "me x1": [4], "me x2": [8]}
    results = check(HTTP, SQLITE, **rounds)
    title = "SQLite over HTTP: gain of me by a second worker, against a bare view's gain"
    assert results[title].ratio.value == (8 / 4) / (15 / 10)


def test_each_target_has_its_own_title():
    assert len({target.title for target in TARGETS}) == len(TARGETS)
