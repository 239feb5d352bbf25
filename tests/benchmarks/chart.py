"""Draws the results as an SVG for the docs: bars of medians, and of requests per second."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.contenders import BARE_QUERY, BARE_VIEW, PEER_CONTENDERS
from tests.benchmarks.endpoints import PEERS
from tests.benchmarks.targets import ENDPOINTS, HTTP, PROCESS, Part

PAPER, INK, COBALT, GREY = "#faf8f3", "#1f1d1a", "#1f4fd8", "#8f887b"
AXIS_LENGTH = 1.25
"""As a multiple of the longest bar, to leave room for its label."""
BAR_INCHES = 0.34
WIDTH_INCHES = 9
TITLES = {
    PROCESS: "token check, median microseconds",
    ENDPOINTS: "ordinary endpoints, median microseconds",
    HTTP: "requests per second",
}


def draw_chart(parts: Sequence[Part], path: Path) -> None:
    """Write an SVG with real text. The same measurements give the same file."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = [part for part in parts if part.name in TITLES]
    heights = [len(part.measured) + 3 for part in shown]
    style = {
        "svg.fonttype": "none",
        "svg.hashsalt": "latchkey",
        "font.family": "sans-serif",
        "axes.edgecolor": GREY,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(WIDTH_INCHES, BAR_INCHES * sum(heights)), facecolor=PAPER, layout="constrained")
        axes = figure.subplots(len(shown), 1, squeeze=False, height_ratios=heights)
        for part, (axis,) in zip(shown, axes, strict=True):
            _draw_part(part, axis)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _draw_part(part: Part, axis: Any) -> None:
    """Draw the fastest entry on top: Latchkey in cobalt, other packages in ink, baselines in grey."""
    is_http = part.name == HTTP
    rows = sorted(part.measured.items(), key=lambda row: median(row[1].rounds), reverse=not is_http)
    values = [median(entry.rounds) if is_http else entry.median for _, entry in rows]
    labels = [
        f"{value:,.0f}" if is_http else f"{value:,.0f} (p99 {entry.p99:,.0f})"
        for value, (_, entry) in zip(values, rows, strict=True)
    ]
    bars = axis.barh([entry.title for _, entry in rows], values, color=[_color(name) for name, _ in rows], height=0.7)
    axis.bar_label(bars, labels, padding=4, fontsize=8)
    axis.set_xlim(0, max(values) * AXIS_LENGTH)
    axis.set_title(f"{part.system}: {TITLES[part.name]}", loc="left", fontsize=10)
    axis.set_facecolor(PAPER)
    axis.spines[["top", "right"]].set_visible(False)


def _color(name: str) -> str:
    contender = name.partition(" ")[0]
    if contender in {BARE_VIEW.name, BARE_QUERY.name}:
        return GREY
    is_peer = contender in {peer.name for peer in PEER_CONTENDERS} or contender.partition("_")[0] in PEERS
    return INK if is_peer else COBALT
