"""The application: routes, answers to what is wrong, headers."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from vidner._entities import Entity
from vidner._errors import VidnerError
from vidner._tagger import Tagger
from vidner.serve import Limits
from vidner.serve import _schemas as schemas
from vidner.serve._middleware import BodyLimit, WithHeaders, problem
from vidner.serve._ml_backend import RETRAIN, Recorder, prediction, read_control, task_texts
from vidner.serve._work import Worker

PAGE = Path(__file__).parent / "page"
# Named here, so that no path is made of what a client sends and no table of the
# system decides what a script is.
_FILES = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "words.js": "text/javascript",
    "samples.js": "text/javascript",
}
_REASONS = {
    400: "The body is not JSON",
    413: "The body, a text or their number is beyond the limits",
    415: "The body's type is not application/json",
    422: "The body is not what is wanted",
    503: "Too many requests are waiting",
    507: "The webhook could not be written",
}


def _refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": schemas.Problem, "description": _REASONS[code]} for code in codes}


_BODY = (400, 413, 415, 422)


class Service:
    """What the routes share."""

    def __init__(
        self, tagger: Tagger, version: str, limits: Limits, webhook_log: Path | None
    ) -> None:
        self.version = version
        self.limits = limits
        self.worker = Worker(tagger, limits)
        self.recorder = Recorder(webhook_log)

    async def tag(self, body: schemas.TagRequest) -> Response:
        """Entities of one text (`text`) or of several (`texts`).

        Offsets count the code points of the text as it was sent: a JSON string's
        surrogate pair is one. A client that counts UTF-16 units (JavaScript) has
        to convert them.
        """
        if isinstance(body, schemas.OneText):
            return await self.worker.run([body.text], self._one)
        return await self.worker.run(body.texts, self._many)

    def _one(self, found: list[list[Entity]]) -> dict[str, Any]:
        return {"entities": [entity.to_dict() for entity in found[0]], "model": self.version}

    def _many(self, found: list[list[Entity]]) -> dict[str, Any]:
        results = [{"entities": [entity.to_dict() for entity in one]} for one in found]
        return {"results": results, "model": self.version}

    async def health(self) -> schemas.Health:
        """Whether the server works, with which model, and its limits."""
        from vidner import __version__

        limits = schemas.LimitsRow(
            body=self.limits.body, characters=self.limits.characters, texts=self.limits.texts
        )
        return schemas.Health(model_version=self.version, vidner=__version__, limits=limits)

    async def setup(self, body: schemas.SetupRequest) -> schemas.SetupAnswer:
        """Label Studio connects a project: its configuration is checked."""
        control = read_control(body.label_config)
        return schemas.SetupAnswer(model_version=self.version, missing_labels=control.missing)

    async def versions(self) -> schemas.Versions:
        """The models that Label Studio can choose from: there is one."""
        return schemas.Versions(versions=[self.version])

    async def predict(self, body: schemas.PredictRequest) -> Response:
        """Label Studio asks for pre-annotations: a prediction for each task, in order."""
        control = read_control(body.label_config)
        texts = task_texts([task.data for task in body.tasks], control)

        def answer(found: list[list[Entity]]) -> dict[str, Any]:
            results = [prediction(entities, control, self.version) for entities in found]
            return {"results": results, "model_version": self.version}

        return await self.worker.run(texts, answer)

    async def webhook(self, body: dict[str, Any]) -> schemas.WebhookAnswer:
        """Label Studio tells of an event or asks for training: it is only recorded."""
        try:
            await to_thread.run_sync(self.recorder.record, body)
        except VidnerError as error:
            raise HTTPException(507, str(error)) from None
        return schemas.WebhookAnswer(message=RETRAIN)


def build(tagger: Tagger, version: str, limits: Limits, webhook_log: Path | None) -> FastAPI:
    """The application; :func:`vidner.serve.create_app` says what goes in."""
    from vidner import __version__

    app = FastAPI(
        title="vidner",
        version=__version__,
        description="Named entities in Vietnamese defence news.",
        # Their pages load scripts from elsewhere; /openapi.json remains.
        docs_url=None,
        redoc_url=None,
    )
    _add_routes(app, Service(tagger, version, limits, webhook_log))
    _add_page(app)
    app.add_middleware(BodyLimit, limit=limits.body)
    app.add_middleware(WithHeaders)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(VidnerError, _unfit)
    app.add_exception_handler(Exception, _failed)
    app.openapi = lambda: _openapi(app, limits)  # type: ignore[method-assign]
    return app


def _add_routes(app: FastAPI, service: Service) -> None:
    tagging: list[str | Enum] = ["tagging"]
    studio: list[str | Enum] = ["Label Studio"]
    app.post(
        "/tag",
        tags=tagging,
        response_model=schemas.OneAnswer | schemas.ManyAnswers,
        responses=_refusals(*_BODY, 503),
    )(service.tag)
    app.get("/health", tags=[*tagging, *studio])(service.health)
    app.post("/setup", tags=studio, responses=_refusals(*_BODY))(service.setup)
    app.get("/versions", tags=studio)(service.versions)
    app.post(
        "/predict",
        tags=studio,
        response_model=schemas.PredictAnswer,
        responses=_refusals(*_BODY, 503),
    )(service.predict)
    app.post("/webhook", tags=studio, responses=_refusals(*_BODY, 507))(service.webhook)


def _add_page(app: FastAPI) -> None:
    fresh = {"Cache-Control": "no-cache"}

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page() -> Response:
        return FileResponse(PAGE / "index.html", media_type="text/html", headers=fresh)

    @app.api_route("/page/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def file(name: str) -> Response:
        if name not in _FILES:
            raise HTTPException(404)
        return FileResponse(PAGE / name, media_type=_FILES[name], headers=fresh)


def _openapi(app: FastAPI, limits: Limits) -> dict[str, Any]:
    """The generated document, with the limits of this server in it."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        models = document["components"]["schemas"]
        models["OneText"]["properties"]["text"]["maxLength"] = limits.characters
        texts = models["ManyTexts"]["properties"]["texts"]
        texts["maxItems"] = limits.texts
        texts["items"]["maxLength"] = limits.characters
        models["PredictRequest"]["properties"]["tasks"]["maxItems"] = limits.texts
        app.openapi_schema = document
    return app.openapi_schema


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    reason = error.detail
    if error.status_code == 400:
        # FastAPI says no more than that it could not be parsed.
        reason = "the body is not JSON in UTF-8, or nested without end"
    elif error.status_code == 404:
        reason = f"there is nothing at {request.url.path}; see /openapi.json for what there is"
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        reason = f"{request.method} is not answered here, use {allowed}"
    return problem(error.status_code, reason, error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem(
            400, f"the body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
        )
    if isinstance(error.body, bytes):
        found = request.headers.get("content-type", "none")
        return problem(415, f"the content type is {found[:100]}, wanted application/json")
    # Behind "body" stands the branch of a union, which the sender does not know.
    where = ".".join(str(part) for part in first["loc"][2 if request.url.path == "/tag" else 1 :])
    return problem(422, f"{where or 'body'}: {first['msg']}")


async def _unfit(_: Request, error: Exception) -> Response:
    return problem(422, str(error))


async def _failed(*_: object) -> Response:
    return problem(500, "the server failed; its log says why")
