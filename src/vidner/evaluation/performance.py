"""How fast the package is here and now: against a peer, the machine's limit, and length."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from vidner._models import DIRECTORIES
from vidner._reading import Reading
from vidner._tagger import Tagger
from vidner._words import split_words
from vidner.documents import Document
from vidner.evaluation.speed import cold_start
from vidner.evaluation.tables import markdown_table

SENTENCE = 25
"""Syllables of the sentence."""

Cost = Callable[[], tuple[float, float]]
"""Does some work and gives the seconds it took, on the clock and of processors."""


def measure(
    documents: Sequence[Document],
    *,
    models: Mapping[str, Path] = DIRECTORIES,
    peer: Sequence[str] = (),
    rounds: int = 5,
    most: int = 1_000_000,
) -> dict[str, Any]:
    """All figures of one run. What is compared is measured in turn, round by round.

    Args:
        documents: The archive; sentences and the article are taken from it.
        models: Packed models by name; the machine's limit and the growth are of the first.
        peer: Command of another tagger that reads a JSON list of texts, and then
            answers each line of its input with the seconds that tagging them took,
            on the clock and of processors.
        rounds: Of which the median counts.
        most: Syllables of the longest text of the growth.
    """
    texts = [document.text for document in documents]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    taggers = {
        f"{name} {threads}": Tagger.load(model, threads=threads)
        for name, model in models.items()
        for threads in (1, 2)
    }
    one, two = list(taggers.values())[:2]
    found: dict[str, Any] = {
        "machine": {"processor": _processor(), "processors": os.cpu_count(), "load": load},
        "data": {"documents": len(texts), "syllables": sum(map(count, texts)), "rounds": rounds},
        "rates": _rates(taggers, texts, peer, rounds),
        "latency": {name: _latency(tagger, texts, rounds) for name, tagger in taggers.items()},
        "limit": _limit(one, texts, rounds),
        "growth": {
            str(size): _growth(two, texts, size)
            for size in (10_000, 100_000, 1_000_000)
            if size <= most
        },
    }
    found["process"] = {
        name: _fresh_process(model, documents, rounds) for name, model in models.items()
    }
    return found


def _fresh_process(model: Path, documents: Sequence[Document], rounds: int) -> dict[str, float]:
    starts = [cold_start(str(model), documents) for _ in range(rounds)]
    return {
        "cold_start_s": statistics.median(start["cold_start_s"] for start in starts),
        "peak_memory_mb": max(start["peak_memory_mb"] for start in starts),
    }


def count(text: str) -> int:
    """Syllables of a text, as the tagger counts them."""
    return len(split_words(text))


def _rates(
    taggers: Mapping[str, Tagger], texts: Sequence[str], peer: Sequence[str], rounds: int
) -> dict[str, Any]:
    """Syllables a second over the archive, in turn with the peer's.

    Names end in the number of threads.
    """
    size = sum(map(count, texts))

    def cost(tagger: Tagger) -> Cost:
        return lambda: costs(lambda: list(tagger.tag_many(texts)))

    work = {name: cost(tagger) for name, tagger in taggers.items()}
    if not peer:
        return {"syllables": _in_turn(work, size, rounds), "ratios": {}}
    with _peer(peer, texts, 1) as one, _peer(peer, texts, 2) as two:
        measured = _in_turn({**work, "peer 1": one, "peer 2": two}, size, rounds)
    ratios = {}
    for name in taggers:
        ours, theirs = measured[name], measured[f"peer {name.rsplit(maxsplit=1)[-1]}"]
        ratios[name] = {
            clock: round(
                statistics.median(a / b for a, b in zip(ours[clock], theirs[clock], strict=True)), 2
            )
            for clock in ours
        }
    return {"syllables": measured, "ratios": ratios}


def _in_turn(work: Mapping[str, Cost], size: int, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Syllables a second and a processor's second, of each round; the first one warms up."""
    found: dict[str, dict[str, list[float]]] = {
        name: {"per_second": [], "per_processor_second": []} for name in work
    }
    for number in range(rounds + 1):
        for name, cost in work.items():
            wall, processor = cost()
            if number:
                found[name]["per_second"].append(round(size / wall, 1))
                found[name]["per_processor_second"].append(round(size / processor, 1))
    return found


