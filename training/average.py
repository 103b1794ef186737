"""Average the weights of fine-tuning runs from one base.

    python training/average.py --checkpoints build/small-first build/small-second \\
        --out build/small-stage1
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vidner import VidnerError
from vidner.train.averaging import average


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, nargs="+", required=True)
    parser.add_argument("--weights", type=float, nargs="+", help="of each; equal by default")
    parser.add_argument("--out", type=Path, required=True, help="directory of the new checkpoint")
    options = parser.parse_args()
    weights = options.weights or [1.0] * len(options.checkpoints)
    try:
        average(options.checkpoints, options.out, weights=weights)
    except VidnerError as error:
        print(f"average: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
