"""Archives on many machines: Ray Data spreads the rows, actors tag them (extra ``ray``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidner._errors import InputError, MissingExtraError
from vidner._tagger import Tagger
from vidner.archive.writer import arrow_entities, entities_type

if TYPE_CHECKING:
    from ray.data import Dataset

CLAIM = 0.5
"""Of a processor, claimed by an actor. It uses a whole one; but when actors claim all that there
are, nothing is left for the tasks that read their rows, and Ray waits forever."""

ENTITIES = "entities"
"""Name of the column that is added."""


class TagBatch:
    """Tags batches of rows; an actor has one, and loads the model once."""

    def __init__(self, column: str, model: str | Path | None) -> None:
        self._column = column
        # An actor has one processor: more come by more actors.
        self._tagger = Tagger.load(model, threads=1)

    def __call__(self, batch: Any) -> Any:
        """The Arrow table with one column more."""
        import pyarrow

        if self._column not in batch.column_names:
            raise InputError(
                f"no column {self._column!r}; it has: {', '.join(batch.column_names)}; "
                "name the column with the texts: tag_dataset(ds, column=...)"
            )
        if ENTITIES in batch.column_names:
            raise InputError(
                f"there is a column {ENTITIES!r} already; rename it: "
                f"ds.rename_columns({{{ENTITIES!r}: ...}})"
            )
        texts = batch[self._column].to_pylist()
        found = self._tagger.tag_many(text if isinstance(text, str) else "" for text in texts)
        rows = [
            arrow_entities(entity.to_dict() for entity in entities)
            if isinstance(text, str)
            else None
            for text, entities in zip(texts, found, strict=True)
        ]
        return batch.append_column(ENTITIES, pyarrow.array(rows, entities_type()))


def tag_dataset(
    ds: Dataset,
    column: str = "text",
    *,
    model: str | Path | None = None,
    concurrency: int | tuple[int, int] | None = None,
    batch_size: int = 64,
) -> Dataset:
    """The dataset with a column ``entities``, as `vidner tag -o` has it, lazily.

    Args:
        ds: A Ray dataset.
        column: Where its rows have their text. A row whose text is not a string
            (null) stays, and its ``entities`` are null.
        model: As in :meth:`Tagger.load`; a path must exist on every machine.
        concurrency: Actors, each with the model and busy on one processor; or the
            least and the most of them. By default up to one for each processor
            that the cluster has now.
        batch_size: Rows that an actor gets at a time.

    Ray starts an actor that dies again, and its unfinished batches are tagged
    again; each row comes out once.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: (in the actors, so inside Ray's own error) There is no such
            column, or there is one called ``entities`` already.
    """
    try:
        import ray
        from ray.data import ActorPoolStrategy
    except ImportError:
        raise MissingExtraError("ray", extra="ray") from None
    if isinstance(concurrency, tuple):
        least, most = concurrency
        actors = ActorPoolStrategy(min_size=least, max_size=most)
    elif concurrency is None:
        processors = int(ray.cluster_resources().get("CPU", 1))
        actors = ActorPoolStrategy(min_size=1, max_size=max(processors, 1))
    else:
        actors = ActorPoolStrategy(size=concurrency)
    return ds.map_batches(
        TagBatch,
        fn_constructor_args=(column, model),
        compute=actors,
        batch_size=batch_size,
        batch_format="pyarrow",
        num_cpus=CLAIM,
        udf_modifying_row_count=False,
    )
