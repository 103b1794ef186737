"""A real browser over its debugging pipe: no driver, no port, no package.

Chromium reads commands from file descriptor 3 and writes answers to 4, JSON
messages with a zero byte behind each (the Chrome DevTools Protocol).
"""

import fcntl
import json
import os
import shutil
import subprocess

COMMAND = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--remote-debugging-pipe", "--no-first-run", "--disable-background-networking",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")  # fmt: skip


class Browser:
    """One page in a headless Chromium; use it in a ``with`` statement."""

    def __init__(self, profile, *, width=1000, height=800):
        self.events = []
        self._number = 0
        self._unread = b""
        child_in, self._out = (_high(end) for end in os.pipe())
        self._in, child_out = (_high(end) for end in os.pipe())
        flags = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{child_in} 4>&{child_out}', "chromium", COMMAND, *flags],
            pass_fds=(child_in, child_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(child_in)
        os.close(child_out)
        self._session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._session = None
        self.call("Browser.close")
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._out)
        os.close(self._in)

    def call(self, method, **parameters):
        """The result of a command; what happens meanwhile is kept in ``events``."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        """Go to a page and wait until it has loaded."""
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read())

    def run(self, script):
        """The value of a JavaScript expression in the page."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def seen(self, method):
        """Parameters of the events of a kind."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def _read(self):
        while b"\0" not in self._unread:
            more = os.read(self._in, 65536)
            assert more, "the browser has gone"
            self._unread += more
        message, self._unread = self._unread.split(b"\0", 1)
        return json.loads(message)


def _high(end):
    """The same pipe end under a number that 3 and 4 do not disturb."""
    high = fcntl.fcntl(end, fcntl.F_DUPFD, 10)
    os.close(end)
    return high
