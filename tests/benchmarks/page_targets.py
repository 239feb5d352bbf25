"""Targets of the console pages, by the names of their visits."""

from collections.abc import Callable
from itertools import chain

from tests.benchmarks.measurements import Measurements, Ratio, compare, summarize

LARGE, SMALL = "large", "small"
"""The slugs of two workspaces: `SMALL` has a hundredth of the rows of `LARGE`."""
SMALL_SUFFIX = " (1 %)"
"""After the name of a visit to the small workspace."""
FIRST_PAGE = "tokens: first page"
ROW_ACTIONS = ("tokens: disable", "tokens: enable")
SEARCHES = ("a rare label", "nothing", "a creator", "a token id")

MAX_GROWTH = 1.3
"""The time of a list's first page in the large workspace, as a multiple of that in the small one."""
MAX_SCANS = 1.3
"""The time of a search, as a multiple of the time of a hand-written statement."""
MAX_STOCK_ADMINS = 1
MAX_LIST_QUERIES, MAX_ROW_QUERIES = 10, 8
MAX_LIST_BYTES, MAX_ROW_BYTES = 15_000, 3_000
"""Compressed."""


def _compare(over: str, under: str) -> Callable[[Measurements], Ratio]:
    return lambda measured: compare(measured[over].rounds, measured[under].rounds)


def _greatest(field: str, *, of_rows: bool) -> Callable[[Measurements], Ratio]:
    """Return the greatest value of a field: of the row actions, or of all lists."""

    def compute(measured: Measurements) -> Ratio:
        pages = [name for name in measured if name.startswith(("tokens:", "members:", "events:"))]
        names = [name for name in pages if (name.removesuffix(SMALL_SUFFIX) in ROW_ACTIONS) == of_rows]
        return summarize([max(float(getattr(measured[name], field)) for name in names)])

    return compute


PAGE_BOUNDS: dict[str, tuple[float, Callable[[Measurements], Ratio]]] = dict(
    chain(
        [
            (
                f"first page of {rows}, large against small workspace",
                (MAX_GROWTH, _compare(f"{rows}: first page", f"{rows}: first page{SMALL_SUFFIX}")),
            )
            for rows in ("tokens", "members", "events")
        ],
        [
            (
                f"search for {words}, against a scan",
                (MAX_SCANS, _compare(f"tokens: search for {words}", f"scan for {words}")),
            )
            for words in SEARCHES
        ],
        [
            (
                "first page of tokens, against the stock admin's",
                (MAX_STOCK_ADMINS, _compare(FIRST_PAGE, "stock admin: first page")),
            ),
            ("queries of a list, at most", (MAX_LIST_QUERIES, _greatest("queries", of_rows=False))),
            ("queries of a row action, at most", (MAX_ROW_QUERIES, _greatest("queries", of_rows=True))),
            ("bytes of a list, at most", (MAX_LIST_BYTES, _greatest("response_bytes", of_rows=False))),
            ("bytes of a row action, at most", (MAX_ROW_BYTES, _greatest("response_bytes", of_rows=True))),
        ],
    )
)
"""For each title the bound, and how to compute what is compared with it."""
