"""Ways to spell or fill a text differently that a tagger should not mind.

Each is a list of edits for a document, in the manner of CheckList's invariance
tests (Ribeiro et al. 2020); the edits carry the gold mentions along.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from vidner._entities import Entity
from vidner.documents import Document
from vidner.evaluation.edits import Edit

NAMES: dict[str, tuple[str, ...]] = {
    "Vietnamese": (
        "Phạm Quốc Thịnh", "Nguyễn Thị Bích Đào", "Trịnh Công Nghĩa", "Vũ Hải Triều",
        "Đặng Trần Khôi", "Lương Thế Quyền", "Hồ Thị Mỹ Duyên", "Tạ Đình Phong",
    ),
    "ethnic minority": (
        "Lò Văn Muôn", "Giàng A Páo", "Y Blăng Niê", "Vừ Mí Sính", "Đinh Hrôi",
        "Thào Seo Chứ", "Ksor Hbút", "Danh Sà Rương",
    ),
    "Lao": (
        "Khamphan Sisavath", "Bounmy Keomany", "Somsak Vongphachanh", "Thongloy Silivong",
        "Vilay Chanthavong", "Khamlay Phommasane",
    ),
    "Russian": (
        "Sergei Voronin", "Dmitri Alekseevich Sokolov", "Andrei Belyakov", "Ekaterina Lebedeva",
        "Viktor Zhdanov", "Mikhail Orlov",
    ),
    "Arabic": (
        "Khalid al-Mansouri", "Abdel Rahman Haddad", "Fatima bin Rashid", "Yousef al-Qahtani",
        "Mahmoud Darwazeh", "Omar Abu Nasser",
    ),
}  # fmt: skip
"""Invented full names by origin; the last part is the short form."""

COUNTRIES = (
    "Việt Nam", "Nhật Bản", "Trung Quốc", "Hàn Quốc", "Triều Tiên", "Lào", "Campuchia", "Thái Lan",
    "Ấn Độ", "Pakistan", "Indonesia", "Malaysia", "Philippines", "Singapore", "Myanmar", "Mỹ",
    "Nga", "Ukraine", "Anh", "Pháp", "Đức", "Italia", "Ba Lan", "Thổ Nhĩ Kỳ", "Iran", "Iraq",
    "Israel", "Syria", "Ai Cập", "Australia", "Canada", "Brazil", "Cuba", "Belarus", "Kazakhstan",
    "Mông Cổ", "Nam Phi", "Phần Lan", "Thụy Điển", "Na Uy",
)  # fmt: skip

Edits = Callable[[Document, Random], list[Edit]]

_MARKS = "\u0300\u0301\u0303\u0309\u0323"
_OPEN = re.compile(
    rf"(?<![qQ])([oOuU])([{_MARKS}])([aAeEyY])$|(?<![qQ])([oOuU])([aAeEyY])([{_MARKS}])$"
)
_OPEN_PAIRS = ("oa", "oe", "uy")
_HYPHENS = {"-": "‐", "‐": "-", "–": "—", "—": "–"}


@dataclass(frozen=True)
class Perturbation:
    """A named way to change documents.

    Attributes:
        name: What tables call it.
        about: What it does, in a few words.
        edits: Gives the edits of a document; empty when there is nothing to change.
    """

    name: str
    about: str
    edits: Edits


def _clusters(text: str) -> Iterator[re.Match[str]]:
    return re.finditer(r"[^\u0300-\u036f][\u0300-\u036f]*", text)


def _letterwise(change: Callable[[str], str]) -> Edits:
    """Edits of each letter, with its combining marks, that the change is not the same for."""

    def edits(document: Document, random: Random) -> list[Edit]:
        del random
        rows = ((m.start(), m.end(), m[0]) for m in _clusters(document.text))
        changed = ((start, end, old, change(old)) for start, end, old in rows)
        return [Edit(start, end, new) for start, end, old, new in changed if new != old]

    return edits


def _wordwise(pattern: str, change: Callable[[str], str]) -> Edits:
    """Edits of each match that the change is not the same for."""
    compiled = re.compile(pattern)

    def edits(document: Document, random: Random) -> list[Edit]:
        del random
        rows = ((m.start(), m.end(), m[0]) for m in compiled.finditer(document.text))
        changed = ((start, end, old, change(old)) for start, end, old in rows)
        return [Edit(start, end, new) for start, end, old, new in changed if new != old]

    return edits


def _bare(letter: str) -> str:
    plain = unicodedata.normalize("NFD", letter).replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in plain if not unicodedata.combining(c))


def _other_tone_place(word: str) -> str:
    """``hòa`` for ``hoà`` and the other way round; other words as they are."""
    plain = unicodedata.normalize("NFD", word)
    match = _OPEN.search(plain)
    if match is None:
        return word
    old, new = match.group(1, 2, 3), match.group(4, 5, 6)
    letters = (old[0] + old[2]) if old[0] else (new[0] + new[1])
    if letters.lower() not in _OPEN_PAIRS:
        return word
    moved = old[0] + old[2] + old[1] if old[0] else new[0] + new[2] + new[1]
    return unicodedata.normalize("NFC", plain[: match.start()] + moved)


def _without_final_stop(document: Document, random: Random) -> list[Edit]:
    del random
    return [Edit(m.start(), m.end(), "") for m in re.finditer(r"\.(?=\s*(?:\n|\Z))", document.text)]


def _doubled_spaces(document: Document, random: Random) -> list[Edit]:
    del random
    inside = _inside(document)
    return [
        Edit(m.start(), m.end(), "  ")
        for m in re.finditer(r"(?<=\S) (?=\S)", document.text)
        if m.start() not in inside
    ]


def _line_breaks(document: Document, random: Random) -> list[Edit]:
    """About every twelfth space outside mentions becomes a line break."""
    inside = _inside(document)
    spaces = [m.start() for m in re.finditer(r"(?<=\w) (?=\w)", document.text)]
    free = [at for at in spaces if at not in inside]
    return [Edit(at, at + 1, "\n") for at in free if random.random() < 1 / 12]


def _inside(document: Document) -> set[int]:
    return {at for entity in document.entities for at in range(entity.start, entity.end)}


def _typos(document: Document, random: Random) -> list[Edit]:
    """A letter swapped, dropped or doubled in one of twenty longer words."""
    edits = []
    for match in re.finditer(r"[^\W\d_]{4,}", document.text):
        if random.random() < 1 / 20:
            at = match.start() + random.randrange(1, len(match[0]) - 1)
            pair = document.text[at : at + 2]
            edits.append(Edit(at, at + 2, random.choice((pair[::-1], pair[1], pair[0] + pair))))
    return edits


def _names(origin: str) -> Edits:
    """Every person of the document gets a name of this origin, short forms a short form."""

    def edits(document: Document, random: Random) -> list[Edit]:
        people = [entity for entity in document.entities if entity.label == "PERSON"]
        names = _renamed([" ".join(p.text.split()) for p in people], NAMES[origin], random)
        return [_replacing(p, names[" ".join(p.text.split())]) for p in people]

    return edits


def _replacing(entity: Entity, new: str) -> Edit:
    return Edit(entity.start, entity.end, new.upper() if entity.text.isupper() else new)


def _renamed(names: list[str], pool: tuple[str, ...], random: Random) -> dict[str, str]:
    """A new name for each; a part of a longer name becomes the last part of its new name."""
    free = random.sample(pool, len(pool))
    renamed: dict[str, str] = {}
    for name in sorted(set(names), key=lambda each: (-len(each.split()), each)):
        longer = (full for full in renamed if f" {name} " in f" {full} ")
        full = next(longer, None)
        if full is not None:
            renamed[name] = renamed[full].split()[-1]
        else:
            new = free[len(renamed) % len(free)]
            renamed[name] = new if " " in name else new.split()[-1]
    return renamed


def _countries(document: Document, random: Random) -> list[Edit]:
    """Each country becomes another one, also at the end of a body's name."""
    others = dict(zip(COUNTRIES, _derangement(COUNTRIES, random), strict=True))
    edits = []
    for entity in document.entities:
        country = _country_of(entity)
        if country:
            edits.append(Edit(entity.end - len(country), entity.end, others[country]))
    return edits


