"""The model card is what the results and the template give."""

import json

from training import model_card

from vidner.evaluation.scores import Counts, Scores

RESULT = {"protocol": "leave one out", "scores": Scores(({"LOC": Counts(1, 2, 3)},)).to_dict()}


def test_the_committed_card_is_up_to_date():
    assert model_card.main(["--check"]) == 0


def test_a_card_shows_each_result(tmp_path):
    path = tmp_path / "seeds.json"
    path.write_text(json.dumps(RESULT), "utf-8")
    text = model_card.card([path])
    assert "### seeds" in text
    assert "leave one out. 1 documents, macro F1 0.400." in text
    assert "| LOC | 0.500 | 0.333 | 0.400 | 0.400-0.400 | 1 | 2 | 3 |" in text


def test_a_card_that_differs_is_found_and_not_written(tmp_path, capsys):
    results, out = tmp_path / "results", tmp_path / "card.md"
    results.mkdir()
    arguments = ["--results", str(results), "--out", str(out)]
    assert model_card.main(arguments) == 0
    assert model_card.main([*arguments, "--check"]) == 0
    before = out.read_text("utf-8")
    (results / "seeds.json").write_text(json.dumps(RESULT), "utf-8")
    assert model_card.main([*arguments, "--check"]) == 1
    assert "run `make card`" in capsys.readouterr().err
    assert out.read_text("utf-8") == before


def test_a_broken_result_is_one_error(tmp_path, capsys):
    (tmp_path / "x.json").write_text("{}")
    assert model_card.main(["--results", str(tmp_path), "--out", str(tmp_path / "c.md")]) == 1
    assert "wanted an object with protocol and scores" in capsys.readouterr().err
