"""The baseline to beat: names learned from training documents, and patterns.

No statistics beyond counting. A string is a name when training documents mark
at least half of its occurrences; the longest name wins. Patterns add dates,
people behind a rank or form of address, bodies behind a head such as ``Bộ``, and
numbered occasions. The patterns were written with the seed articles in sight,
which flatters the baseline there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from vidner._entities import Entity
from vidner._text import normalize
from vidner._words import Word, split_lines, split_words
from vidner.documents import Document, is_edge, make_entity

_NAME = r"[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*){0,4}"
# Behind these a single capitalised word is a person, behind posts it takes two.
_TITLES = (
    "Đại tướng|Thượng tướng|Trung tướng|Thiếu tướng|Phó Đô đốc|Chuẩn Đô đốc|Đô đốc|Đại tá|"
    "Thượng tá|Trung tá|Thiếu tá|Đại úy|Thượng úy|Trung úy|Thiếu úy|Tướng|tướng|Ông|ông|Bà|bà|"
    "Tiến sĩ|Đồng chí|đồng chí|Anh hùng|liệt sĩ"
)
_POSTS = (
    "Tổng thống|Thủ tướng|Chủ tịch nước|Tổng Bí thư|Ngoại trưởng|Thượng nghị sĩ|Chủ tịch|"
    "Bộ trưởng|Đại sứ|phát ngôn viên|tổng thống|thủ tướng|ngoại trưởng"
)
# Bodies that are whole as they stand, and heads that need a name or number behind them.
_BODIES = (
    "Bộ Quốc phòng|Bộ Ngoại giao|Bộ Công an|Bộ Tổng Tham mưu|Quốc hội|Quân ủy Trung ương|"
    "Lầu Năm Góc|Liên [Hh]ợp [Qq]uốc|Quân [Đđ]ội [Nn]hân [Dd]ân"
)
_HEADS = (
    "Bộ Tư lệnh|Bộ|Tổng cục|Cục|Viện|Học viện|Ủy ban|Quân khu|Quân đoàn|Quân chủng|Binh chủng|"
    "Sư đoàn|Lữ đoàn|Trung đoàn|Tiểu đoàn|Hạm đội|Tập đoàn|Công ty|Đại học|Hội đồng|Liên đoàn|"
    "Liên minh|Hiệp hội|Bệnh viện|Ngân hàng|Hải quân|Không quân|Lục quân|hải quân|không quân|"
    "lục quân|quân đội|Quân đội|chính phủ|Chính phủ|cảnh sát biển|Cảnh sát biển|sư đoàn|lữ đoàn"
)
_EVENTS = (
    "Hội nghị|hội nghị|Hội thảo|Diễn đàn|diễn đàn|Đối thoại|đối thoại|Triển lãm|triển lãm|"
    "Diễn tập|diễn tập|tập trận|Tập trận|Chiến dịch|chiến dịch|Đại hội|bầu cử|Hội thao"
)
# Second syllables of words whose first one alone has a capital: Quốc phòng, Tư lệnh.
_SECOND = frozenset(
    ("phòng", "giao", "an", "lệnh", "mưu", "quốc", "tế", "vụ", "mại", "nghệ", "sự", "gia", "ương",
     "hội", "quân", "ninh")
)  # fmt: skip
_UNIT = r"(?:ngày|tháng|năm|tuần|quý|mùa (?:xuân|hè|thu|đông))"
_PART = r"(?:(?:rạng )?sáng|trưa|chiều|tối|đêm|đầu|giữa|cuối)"
_DATE = re.compile(
    rf"(?:{_PART} )?(?:ngày |mùng )?\d{{1,2}} tháng \d{{1,2}}(?: năm \d{{4}})?"
    rf"|(?:{_PART} )?(?:ngày |tháng |quý )?\d{{1,2}}(?:-\d{{1,2}})?/\d{{1,2}}(?:/\d{{4}})?(?!\d)"
    rf"|(?:{_PART} )?(?:tháng |quý )(?:\d{{1,2}}|[IVX]+)(?:[/-]\d{{4}}| năm \d{{4}})?"
    rf"|(?:{_PART} )?năm (?:19|20)\d\d|(?:{_PART} )?{_UNIT} (?:nay|ngoái)"
    rf"|(?:{_PART} )?(?:tuần|tháng) (?:qua|trước|tới|này)"
    rf"|(?:{_PART} )?(?:hôm nay|hôm qua|cùng ngày)"
    r"|(?:thập niên|những năm) (?:19|20)\d0",
    re.IGNORECASE,
)
_PERSON = re.compile(rf"(?<!\w)(?:(?P<title>{_TITLES})|{_POSTS}) (?P<name>{_NAME})")
_ORG = re.compile(
    rf"(?<!\w)(?:(?P<body>{_BODIES})|(?:{_HEADS}))(?P<tail>(?: (?:[^\W_][\w-]*|\d+)){{0,8}})"
)
_EVENT = re.compile(
    rf"(?<!\w)(?:{_EVENTS})(?: [\w-]+){{1,14}}? (?:lần thứ (?:\d+|[IVX]+|\w+)|năm \d{{4}}|\d{{4}})"
)


class Gazetteer:
    """Tags by the names of training documents and by patterns.

    Args:
        training: Annotated documents; without any, only the patterns work.
        least_share: Least marked share of a string's occurrences.
    """

    def __init__(self, training: Iterable[Document] = (), *, least_share: float = 0.5) -> None:
        documents = list(training)
        self._names = _learn(documents, least_share)
        self._longest = max((len(name) for name in self._names), default=0)

    def __len__(self) -> int:
        return len(self._names)

    def tag(self, text: str) -> list[Entity]:
        """Entities of a text, sorted and disjoint; the longest of several wins."""
        normal = normalize(text)
        known = list(self._known(normal.text))
        # Sorting is stable: of two mentions of one length the known one wins.
        found = known + [_trimmed(guess, known) for guess in _guesses(normal.text)]
        taken: list[Entity] = []
        for entity in sorted(found, key=lambda each: each.start - each.end):
            if all(entity.end <= e.start or e.end <= entity.start for e in taken):
                taken.append(entity)
        spans = ((*normal.original(e.start, e.end), e.label) for e in sorted(taken))
        return [make_entity(text, *span) for span in spans]

    def tag_many(self, texts: Iterable[str]) -> Iterator[list[Entity]]:
        """Entities of each text, in input order."""
        return map(self.tag, texts)

    def _known(self, text: str) -> Iterator[Entity]:
        for line in split_lines(text):
            at = 0
            while at < len(line):
                size = self._known_words(line, at)
                if size:
                    run = line[at : at + size]
                    label = self._names[_key(run)]
                    yield make_entity(text, run[0].start, run[-1].end, label)
                at += size or 1

    def _known_words(self, line: list[Word], at: int) -> int:
        """Words of the longest known name that begins at word ``at``; 0 when none does."""
        most = min(self._longest, len(line) - at)
        sizes = (n for n in range(most, 0, -1) if _key(line[at : at + n]) in self._names)
        return next(sizes, 0)


def _trimmed(guess: Entity, known: list[Entity]) -> Entity:
    """A guess without the place before a person's name, or what follows a body's place."""
    for place in known:
        if place.label != "LOC" or place.end + 1 >= guess.end:
            continue
        if guess.label == "PERSON" and place.start == guess.start:
            return replace(
                guess, start=place.end + 1, text=guess.text[place.end + 1 - guess.start :]
            )
        if guess.label == "ORG" and place.start > guess.start:
            return replace(guess, end=place.end, text=guess.text[: place.end - guess.start])
    return guess


def _key(words: Iterable[Word]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def _learn(documents: list[Document], least_share: float) -> dict[tuple[str, ...], str]:
    marked: dict[tuple[str, ...], Counter[str]] = {}
    for document in documents:
        for entity in document.entities:
            key = _key(split_words(normalize(entity.text).text))
            marked.setdefault(key, Counter())[entity.label] += 1
    unmarked = _unmarked(documents, marked)
    return {
        key: labels.most_common(1)[0][0]
        for key, labels in marked.items()
        if labels.total() >= least_share * (labels.total() + unmarked[key])
        and not "".join(key).isdigit()
    }


def _unmarked(
    documents: list[Document], keys: Iterable[tuple[str, ...]]
) -> Counter[tuple[str, ...]]:
    """How often each of the strings stands in the documents outside every mention."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for key in keys:
        by_first.setdefault(key[0], []).append(key)
    counts: Counter[tuple[str, ...]] = Counter()
    for document in documents:
        for words in _between(document):
            for at, word in enumerate(words):
                for key in by_first.get(word, ()):
                    counts[key] += words[at : at + len(key)] == key
    return counts


