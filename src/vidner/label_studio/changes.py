"""Changes between two annotation files of the same documents."""

from __future__ import annotations

from collections.abc import Iterable

from vidner.documents import Document
from vidner.evaluation.agreement import differences


def changes(old: Iterable[Document], new: Iterable[Document]) -> list[str]:
    """What the new documents have otherwise than the old ones, a line each.

    Lines begin with the document's id; ``-`` is only in the old, ``+`` only in
    the new. Documents of the old come first, in their order.
    """
    before = {document.id: document for document in old}
    after = {document.id: document for document in new}
    lines = []
    for name, document in before.items():
        if name not in after:
            lines.append(f"{name} - the document, {len(document.entities)} entities")
        elif after[name].text != document.text:
            lines.append(f"{name} ! the text is another one; its entities cannot be compared")
        else:
            lines += differences(document, after[name])
    return lines + [
        f"{name} + the document, {len(document.entities)} entities"
        for name, document in after.items()
        if name not in before
    ]
