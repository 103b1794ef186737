"""The page in a real browser."""

import json
import re
import unicodedata

import pytest

from tests.evaluation import chromium
from tests.serve.conftest import eventually, running
from vidner import LABELS
from vidner.serve._app import PAGE

TEXT = "😀 Ông Hoàng Xuân Chiến thăm Nhật Bản.\n\nTheo TTXVN, ngày 10/2."
HOSTILE = (
    "<script>window.hurt = 1</script> <img src=x onerror=\"window.hurt = 2\"> &lt;b&gt; "
    "<a href=\"javascript:window.hurt=3\">Ông Hoàng Xuân Chiến</a> thăm <b>Nhật Bản</b>"
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if chromium.COMMAND is None:
        pytest.skip("no chromium here; apt-get install chromium to open the page in it")
    with (
        running() as server,
        chromium.Browser(tmp_path_factory.mktemp("profile"), width=1200) as open_browser,
    ):
        open_browser.url = server.url
        open_browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
        yield open_browser


@pytest.fixture
def page(browser):
    """A fresh page, in English."""
    browser.events.clear()
    browser.open(browser.url)
    eventually(lambda: browser.run("document.getElementById('model')?.textContent"))
    browser.run("document.querySelector('[data-language=en]').click()")
    yield browser
    assert browser.seen("Runtime.exceptionThrown") == []
    assert browser.seen("Runtime.consoleAPICalled") == []
    assert browser.seen("Log.entryAdded") == []


def press(page, key, modifiers=0):
    codes = {"Enter": 13, "Tab": 9, "Escape": 27, " ": 32, "ArrowRight": 39, "ArrowLeft": 37,
             "Home": 36, "End": 35}  # fmt: skip
    parameters = {"key": key, "code": key.strip() or "Space", "modifiers": modifiers,
                  "windowsVirtualKeyCode": codes[key]}  # fmt: skip
    text = {"Enter": "\r", " ": " "}.get(key, "") if not modifiers else ""
    page.call("Input.dispatchKeyEvent", type="keyDown", text=text, **parameters)
    page.call("Input.dispatchKeyEvent", type="keyUp", **parameters)


def paste(page, text):
    page.run("document.getElementById('text').focus()")
    page.call("Input.insertText", text=text)


def tagged(page, text):
    """Paste a text and have it tagged, by the keyboard alone."""
    paste(page, text)
    press(page, "Enter", modifiers=2)
    settled(page)


def settled(page):
    eventually(lambda: page.run("document.querySelector('mark') !== null"))
    eventually(lambda: page.run("document.getElementById('result').ariaBusy === 'false'"))


def marks(page, selector="mark:not(.off)"):
    return page.run(
        f"[...document.querySelectorAll('{selector}')].map(m => [m.textContent, m.dataset.label])"
    )


def focused(page):
    return page.run("document.activeElement.textContent")


def test_a_pasted_text_is_highlighted_where_its_entities_are(page, tagger):
    tagged(page, TEXT)
    assert marks(page) == [[e.text, e.label] for e in tagger.tag(TEXT)]
    assert page.run("document.getElementById('marked').textContent") == TEXT


def test_a_decomposed_text_is_shown_as_it_was_pasted(page, tagger):
    text = unicodedata.normalize("NFD", TEXT)
    tagged(page, text)
    assert marks(page) == [[e.text, e.label] for e in tagger.tag(text)]
    assert page.run("document.getElementById('marked').textContent") == text


def test_hostile_text_is_shown_as_text(page):
    tagged(page, HOSTILE)
    assert page.run("document.getElementById('marked').textContent") == HOSTILE
    assert page.run("document.querySelectorAll('#marked :not(mark), #list script').length") == 0
    assert page.run("window.hurt") is None
    assert len(marks(page)) >= 2


def test_the_legend_counts_and_filters(page):
    tagged(page, TEXT)
    every = marks(page)
    counts = page.run(
        "[...document.querySelectorAll('[data-filter] .number')].map(n => +n.innerText)"
    )
    assert counts == [sum(label == wanted for _, label in every) for wanted in LABELS]
    page.run("document.querySelector('[data-filter=LOC]').click()")
    assert marks(page) == [row for row in every if row[1] != "LOC"]
    assert page.run("document.querySelector('[data-filter=LOC]').ariaPressed") == "false"
    shown = len(marks(page))
    assert page.run("document.getElementById('status').textContent") == (
        f"{shown} of {len(every)} entities shown."
    )
    page.run("document.querySelector('[data-filter=LOC]').click()")
    assert marks(page) == every


def test_the_keyboard_goes_through_the_entities_and_their_scores(page):
    tagged(page, TEXT)
    names = [name for name, _ in marks(page)]
    page.run("document.querySelector('#legend button:last-child').focus()")
    press(page, "Tab")
    assert focused(page) == names[0]
    tip = page.run(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).innerText"
    )
    assert re.fullmatch(r"PERSON, Person · score [\d.]+%", tip)
    press(page, "ArrowRight")
    assert focused(page) == names[1]
    press(page, "End")
    assert focused(page) == names[-1]
    press(page, "Home")
    press(page, "ArrowLeft")
    assert focused(page) == names[0]
    assert page.run("document.getElementById('tip').hidden") is False
    press(page, "Escape")
    assert page.run("document.getElementById('tip').hidden") is True


def test_a_filter_is_switched_by_the_keyboard_and_keeps_the_focus(page):
    tagged(page, TEXT)
    page.run("document.querySelector('[data-filter=PERSON]').focus()")
    press(page, " ")
    assert "PERSON" not in {label for _, label in marks(page)}
    press(page, " ")
    assert "PERSON" in {label for _, label in marks(page)}


