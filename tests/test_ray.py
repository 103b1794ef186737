"""Ray Data: the same rows as the command's, whatever happens to the actors."""

import os
import signal

import pytest

import vidner.ray
from vidner import InputError
from vidner.archive import tag_archive
from vidner.ray import tag_dataset

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
    # By default a busy machine starves its workers.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - it is spelt so
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
def archive(tmp_path_factory):
    """A folder with texts in two Parquet files, and what the command makes of them."""
    import pyarrow
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("archive")
    for name, first in (("a", 0), ("b", len(TEXTS) // 2)):
        texts = TEXTS[first : first + len(TEXTS) // 2]
        table = pyarrow.table({"id": range(first, first + len(texts)), "text": texts})
        (folder / "in").mkdir(exist_ok=True)
        pyarrow.parquet.write_table(table, folder / "in" / f"{name}.parquet")
    tag_archive([str(folder / "in")], folder / "out.parquet", id_column="id", with_text=True)
    rows = pyarrow.parquet.read_table(folder / "out.parquet", columns=["text", "entities"])
    return folder, [{"id": at, **row} for at, row in enumerate(rows.to_pylist())]


def by_id(rows):
    return sorted(rows, key=lambda row: row["id"])


def test_two_actors_give_the_rows_of_the_command(cluster, archive):
    import pyarrow.parquet

    folder, rows = archive
    # Files as small as these come as one block, which would leave an actor idle.
    dataset = cluster.read_parquet(str(folder / "in")).repartition(4)
    tagged = tag_dataset(dataset, concurrency=2, batch_size=4)
    tagged.write_parquet(str(folder / "out"))
    assert by_id(pyarrow.parquet.read_table(folder / "out").to_pylist()) == rows


def test_a_killed_actor_loses_no_row_and_repeats_none(cluster, archive, tmp_path, monkeypatch):
    _, rows = archive
    marker = tmp_path / "killed"
    whole = vidner.ray.TagBatch

    class Fragile(whole):
        """Dies like a process that the system kills, once, behind its first batch."""

        def __call__(self, batch):
            tagged = super().__call__(batch)
            if not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return tagged

    monkeypatch.setattr(vidner.ray, "TagBatch", Fragile)
    inputs = [{"id": row["id"], "text": row["text"]} for row in rows]
    dataset = cluster.from_items(inputs, override_num_blocks=6)
    tagged = tag_dataset(dataset, concurrency=2, batch_size=4)
    assert by_id(tagged.take_all()) == rows
    assert marker.exists()


def test_a_row_without_text_stays_and_has_null(cluster):
    texts = ["Ông Nguyễn Văn Nam thăm Lào.", None, "Không."]
    dataset = cluster.from_items([{"body": text} for text in texts], override_num_blocks=1)
    tagged = tag_dataset(dataset, "body").take_all()
    assert [row["body"] for row in tagged] == texts
    assert tagged[0]["entities"]
    assert [row["entities"] for row in tagged[1:]] == [None, []]


@pytest.mark.parametrize(
    ("names", "message"),
    [(["id", "body"], "no column 'text'; it has: id, body"), (["entities", "text"], "rename it")],
)
def test_wrong_columns_are_named(names, message):
    import pyarrow

    batch = pyarrow.table([["1"], ["x"]], names)
    with pytest.raises(InputError, match=message):
        vidner.ray.TagBatch("text", None)(batch)
