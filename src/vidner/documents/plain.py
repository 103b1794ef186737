"""Plain text files: a file is a document without entities, called after its file."""

from __future__ import annotations

from pathlib import Path

from vidner._errors import DocumentError
from vidner.documents._document import Document


def read_plain(path: Path) -> Document:
    """The document of a UTF-8 text file; its text is the file's, line ends included.

    Raises:
        DocumentError: The file cannot be read or is not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{path}: not UTF-8 text, byte 0x{error.object[error.start]:02x} at offset "
            f"{error.start}; convert it first, for example with iconv"
        ) from None
    return Document(path.stem, text, meta={"source": path.name})