def test_the_pointer_shows_the_score(page):
    tagged(page, TEXT)
    box = page.run(
        "(b => [b.x + 5, b.y + 5])(document.querySelector('mark').getBoundingClientRect())"
    )
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
    assert page.run("document.getElementById('tip').innerText").startswith("PERSON, Person · score")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    assert page.run("document.getElementById('tip').hidden") is True


def test_what_is_shown_is_copied_as_json(page, tagger):
    page.call("Browser.grantPermissions",
              permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])  # fmt: skip
    tagged(page, TEXT)
    page.run("document.querySelector('[data-filter=LOC]').click()")
    page.run("document.getElementById('copy').click()")
    eventually(lambda: page.run("document.getElementById('status').textContent") == "Copied.")
    page.run("navigator.clipboard.readText().then(text => window.clipped = text); 0")
    copied = json.loads(eventually(lambda: page.run("window.clipped")))
    assert copied["text"] == TEXT
    assert copied["entities"] == [e.to_dict() for e in tagger.tag(TEXT) if e.label != "LOC"]


def test_copying_works_where_there_is_no_clipboard_for_pages(page):
    """A page that does not come from this machine has none without HTTPS."""
    tagged(page, TEXT)
    page.run("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.run("document.addEventListener('copy', () => {"
             "window.clipped = document.activeElement.value})")  # fmt: skip
    page.run("document.getElementById('copy').focus()")
    press(page, "Enter")
    eventually(lambda: page.run("document.getElementById('status').textContent") == "Copied.")
    assert json.loads(page.run("window.clipped"))["text"] == TEXT
    assert page.run("document.activeElement.id") == "copy"


def test_the_language_is_switched_and_remembered(page):
    tagged(page, TEXT)
    page.run("document.querySelector('[data-language=vi]').click()")
    assert page.run("document.documentElement.lang") == "vi"
    assert page.run("document.getElementById('go').innerText").startswith("Tìm thực thể")
    assert (
        page.run("document.querySelector('[data-filter=PERSON]').innerText").split()[1] == "Người"
    )
    assert marks(page)
    page.events.clear()
    page.open(page.url)
    eventually(lambda: page.run("document.documentElement?.lang") == "vi")


def test_no_word_is_missing_in_either_language(page):
    page.run("import('/page/words.js').then(m => window.languages = m.words); 0")
    eventually(lambda: page.run("'languages' in window"))
    keys = page.run("Object.values(languages).map(words => Object.keys(words))")
    assert keys[0] == keys[1]
    used = set(
        re.findall(r'data-word(?:-label)?="(\w+)"', (PAGE / "index.html").read_text("utf-8"))
    )
    used |= set(re.findall(r'\bword\("(\w+)"', (PAGE / "page.js").read_text("utf-8")))
    assert used <= set(keys[0])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_sample_is_read_at_once(page, number):
    page.run(f"document.querySelector('[data-sample=\"{number}\"]').click()")
    settled(page)
    labels = {label for _, label in marks(page)}
    assert {"PERSON", "ORG", "LOC", "DATE"} <= labels
    names = page.run("document.querySelectorAll('#list button').length")
    assert 0 < names <= len(marks(page))


def test_a_name_of_the_list_leads_to_its_first_place(page):
    tagged(page, f"{TEXT}\n{TEXT}")
    page.run("document.querySelector('details').open = true")
    page.run("document.querySelector('#list button').click()")
    assert focused(page) == marks(page)[0][0]


def test_clearing_leaves_nothing(page):
    tagged(page, TEXT)
    page.run("document.getElementById('clear').click()")
    assert page.run("document.getElementById('marked').textContent") == ""
    assert page.run("document.getElementById('text').value") == ""
    assert page.run("document.getElementById('copy').disabled") is True


def test_a_text_beyond_the_limit_is_said_before_it_is_sent(page):
    page.run("document.getElementById('text').value = 'a'.repeat(200001);"
             "document.getElementById('text').dispatchEvent(new Event('input'))")  # fmt: skip
    assert page.run("document.getElementById('error').innerText").startswith("The text is longer")
    assert page.run("document.getElementById('go').disabled") is True
    page.run("document.getElementById('clear').click()")
    assert page.run("document.getElementById('error').hidden") is True


def test_nothing_comes_from_outside(page):
    tagged(page, TEXT)
    asked = {e["request"]["url"] for e in page.seen("Network.requestWillBeSent")}
    assert {url for url in asked if not url.startswith((page.url, "data:"))} == set()
    assert f"{page.url}page/page.js" in asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chip_and_mark_can_be_read(page, scheme):
    page.call("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
    page.run("document.querySelector('[data-sample=\"0\"]').click()")
    settled(page)
    ratios = page.run(CONTRASTS)
    assert len(ratios) > 20
    assert {name: ratio for name, ratio in ratios if ratio < 4.5} == {}


# Contrast (WCAG 2) of each element's text with what is painted under it.
CONTRASTS = """(() => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const paint = (...colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const under = element => element
    ? [...under(element.parentElement), getComputedStyle(element).backgroundColor] : [];
  const kinds = "mark, .code, button:not(:disabled), p, h1, h2, output, a, textarea";
  return [...document.querySelectorAll(kinds)]
    .filter(element => element.offsetHeight)
    .map(element => {
      const one = light(paint(...under(element), getComputedStyle(element).color));
      const other = light(paint(...under(element)));
      return [element.outerHTML, (Math.max(one, other) + .05) / (Math.min(one, other) + .05)];
    });
})()"""


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_never_scrolls_sideways(page, width):
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=740, deviceScaleFactor=2,
              mobile=True)  # fmt: skip
    tagged(page, TEXT + " " + "x" * 500)
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.getElementById('result').getBoundingClientRect().top") < 370
    page.call("Emulation.clearDeviceMetricsOverride")
