"""The layer over real articles: annotations without the articles' text.

The sentences of the annotated articles belong to a public corpus
(ThanhChinhBK/vietnews, training split) and are not distributed here. A layer
line holds the article's id and place in that corpus, how many of its first
lines were annotated, the SHA-256 of exactly those lines and the entities'
offsets in them; :func:`join` puts layer and text together again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vidner._errors import DocumentError
from vidner.documents._document import Document, check, make_entity

EXCERPT_LINES = 12
"""How many lines of an article, from the first, are annotated."""

Topics = Sequence[tuple[str, float]]

TOPICS: Topics = (
    # What the articles are drawn for, and the weight that one hit adds.
    (
        r"Bộ Quốc phòng|Quân khu|Quân đoàn|Biên phòng|Cảnh sát biển|QĐND|Quân chủng|Bộ Tư lệnh"
        r"|Bộ Tổng Tham mưu|Quân ủy|Hải quân nhân dân|Vùng \d Hải quân|Lữ đoàn|Trung đoàn",
        3.0,
    ),
    (
        r"lần thứ|Hội nghị|Diễn đàn|Đối thoại|Triển lãm|Chiến dịch|Chiến tranh|Thế chiến|tập trận"
        r"|diễn tập|Đại hội|[Kk]ỷ niệm|SEA Games|bão số|Lễ hội|[Bb]ầu cử|Thượng đỉnh|thượng đỉnh",
        3.0,
    ),
    (r"Lầu Năm Góc|NATO|tên lửa|[Hh]ải quân|[Kk]hông quân|quân đội|Biển Đông|hạt nhân", 1.0),
    (r"\d{1,2}/\d{1,2}|năm \d{4}|tháng \d", 0.5),
)

EVENT_TOPICS: Topics = (
    # A second draw, for the rarest label: each kind of event counts by itself.
    (r"[Hh]ội nghị [A-Z]|[Tt]hượng đỉnh|[Dd]iễn đàn|Đối thoại|đối thoại [a-z]", 3.0),
    (r"[Tt]ập trận|[Dd]iễn tập", 3.0),
    (r"[Tt]riển lãm|[Ll]iên hoan|[Ll]ễ hội|[Hh]ội thi|SEA Games|Olympic|World Cup|ASIAD", 3.0),
    (r"[Cc]hiến tranh [A-Z]|[Cc]hiến dịch [A-Z]|[Nn]ội chiến|Thế chiến|Cách mạng", 3.0),
    (r"Đại hội|[Kk]ỳ họp|[Bb]ầu cử|Quốc khánh|[Nn]gày (?:thành lập|hội)|[Ll]ễ kỷ niệm", 3.0),
    (r"lần thứ|bão số|[Bb]ão [A-Z]", 3.0),
)


def read_articles(news: Path) -> Iterator[Document]:
    """The raw articles of ``news/*.jsonl.gz`` (id, source and text a line)."""
    for path in sorted(news.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield Document(row["id"], row["text"], meta={"source": row["source"]})


def excerpt(article: Document, *, lines: int = EXCERPT_LINES) -> Document:
    """The article's first ``lines`` lines as a document of their own."""
    text = "\n".join(article.text.split("\n")[:lines])
    return Document(article.id, text, meta={**article.meta, "lines": lines})


def checksum(text: str) -> str:
    """SHA-256 of the text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def draw(
    articles: Iterable[Document],
    sizes: Mapping[str, int],
    *,
    seed: int,
    topics: Topics = TOPICS,
    without: Collection[str] = (),
) -> list[Document]:
    """Excerpts drawn at random without near-duplicates, rich ones more often.

    Weighted sampling without replacement (Efraimidis & Spirakis 2006). The
    groups of ``sizes`` (the part of the id before the hyphen) are mixed evenly,
    so that any first part of the answer has their proportions.

    Args:
        articles: Raw articles.
        sizes: How many to draw from each group.
        seed: Seed of the random numbers; the same seed draws the same articles.
        topics: Patterns that make an article rich, and the weight of a hit.
        without: Ids of articles that are not drawn.
    """
    random_numbers = random.Random(seed)
    keyed: dict[str, list[tuple[float, Document]]] = {group: [] for group in sizes}
    for article in articles:
        group = article.id.split("-")[0]
        if group in keyed and article.id not in without:
            document = excerpt(article)
            key = math.log(1.0 - random_numbers.random()) / _weight(document.text, topics)
            keyed[group].append((key, document))
    seen: set[int] = set()
    ranked: list[tuple[float, Document]] = []
    for group, size in sizes.items():
        rows = sorted(keyed[group], key=lambda row: row[0], reverse=True)
        kept = _without_near_duplicates((document for _, document in rows), size, seen)
        ranked += [((place + 0.5) / size, document) for place, document in enumerate(kept)]
    return [document for _, document in sorted(ranked, key=lambda row: row[0])]


def _weight(text: str, topics: Topics) -> float:
    return 0.3 + sum(weight * min(3, len(re.findall(pattern, text))) for pattern, weight in topics)


def shingles(text: str, *, size: int = 6) -> set[int]:
    """Hashes of all runs of ``size`` words, to find near-duplicates."""
    words = text.lower().split()
    runs = (" ".join(words[at : at + size]) for at in range(max(1, len(words) - size + 1)))
    digests = (hashlib.blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8) for run in runs)
    return {int.from_bytes(digest.digest(), "big") for digest in digests}


def _without_near_duplicates(
    documents: Iterable[Document], size: int, seen: set[int], *, share: float = 0.15
) -> list[Document]:
    kept: list[Document] = []
    for document in documents:
        if len(kept) == size:
            break
        own = shingles(document.text)
        if len(own & seen) <= share * len(own):
            kept.append(document)
            seen |= own
    return kept


def to_layer(document: Document, *, annotator: str) -> dict[str, Any]:
    """The layer line of an annotated excerpt: everything but its text."""
    return {
        "id": document.id,
        "source": document.meta["source"],
        "lines": document.meta["lines"],
        "sha256": checksum(document.text),
        "entities": [{"start": e.start, "end": e.end, "label": e.label} for e in document.entities],
        "annotator": annotator,
    }


def join(
    layer: Iterable[Mapping[str, Any]], articles: Iterable[Document]
) -> tuple[list[Document], Counter[str]]:
    """Layer lines with their text, in the layer's order, and what was left out.

    Returns:
        The annotated documents, and a count of layer lines by reason for which
        they could not be used: ``missing text`` or ``different text``.
    """
    rows = list(layer)
    if not rows:  # without a layer the whole corpus need not be read
        return [], Counter()
    wanted = {row["id"] for row in rows}
    texts = {article.id: article for article in articles if article.id in wanted}
    documents: list[Document] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        article = texts.get(row["id"])
        if article is None:
            left_out["missing text"] += 1
            continue
        document = excerpt(article, lines=row["lines"])
        if checksum(document.text) != row["sha256"]:
            left_out["different text"] += 1
            continue
        documents.append(_annotate(document, row))
    return documents, left_out


def _annotate(document: Document, row: Mapping[str, Any]) -> Document:
    try:
        entities = [
            make_entity(document.text, e["start"], e["end"], e["label"]) for e in row["entities"]
        ]
    except (KeyError, TypeError) as error:
        raise DocumentError(f"{row['id']}: an entity needs start, end and label: {error}") from None
    return check(document.with_entities(entities))
