"""The figures as a picture for the docs: bars of the medians, and of requests a second."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.contenders import CEILING, FLOOR, PEER_CONTENDERS
from tests.benchmarks.targets import HTTP, PROCESS, Part

PAPER, INK, COBALT, GREY = "#faf8f3", "#1f1d1a", "#1f4fd8", "#8f887b"
ROOM_FOR_WORDS = 1.25
"""How much longer the axis is than its longest bar."""
BAR_INCHES = 0.34
WIDTH_INCHES = 9
SHOWN = {PROCESS: "microseconds a call (the bar is the median)", HTTP: "requests a second"}


def draw(parts: Sequence[Part], path: Path) -> None:
    """An SVG whose words stay words, the same for the same figures."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = [part for part in parts if part.name in SHOWN]
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
            _bars(part, axis)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _bars(part: Part, axis: Any) -> None:
    """The best one on top; Latchkey's in cobalt, what is only there to compare with in grey."""
    is_http = part.name == HTTP
    rows = sorted(part.measured.items(), key=lambda row: median(row[1].rounds), reverse=not is_http)
    values = [median(mine.rounds) if is_http else mine.median for _, mine in rows]
    words = [
        f"{value:,.0f}" if is_http else f"{value:,.0f} (p99 {mine.p99:,.0f})"
        for value, (_, mine) in zip(values, rows, strict=True)
    ]
    bars = axis.barh([mine.title for _, mine in rows], values, color=[_colour(name) for name, _ in rows], height=0.7)
    axis.bar_label(bars, words, padding=4, fontsize=8)
    axis.set_xlim(0, max(values) * ROOM_FOR_WORDS)
    axis.set_title(f"{part.system}: {SHOWN[part.name]}", loc="left", fontsize=10)
    axis.set_facecolor(PAPER)
    axis.spines[["top", "right"]].set_visible(False)


def _colour(name: str) -> str:
    who = name.partition(" ")[0]
    if who in {CEILING.name, FLOOR.name}:
        return GREY
    return INK if who in {peer.name for peer in PEER_CONTENDERS} else COBALT
