"""Write the tables of annotations/README.md from the data.

    python training/annotation_tables.py [--news DIR] [--check]

With --news the layer's statistics (annotations/news/statistics.json) are
counted anew; the articles' text is needed to know the distinct strings.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from vidner import LABELS, VidnerError
from vidner.documents import Document
from vidner.documents.jsonl import read_jsonl, read_rows
from vidner.documents.marks import read_marks
from vidner.evaluation.coverage import (
    group_table,
    mention_table,
    near_duplicates,
    statistics,
    statistics_table,
    topic_table,
)
from vidner.evaluation.files import read_curves
from vidner.evaluation.hunting import summary_rows
from vidner.evaluation.tables import curve_table, markdown_table
from vidner.train.config import read_toml
from vidner.train.data import gather

ROOT = Path(__file__).parent.parent / "annotations"
README = ROOT / "README.md"
LAYERS = {
    "train": "real articles, training",
    "events": "real articles on events, training",
    "more-events": "further articles on events, training",
    "test": "real articles, test",
}
STATISTICS = ROOT / "news" / "statistics.json"
_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--news", type=Path, help="folder with the articles of the layer")
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"annotation_tables: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    if options.news:
        parts = {name: layer_statistics(name, options.news) for name in LAYERS}
        STATISTICS.write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n", "utf-8")
    old = README.read_text("utf-8")
    new = render(old)
    if options.check:
        print("up to date" if new == old else f"{README}: run training/annotation_tables.py")
        return int(new != old)
    README.write_text(new, "utf-8")
    return 0


def layer_statistics(name: str, news: Path) -> dict[str, object]:
    documents, left_out = gather([], [ROOT / "news" / f"{name}.jsonl"], news=news)
    if left_out:
        raise VidnerError(f"layer {name}: {dict(left_out)}; give the whole corpus with --news")
    return statistics(documents)


def render(text: str) -> str:
    corpus = [d for path in sorted((ROOT / "corpus").glob("*.txt")) for d in read_marks(path)]
    tables = make_tables(list(read_jsonl(ROOT / "gold" / "seeds.jsonl")), corpus)
    return _BLOCK.sub(lambda match: f"{match[1]}{tables[match[2]]}\n{match[3]}", text)


def make_tables(seeds: list[Document], corpus: list[Document]) -> dict[str, str]:
    layer = json.loads(STATISTICS.read_text("utf-8"))
    plan = read_toml(ROOT / "coverage.toml")
    parts = {
        "seeds": statistics(seeds),
        **{title: layer[name] for name, title in LAYERS.items()},
        "written corpus": statistics(corpus),
    }
    duplicates = near_duplicates(corpus)
    commonest = [
        f"{label} `{part['commonest']}` {part['share']:.1%}"
        for label, part in parts["real articles, training"]["labels"].items()
    ]
    return {
        "parts": statistics_table(parts),
        "agreement": agreement_table(),
        "hunting": hunting_table(),
        "curve": curve_table(read_curves(ROOT.parent / "training" / "results")),
        "forms": group_table(corpus, key="form"),
        "topics": topic_table(corpus, plan["topics"]),
        "mentions": mention_table(corpus, plan["forms"]),
        "commonest": "Commonest strings of the real training articles: "
        + ", ".join(commonest)
        + ".",
        "duplicates": f"Pairs of written documents that share a fifth of their six-word runs: "
        f"{len(duplicates)} of {len(corpus) * (len(corpus) - 1) // 2}.",
    }


def agreement_table() -> str:
    rows = json.loads((ROOT / "agreement" / "agreement.json").read_text("utf-8"))
    columns = (*LABELS, "micro", "kappa")
    cells = [(name, *(f"{row[each]:.3f}" for each in columns)) for name, row in rows.items()]
    return markdown_table(("documents and annotations", *columns), cells)


def hunting_table() -> str:
    files = sorted((ROOT / "hunting").glob("*.jsonl"))
    rows = summary_rows({path.stem: [row for _, row in read_rows(path)] for path in files})
    return markdown_table(("part", "disagreements", "wrong", *LABELS), rows)


if __name__ == "__main__":
    sys.exit(main())
