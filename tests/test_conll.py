"""CoNLL files of other people's data sets, in invented examples."""

import pytest

from vidner._entities import Entity
from vidner._errors import DocumentError
from vidner.train.conll import find_files, labels_of, read_conll

VLSP = """-DOCSTART-

Ông\tNc\tB-NP\tO\tO
Trần_Văn_Đoàn\tNp\tB-NP\tB-PER\tO
thăm\tV\tB-VP\tO\tO
Trường\tN\tB-NP\tB-ORG\tO
Sĩ_quan\tN\tI-NP\tI-ORG\tO
Hà_Nội\tNp\tI-NP\tI-ORG\tB-LOC
.\tCH\tO\tO\tO

<s>
Mưa\tN\tB-NP\tO\tO
ở\tE\tB-PP\tO\tO
Huế\tNp\tB-NP\tI-LOC\tO
</s>
"""
PHONER = """Bệnh O
nhân O
nữ B-GENDER
ở O
Hà B-LOCATION
Nội I-LOCATION

ngày O
3/4 B-DATE
"""


@pytest.fixture
def vlsp(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(VLSP, "utf-8")
    return path


@pytest.fixture
def phoner(tmp_path):
    path = tmp_path / "train_syllable.conll"
    path.write_text(PHONER, "utf-8")
    return path


def test_the_layout_of_vlsp_is_read_without_its_nested_entities(vlsp):
    sentences, mended = read_conll(vlsp)
    assert [sentence.id for sentence in sentences] == ["train.txt:3", "train.txt:12"]
    assert sentences[0].tags == ("O", "B-PER", "O", "B-ORG", "I-ORG", "I-ORG", "O")
    assert mended == 1
    assert sentences[1].tags == ("O", "O", "B-LOC")
    assert labels_of(sentences) == ("LOC", "ORG", "PER")


def test_joined_syllables_are_running_text(vlsp):
    document = read_conll(vlsp)[0][0].document()
    assert document.text == "Ông Trần Văn Đoàn thăm Trường Sĩ quan Hà Nội ."
    assert [e.text for e in document.entities] == ["Trần Văn Đoàn", "Trường Sĩ quan Hà Nội"]


def test_joints_are_kept_on_demand(vlsp):
    document = read_conll(vlsp)[0][0].document(joints=True)
    assert [e.text for e in document.entities] == ["Trần_Văn_Đoàn", "Trường Sĩ_quan Hà_Nội"]


def test_the_layout_of_phoner_is_read(phoner):
    sentences, mended = read_conll(phoner)
    assert mended == 0
    assert [e.label for s in sentences for e in s.document().entities] == [
        "GENDER", "LOCATION", "DATE",
    ]  # fmt: skip


@pytest.mark.parametrize("joints", [False, True])
def test_gold_entities_give_the_files_tags_back(vlsp, joints):
    for sentence in read_conll(vlsp)[0]:
        assert sentence.tags_of(sentence.document(joints=joints).entities) == list(sentence.tags)


def test_an_entity_inside_a_token_is_none_of_the_gold_ones(vlsp):
    sentence = read_conll(vlsp)[0][0]
    start = sentence.document().text.index("Văn Đoàn")
    found = Entity(start, start + len("Văn Đoàn"), "PER", "Văn Đoàn")
    assert sentence.tags_of([found])[1] == "B-PER:partial"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Hà Nội B-LOC", "line 1: 3 columns, wanted 2"),
        ("Hà_Nội LOC", "line 1: 'Hà_Nội' is tagged 'LOC', wanted O, B-X or I-X"),
        ("", "no sentence in it"),
    ],
)
def test_another_file_says_what_is_wrong(tmp_path, line, message):
    path = tmp_path / "train.txt"
    path.write_text(f"{line}\n", "utf-8")
    with pytest.raises(DocumentError, match=message):
        read_conll(path)


def test_the_files_of_a_folder_are_told_by_their_names(tmp_path):
    for name in ("train_word.conll", "valid.txt", "test.txt", "README"):
        (tmp_path / name).write_text("")
    assert {split: path.name for split, path in find_files(tmp_path).items()} == {
        "train": "train_word.conll", "dev": "valid.txt", "test": "test.txt",
    }  # fmt: skip


def test_two_training_files_are_one_too_many(tmp_path):
    for name in ("train_word.conll", "train_syllable.conll"):
        (tmp_path / name).write_text("")
    message = "begins with train, found train_syllable.conll, train_word.conll"
    with pytest.raises(DocumentError, match=message):
        find_files(tmp_path)
