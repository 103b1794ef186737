"""Write model_card.md from the results, the manifest and the template.

python training/card.py [--check | --collect]

--collect first gathers the figures of the training steps from build/ into
training/facts.json.
"""

from __future__ import annotations

import argparse
import json
import string
import sys
from pathlib import Path
from typing import Any

from vidner._models import EMBEDDED
from vidner.backends.onnx import read_manifest
from vidner.evaluation.tables import score_table, sizes_table

ROOT = Path(__file__).parent.parent
CARD = ROOT / "model_card.md"
RESULTS = ROOT / "training" / "results"
FACTS = ROOT / "training" / "facts.json"
SIZES = ROOT / "training" / "sizes.json"
BUILD = ROOT / "build"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    parser.add_argument("--collect", action="store_true", help="gather the figures from build/")
    options = parser.parse_args()
    if options.collect:
        FACTS.write_text(json.dumps(collect(), indent=1) + "\n", "utf-8")
    card = render()
    if options.check:
        current = CARD.read_text("utf-8") == card
        print("up to date" if current else f"{CARD}: run training/card.py")
        return int(not current)
    CARD.write_text(card, "utf-8")
    return 0


def render() -> str:
    """The card's text."""
    template = string.Template((ROOT / "training" / "model_card.template.md").read_text("utf-8"))
    manifest = read_manifest(EMBEDDED)
    seeds, test, development = (
        read(RESULTS / f"{name}.json") for name in ("seeds", "news-test", "development")
    )
    size = sum(path.stat().st_size for path in EMBEDDED.iterdir() if path.is_file())
    return template.substitute(
        size=f"{size / 1e6:.1f}",
        base=manifest["base"],
        window=manifest["window"],
        weights=manifest["files"]["model.onnx"],
        config=json.dumps(manifest["config"], indent=1),
        seeds_protocol=seeds["protocol"],
        seeds_table=score_table(seeds["scores"]),
        test_protocol=test["protocol"],
        test_table=score_table(test["scores"]),
        development_protocol=development["protocol"],
        development_table=score_table(development["scores"]),
        sizes_table=sizes_table(read(SIZES)["rows"]),
        seeds_replay=seeds["replay"],
        **read(FACTS),
    )


def collect() -> dict[str, str]:
    """Figures of the training steps, as the card shows them."""
    adaptation = read(BUILD / "small-adapted" / "adaptation.json")
    first, second = (
        read(BUILD / f"small-{name}" / "training.json") for name in ("first", "second")
    )
    last, tiny = (read(BUILD / name / "training.json") for name in ("small", "tiny"))
    full, packed = (
        read(RESULTS / f"{name}.json")["scores"]["micro"]["f1"]
        for name in ("news-test-fp32", "news-test")
    )
    report = read(BUILD / "report-news" / "report.json")
    changed = {row["name"]: row for row in report["robustness"]}
    peers = {row["name"]: row for row in report["peers"]}
    recall = report["exposure"]["recall"]
    return {
        "changed_documents": str(changed["ALL CAPS"]["documents"]),
        "capitals_f1": f"{changed['ALL CAPS']['f1_after']:.2f}",
        "lower_f1": f"{changed['lower case']['f1_after']:.2f}",
        "bare_f1": f"{changed['no diacritics']['f1_after']:.2f}",
        "typos_f1": f"{changed['typos']['f1_after']:.2f}",
        "unchanged_f1": f"{changed['ALL CAPS']['f1_before']:.2f}",
        "baseline_micro": f"{peers['gazetteer and patterns']['scores']['micro']['f1']:.3f}",
        "recall_seen": f"{recall['annotated in training']['recall']:.3f}",
        "recall_new": f"{recall['new string']['recall']:.3f}",
        "adaptation_tokens": f"{adaptation['tokens'] / 1e6:.1f}",
        "adaptation_before": f"{adaptation['before']:.2f}",
        "adaptation_after": f"{adaptation['after']:.2f}",
        "adaptation_minutes": f"{adaptation['seconds'] / 60:.0f}",
        "training_documents": f"{first['documents']:,}",
        "training_entities": f"{first['entities']:,}",
        "training_copies": f"{first['copies']:,}",
        "training_lost": str(len(first["lost"])),
        "training_epochs": f"{epochs(first):.1f}",
        "training_minutes": f"{minutes(first):.0f}",
        "second_documents": f"{second['documents']:,}",
        "second_epochs": f"{epochs(second):.1f}",
        "second_minutes": f"{minutes(second):.0f}",
        "seeds_minutes": f"{last['seconds'] / 60:.0f}",
        "silver_documents": f"{tiny['silver']:,}",
        "tiny_epochs": f"{tiny['metrics']['epoch']:.1f}",
        "tiny_minutes": f"{minutes(tiny | {'earlier': None}):.0f}",
        "fp32_micro": f"{full:.4f}",
        "int8_difference": f"{100 * (packed - full):+.2f}",
    }


def epochs(record: dict[str, Any] | None) -> float:
    """Of a run, with those of the runs that it went on from."""
    return record["metrics"]["epoch"] + epochs(record.get("earlier")) if record else 0.0


def minutes(record: dict[str, Any] | None) -> float:
    """Likewise, of training."""
    return record["seconds"] / 60 + minutes(record.get("earlier")) if record else 0.0


def read(path: Path) -> dict[str, Any]:
    """A JSON file."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
