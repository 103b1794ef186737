"""Augmentation: copies of training documents in other spellings and with other fillers.

The changes are those of :mod:`vidner.evaluation.perturbations`, whose edits
carry the entities along; a tagger learns from them that capitals, diacritics
and the particular names are not what makes a mention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from random import Random

from vidner._errors import ConfigError
from vidner.documents import Document, problems
from vidner.evaluation.edits import Change
from vidner.evaluation.perturbations import PERTURBATIONS


def augmented(
    documents: Iterable[Document], shares: Mapping[str, float], *, seed: int
) -> Iterator[Document]:
    """Changed copies of some of the documents; at most one of each document.

    Args:
        documents: Annotated documents.
        shares: For names of perturbations the share of the documents that get a
            copy so changed; together at most 1.
        seed: Of the choice; it depends on this and the document only.

    Yields:
        The copies, with ids that name the change. A change that leaves a
        document as it is, or an entity without a letter, gives no copy.

    Raises:
        ConfigError: A name is unknown, or the shares are not shares.
    """
    known = {perturbation.name: perturbation for perturbation in PERTURBATIONS}
    check_shares(shares)
    for document in documents:
        random = Random(f"{seed} {document.id}")
        name = _choice(shares, random.random())
        edits = known[name].edits(document, random) if name else []
        if edits:
            copy = Change(document.text, edits).document(document)
            copy = replace(copy, id=f"{document.id} ({name})")
            if not problems(copy):
                yield copy


def check_shares(shares: Mapping[str, float]) -> None:
    """Raise a :class:`ConfigError` unless these are shares of known perturbations."""
    known = [perturbation.name for perturbation in PERTURBATIONS]
    for name, share in shares.items():
        if name not in known:
            raise ConfigError(f"augment: no perturbation {name!r}; wanted one of {known}")
        if not 0 <= share <= 1:
            raise ConfigError(f"augment: {name!r} is {share}, wanted a share from 0 to 1")
    if sum(shares.values()) > 1 + 1e-9:
        raise ConfigError(f"augment: the shares add up to {sum(shares.values())}, at most 1 wanted")


def _choice(shares: Mapping[str, float], at: float) -> str | None:
    for name, share in shares.items():
        if at < share:
            return name
        at -= share
    return None