@contextmanager
def _peer(command: Sequence[str], texts: Sequence[str], threads: int) -> Iterator[Cost]:
    """What the texts cost another process, as often as asked."""
    with subprocess.Popen(
        [*command, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        source, answers = process.stdin, process.stdout

        def ask(line: str) -> tuple[float, float]:
            source.write(line + "\n")
            source.flush()
            wall, processor = answers.readline().split()
            return float(wall), float(processor)

        ask(json.dumps(list(texts)))
        yield lambda: ask("again")
        source.close()


def costs(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of this process's processors."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


def seconds(work: Callable[[], object]) -> float:
    """Seconds on the clock."""
    return costs(work)[0]


def _latency(tagger: Tagger, texts: Sequence[str], rounds: int) -> dict[str, float]:
    lines = [line.split() for text in texts for line in text.split("\n")]
    sentences = [" ".join(line[:SENTENCE]) for line in lines if len(line) >= SENTENCE]
    article = max(texts, key=len)
    tagger.tag(article)
    return {
        "sentence_p50_ms": _p50(tagger, sentences[:40] * rounds),
        "article_p50_ms": _p50(tagger, [article] * rounds),
        "article_syllables": count(article),
    }


def _p50(tagger: Tagger, texts: Sequence[str]) -> float:
    times = [seconds(partial(tagger.tag, text)) for text in texts]
    return round(1000 * statistics.median(times), 2)


def _growth(tagger: Tagger, texts: Sequence[str], size: int) -> float:
    """Syllables a second of one text of this many syllables, lines of the archive over and over."""
    lines = [line for text in texts for line in text.split("\n")]
    text = "\n".join(islice(cycle(lines), size * len(lines) // sum(map(count, lines))))
    return round(count(text) / seconds(lambda: tagger.tag(text)), 1)


def _limit(tagger: Tagger, texts: Sequence[str], rounds: int) -> dict[str, Any]:
    """The share of a window's time that its multiply-adds need at the machine's own rate.

    The rates are those of the runtime's matrix multiplication alone, in the
    shapes of the `small` model, on one thread.
    """
    hidden, inner, layers = 384, 1536, 12
    backend = tagger._backend
    windows = (window for text in texts for window in Reading(text).windows(backend))
    window = max(windows, key=lambda window: len(window.ids))
    pieces = len(window.ids)
    shapes = [(hidden, 3 * hidden), (hidden, hidden), (hidden, inner), (inner, hidden)]
    work: dict[str, Callable[[], object]] = {
        f"int8 {a}x{b}": _matmul(pieces, a, b, whole=True) for a, b in shapes
    }
    work["fp32"] = _matmul(pieces, hidden, inner, whole=False)
    work["window"] = partial(backend.logits, window)
    times = [{name: seconds(run) for name, run in work.items()} for _ in range(4 * rounds)]
    found = {name: statistics.median(row[name] for row in times) for name in work}
    whole = sum(found[f"int8 {a}x{b}"] for a, b in shapes) * layers
    operations = sum(pieces * a * b for a, b in shapes)
    fp32 = pieces * hidden * inner / found["fp32"]
    attention = layers * 2 * pieces * pieces * hidden / fp32
    return {
        "int8_gmacs": round(operations * layers / whole / 1e9, 1),
        "fp32_gmacs": round(fp32 / 1e9, 1),
        "window_pieces": pieces,
        "window_ms": round(1000 * found["window"], 2),
        "needed_ms": round(1000 * (whole + attention), 2),
        "share": round((whole + attention) / found["window"], 3),
    }


def _matmul(rows: int, inner: int, columns: int, *, whole: bool) -> Callable[[], object]:
    """One matrix multiplication of the runtime, int8 or float32, on one thread."""
    from onnx import TensorProto, helper, numpy_helper

    from vidner.backends._runtime import runtime

    onnxruntime = runtime()
    random = np.random.default_rng(0)
    if whole:
        a = random.integers(0, 255, (rows, inner)).astype(np.uint8)
        b = random.integers(-64, 64, (inner, columns)).astype(np.int8)
        kinds, operator = (TensorProto.UINT8, TensorProto.INT32), "MatMulInteger"
    else:
        a = random.normal(size=(rows, inner)).astype(np.float32)
        b = random.normal(size=(inner, columns)).astype(np.float32)
        kinds, operator = (TensorProto.FLOAT, TensorProto.FLOAT), "MatMul"
    graph = helper.make_graph(
        [helper.make_node(operator, ["a", "b"], ["c"])],
        operator,
        [helper.make_tensor_value_info("a", kinds[0], [None, inner])],
        [helper.make_tensor_value_info("c", kinds[1], [None, columns])],
        [numpy_helper.from_array(b, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(None, {"a": a})


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


_SPEED_HEAD = (
    "model", "threads", "vidner /s", "peer /s", "ratio",
    "vidner /processor s", "peer /processor s", "ratio",
    f"sentence of {SENTENCE} syllables, ms", "longest article, ms",
)  # fmt: skip
_BUSY = """
**Other programs were running** (load {load:.0f}): what is measured on the clock is too slow, and
is no statement about a free machine. Figures of processor time hold, but for shared caches.
"""


def page(found: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """docs/performance.md.

    Args:
        found: What :func:`measure` gives.
        steps: What was tried: ``step``, ``ratio`` (time before to time after),
            ``agreement`` with the entities of before, ``kept``.
    """
    machine, data, limit = found["machine"], found["data"], found["limit"]
    speed_rows = [_speed_row(name, found) for name in found["latency"]]
    busy = machine["load"] is not None and machine["load"] > machine["processors"] / 2
    return f"""# Performance

Written by `make bench` out of `performance.json` and `performance_steps.json`; do not edit.

{machine["processors"]} processors ({machine["processor"]}). The archive is the
{data["documents"]} seed articles, {data["syllables"]:,} syllables; medians of {data["rounds"]}
rounds in which all are measured in turn.
{_BUSY.format(load=machine["load"]) if busy else ""}
## Speed

Syllables a second, and a second of processor time; the peer is underthesea's bundled tagger.

{markdown_table(_SPEED_HEAD, speed_rows)}

Import and first `tag()` in a fresh process, which then tags the archive text by text:

{_process_table(found["process"])}

## The machine's limit

One window of {limit["window_pieces"]} pieces takes `small` {limit["window_ms"]:.1f} ms on one
thread. Its multiply-adds alone take {limit["needed_ms"]:.1f} ms at the rates measured in the same
run ({limit["int8_gmacs"]:.0f} G int8 and {limit["fp32_gmacs"]:.0f} G float32 a second):
{100 * limit["share"]:.0f} % of the time.

## Length

Of `small`, two threads.

{_growth_table(found["growth"])}

![Syllables a second by length of the text](performance-growth.svg)

## What each step brought

Time before to time after, in one process, turn by turn; agreement is the F1 between the entities of
before and after on the seeds, in percent, where whole models were compared; rounding alone, which
changes nothing else, moves it by a few tenths.

{markdown_table(("step", "ratio", "agreement", "kept"), [_step_row(step) for step in steps])}
"""


def _speed_row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the speed table: a model with a number of threads beside the peer with as many."""
    model, threads = name.rsplit(maxsplit=1)
    rates, latency = found["rates"], found["latency"][name]
    row = [model, threads]
    for clock in ("per_second", "per_processor_second"):
        for who in (name, f"peer {threads}"):
            values = rates["syllables"].get(who, {}).get(clock)
            row.append(f"{statistics.median(values):,.0f}" if values else "")
        ratio = rates["ratios"].get(name)
        row.append(f"{ratio[clock]:.1f}" if ratio else "")
    return (*row, f"{latency['sentence_p50_ms']:.1f}", f"{latency['article_p50_ms']:.0f}")


def _process_table(process: Mapping[str, Mapping[str, float]]) -> str:
    rows: list[tuple[str, ...]] = [
        (name, f"{row['cold_start_s']:.2f}", f"{row['peak_memory_mb']:.0f}")
        for name, row in process.items()
    ]
    return markdown_table(("model", "import and first tag(), s", "peak memory, MB"), rows)


def _growth_table(growth: Mapping[str, float]) -> str:
    rows: list[tuple[str, ...]] = [
        (f"{int(size):,}", f"{speed:,.0f}") for size, speed in growth.items()
    ]
    return markdown_table(("syllables in one text", "syllables/s"), rows)


def _step_row(step: Mapping[str, Any]) -> tuple[str, ...]:
    agreement = step["agreement"]
    return (
        str(step["step"]),
        f"{step['ratio']:.2f}",
        f"{100 * agreement:.1f}" if agreement is not None else "",
        "yes" if step["kept"] else "no",
    )


def growth_plot(found: Mapping[str, Any]) -> str:
    """performance-growth.svg: a flat line is linear cost."""
    from vidner.evaluation.plots import COLOURS, draw

    sizes = [int(size) for size in found["growth"]]
    speeds = list(found["growth"].values())

    def paint(axes: Any) -> None:
        axes.plot(sizes, speeds, marker="o", color=COLOURS[0])
        axes.set_xscale("log")
        axes.set_ylim(0, 1.2 * max(speeds))
        axes.set_xlabel("syllables in one text")
        axes.set_ylabel("syllables a second")

    image = draw("growth", "Syllables a second by length of the text", paint)
    return "\n".join(line.rstrip() for line in image.splitlines()) + "\n"
