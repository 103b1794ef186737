"""Tagging an archive: files in, one file with rows out."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from vidner._entities import LABELS, Entity
from vidner._models import model_directory
from vidner._tagger import Tagger
from vidner.archive.files import Source, find
from vidner.archive.progress import Progress
from vidner.archive.reader import Problem, Record, read, require_arrow
from vidner.archive.resume import Run, run_files
from vidner.archive.writer import output_form


@dataclass(frozen=True, slots=True)
class Summary:
    """What came out of an archive.

    Attributes:
        documents: Rows of the output.
        errors: Records that have no row; each has a line in ``errors_path``.
        resumed: How many of both an earlier run that was stopped had done.
        ignored: Files in the folders that are of no kind that is read.
        out: The output.
        errors_path: Where the errors are; there is no such file when there are none.
    """

    documents: int
    errors: int
    resumed: int
    ignored: int
    out: Path
    errors_path: Path


def tag_archive(
    inputs: Iterable[str],
    out: str | Path,
    *,
    model: str | Path | None = None,
    threads: int | None = None,
    column: str = "text",
    id_column: str | None = None,
    with_text: bool = False,
    labels: Collection[str] = LABELS,
    overwrite: bool = False,
    progress: bool = False,
) -> Summary:
    """Tag all texts of an archive into one file; stopped at any time, the same call goes on.

    Memory holds a few documents at a time, however large the archive is. A
    record that cannot be read has a line with its place and the reason in
    ``OUT.errors.jsonl``, and the others are done.

    Args:
        inputs: Files, folders and patterns; ``.txt``, ``.jsonl``, ``.csv`` and
            ``.parquet``, also compressed (``.gz``, ``.bz2``, ``.xz``, ``.zst``).
        out: ``.jsonl``, ``.jsonl.gz`` or ``.parquet``: rows with ``id``, ``file``,
            ``record`` and ``entities``, in the order of the archive.
        model: As in :meth:`Tagger.load`.
        threads: As in :meth:`Tagger.load`.
        column: Where the rows of tables have their text.
        id_column: Where they have an id; else it is the file and the record's number.
        with_text: Keep the text in the rows too.
        labels: The labels that are wanted.
        overwrite: Replace a finished output, drop the rows of a run with other settings.
        progress: Show a bar on standard error (extra ``archive``).

    Raises:
        VidnerError: There is nothing to read, the output is there already or cannot
            be written, an earlier run with other settings is unfinished, or the
            model cannot be loaded.
        MissingExtraError: A format or the bar needs a package that is not installed.
    """
    out = Path(out)
    form = output_form(out)
    found = find(inputs, without=[out, *run_files(out)])
    if form == "parquet" or any(s.kind == "parquet" or s.packing == "zst" for s in found.sources):
        require_arrow()
    settings = {
        "inputs": found.fingerprint(),
        "model": _model_name(model),
        "column": column,
        "id column": id_column,
        "with text": with_text,
        "labels": sorted(labels),
    }
    with Run(out, settings, overwrite=overwrite) as run:
        resumed = run.rows.count + run.errors.count
        tagger = Tagger.load(model, threads=threads)
        first, after = run.position(found.sources)
        records = _records(found.sources[first:], column, id_column, after)
        begins = dict(zip((s.name for s in found.sources), _begins(found.sources), strict=True))
        with Progress(
            sum(source.size for source in found.sources),
            done=begins[found.sources[first].name],
            documents=run.rows.count,
            shown=progress,
        ) as bar:
            for record, entities in _tag(tagger, records):
                if isinstance(record, Problem):
                    run.report(record)
                    continue
                wanted = [entity.to_dict() for entity in entities if entity.label in labels]
                run.write(record, wanted, with_text=with_text)
                bar.advance(begins[record.file] + record.offset, record.text)
        run.finish()
    return Summary(
        run.rows.count, run.errors.count, resumed, found.ignored, out, run.errors_path
    )  # fmt: skip


def _begins(sources: Sequence[Source]) -> Iterator[int]:
    """How many bytes come before each file."""
    return accumulate((source.size for source in sources[:-1]), initial=0)


def _records(
    sources: Sequence[Source], column: str, id_column: str | None, after: int
) -> Iterator[Record | Problem]:
    for source in sources:
        yield from read(source, column=column, id_column=id_column, after=after)
        after = -1


def _tag(
    tagger: Tagger, records: Iterable[Record | Problem]
) -> Iterator[tuple[Record | Problem, list[Entity]]]:
    """Each record with its entities, in order."""
    waiting: deque[Record | Problem] = deque()

    def texts() -> Iterator[str]:
        for record in records:
            waiting.append(record)
            # A problem goes through as a text without words: so the order stays, at no cost.
            yield record.text if isinstance(record, Record) else ""

    for entities in tagger.tag_many(texts()):
        yield waiting.popleft(), entities


def _model_name(model: str | Path | None) -> str:
    """Name of a model and a checksum of what it says about itself."""
    manifest = model_directory(model) / "manifest.json"
    try:
        checksum = hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]
    except OSError:
        checksum = "no manifest"
    return f"{model or 'embedded'} ({checksum})"
