"""The network part: a server, its projects and tasks, and errors in words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from vidner._errors import LabelStudioError, MissingExtraError
from vidner.label_studio.config import CONFIG, INSTRUCTIONS, Names, read_config

URL, KEY = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"
_PAGE = 100
_TIMEOUT = 300.0  # a busy server with SQLite may take its time


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the server.

    Attributes:
        id: Its number.
        title: Its name.
        names: The names that regions must use in it.
    """

    id: int
    title: str
    names: Names


class Server:
    """A Label Studio server; use it in a ``with`` statement.

    Args:
        url: Address; ``LABEL_STUDIO_URL`` by default.
        api_key: A personal access token or a legacy token; ``LABEL_STUDIO_API_KEY``
            by default.
        timeout: Seconds to wait for an answer.

    Raises:
        LabelStudioError: No address or key is given, or they cannot be ones.
        MissingExtraError: The extra ``labelstudio`` is not installed.
    """

    def __init__(
        self, url: str | None = None, api_key: str | None = None, *, timeout: float = _TIMEOUT
    ) -> None:
        self.url = _given(url, URL, "--url", "the server's address").rstrip("/")
        key = _given(api_key, KEY, "--api-key", "a token from Account & Settings")
        if not self.url.startswith(("http://", "https://")):
            raise LabelStudioError(f"{self.url!r} is no address; wanted http://… or https://…")
        if not (key.isascii() and key.isprintable()):
            raise LabelStudioError("the API key holds signs that no key has; copy it again")
        try:
            import httpx
            from label_studio_sdk import LabelStudio
        except ImportError as error:
            raise MissingExtraError(error.name or "label-studio-sdk", extra="labelstudio") from None
        patience = httpx.Timeout(timeout, connect=min(timeout, 30.0))
        self._http = httpx.Client(timeout=patience, follow_redirects=True)
        try:
            with self._in_words():
                # Retries are off: an import that is sent again is done twice.
                self._sdk = LabelStudio(
                    base_url=f"{self.url}/", api_key=key, httpx_client=self._http, max_retries=0
                )
        except LabelStudioError:
            self._http.close()
            raise

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def find_project(self, name: str) -> Project | None:
        """The project of this title, or of this number where no title is it.

        Raises:
            LabelStudioError: Several projects have the title, or its labelling
                configuration is for something else.
        """
        with self._in_words():
            listed = [(each.id, str(each.title)) for each in self._sdk.projects.list()]
        found = [number for number, title in listed if title == name]
        if not found and name.isdigit():
            found = [number for number, _ in listed if number == int(name)]
        if len(found) > 1:
            raise LabelStudioError(
                f"{len(found)} projects at {self.url} are called {name!r}; give a number instead: "
                f"{', '.join(map(str, found))}"
            )
        return self._project(found[0]) if found else None

    def project(self, name: str) -> Project:
        """The project of this title or number.

        Raises:
            LabelStudioError: There is none, or as :meth:`find_project`.
        """
        project = self.find_project(name)
        if project is None:
            with self._in_words():
                titles = [str(each.title) for each in self._sdk.projects.list()]
            there = ", ".join(map(repr, titles[:10])) or "none at all"
            raise LabelStudioError(f"no project {name!r} at {self.url}; there is {there}")
        return project

    def create_project(self, title: str, *, annotators: int = 1) -> Project:
        """A new project with the labelling configuration of this package.

        Args:
            title: Its name.
            annotators: How many people are to annotate each task.

        Raises:
            LabelStudioError: The server refuses the title.
        """
        if not 3 <= len(title) <= 50:
            raise LabelStudioError(
                f"{title!r}: a project's title has 3 to 50 characters, this one has {len(title)}"
            )
        with self._in_words():
            created = self._sdk.projects.create(
                title=title,
                label_config=CONFIG.read_text("utf-8"),
                expert_instruction=INSTRUCTIONS.read_text("utf-8"),
                show_instruction=True,
                maximum_annotations=annotators,
            )
        return self._project(created.id)

    def _project(self, number: int) -> Project:
        with self._in_words():
            found = self._sdk.projects.get(id=number)
        title = str(found.title)
        names = read_config(str(found.label_config), where=f"project {title!r} at {self.url}")
        return Project(number, title, names)

    def tasks(self, project: Project) -> Iterator[dict[str, Any]]:
        """The project's tasks with annotations, drafts and predictions, oldest first.

        Raises:
            LabelStudioError: The server does not answer as it should.
        """
        number = read = 0
        while True:  # the SDK's own paging takes any 404 for the end
            number += 1
            with self._in_words():
                page = self._sdk.tasks.list(project=project.id, page=number, page_size=_PAGE)
                tasks = [task.model_dump() for task in page.items or ()]
                total = page.response.total if page.response is not None else 0
            yield from tasks
            read += len(tasks)
            if not tasks or read >= total:
                break
        if read < total:
            raise LabelStudioError(f"{self.url} gave {read} of {total} tasks; try again")

    def import_tasks(self, project: Project, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Add tasks; the server takes all of them or none."""
        with self._in_words():
            request: Any = list(tasks)
            done = self._sdk.projects.import_tasks(id=project.id, request=request)
        if done.task_count not in (None, len(tasks)):
            raise LabelStudioError(
                f"{self.url} took {done.task_count} of {len(tasks)} tasks; look at its log"
            )

    def import_predictions(
        self, project: Project, predictions: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add predictions to tasks that are there; each names its ``task``."""
        with self._in_words():
            request: Any = list(predictions)
            self._sdk.projects.import_predictions(id=project.id, request=request)

    def annotators(self) -> dict[int, str]:
        """The e-mail addresses of the server's users by their numbers."""
        with self._in_words():
            users: Iterable[Any] = self._sdk.users.list()
            return {user.id: str(user.email or user.username or user.id) for user in users}

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Turn what the SDK and the network raise into one line."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except ApiError as error:
            raise LabelStudioError(_refusal(self.url, error.status_code, error.body)) from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise LabelStudioError(
                f"no server answers at {self.url} ({_reason(error)}); start it, or give its "
                f"address with --url or {URL}"
            ) from None
        except httpx.TimeoutException:
            raise LabelStudioError(
                f"{self.url} took longer than {self._http.timeout.read:g} s to answer"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LabelStudioError(
                f"the connection to {self.url} broke off ({_reason(error)})"
            ) from None
        except ValueError as error:  # JSON was wanted and something else came
            raise LabelStudioError(
                f"{self.url} does not answer like a Label Studio server ({_reason(error)})"
            ) from None


def _given(value: str | None, variable: str, flag: str, what: str) -> str:
    found = value or os.environ.get(variable)
    if not found:
        raise LabelStudioError(f"{what} is missing; give it with {flag} or {variable}")
    return found.strip()


def _refusal(url: str, status: int | None, body: Any) -> str:
    if status == 401:
        return (
            f"{url} refuses the API key (401: {_detail(body)}); copy a personal access token or a "
            f"legacy token from Account & Settings and give it with --api-key or {KEY}"
        )
    if status == 403:
        return f"{url}: this key's owner may not do that (403: {_detail(body)})"
    if status == 404:  # a web page is the answer of any other server
        return f"{url} knows no such thing (404: {_detail(body)}); is it a Label Studio server?"
    if status is not None and status < 400:
        return f"{url} does not answer like a Label Studio server ({status}: {_detail(body)})"
    return f"{url} refuses ({status}: {_detail(body)})"


def _detail(body: Any) -> str:
    if isinstance(body, Mapping):
        told = body.get("validation_errors") or body.get("detail") or body
        return " ".join(str(told).split())[:200]
    if "<html" in str(body).lower():
        return "a web page"
    return " ".join(str(body or "no reason given").split())[:200]


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
