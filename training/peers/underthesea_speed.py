"""Times underthesea's bundled tagger, as often as it is asked.

    python training/peers/underthesea_speed.py THREADS

Reads a JSON list of texts, then answers this and each further line of its
input with the seconds that tagging them all took, line by line: on the clock
and of processors.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def main() -> int:
    from underthesea import ner

    threads = int(sys.argv[1])
    texts = json.loads(sys.stdin.readline())
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    ner("Hà Nội")
    with ThreadPoolExecutor(threads) as pool:
        while True:
            began, used = time.perf_counter(), time.process_time()
            list(pool.map(ner, lines))
            print(time.perf_counter() - began, time.process_time() - used, flush=True)
            if not sys.stdin.readline():
                return 0


if __name__ == "__main__":
    sys.exit(main())
