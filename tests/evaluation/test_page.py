"""The report as files, and the page in a real browser."""

import json
import re
import sys
from dataclasses import replace

import pytest

from tests.evaluation import chromium
from tests.evaluation.conftest import annotated
from vidner import MissingExtraError
from vidner._entities import LABELS
from vidner.evaluation.gazetteer import Gazetteer
from vidner.evaluation.mistakes import KINDS
from vidner.evaluation.page import require_extra, to_html, to_markdown
from vidner.evaluation.report import Material, evaluate
from vidner.evaluation.scores import score
from vidner.evaluation.sections import sections

SECTIONS = ["scores", "views", "classes", "exposure", "slices", "calibration", "robustness",
            "peers", "protocols"]  # fmt: skip


def test_the_record_holds_what_was_measured(record, seeds, baseline):
    scores = score(seeds, [d.with_entities(baseline.tag(d.text)) for d in seeds])
    assert record["scores"] == scores.to_dict()
    strict = record["lenient"]["strict"]
    assert (strict["correct"], strict["f1"]) == (scores.micro.right, round(scores.micro.f1, 4))
    assert sum(record["mistakes"]["counts"].values()) == len(record["mistakes"]["all"]) > 20
    assert [peer["name"] for peer in record["peers"]] == [
        "vidner", "gazetteer and patterns", "half",
    ]  # fmt: skip
    assert record["calibration"]["tempered"]["temperature"] > 0


def test_json_is_the_record(written, record):
    assert json.loads((written / "report.json").read_text("utf-8")) == json.loads(
        json.dumps(record)
    )


def test_every_section_is_in_page_and_markdown(written, record):
    page, text = ((written / f"report.{kind}").read_text("utf-8") for kind in ("html", "md"))
    assert [section.name for section in sections(record)] == SECTIONS
    for section in sections(record):
        assert f'<section id="{section.name}">' in page
        assert f"## {section.title}" in text
        for table in section.tables:
            assert f"**{table.caption}**" in text


def test_markdown_has_every_mistake(written, record):
    text = (written / "report.md").read_text("utf-8")
    lines = text[text.index("## Every mistake") :].splitlines()
    assert sum(line.startswith("- ") for line in lines) == len(record["mistakes"]["all"])


def test_the_page_needs_nothing_from_elsewhere(written):
    page = (written / "report.html").read_text("utf-8")
    addresses = re.findall(r'(?:src|href)="([^"#][^"]*)"', page)
    assert set(addresses) == {"data:,"}
    assert "@import" not in page
    assert "url(http" not in page
    assert 'name="viewport"' in page


def test_every_plot_has_words_and_ids_of_its_own(written):
    page = (written / "report.html").read_text("utf-8")
    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 7
    assert all(re.search(r'role="img" aria-label="[^"]{20,}"', plot) for plot in plots)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_text_cannot_become_part_of_the_page():
    text = 'Ông <script>alert(1)</script> & "Lào" | *x*'
    gold = [annotated("<d>", text, ("Lào", "LOC"))]
    record = evaluate(Material(gold, "<b>", Gazetteer()))
    assert "<script>alert" not in to_html(record)
    assert "&lt;script&gt;alert(1)" in to_html(record)
    assert "&lt;script>alert" in to_markdown(record)


def test_a_report_without_predictions_mistakes_or_training_is_whole():
    gold = [annotated("d", "Không có tên nào.")]
    record = evaluate(Material(gold, "none", Gazetteer()))
    assert record["exposure"] is None
    assert "No mistake." in to_markdown(record)
    assert "0 of 0" in to_html(record)


@pytest.mark.parametrize("module", ["jinja2", "matplotlib"])
def test_a_missing_package_names_the_extra(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"vidner\[report\]"):
        require_extra()


@pytest.fixture(scope="module")
def browser(written, tmp_path_factory):
    if chromium.COMMAND is None:
        pytest.skip("no chromium here; apt-get install chromium to open the page in it")
    with chromium.Browser(tmp_path_factory.mktemp("profile")) as open_browser:
        open_browser.open(f"file://{written}/report.html")
        yield open_browser


def test_the_browser_has_nothing_to_complain_about(browser):
    assert browser.seen("Runtime.exceptionThrown") == []
    assert browser.seen("Runtime.consoleAPICalled") == []
    assert browser.seen("Log.entryAdded") == []
    asked = {event["request"]["url"].split(":")[0] for event in
             browser.seen("Network.requestWillBeSent")}  # fmt: skip
    assert asked <= {"file", "data"}


def test_the_browser_shows_tables_and_plots(browser, record):
    tables = sum(len(section.tables) for section in sections(record))
    assert browser.run("document.querySelectorAll('section table tbody tr').length") > 50
    assert browser.run("document.querySelectorAll('section table').length") == tables
    sizes = browser.run(
        "[...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect().height)"
    )
    assert len(sizes) == 7
    assert min(sizes) > 100


def shown(browser):
    return browser.run(
        "[...document.querySelectorAll('#mistakes li')].filter(r => r.offsetHeight)"
        ".map(r => [r.dataset.labels, r.dataset.kind])"
    )


def choose(browser, name, value):
    browser.run(f"{name}.value = {json.dumps(value)}; {name}.dispatchEvent(new Event('change'))")


@pytest.mark.parametrize("label", LABELS)
def test_mistakes_are_filtered_by_label(browser, record, label):
    choose(browser, "label", label)
    wanted = [m for m in record["mistakes"]["all"] if label in m["labels"]]
    assert len(shown(browser)) == len(wanted) > 0
    assert all(label in labels.split() for labels, _ in shown(browser))
    total = len(record["mistakes"]["all"])
    assert browser.run("document.getElementById('shown').value") == f"{len(wanted)} of {total}"
    choose(browser, "label", "")
    assert len(shown(browser)) == total


def test_mistakes_are_filtered_by_class_and_label_together(browser, record):
    choose(browser, "label", "PERSON")
    choose(browser, "kind", KINDS[0])
    wanted = [m for m in record["mistakes"]["all"]
              if m["kind"] == KINDS[0] and "PERSON" in m["labels"]]  # fmt: skip
    assert len(shown(browser)) == len(wanted) > 0
    choose(browser, "label", "")
    choose(browser, "kind", "")


def test_a_phone_never_scrolls_sideways(browser):
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2,
        mobile=True,
    )  # fmt: skip
    assert browser.run("document.documentElement.scrollWidth") <= 360
    browser.call("Emulation.clearDeviceMetricsOverride")


def test_documents_without_a_name_of_a_form_have_no_slice(record):
    gold = [replace(annotated("d", "Lào", ("Lào", "LOC")), meta={"form": "tin", "topic": "x"})]
    slices = evaluate(Material(gold, "one", Gazetteer()))["slices"]
    assert set(slices) - set(record["slices"]) == {"form", "topic"}
