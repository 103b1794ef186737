"""spaCy: documents to ``Doc`` and ``DocBin`` and back (extra ``spacy``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from vidner._entities import Entity
from vidner._errors import MissingExtraError
from vidner.documents._document import Document, make_entity
from vidner.documents._tokens import check_spans, tokens

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin
    from spacy.vocab import Vocab

Alignment = Literal["strict", "contract", "expand"]


def document_to_spacy(
    document: Document,
    *,
    vocab: Vocab | None = None,
    tokenizer: Callable[[str], Doc] | None = None,
    alignment: Alignment = "strict",
) -> tuple[Doc, list[Entity]]:
    """A ``Doc`` with the entities as ``ents``, and the entities that its tokens cannot carry.

    Args:
        document: The document; ``doc.text`` is its text, ``doc.user_data["id"]`` its id.
        vocab: The vocabulary of the ``Doc``; a new one by default.
        tokenizer: What cuts the text, ``nlp.tokenizer`` for example. By default
            vidner's own words, on whose edges every entity lies.
        alignment: What spaCy's ``char_span`` does with an entity that begins or
            ends inside a token: no span, the tokens inside, or all it touches.

    Raises:
        DocumentError: An entity is no span that a text can have.
        MissingExtraError: spaCy is not installed.
    """
    check_spans(document)
    doc = tokenizer(document.text) if tokenizer else _words_to_doc(document, vocab)
    doc.user_data["id"] = document.id
    ents = []
    missed = []
    end = 0
    for entity in document.entities:
        span = doc.char_span(
            entity.start, entity.end, label=entity.label, alignment_mode=alignment
        )  # fmt: skip
        if span is None or span.start < end:
            missed.append(entity)
            continue
        ents.append(span)
        end = span.end
    doc.ents = ents
    return doc, missed


def spacy_to_document(doc: Doc, *, name: str | None = None) -> Document:
    """A document of a ``Doc`` and its ``ents``.

    Args:
        doc: The text; its ``user_data["id"]`` is the id, where it has one.
        name: Another id.
    """
    entities = (make_entity(doc.text, ent.start_char, ent.end_char, ent.label_) for ent in doc.ents)
    identity = name if name is not None else str(doc.user_data.get("id", "doc"))
    return Document(identity, doc.text, tuple(entities))


def new_docbin() -> DocBin:
    """An empty ``DocBin`` that keeps ids too.

    Raises:
        MissingExtraError: spaCy is not installed.
    """
    docbin: DocBin = _spacy().tokens.DocBin(store_user_data=True)
    return docbin


def new_vocab() -> Vocab:
    """The vocabulary of a blank pipeline, to be shared by many ``Doc``.

    Raises:
        MissingExtraError: spaCy is not installed.
    """
    vocab: Vocab = _spacy().blank("xx").vocab
    return vocab


def _words_to_doc(document: Document, vocab: Vocab | None) -> Doc:
    spacy = _spacy()
    words = [word.text for word in tokens(document)]
    pieces, spaces = spacy.util.get_words_and_spaces(words, document.text)
    made: Doc = spacy.tokens.Doc(vocab or new_vocab(), words=pieces, spaces=spaces)
    return made


def _spacy() -> Any:
    try:
        import spacy
        import spacy.tokens
    except ImportError:
        raise MissingExtraError("spacy", extra="spacy") from None
    return spacy