def _between(document: Document) -> Iterator[tuple[str, ...]]:
    """The words of each stretch of text between mentions."""
    at = 0
    for end, behind in [*((e.start, e.end) for e in document.entities), (len(document.text), 0)]:
        yield _key(split_words(normalize(document.text[at:end]).text))
        at = behind


def _guesses(text: str) -> Iterator[Entity]:
    """What the patterns find; overlaps are left to the caller."""
    spans = [(*match.span(), "DATE") for match in _DATE.finditer(text)]
    spans += [(*match.span(), "EVENT") for match in _EVENT.finditer(text)]
    for match in _PERSON.finditer(text):
        length = _proper(match["name"])
        if match["title"] or " " in match["name"][:length]:
            spans.append((match.start("name"), match.start("name") + length, "PERSON"))
    for match in _ORG.finditer(text):
        length = _proper(match["tail"][1:], second=_SECOND)
        if length or match["body"]:
            end = match.start("tail") + (length + 1 if length else 0)
            spans.append((match.start(), end, "ORG"))
    for start, end, label in spans:
        if end > start and is_edge(text, start) and is_edge(text, end):
            yield make_entity(text, start, end, label)


def _proper(words: str, *, second: Collection[str] = ()) -> int:
    """Length of the proper words at the start of words with single spaces between them.

    Args:
        words: The candidate.
        second: Lower-case words that may follow a proper one, and numbers with them.
    """
    end = at = 0
    for place, word in enumerate(words.split(" ")):
        follows = bool(second) and (word.isdigit() or (place > 0 and word in second))
        if not (word[:1].isupper() or follows):
            break
        end = at + len(word.rstrip("-'’"))
        at += len(word) + 1
    return end
