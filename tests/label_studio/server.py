"""A real Label Studio server on loopback, with SQLite, for the tests."""

import os
import re
import signal
import socket
import subprocess
import time
from contextlib import suppress

ADMIN, PASSWORD = "admin@example.com", "a-long-password"
KEY = "0123456789abcdef0123456789abcdef01234567"
DEADLINE = 1800  # a first start migrates a database; machines are shared, sometimes starved


class LabelStudioServer:
    """A server that can be killed and started again on the same data."""

    def __init__(self, program, folder):
        self.folder = folder
        self._program = program
        self._process = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        settings = {
            "LABEL_STUDIO_USERNAME": ADMIN,
            "LABEL_STUDIO_PASSWORD": PASSWORD,
            "LABEL_STUDIO_USER_TOKEN": KEY,
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
            "COLLECT_ANALYTICS": "false",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "LATEST_VERSION_CHECK": "false",
            # An ML backend on this machine is refused otherwise.
            "ML_BLOCK_LOCAL_IP": "false",
            "SSRF_PROTECTION_ENABLED": "false",
            "HOME": str(self.folder),
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        command = [
            self._program, "start", "--no-browser", "--internal-host", "127.0.0.1",
            "--port", str(self.port), "--data-dir", self.folder / "data",
        ]  # fmt: skip
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                list(map(str, command)), cwd=self.folder, env={**environment, **settings},
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        wait_until(self._healthy, "the server's /health")

    def _healthy(self):
        import httpx

        log = self.folder / "server.log"
        assert self._process.poll() is None, f"the server has gone, see {log}: {tail(log)}"
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health", timeout=30).status_code == 200
        return False

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, how):
        if self._process is None:
            return
        os.killpg(self._process.pid, how)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def call(self, method, path, *, key=KEY, **body):
        """The JSON answer of the API."""
        import httpx

        answer = httpx.request(
            method, f"{self.url}/api/{path}", json=body or None, timeout=300,
            headers={"Authorization": f"Token {key}"},
        )  # fmt: skip
        assert answer.is_success, (answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None

    def session(self, email=ADMIN, password=PASSWORD, *, page="login"):
        """Cookies of somebody who has logged in, or signed up."""
        import httpx

        with httpx.Client(base_url=self.url, timeout=300, follow_redirects=True) as http:
            form = http.get(f"/user/{page}/").text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
            fields = {"email": email, "password": password, "csrfmiddlewaretoken": token}
            done = http.post(f"/user/{page}/", data=fields, headers={"Referer": self.url})
            assert "sessionid" in http.cookies, (done.status_code, done.text[:500])
            return dict(http.cookies)

    def sign_up(self, email):
        """The legacy token of a new annotator."""
        import httpx

        cookies = self.session(email, page="signup")
        answer = httpx.get(f"{self.url}/api/current-user/token", cookies=cookies, timeout=300)
        return answer.json()["token"]

    def access_token(self, key=KEY):
        """A personal access token of the key's owner."""
        self.call("POST", "jwt/settings", key=key, api_tokens_enabled=True, api_token_ttl_days=30,
                  legacy_api_tokens_enabled=True)  # fmt: skip
        return self.call("POST", "token/", key=key)["token"]

    def project(self, title):
        """The number of a project."""
        listed = self.call("GET", "projects/?page_size=1000")["results"]
        [number] = [each["id"] for each in listed if each["title"] == title]
        return number

    def tasks(self, title):
        """All tasks of a project with everything in them."""
        number = self.project(title)
        pages, found = 0, []
        while True:
            pages += 1
            page = self.call("GET", f"tasks?project={number}&fields=all&page={pages}&page_size=100")
            found += page["tasks"]
            if len(found) >= page["total"]:
                return found

    def annotate(self, task, regions, *, key=KEY, **more):
        """A finished annotation of a task."""
        return self.call(
            "POST", f"tasks/{task['id']}/annotations/", key=key, result=regions, **more
        )


def wait_until(condition, what, *, deadline=DEADLINE):
    """Wait for a condition; time is only looked at to give up."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)  # between two looks, never instead of one
    raise AssertionError(f"{what} did not come within {deadline} s")


def tail(path):
    return path.read_text("utf-8", "replace")[-2000:]
