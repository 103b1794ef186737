"""What goes in and comes out over HTTP, as the OpenAPI document says it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainValidator, Tag
from pydantic_core import PydanticCustomError

from vidner._entities import LABELS


def _string(value: object) -> str:
    # Pydantic's own check refuses lone surrogates, which JSON can carry and a
    # tagger takes.
    if not isinstance(value, str):
        found = type(value).__name__
        raise PydanticCustomError("string", "wanted a string, got {found}", {"found": found})
    return value


AnyText = Annotated[str, PlainValidator(_string, json_schema_input_type=str)]


class OneText(BaseModel):
    """One text to tag."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "Ông Hoàng Xuân Chiến thăm Nhật Bản."}]},
    )

    text: AnyText


class ManyTexts(BaseModel):
    """Several texts to tag."""

    model_config = ConfigDict(extra="forbid")

    texts: list[AnyText]


def _kind(body: object) -> str:
    return "texts" if isinstance(body, dict) and "texts" in body else "text"


TagRequest = Annotated[
    Annotated[OneText, Tag("text")] | Annotated[ManyTexts, Tag("texts")], Discriminator(_kind)
]


class EntityRow(BaseModel):
    """A mention; offsets are code points of the text that was sent, half-open."""

    text: str
    label: Literal["PERSON", "ORG", "LOC", "EVENT", "DATE"]
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    score: float = Field(ge=0, le=1)


class TextAnswer(BaseModel):
    """The entities of one text, in reading order."""

    entities: list[EntityRow]


class OneAnswer(TextAnswer):
    """The answer to one text."""

    model: str


class ManyAnswers(BaseModel):
    """The answers to several texts, in the order of the texts."""

    results: list[TextAnswer]
    model: str


class Problem(BaseModel):
    """Why a request was refused."""

    error: str


class LimitsRow(BaseModel):
    """What a request may ask for."""

    body: int
    characters: int
    texts: int


class Health(BaseModel):
    """The server is up and its model is loaded."""

    status: Literal["UP"] = "UP"
    model_version: str
    vidner: str
    labels: list[str] = list(LABELS)
    limits: LimitsRow


class LabelStudioTask(BaseModel):
    """A task; of its other fields none is read."""

    id: int | str | None = None
    data: dict[str, Any]


class PredictRequest(BaseModel):
    """What Label Studio sends to have tasks annotated."""

    tasks: list[LabelStudioTask]
    label_config: str
    project: str | int | None = None


class RegionValue(BaseModel):
    """Place and label of a region."""

    start: int
    end: int
    text: str
    labels: list[str]


class Region(BaseModel):
    """A region of Label Studio."""

    id: str
    from_name: str
    to_name: str
    type: Literal["labels"]
    score: float
    value: RegionValue


class Prediction(BaseModel):
    """What Label Studio keeps for a task; the score is the mean of the regions'."""

    result: list[Region]
    score: float
    model_version: str


class PredictAnswer(BaseModel):
    """A prediction for each task, in the order of the tasks."""

    results: list[Prediction]
    model_version: str


class SetupRequest(BaseModel):
    """What Label Studio sends to connect a project; the access token in it is not read."""

    label_config: str = Field(alias="schema")
    project: str | int | None = None


class SetupAnswer(BaseModel):
    """The model that will annotate, and the labels it knows that the project has not."""

    model_version: str
    missing_labels: list[str]


class Versions(BaseModel):
    """The models that can be asked for."""

    versions: list[str]


class WebhookAnswer(BaseModel):
    """What has become of a webhook."""

    status: Literal["recorded"] = "recorded"
    message: str
