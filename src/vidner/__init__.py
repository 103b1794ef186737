"""Vietnamese Defence-news Named Entity Recognition: PERSON, ORG, LOC, EVENT, DATE.

>>> from vidner import tag
>>> [(e.text, e.label) for e in tag("Ông Hoàng Xuân Chiến thăm Nhật Bản.")]
[('Hoàng Xuân Chiến', 'PERSON'), ('Nhật Bản', 'LOC')]
"""

from vidner._entities import LABELS, Entity
from vidner._errors import InputError, MissingExtraError, ModelError, VidnerError
from vidner._tagger import Tagger, tag

__version__ = "0.1.0"

__all__ = [
    "LABELS",
    "Entity",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "Tagger",
    "VidnerError",
    "tag",
]
