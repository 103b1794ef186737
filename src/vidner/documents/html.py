"""HTML with highlights: one page that needs nothing from outside, and where text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from vidner._entities import LABELS
from vidner.documents._document import Document
from vidner.documents._tokens import check_spans

_COLOURS = {
    "PERSON": "#9fd8e8",
    "ORG": "#f3d08a",
    "LOC": "#a9dfb0",
    "EVENT": "#e0b5e8",
    "DATE": "#b9c3f5",
}
_STYLE = """
:root { color-scheme: light; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.8 system-ui, sans-serif;
  color: #1c1c1c; background: #fff; }
h2 { font-size: 1rem; margin: 2.5rem 0 .5rem; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
mark { color: inherit; border-radius: .25rem; padding: .05rem .2rem; unicode-bidi: isolate; }
mark::after { content: attr(data-label); font-size: .6rem; font-weight: 700; margin-left: .3rem; }
""" + "".join(f".{label} {{ background: {colour}; }}\n" for label, colour in _COLOURS.items())

# What HTML has no way to say; U+FFFD keeps the offsets.
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def document_to_html(document: Document) -> str:
    """A document as a part of a page: a heading and the text with its entities marked.

    Raises:
        DocumentError: Entities that overlap, lie outside the text, or have
            white space at their edges.
    """
    parts = []
    at = 0
    for entity in check_spans(document).entities:
        parts.append(_escaped(document.text[at : entity.start]))
        parts.append(
            f'<mark class="{entity.label}" data-label="{entity.label}" '
            f'title="{entity.label} {entity.score:.2f}">'
            f"{_escaped(document.text[entity.start : entity.end])}</mark>"
        )
        at = entity.end
    parts.append(_escaped(document.text[at:]))
    return (
        f'<article>\n<h2 dir="auto">{_escaped(document.id)}</h2>\n'
        f'<div class="text" dir="auto">{"".join(parts)}</div>\n</article>\n'
    )


def documents_to_html(documents: Iterable[Document], *, title: str = "vidner") -> Iterator[str]:
    """A whole page, piece by piece.

    Raises:
        DocumentError: As :func:`document_to_html`.
    """
    legend = " ".join(
        f'<mark class="{label}" data-label="{label}">\u00a0</mark>' for label in LABELS
    )
    yield (
        '<!DOCTYPE html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<p class="legend">{legend}</p>\n'
    )
    yield from map(document_to_html, documents)
    yield "</body>\n</html>\n"


def _escaped(text: str) -> str:
    # A bare carriage return would be read as a line feed.
    return escape(_UNSAYABLE.sub("\ufffd", text)).replace("\r", "&#13;")
