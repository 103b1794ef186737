"""The real interface in a real browser: what an annotator sees and does arrives as gold."""

import base64
import io
import os
import time
from pathlib import Path

import pytest

from tests.evaluation.chromium import COMMAND, Browser
from tests.evaluation.conftest import annotated
from tests.label_studio.server import wait_until

pytestmark = pytest.mark.skipif(COMMAND is None, reason="no Chromium here")

ARTICLE = annotated(
    "article",
    "Sáng 3/6, tại Hà Nội, Đại tá Trần Văn Mẫu, Phó Tư lệnh Quân khu 3, tiếp đoàn Lào.\n"
    "Hai bên trao đổi về Hội thao Bắn súng quân dụng lần thứ 12 và tình hình  Biển Đông 🇻🇳.\n"
    "Đoàn tới Huế chiều 5/6.\n",
    ("Sáng 3/6", "DATE"), ("Hà Nội", "LOC"), ("Trần Văn Mẫu", "PERSON"), ("Quân khu 3", "ORG"),
    ("Lào", "LOC"), ("Biển Đông", "LOC"), ("Huế", "LOC"), ("chiều 5/6", "DATE"),
)  # fmt: skip
EVENT = "Hội thao Bắn súng quân dụng lần thứ 12"
PLACE = """(() => {
  const wanted = %r, root = document.querySelector('.lsf-htx-richtext');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(wanted);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(walker.currentNode, at);
    range.setEnd(walker.currentNode, at + wanted.length);
    const box = range.getBoundingClientRect();
    return [box.left, box.right, (box.top + box.bottom) / 2];
  }
  return null;
})()"""
HIGHLIGHTS = "[...document.querySelectorAll('.htx-highlight')].map(e => e.textContent)"


class Page:
    """A logged-in page of the server."""

    def __init__(self, browser, server):
        self.browser = browser
        for name, value in server.session().items():
            browser.call("Network.setCookie", name=name, value=value, url=server.url)

    def open(self, url, ready):
        """Go there and wait until a condition in the page holds."""
        self.browser.call("Page.navigate", url=url)
        wait_until(lambda: self.look(ready), ready, deadline=300)

    def look(self, script):
        """A value in the page; nothing while the page is being replaced."""
        try:
            return self.browser.run(script)
        except AssertionError:
            return None

    def press(self, key):
        code = {"code": f"Digit{key}", "windowsVirtualKeyCode": ord(key)}
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key, **code)
        self.browser.call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def drag(self, words):
        """Select words with the mouse, as a hand does."""
        left, right, y = self.look(PLACE % words)
        steps = [left + 2 + (right - left - 6) * step / 6 for step in range(7)]
        self.mouse("mousePressed", steps[0], y)
        for x in steps[1:]:
            self.mouse("mouseMoved", x, y)
        self.mouse("mouseReleased", steps[-1], y)

    def mouse(self, what, x, y):
        held = {"button": "left", "buttons": 1, "clickCount": int(what != "mouseMoved")}
        self.browser.call("Input.dispatchMouseEvent", type=what, x=x, y=y, **held)

    def shot(self, name):
        """A picture for the documentation, where a folder for it is set."""
        folder = os.environ.get("VIDNER_SCREENSHOTS")
        if folder:
            time.sleep(1)  # let fades end; only for the picture's sake
            from PIL import Image

            data = self.browser.call("Page.captureScreenshot", format="png")["data"]
            path = Path(folder) / f"label-studio-{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
            picture.quantize(128).save(path, optimize=True)


@pytest.fixture
def page(server, tmp_path):
    with Browser(tmp_path / "profile", width=1280, height=720) as browser:
        yield Page(browser, server)


def test_a_region_added_in_the_interface_is_pulled(server, run, write, pull, page):
    run("push", write([ARTICLE]), "--project", "Interface")
    number = server.project("Interface")
    [task] = server.tasks("Interface")
    page.open(
        f"{server.url}/projects/{number}/data", "document.body.innerText.includes('Sáng 3/6')"
    )
    page.shot("tasks")
    page.open(
        f"{server.url}/projects/{number}/data?task={task['id']}",
        "document.querySelector('.htx-highlight') !== null",
    )
    assert page.look(HIGHLIGHTS) == [entity.text for entity in ARTICLE.entities]
    page.shot("predictions")

    page.press("4")
    page.drag(EVENT)
    wait_until(lambda: EVENT in (page.look(HIGHLIGHTS) or ()), "the new region", deadline=180)
    page.shot("region")
    page.look("[...document.querySelectorAll('button')].find(b => b.innerText == 'Submit').click()")
    wait_until(lambda: server.tasks("Interface")[0]["annotations"], "the annotation", deadline=180)

    [gold] = pull("Interface").values()
    start = ARTICLE.text.index(EVENT)
    new = (start, start + len(EVENT), "EVENT")
    assert [e.span for e in gold.entities] == sorted([new, *(e.span for e in ARTICLE.entities)])
    [origin] = gold.meta["label_studio"]["annotations"]
    assert origin["prediction"] == {
        "model_version": "documents", "changed": True, "kept": 8, "removed": 0, "added": 1,
    }  # fmt: skip
