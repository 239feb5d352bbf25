"""What pages at size are to reach (issue 6/4, item 4), by the names of the visits."""

from collections.abc import Callable, Mapping
from itertools import chain

from tests.benchmarks.figures import Measured, Ratio, ratio, spread

LARGE, SMALL = "large", "small"
"""The slugs of two workspaces: one at size, and one of a hundredth of it."""
SMALLER = " (1 %)"
"""After the name of the same visit to the small workspace."""

type Found = Mapping[str, Measured]

FIRST = "tokens: first page"
SEARCHED = ("a rare label", "nothing", "a creator", "a token id")
LIST_QUERIES, ROW_QUERIES = 10, 8
PAGE_BYTES, ROW_BYTES = 15_000, 3_000
ROWS = ("tokens: disable", "tokens: enable")


def _against(over: str, under: str) -> Callable[[Found], Ratio]:
    return lambda found: ratio(found[over].rounds, found[under].rounds)


def _most(field: str, *, of_rows: bool) -> Callable[[Found], Ratio]:
    """The greatest of a figure, of the swaps of a row or of the lists."""

    def most(found: Found) -> Ratio:
        ours = [name for name in found if name.startswith(("tokens:", "members:", "events:"))]
        names = [name for name in ours if name.removesuffix(SMALLER) in ROWS] if of_rows else _lists(ours)
        return spread([max(float(getattr(found[name], field)) for name in names)])

    return most


def _lists(names: list[str]) -> list[str]:
    return [name for name in names if name.removesuffix(SMALLER) not in ROWS]


BOUNDS: dict[str, tuple[float, Callable[[Found], Ratio]]] = dict(
    chain(
        [
            (f"first page of {what}, large against small", (1.3, _against(f"{what}: first page", first)))
            for what, first in (
                ("tokens", FIRST + SMALLER),
                ("members", "members: first page" + SMALLER),
                ("events", "events: first page" + SMALLER),
            )
        ],
        [
            (f"search for {what}, against the scan", (1.3, _against(f"tokens: search for {what}", f"scan for {what}")))
            for what in SEARCHED
        ],
        [
            ("first page of tokens, against the stock admin's", (1, _against(FIRST, "stock admin: first page"))),
            ("queries of a list, at most", (LIST_QUERIES, _most("queries", of_rows=False))),
            ("queries of a row's swap, at most", (ROW_QUERIES, _most("queries", of_rows=True))),
            ("bytes of a list, compressed, at most", (PAGE_BYTES, _most("answer_bytes", of_rows=False))),
            ("bytes of a row's swap, at most", (ROW_BYTES, _most("answer_bytes", of_rows=True))),
        ],
    )
)
"""What, in words; the bound, and what the visits come to."""
