"""Plots as SVG that stands inside a page: text stays text, colours are told apart by all.

The palette is Okabe and Ito's (2008); hatches and markers repeat what colours say.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
_HATCHES = ("", "//", "..", "xx", "\\\\", "oo", "--")
_MARKERS = "osD^vP*"
# matplotlib types its settings' keys one by one.
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "vidner",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.4,
}

Draw = Callable[["Axes"], None]


def draw(name: str, text: str, paint: Draw, *, width: float = 6.0, height: float = 3.2) -> str:
    """An ``<svg>`` element.

    Args:
        name: Unique in its page; ids inside the image begin with it.
        text: What the image shows, for those who do not see it.
        paint: Draws on the axes.
        width: Inches.
        height: Inches.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue(), name, text)


def _inline(svg: str, name: str, text: str) -> str:
    """The bare element, with ids of its own, a size that follows the page, and a title."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'((?:xlink:)?href)="#', rf'\1="#{name}-', body)
    body = body.replace("url(#", f"url(#{name}-")
    head, rest = body.split(">", 1)
    head = re.sub(r'\s(?:width|height)="[^"]*"', "", head)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return f'{head} role="img" aria-label="{escaped}"><title>{escaped}</title>{rest.strip()}'


def label_bars(series: Mapping[str, Mapping[str, Any]]) -> Draw:
    """F1 of each label side by side, with intervals.

    Args:
        series: By name, what :meth:`vidner.evaluation.scores.Scores.to_dict` gives.
    """
    labels = list(dict.fromkeys(n for s in series.values() for n, r in s.items() if _is_row(r)))

    def paint(axes: Axes) -> None:
        width = 0.8 / len(series)
        for place, (name, scores) in enumerate(series.items()):
            rows = [scores.get(label) for label in labels]
            f1 = [row["f1"] if row else 0.0 for row in rows]
            low = [max(0.0, f - row["interval"][0]) if row else 0.0
                   for f, row in zip(f1, rows, strict=True)]  # fmt: skip
            high = [max(0.0, row["interval"][1] - f) if row else 0.0
                    for f, row in zip(f1, rows, strict=True)]  # fmt: skip
            axes.bar(
                [at - 0.4 + width * (place + 0.5) for at in range(len(labels))], f1, width,
                yerr=[low, high], label=name, color=COLOURS[place % len(COLOURS)],
                hatch=_HATCHES[place % len(_HATCHES)], edgecolor="white",
                error_kw={"elinewidth": 1, "capsize": 2, "ecolor": "#444"},
            )  # fmt: skip
        axes.set_xticks(range(len(labels)), labels)
        axes.set_ylim(0, 1)
        axes.set_ylabel("F1")
        if len(series) > 1:
            axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)

    return paint


def _is_row(row: object) -> bool:
    return isinstance(row, Mapping)


def heat_map(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> Draw:
    """Counts of gold labels (rows) against predicted ones; shades by share of the row."""

    def paint(axes: Axes) -> None:
        shares = [[cell / max(1, sum(row)) for cell in row] for row in matrix]
        # A mesh stays vectors in SVG where an image would become pixels.
        axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1, edgecolors="white", linewidth=1)
        axes.invert_yaxis()
        for y, row in enumerate(matrix):
            for x, cell in enumerate(row):
                colour = "white" if shares[y][x] > 0.5 else "black"
                axes.text(x + 0.5, y + 0.5, str(cell), ha="center", va="center", color=colour)
        middles = [place + 0.5 for place in range(len(names))]
        axes.set_xticks(middles, names, rotation=30)
        axes.set_yticks(middles, names)
        axes.set_xlabel("predicted")
        axes.set_ylabel("gold")

    return paint


def reliability_curve(series: Mapping[str, Sequence[Mapping[str, Any]]]) -> Draw:
    """Accuracy over confidence of each bin; markers grow with the bin's count.

    Args:
        series: By name, bins as :meth:`vidner.evaluation.calibration.Bin.to_dict` gives them.
    """

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="#888", linestyle=":", label="perfect")
        for place, (name, bins) in enumerate(series.items()):
            rows = [row for row in bins if row["count"]]
            total = max(1, sum(row["count"] for row in rows))
            confidence = [row["confidence"] for row in rows]
            accuracy = [row["accuracy"] for row in rows]
            colour = COLOURS[place % len(COLOURS)]
            axes.plot(confidence, accuracy, color=colour, linewidth=1, label=name)
            axes.scatter(
                confidence, accuracy, [20 + 200 * row["count"] / total for row in rows],
                color=colour, marker=_MARKERS[place % len(_MARKERS)], alpha=0.7,
            )  # fmt: skip
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="score", ylabel="share right")
        axes.legend(fontsize=8)

    return paint


def curves(
    series: Mapping[str, Sequence[tuple[float, float]]], *, x: str, y: str, unit: bool = True
) -> Draw:
    """Lines through points.

    Args:
        series: By name, points ``(x, y)``.
        x: Name of the horizontal axis.
        y: Name of the vertical axis, which runs from 0 to 1.
        unit: True when the horizontal axis runs from 0 to 1 too.
    """

    def paint(axes: Axes) -> None:
        for place, (name, points) in enumerate(series.items()):
            axes.plot(
                [point[0] for point in points], [point[1] for point in points],
                color=COLOURS[place % len(COLOURS)], marker=_MARKERS[place % len(_MARKERS)],
                markersize=4, linewidth=1.2, label=name,
            )  # fmt: skip
        axes.set(xlabel=x, ylabel=y, ylim=(0, 1.02))
        if unit:
            axes.set_xlim(0, 1.02)
        axes.legend(fontsize=8)

    return paint


def learning_curves(series: Mapping[str, Sequence[tuple[float, float]]]) -> Draw:
    """Lines of scores over amounts of training data, on a logarithmic axis.

    Args:
        series: By name, points ``(entities, score)``.
    """
    lines = curves(series, x="training entities", y="micro F1", unit=False)

    def paint(axes: Axes) -> None:
        lines(axes)
        lowest = min(point[1] for points in series.values() for point in points)
        axes.set(xscale="log", ylim=(max(0.0, lowest - 0.05), 1.0))

    return paint


def ranges(names: Sequence[str], before: Sequence[float], after: Sequence[float]) -> Draw:
    """For each name a line from one value to another."""

    def paint(axes: Axes) -> None:
        places = range(len(names))
        axes.hlines(places, before, after, color="#999", linewidth=2)
        axes.scatter(before, places, color=COLOURS[0], marker="o", label="as written", zorder=3)
        axes.scatter(after, places, color=COLOURS[4], marker="D", label="changed", zorder=3)
        axes.set_yticks(places, names)
        axes.invert_yaxis()
        axes.set(xlim=(0, 1), xlabel="micro F1")
        axes.legend(fontsize=8, loc="lower left")

    return paint
