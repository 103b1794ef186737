"""Speed, memory and size, measured here and now."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

from vidner._entities import Entity
from vidner._errors import VidnerError
from vidner._words import split_lines, split_words
from vidner.documents import Document

Tag = Callable[[str], list[Entity]]

RUNTIME = ("numpy", "onnxruntime", "tokenizers")
"""What an installation of the package brings along and loads."""

_FRESH = """
import json, sys, time
began = time.perf_counter()
from vidner import Tagger
tagger = Tagger.load({model!r})
tagger.tag("Hà Nội")
ready = time.perf_counter() - began
for text in json.load(sys.stdin):
    tagger.tag(text)
try:
    status = open("/proc/self/status").read()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
except (OSError, IndexError):
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"cold_start_s": round(ready, 3), "peak_memory_mb": round(peak, 1)}}))
"""


def throughput(tag: Tag, documents: Sequence[Document]) -> dict[str, float]:
    """Syllables a second, and latency of a sentence (a line) and of an article.

    The first text is tagged once before the clock starts.
    """
    texts = [document.text for document in documents]
    tag(texts[0])
    articles = [_seconds(tag, text) for text in texts]
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    sentences = [_seconds(tag, line) for line in _spread(lines, 200)]
    syllables = sum(len(split_words(text)) for text in texts)
    return {
        "syllables_per_second": round(syllables / max(sum(articles), 1e-9)),
        **{f"article_{name}": value for name, value in _latency(articles).items()},
        **{f"sentence_{name}": value for name, value in _latency(sentences).items()},
    }


def _spread(lines: Sequence[str], most: int) -> Sequence[str]:
    return lines[:: max(1, len(lines) // most)][:most] or [""]


def _seconds(tag: Tag, text: str) -> float:
    began = time.perf_counter()
    tag(text)
    return time.perf_counter() - began


def _latency(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.quantile(seconds, [0.5, 0.95])
    return {"p50_ms": round(float(p50) * 1000, 2), "p95_ms": round(float(p95) * 1000, 2)}


def cold_start(model: str | None, documents: Sequence[Document]) -> dict[str, float]:
    """Seconds from import to the first answer, and peak memory over the documents.

    Both are measured in a fresh process.

    Raises:
        VidnerError: The fresh process failed; its last line says why.
    """
    done = subprocess.run(
        [sys.executable, "-c", _FRESH.format(model=model)],
        input=json.dumps([document.text for document in documents[:50]]),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise VidnerError(f"measuring the cold start failed: {done.stderr.strip()[-300:]}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def install_size() -> float:
    """Megabytes of the package and of what it needs at run time."""
    own = Path(__file__).parent.parent
    size = sum(path.stat().st_size for path in own.rglob("*") if path.is_file())
    return round((size + sum(map(_distribution_size, RUNTIME))) / 1e6, 1)


def _distribution_size(name: str) -> int:
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return 0
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


def syllables(documents: Sequence[Document]) -> int:
    """Words of the documents, as the tagger counts them."""
    return sum(len(line) for document in documents for line in split_lines(document.text))
