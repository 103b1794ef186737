"""Label Studio's format of annotated text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vidner._entities import Entity


def entities_to_regions(
    entities: Iterable[Entity], *, from_name: str = "label", to_name: str = "text"
) -> list[dict[str, Any]]:
    """Regions of type ``labels``; their offsets are code points, as ours are.

    Args:
        entities: Mentions of one text.
        from_name: Name of the ``Labels`` tag in the project's configuration.
        to_name: Name of its ``Text`` tag.
    """
    return [
        {
            "id": f"{entity.label}-{entity.start}-{entity.end}",
            "from_name": from_name,
            "to_name": to_name,
            "type": "labels",
            "score": entity.score,
            "value": {
                "start": entity.start,
                "end": entity.end,
                "text": entity.text,
                "labels": [entity.label],
            },
        }
        for entity in entities
    ]
