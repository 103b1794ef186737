"""Records of files: every format, packed or not, and what is wrong with them."""

import csv
import io
import json
import tracemalloc

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive.conftest import PACKERS, TEXTS, json_lines
from vidner import VidnerError
from vidner.archive.files import find
from vidner.archive.reader import Problem, Record, read


def source(path):
    (found,) = find([str(path)]).sources
    return found


def records(path, **options):
    return list(read(source(path), **options))


def texts(path, **options):
    return [record.text for record in records(path, **options) if isinstance(record, Record)]


def problems(path, **options):
    found = records(path, **options)
    return [(one.number, one.reason) for one in found if isinstance(one, Problem)]


def write_table(path, columns, **options):
    pyarrow.parquet.write_table(pyarrow.table(columns), path, **options)


def csv_of(rows, header=("text",)):
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("packing", ["", *PACKERS, "zst"])
@pytest.mark.parametrize("kind", ["txt", "jsonl", "csv"])
def test_each_format_is_read_plain_and_packed(tmp_path, kind, packing):
    made = {
        "txt": TEXTS[0].encode(),
        "jsonl": json_lines(TEXTS),
        "csv": csv_of([[text] for text in TEXTS]),
    }
    path = tmp_path / (f"a.{kind}.{packing}" if packing else f"a.{kind}")
    if packing == "zst":
        with pyarrow.CompressedOutputStream(str(path), "zstd") as out:
            out.write(made[kind])
    else:
        path.write_bytes(PACKERS.get(packing, bytes)(made[kind]))
    assert texts(path) == (TEXTS[:1] if kind == "txt" else TEXTS)


@pytest.mark.parametrize("kind", [pyarrow.string(), pyarrow.large_string(), pyarrow.binary()])
def test_parquet_is_read_in_any_string_type(tmp_path, kind):
    path = tmp_path / "a.parquet"
    write_table(path, {"body": pyarrow.array(TEXTS, kind)}, row_group_size=2)
    assert texts(path, column="body") == TEXTS


