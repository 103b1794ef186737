"""Ray Data: the same rows as the command's, whatever happens to the actors."""

import os
import signal

import pytest

from vidner import InputError
from vidner.archive import tag_archive

pytestmark = [
    pytest.mark.slow,
    # Ray's own: its settings warn of themselves when they are made.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context"),
]

TEXTS = [
    f"{text} Tin số {number}."
    for number in range(12)
    for text in (
        "Ông Nguyễn Văn Nam thăm Lào ngày 3/5.",
        "Bộ Quốc phòng tiếp đoàn Campuchia tại Hà Nội.",
        "Không có gì đáng chú ý.",
    )
]


@pytest.fixture(scope="module")
def cluster():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # by default a busy machine starves them
    import ray
    import ray.data

    ray.init(
        num_cpus=2, include_dashboard=False, object_store_memory=100_000_000, log_to_driver=False,
        configure_logging=False,
    )  # fmt: skip
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray.data
    ray.shutdown()


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """What the command on one machine makes of the texts."""
    import pyarrow
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("single")
    table = pyarrow.table({"id": list(range(len(TEXTS))), "text": TEXTS})
    pyarrow.parquet.write_table(table, folder / "in.parquet")
    tag_archive(
        [str(folder / "in.parquet")], folder / "out.parquet", id_column="id", with_text=True
    )
    found = pyarrow.parquet.read_table(folder / "out.parquet").to_pylist()
    return [
        {"id": int(row["id"]), "text": row["text"], "entities": row["entities"]} for row in found
    ]


def by_id(dataset):
    return sorted(dataset.take_all(), key=lambda row: row["id"])


def dataset_of(data, texts=TEXTS, *, blocks=6):
    rows = [{"id": number, "text": text} for number, text in enumerate(texts)]
    return data.from_items(rows, override_num_blocks=blocks)


def test_two_actors_give_the_rows_of_the_command(cluster, rows):
    from vidner.ray import tag_dataset

    assert by_id(tag_dataset(dataset_of(cluster), concurrency=2, batch_size=4)) == rows


def test_a_killed_actor_loses_no_row_and_repeats_none(cluster, rows, tmp_path, monkeypatch):
    import vidner.ray

    marker = tmp_path / "killed"
    whole = vidner.ray.TagBatch

    class Fragile(whole):
        """Dies like a process that the system kills, once, behind its first batch."""

        def __call__(self, batch):
            tagged = super().__call__(batch)
            try:
                marker.touch(exist_ok=False)
            except FileExistsError:
                return tagged
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(vidner.ray, "TagBatch", Fragile)
    tagged = vidner.ray.tag_dataset(dataset_of(cluster), concurrency=2, batch_size=4)
    assert by_id(tagged) == rows
    assert marker.exists()


def test_a_row_without_text_stays_and_has_null(cluster):
    from vidner.ray import tag_dataset

    texts = ["Ông Nam thăm Lào.", None, "Không."]
    tagged = by_id(tag_dataset(dataset_of(cluster, texts, blocks=1), concurrency=1))
    assert [row["entities"] is None for row in tagged] == [False, True, False]
    assert tagged[2]["entities"] == []


@pytest.mark.parametrize(
    ("names", "message"),
    [({"text": "body"}, "no column 'text'; it has: "), ({"id": "entities"}, "rename it")],
)
def test_wrong_columns_are_named(cluster, names, message):
    from ray.exceptions import RayTaskError

    from vidner.ray import tag_dataset

    tagged = tag_dataset(dataset_of(cluster).rename_columns(names), concurrency=1)
    with pytest.raises((RayTaskError, InputError), match=message):
        tagged.take_all()
