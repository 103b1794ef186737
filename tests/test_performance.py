"""docs/performance.md is what its figures say."""

import json
import sys

import pytest

from vidner.evaluation.performance import growth_plot, measure, page


@pytest.fixture
def pages(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository / "training"))
    import benchmark_speed

    yield benchmark_speed.pages()
    del sys.modules["benchmark_speed"]


def test_the_page_is_made_of_the_committed_figures(repository, pages):
    for name, text in pages.items():
        assert (repository / "docs" / name).read_text("utf-8") == text, "run: make bench"


FIGURES = {
    "machine": {"processor": "a processor", "processors": 2, "load": 0.1},
    "data": {"documents": 5, "syllables": 6200, "rounds": 2},
    "rates": {
        "syllables": {
            name: {"per_second": speeds, "per_processor_second": [900.0]}
            for name, speeds in {
                "small 1": [4000.0, 4200.0], "small 2": [8000.0, 8400.0],
                "tiny 1": [9000.0], "tiny 2": [20000.0],
                "peer 1": [1000.0, 1400.0], "peer 2": [1000.0, 1000.0],
            }.items()
        },
        "ratios": {
            name: {"per_second": 8.2, "per_processor_second": 1.0}
            for name in ("small 1", "small 2", "tiny 1", "tiny 2")
        },
    },
    "latency": {
        name: {"sentence_p50_ms": 4.2, "article_p50_ms": 200.0, "article_syllables": 900}
        for name in ("small 1", "small 2", "tiny 1", "tiny 2")
    },
    "limit": {"int8_gmacs": 200.0, "fp32_gmacs": 53.0, "window_pieces": 192,
              "window_ms": 38.0, "needed_ms": 27.0, "share": 0.71},
    "growth": {"10000": 8000.0, "100000": 8100.0},
    "process": {
        "small": {"cold_start_s": 0.4, "peak_memory_mb": 180.0},
        "tiny": {"cold_start_s": 0.3, "peak_memory_mb": 120.0},
    },
}  # fmt: skip
STEPS = [{"step": "one", "ratio": 1.5, "agreement": 0.998, "kept": True}]


def test_the_page_shows_medians_ratios_and_steps():
    text = page(FIGURES, STEPS)
    assert "| small | 2 | 8,200 | 1,000 | 8.2 | 900 | 900 | 1.0 | 4.2 | 200 |" in text
    assert "| tiny | 2 | 20,000 | 1,000" in text
    assert "| tiny | 0.30 | 120 |" in text
    assert "71 % of the time" in text
    assert "| one | 1.50 | 99.8 | yes |" in text


def test_without_a_peer_its_columns_are_empty():
    speeds = FIGURES["rates"]["syllables"]
    alone = {name: speed for name, speed in speeds.items() if "peer" not in name}
    figures = FIGURES | {"rates": {"syllables": alone, "ratios": {}}}
    assert "| small | 1 | 4,100 |  |  | 900 |  |  |" in page(figures, [])


def test_a_busy_machine_is_said_to_be_one():
    busy = FIGURES | {"machine": FIGURES["machine"] | {"load": 7.0}}
    assert "Other programs were running** (load 7)" in page(busy, STEPS)
    assert "Other programs" not in page(FIGURES, STEPS)


def test_the_plot_is_the_same_each_time():
    assert growth_plot(FIGURES) == growth_plot(FIGURES)
    assert 'xmlns="http://www.w3.org/2000/svg"' in growth_plot(FIGURES)


ECHO = """
import sys
sys.stdin.readline()
print(0.5, 0.5, flush=True)
for line in sys.stdin:
    print(0.25, 0.5, flush=True)
"""


def test_a_run_measures_everything_against_the_peer(tiny_packed):
    from vidner.documents import Document

    text = "Thượng tướng Hoàng Xuân Chiến thăm Nhật Bản ngày 10/2, " * 4
    found = measure(
        [Document("a", text)], models={"it": tiny_packed}, peer=[sys.executable, "-c", ECHO],
        rounds=1, most=0,
    )  # fmt: skip
    json.dumps(found)
    size = found["data"]["syllables"]
    wanted = {"per_second": [size / 0.25], "per_processor_second": [size / 0.5]}
    assert found["rates"]["syllables"]["peer 2"] == wanted
    assert set(found["rates"]["ratios"]) == {"it 1", "it 2"}
    assert found["limit"]["share"] > 0
    assert found["process"]["it"]["peak_memory_mb"] > 0
