"""Running text out of word-segmented `.seg` files, as the news corpus has them.

In such a file the syllables of a word are joined by ``_`` and every token is
set off by spaces. Lines stay lines.
"""

from __future__ import annotations

_CLOSING = set(".,;:!?)]}%…”’")
_OPENING = set("([{“‘")


def seg_to_text(segmented: str) -> str:
    """The running text of a segmented one.

    Underscores become spaces; no space stands before closing and behind opening
    punctuation; straight quotes are opening and closing in turn, line by line.
    """
    return "\n".join(_join(line.split()) for line in segmented.split("\n"))


def _join(tokens: list[str]) -> str:
    parts: list[str] = []
    glued = True  # no space before the next token
    open_quotes: set[str] = set()
    for token in tokens:
        text = token if set(token) == {"_"} else token.replace("_", " ")
        closes = text in _CLOSING or set(text) <= {"."} or text in open_quotes
        parts.append(text if glued or closes else f" {text}")
        glued = text in _OPENING
        if text in ('"', "'"):
            glued = text not in open_quotes
            open_quotes ^= {text}
    return "".join(parts)
