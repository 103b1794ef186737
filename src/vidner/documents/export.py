"""Documents written in the formats of other tools, complete or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from vidner._entities import Entity
from vidner._errors import VidnerError
from vidner.archive.writer import aside, clear_errors
from vidner.documents._document import Document
from vidner.documents.brat import write_brat
from vidner.documents.conll import document_to_conll
from vidner.documents.html import documents_to_html
from vidner.documents.huggingface import documents_to_dataset
from vidner.documents.spacy import document_to_spacy, new_docbin, new_vocab


@dataclass
class Exported:
    """What was written.

    Attributes:
        documents: How many documents.
        missed: Ids of documents with entities that the format could not take.
    """

    documents: int = 0
    missed: list[tuple[str, Entity]] = field(default_factory=list)


Write: TypeAlias = Callable[[Iterable[Document], Path, Exported], None]


def export(
    documents: Iterable[Document], form: str, out: Path, *, overwrite: bool = False
) -> Exported:
    """Write documents in a format of :data:`FORMS`.

    Args:
        documents: What to write; read one by one (``spacy`` and ``datasets``
            keep them all in memory).
        form: The format.
        out: The file, or for ``brat`` and ``datasets`` the folder.
        overwrite: Replace a file that is there; a folder is never replaced.

    Raises:
        DocumentError: A document cannot be written in the format.
        VidnerError: The output is there already or cannot be written.
        MissingExtraError: The format needs a package that is not installed.
    """
    write, is_folder = FORMS[form]
    taken = any(out.iterdir()) if out.is_dir() else out.exists()
    if taken and (is_folder or out.is_dir()):
        raise VidnerError(f"{out}: is there already; give a folder that is new or empty")
    if taken and not overwrite:
        raise VidnerError(f"{out}: is there already; remove it or give --overwrite")
    exported = Exported()
    with (_aside_folder if is_folder else aside)(out) as place:
        write(_counted(documents, exported), place, exported)
    return exported


def _counted(documents: Iterable[Document], exported: Exported) -> Iterator[Document]:
    for document in documents:
        exported.documents += 1
        yield document


@contextmanager
def _aside_folder(out: Path) -> Iterator[Path]:
    place = out.with_name(out.name + ".new")
    with clear_errors(out):
        shutil.rmtree(place, ignore_errors=True)
        try:
            place.mkdir()
            yield place
            place.replace(out)
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _write_spacy(documents: Iterable[Document], place: Path, exported: Exported) -> None:
    docbin, vocab = new_docbin(), new_vocab()
    for document in documents:
        doc, missed = document_to_spacy(document, vocab=vocab)
        docbin.add(doc)
        exported.missed += [(document.id, entity) for entity in missed]
    place.write_bytes(docbin.to_bytes())


def _write_conll(documents: Iterable[Document], place: Path, exported: Exported) -> None:
    _write_text(map(document_to_conll, documents), place)


def _write_html(documents: Iterable[Document], place: Path, exported: Exported) -> None:
    _write_text(documents_to_html(documents), place)


def _write_text(parts: Iterable[str], place: Path) -> None:
    with place.open("w", encoding="utf-8", newline="") as out:
        out.writelines(parts)


def _write_brat(documents: Iterable[Document], place: Path, exported: Exported) -> None:
    write_brat(documents, place)


def _write_datasets(documents: Iterable[Document], place: Path, exported: Exported) -> None:
    dataset = documents_to_dataset(documents)
    import datasets

    silent = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        dataset.save_to_disk(place)
    finally:
        if not silent:
            datasets.enable_progress_bars()


FORMS: dict[str, tuple[Write, bool]] = {
    "spacy": (_write_spacy, False),
    "conll": (_write_conll, False),
    "brat": (_write_brat, True),
    "html": (_write_html, False),
    "datasets": (_write_datasets, True),
}
"""Formats: how each is written, and whether it is a folder."""