def test_a_text_is_unchanged(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffMột\r\nHai\n".encode())
    assert texts(path) == ["\ufeffMột\r\nHai\n"]


def test_ids_are_places_or_a_column(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\n{"text": "x", "key": 7}\n{"text": "y", "key": "k"}\n')
    assert [record.id for record in records(path)] == [f"{path}:2", f"{path}:3"]
    assert [record.id for record in records(path, id_column="key")] == ["7", "k"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"text": null}', "column 'text' is NoneType, wanted a string"),
        (b'{"body": "x"}', "no column 'text'; it has: body"),
        (b'{"text": "\xff"}', "not UTF-8, byte 0xff at offset 10"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path, line, reason):
    path = tmp_path / "a.jsonl"
    path.write_bytes(json_lines(TEXTS[:1]) + line + b"\n" + json_lines(TEXTS[1:2]))
    assert texts(path) == TEXTS[:2]
    ((number, found),) = problems(path)
    assert (number, reason in found) == (2, True)


def test_a_bad_row_of_csv_is_named_and_the_others_are_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,one\n2\n3,\xff\n4,four\n")
    assert texts(path) == ["one", "four"]
    assert problems(path) == [(2, "no column 'text'; it has: id"), (3, "not UTF-8")]


def test_a_long_field_of_csv_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of([["dài " * 100_000]]))
    assert texts(path) == ["dài " * 100_000]


def test_bad_values_of_parquet_are_named(tmp_path):
    path = tmp_path / "a.parquet"
    raw = pyarrow.array([b"one", None, b"\xff", b"four"])
    bad = pyarrow.StringArray.from_buffers(4, *raw.buffers()[1:], raw.buffers()[0])
    write_table(path, {"text": bad})
    assert texts(path) == ["one", "four"]
    assert [number for number, _ in problems(path)] == [2, 3]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_table_without_the_column_is_one_problem(tmp_path, name):
    path = tmp_path / name
    if name == "a.csv":
        path.write_bytes(csv_of([["x"], ["y"]], header=["body"]))
    else:
        write_table(path, {"body": ["x", "y"]})
    assert problems(path) == [(0, "no column 'text'; it has: body")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.parquet", b"PAR1 but not really"),
        ("a.jsonl.gz", b"not packed"),
        ("a.csv.xz", b"not packed"),
        ("a.txt.bz2", b"not packed"),
        ("a.jsonl.zst", b"not packed"),
        ("a.txt", None),
        ("a.parquet.gz", b""),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(tmp_path, name, data):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    ((number, reason),) = problems(path)
    assert (number, reason.startswith("cannot be read: ")) == (0, True)


@pytest.mark.parametrize("packing", PACKERS)
def test_a_damaged_file_is_read_up_to_the_damage(tmp_path, packing):
    path = tmp_path / f"a.jsonl.{packing}"
    many = [f"{text} {number * 7919}" for number in range(6_000) for text in TEXTS]
    data = PACKERS[packing](json_lines(many))
    path.write_bytes(data[: len(data) // 2])
    read_back = texts(path)
    assert 0 < len(read_back) < len(many)
    assert read_back == many[: len(read_back)]
    ((number, reason),) = problems(path)
    assert (number, "behind record" in reason) == (len(read_back) + 1, True)


@pytest.mark.parametrize("name", ["b.jsonl", "deep/c.csv.gz", "deep/d.parquet", "e.txt"])
def test_reading_goes_on_behind_any_record(archive, name):
    whole = records(archive / name)
    numbers = [record.number for record in whole]
    for at, number in enumerate(numbers):
        assert records(archive / name, after=number) == whole[at + 1 :]


def test_a_damage_is_told_once_when_reading_goes_on(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    data = PACKERS["gz"](json_lines(f"{text} {n * 7919}" for n in range(6_000) for text in TEXTS))
    path.write_bytes(data[: len(data) // 2])
    *_, last, damage = records(path)
    assert records(path, after=last.number) == [damage]
    assert records(path, after=damage.number) == []


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.parquet"])
def test_reading_holds_a_few_records_at_a_time(tmp_path, name):
    path = tmp_path / name
    many = [f"{number} " * 300 for number in range(5000)]
    if name == "a.parquet":
        write_table(path, {"text": many}, row_group_size=500)
    else:
        made = csv_of([[text] for text in many]) if "csv" in name else json_lines(many)
        path.write_bytes(PACKERS["gz"](made) if name.endswith("gz") else made)
    found = source(path)
    next(read(found))  # modules are loaded
    tracemalloc.start()
    count = sum(1 for _ in read(found))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5000
    assert peak < 1_000_000 < sum(map(len, many))


any_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.lists(any_text, min_size=1))
def test_any_texts_come_out_of_csv_and_json_lines(tmp_path_factory, given_texts):
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in given_texts))
    (folder / "a.csv").write_bytes(csv_of([["", text] for text in given_texts], ["id", "text"]))
    assert texts(folder / "a.jsonl") == given_texts
    assert texts(folder / "a.csv") == given_texts


def names(*inputs, **options):
    return [one.name for one in find(map(str, inputs), **options).sources]


def test_folders_are_searched_and_patterns_expanded_in_order(archive):
    everything = ["a.txt", "b.jsonl", "e.txt", "deep/c.csv.gz", "deep/d.parquet"]
    assert names(archive) == [str(archive / name) for name in everything]
    assert names(archive / "**" / "*.gz") == [str(archive / "deep" / "c.csv.gz")]
    assert names(archive / "de*") == [str(archive / name) for name in everything[3:]]


def test_a_file_is_read_once_and_the_output_never(archive):
    found = names(archive / "a.txt", archive, without=[archive / "b.jsonl"])
    assert found == [
        str(archive / n) for n in ("a.txt", "e.txt", "deep/c.csv.gz", "deep/d.parquet")
    ]


def test_files_of_other_kinds_are_counted_unless_they_are_named(archive):
    assert find([str(archive)]).ignored == 1
    assert find([str(archive / "picture.png")]).sources[0].kind == "txt"


def test_a_pattern_without_a_match_is_a_problem(tmp_path):
    assert problems(tmp_path / "*.txt") == [(0, "cannot be read: no file matches this pattern")]


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(VidnerError, match=r"no file to tag in it; wanted \.txt"):
        find([str(tmp_path)])
