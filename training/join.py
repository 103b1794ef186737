"""Write annotated files and layers, joined with their text, as one JSON-lines file.

python training/join.py --layer annotations/news/test.jsonl --news DIR --out build/news-test.jsonl

`vidner evaluate` reads such files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vidner import VidnerError
from vidner.documents.jsonl import write_jsonl
from vidner.train.data import gather, split_development


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="annotated JSONL files")
    parser.add_argument("--layer", type=Path, nargs="*", default=[], help="layers over articles")
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument(
        "--without-development",
        action="store_true",
        help="leave out the development documents, as training does",
    )
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        documents, left_out = gather(options.data, options.layer, news=options.news)
    except VidnerError as error:
        print(f"join: {error}", file=sys.stderr)
        return 1
    if options.without_development:
        documents = split_development(documents)[0]
    for reason, count in left_out.items():
        print(f"left out: {count} articles of the layer, {reason}", file=sys.stderr)
    print(f"{options.out}: {write_jsonl(documents, options.out)} documents")
    return 0


if __name__ == "__main__":
    sys.exit(main())