def _country_of(entity: Entity) -> str | None:
    if entity.label == "LOC":
        return entity.text if entity.text in COUNTRIES else None
    if entity.label == "ORG":
        return next((c for c in COUNTRIES if entity.text.endswith(f" {c}")), None)
    return None


def _derangement(things: tuple[str, ...], random: Random) -> list[str]:
    by = random.randrange(1, len(things))
    return [*things[by:], *things[:by]]


def _dates(document: Document, random: Random) -> list[Edit]:
    """The numbers of each date become others that a date may have."""
    edits = []
    for entity in document.entities:
        if entity.label == "DATE":
            for match in re.finditer(r"\d+", entity.text):
                start, end = entity.start + match.start(), entity.start + match.end()
                before = entity.text[: match.start()].rstrip().lower()
                edits.append(Edit(start, end, _other_number(match[0], before, random)))
    return edits


def _other_number(number: str, before: str, random: Random) -> str:
    if len(number) == 4:
        return str(random.randrange(1946, 2031))
    if before.endswith(("/", "-", "tháng")):
        return str(random.randrange(1, 13))
    return str(random.randrange(1, 29)) if len(number) <= 2 else number


PERTURBATIONS: tuple[Perturbation, ...] = (
    Perturbation(
        "NFC",
        "letters composed",
        _letterwise(lambda c: unicodedata.normalize("NFC", c)),
    ),
    Perturbation(
        "NFD",
        "letters and marks apart",
        _letterwise(lambda c: unicodedata.normalize("NFD", c)),
    ),
    Perturbation(
        "tone place",
        "hoà for hòa, hòa for hoà",
        _wordwise(r"(?:[^\W\d_]|[\u0300-\u036f])+", _other_tone_place),
    ),
    Perturbation("ALL CAPS", "every letter a capital", _letterwise(str.upper)),
    Perturbation("lower case", "no capitals", _letterwise(str.lower)),
    Perturbation("no diacritics", "Viet Nam for Việt Nam", _letterwise(_bare)),
    Perturbation("no final stop", "lines end without their full stop", _without_final_stop),
    Perturbation("doubled spaces", "two spaces between words outside mentions", _doubled_spaces),
    Perturbation("line breaks", "about every twelfth space outside mentions breaks", _line_breaks),
    Perturbation(
        "hyphens", "hyphens and dashes of another kind", _wordwise("[-‐–—]", lambda c: _HYPHENS[c])
    ),
    Perturbation("typos", "a slip in one of twenty longer words", _typos),
    *(Perturbation(f"names: {origin}", "every person renamed", _names(origin)) for origin in NAMES),
    Perturbation("other countries", "each country another one", _countries),
    Perturbation("other dates", "other days, months and years", _dates),
)
