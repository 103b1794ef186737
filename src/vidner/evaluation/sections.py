"""What a report shows, in order: the content that page and Markdown share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vidner.evaluation import plots
from vidner.evaluation.mistakes import KINDS
from vidner.evaluation.report import COMMON, ROBUSTNESS_SYLLABLES
from vidner.evaluation.tables import HEAD, score_rows

Row = tuple[str, ...]
Record = Mapping[str, Any]

_RATES = ("precision", "recall", "F1", "right", "predicted", "gold")


@dataclass(frozen=True)
class Table:
    """A table whose first column is text and whose others are numbers."""

    caption: str
    head: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Plot:
    """An image and the words for it."""

    name: str
    text: str
    paint: plots.Draw
    width: float = 6.0
    height: float = 3.2

    @property
    def svg(self) -> str:
        """The image as an ``<svg>`` element."""
        return plots.draw(self.name, self.text, self.paint, width=self.width, height=self.height)


@dataclass(frozen=True)
class Section:
    """A titled part of the report."""

    name: str
    title: str
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()


def sections(record: Record) -> list[Section]:
    """The sections of a record of :func:`vidner.evaluation.report.evaluate`."""
    made = (
        _scores(record),
        _lenient(record),
        _mistakes(record),
        _exposure(record),
        _slices(record),
        _calibration(record),
        _robustness(record),
        _peers(record),
        _protocols(record),
    )
    return [section for section in made if section is not None]


def _scores(record: Record) -> Section:
    scores = record["scores"]
    low, high = scores["macro_interval"]
    return Section(
        "scores",
        "Strict scores",
        (
            "A prediction is right when start, end and label are. Intervals: 95 %, "
            "resampling documents.",
            f"Macro F1 {_rate(scores['macro_f1'])} ({_rate(low)}-{_rate(high)}).",
        ),
        (Table("Strict scores by label", HEAD, tuple(score_rows(scores))),),
        (Plot("bars", _in_words(scores), plots.label_bars({"model": scores})),),
    )


def _in_words(scores: Record) -> str:
    rows = (f"{n} {_rate(r['f1'])}" for n, r in scores.items() if isinstance(r, Mapping))
    return f"F1 by label with 95 % intervals: {', '.join(rows)}."


def _lenient(record: Record) -> Section:
    counts = ("correct", "partial", "incorrect", "missed", "invented")
    head = ("view", "precision", "recall", "F1", *counts)
    rows = tuple(
        (name, *_rates(row), *(str(row[key]) for key in counts))
        for name, row in record["lenient"].items()
    )
    names, matrix = record["confusion"]["names"], record["confusion"]["matrix"]
    return Section(
        "views",
        "Lenient views and confusion",
        (
            "For diagnosis, after SemEval-2013: boundary leaves the label out, type the "
            "boundaries, overlap gives half the credit where boundaries differ. "
            "The matrix counts mentions that overlap.",
        ),
        (
            Table("Lenient views", head, rows),
            Table(
                "Confusion: gold in rows, predicted in columns",
                ("gold", *names),
                tuple(
                    (name, *map(str, row)) for name, row in zip(names, matrix, strict=True)
                ),
            ),
        ),
        (
            Plot(
                "confusion",
                "Confusion matrix of gold and predicted labels; the table has the numbers.",
                plots.heat_map(names, matrix),
                height=3.6,
            ),
        ),
    )  # fmt: skip


def _mistakes(record: Record) -> Section:
    found = record["mistakes"]
    total = sum(found["counts"].values())
    tables = [
        Table(
            "Mistakes by class",
            ("class", "count", "share"),
            tuple(
                (kind, str(found["counts"][kind]), _percent(found["counts"][kind], total))
                for kind in KINDS
            ),
        )
    ]
    tables += [
        Table(
            f"Commonest: {kind}",
            ("mention", "count"),
            tuple((text, str(count)) for text, count in found["commonest"][kind]),
        )
        for kind in KINDS
        if kind in found["commonest"]
    ]
    return Section("classes", "Mistakes by class", (), tuple(tables))


def _exposure(record: Record) -> Section | None:
    seen = record["exposure"]
    if seen is None:
        return None
    rows = tuple(
        (name, _rate(row["recall"]) if row["gold"] else "-", str(row["right"]), str(row["gold"]))
        for name, row in seen["recall"].items()
    )
    return Section(
        "exposure",
        "Seen and unseen",
        (
            f"Training had {seen['training_documents']} documents. Of the {seen['documents']} gold "
            f"documents {seen['documents_in_training']} are among them word for word; so are "
            f"{100 * seen['share_of_lines_in_training']:.1f} % of gold's lines.",
        ),
        (Table("Recall by what training saw", ("mention", "recall", "right", "gold"), rows),),
    )


def _slices(record: Record) -> Section:
    tables = tuple(
        Table(f"By {name}", (name, *_RATES), tuple(_counts_rows(rows)))
        for name, rows in record["slices"].items()
    )
    return Section("slices", "By length, document, form and topic", (), tables)


def _counts_rows(rows: Mapping[str, Record]) -> Iterator[Row]:
    for name, row in rows.items():
        counts = (str(row[key]) for key in ("right", "predicted", "gold"))
        yield (name, *_rates(row), *counts)


def _calibration(record: Record) -> Section:
    found = record["calibration"]
    notes = [f"Expected calibration error {_rate(found['all']['error'])}."]
    series = {"as given": found["all"]["bins"]}
    if "tempered" in found:
        tempered = found["tempered"]
        series["with temperature"] = tempered["bins"]
        notes.append(
            f"With the temperature {tempered['temperature']:.2f}, fitted on development "
            f"documents: {_rate(tempered['error'])}."
        )
    rows = tuple(
        (
            f"{row['low']:.1f}-{row['high']:.1f}",
            str(row["count"]),
            _rate(row["confidence"]),
            _rate(row["accuracy"]),
        )
        for row in found["all"]["bins"]
        if row["count"]
    )
    lines = {
        label: [(row["recall"], row["precision"]) for row in table]
        for label, table in found["thresholds"].items()
    }
    drawn = [
        Plot(
            "reliability",
            "Reliability diagram: share right over score. " + " ".join(notes),
            plots.reliability_curve(series),
        )
    ]
    if lines:
        drawn.append(
            Plot(
                "thresholds",
                "Precision over recall of each label as the least score is raised.",
                plots.curves(lines, x="recall", y="precision"),
            )
        )
    table = Table("Reliability", ("score", "predictions", "mean score", "share right"), rows)
    return Section("calibration", "Calibration of the score", tuple(notes), (table,), tuple(drawn))


def _robustness(record: Record) -> Section:
    rows = record["robustness"]
    head = ("change", "documents", "F1 before", "F1 after", "lines", "pass rate", "flip rate")
    table = tuple(
        (
            f"{row['name']} ({row['about']})",
            str(row["documents"]),
            *((_rate(row["f1_before"]), _rate(row["f1_after"]), str(row["lines"]),
               _rate(row["pass_rate"]), _rate(row["flip_rate"]))
              if row["documents"] else ("-", "-", "0", "-", "-")),
        )
        for row in rows
    )  # fmt: skip
    shown = [row for row in rows if row["documents"]]
    return Section(
        "robustness",
        "Robustness",
        (
            "A line passes when its predictions stay the same; the flip rate is the share of "
            "predictions that are not found again. Only documents that a change touches count, "
            f"of the first {ROBUSTNESS_SYLLABLES:,} syllables.",
        ),
        (Table("Invariance tests", head, table),),
        (
            Plot(
                "robustness",
                "Micro F1 as written and changed: "
                + ", ".join(f"{row['name']} {_rate(row['f1_after'])}" for row in shown)
                + ".",
                plots.ranges(
                    [row["name"] for row in shown],
                    [row["f1_before"] for row in shown],
                    [row["f1_after"] for row in shown],
                ),
                height=0.8 + 0.24 * len(shown),
            ),
        ) if shown else (),
    )  # fmt: skip


def _peers(record: Record) -> Section:
    peers = record["peers"]
    labels = [n for n, row in record["scores"].items() if isinstance(row, Mapping)]
    scores = tuple(
        (p["name"], _rate(p["common"]["f1"]), *(_f1(p["scores"].get(n)) for n in labels))
        for p in peers
    )
    facts = (
        ("syllables_per_second", "syllables/s"),
        ("sentence_p50_ms", "sentence p50 ms"),
        ("sentence_p95_ms", "p95 ms"),
        ("article_p50_ms", "article p50 ms"),
        ("article_p95_ms", "p95 ms"),
        ("cold_start_s", "cold start s"),
        ("peak_memory_mb", "peak MB"),
        ("install_mb", "installed MB"),
    )
    costs = tuple(
        (p["name"], *(_number(p.get(k)) for k, _ in facts), _ratio(p, peers)) for p in peers
    )
    return Section(
        "peers",
        "Side by side",
        (
            f"All on the same documents. The first column of F1 counts {', '.join(COMMON)} only, "
            "for taggers that have no other labels.",
            "Speeds of the model and the baseline were measured in this run, on this machine; "
            "those of other taggers are what their prediction files came with.",
        ),
        (
            Table("F1", ("tagger", ", ".join(COMMON), *labels), scores),
            Table(
                "Speed, memory, size",
                ("tagger", *(name for _, name in facts), "model's speed is x times"),
                costs,
            ),
        ),
        (
            Plot(
                "peers",
                "F1 by label: "
                + "; ".join(f"{p['name']} micro {_f1(p['scores'].get('micro'))}" for p in peers)
                + ".",
                plots.label_bars({p["name"]: p["scores"] for p in peers}),
            ),
        ),
    )  # fmt: skip


def _ratio(peer: Record, peers: Iterable[Record]) -> str:
    model = next(iter(peers))
    if peer is model or not peer.get("syllables_per_second"):
        return "-"
    return f"{model['syllables_per_second'] / peer['syllables_per_second']:.2f}"


def _protocols(record: Record) -> Section | None:
    results = record["results"]
    if not results:
        return None
    tables = tuple(
        Table(f"{name}: {result['protocol']}", HEAD, tuple(score_rows(result["scores"])))
        for name, result in results.items()
        if not result.get("curve")  # of other models than the one reported on
    )
    curves = {
        name: [(point["entities"], point["f1"]) for point in result["curve"]]
        for name, result in results.items()
        if result.get("curve")
    }
    drawn = Plot(
        "learning",
        "Learning curve: micro F1 over training entities. "
        + " ".join(f"{n}: {', '.join(f'{x} {y:.3f}' for x, y in ps)}." for n, ps in curves.items()),
        plots.learning_curves(curves),
    )
    return Section(
        "protocols",
        "Recorded protocols",
        ("Each protocol trains on something else; their scores are not to be mixed.",),
        tables,
        (drawn,) if curves else (),
    )


def _rates(row: Record) -> Iterator[str]:
    return (_rate(row[key]) for key in ("precision", "recall", "f1"))


def _rate(value: float) -> str:
    return f"{value:.3f}"


def _f1(row: Record | None) -> str:
    return _rate(row["f1"]) if row else "-"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
