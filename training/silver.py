"""Raw news tagged by a model: a silver standard from which a smaller model learns.

    python training/silver.py --text DIR --documents 4000 --out build/silver.jsonl \\
        --without annotations/news/test.jsonl

Give it to training/finetune.py as --silver: it is never held out, so no score is of it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vidner import Tagger, VidnerError
from vidner.documents import Document, problems
from vidner.documents.jsonl import read_rows, write_jsonl
from vidner.evaluation.predict import predict
from vidner.train.data import sample
from vidner.train.raw import read_texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=Path, required=True, help="folder or file of raw text")
    parser.add_argument(
        "--without", type=Path, nargs="*", default=[],
        help="JSONL files whose ids are left out (test sets, annotated articles)",
    )  # fmt: skip
    parser.add_argument("--documents", type=int, required=True, help="how many, drawn by --seed")
    parser.add_argument("--model", help="what tags them (default: the embedded model)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"silver: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    left_out = {str(row["id"]) for path in options.without for _, row in read_rows(path)}
    texts = read_texts(options.text, without=left_out)
    bare = [Document(f"silver-{place}", text) for place, text in enumerate(texts)]
    drawn = sample(bare, options.documents, seed=options.seed)
    tagged = predict(Tagger.load(options.model), drawn)
    sound = [document for document in tagged if not list(problems(document))]
    count = write_jsonl(sound, options.out)
    print(
        f"{options.out}: {count} of {len(bare)} documents; {len(tagged) - count} were left out, "
        "in which an entity breaks a rule of annotation"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
