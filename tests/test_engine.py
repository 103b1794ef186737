"""The training scripts as they are run: kills, several processes, plans, other people's data."""

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.conftest import SENTENCES
from tests.test_conll import PHONER, VLSP
from vidner import MissingExtraError, ModelError, Tagger, tag
from vidner._errors import ConfigError
from vidner.documents import Document, make_entity
from vidner.documents.jsonl import read_jsonl, write_jsonl
from vidner.train.checkpoints import last_checkpoint
from vidner.train.config import TrainingConfig, read_config
from vidner.train.data import documents_to_dataset, in_development
from vidner.train.finetune import fine_tune
from vidner.train.plan import plan
from vidner.train.progress import Progress

DEADLINE = 600  # seconds; machines are shared


@pytest.fixture(scope="module")
def documents():
    text, mention = SENTENCES[1], "Bộ Quốc phòng Việt Nam"
    entity = make_entity(text, 0, len(mention), "ORG")
    return [Document(f"d{n}", text, (entity,)) for n in range(10)]


def tiny(base, **changes):
    return TrainingConfig(
        name="tiny", base=str(base), license="MIT", window=64, batch=2, learning_rate=1e-2,
        dropout=0.0, **changes,
    )  # fmt: skip


@pytest.fixture
def config_file(tiny_checkpoint, tmp_path):
    lines = ['name = "tiny"', f'base = "{tiny_checkpoint.as_posix()}"', 'license = "MIT"',
             "window = 64", "batch = 2", "learning_rate = 1e-2", "dropout = 0.0"]  # fmt: skip
    path = tmp_path / "tiny.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def data_file(documents, tmp_path):
    path = tmp_path / "data.jsonl"
    write_jsonl(documents, path)
    return path


@pytest.fixture
def script(repository, monkeypatch, capsys):
    """Runs a script of training/ here; gives its exit code and what it printed."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        main = runpy.run_path(str(repository / "training" / name))["main"]
        code = main()
        return code, capsys.readouterr()

    return run


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def wait_for(condition, process):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert process.poll() is None, "it ended before it was killed"
        assert time.monotonic() < end


def has_checkpoint(folder):
    """True once there is one that is written to its end."""
    with suppress(ModelError):
        return bool(last_checkpoint(folder))
    return False


def test_adaptation_goes_on_exactly_after_a_kill(repository, tiny_checkpoint, tmp_path, script):
    text = tmp_path / "text"
    text.mkdir()
    for number in range(40):
        lines = SENTENCES[number % 3 :] + SENTENCES[: number % 3]
        (text / f"{number:02d}.txt").write_text("\n".join(lines * 3), "utf-8")

    def arguments(out):
        return ["--base", tiny_checkpoint, "--text", text, "--out", out, "--length", 24,
                "--batch", 2, "--accumulate", 2, "--steps", 60, "--save-steps", 10]  # fmt: skip

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    code, printed = script("adapt.py", *arguments(whole))
    assert code == 0
    assert "held-out loss" in printed.out
    command = [sys.executable, repository / "training/adapt.py", *arguments(killed)]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: has_checkpoint(killed), process)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (killed / "model.safetensors").exists()
    code, _ = script("adapt.py", *arguments(killed), "--resume")
    assert code == 0
    assert weights(killed) == weights(whole)
    rows = [log_rows(folder) for folder in (killed, whole)]
    assert [r["step"] for r in rows[0]] == [r["step"] for r in rows[1]] == [*range(10, 61, 10), 60]
    assert [r.get("loss") for r in rows[0]] == [r.get("loss") for r in rows[1]]
    record = json.loads((whole / "adaptation.json").read_text())
    assert record["tokens"] == 60 * 2 * 2 * 24
    assert {"seed", "torch", "transformers", "processes", "device"} <= record.keys()


def log_rows(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_resuming_nothing_is_one_line(tiny_checkpoint, tmp_path, script):
    (tmp_path / "a.txt").write_text("\n".join(SENTENCES * 20), "utf-8")
    (tmp_path / "b.txt").write_text("\n".join(SENTENCES * 20), "utf-8")
    out = tmp_path / "out"
    code, printed = script(
        "adapt.py", "--base", tiny_checkpoint, "--text", tmp_path, "--out", out, "--length", 24,
        "--resume",
    )  # fmt: skip
    assert code == 1
    assert f"adapt: {out}: no whole checkpoint in it to go on from (0 found)" in printed.err


def test_adapting_without_a_base_says_what_is_wanted(tmp_path, script):
    code, printed = script("adapt.py", "--base", tmp_path, "--text", tmp_path, "--out", tmp_path)
    assert code == 1
    assert "no config.json in it" in printed.err


def test_fine_tuning_goes_on_exactly_from_the_last_whole_checkpoint(
    tiny_checkpoint, documents, tmp_path, monkeypatch
):
    dataset, whole, broken = documents_to_dataset(documents), tmp_path / "a", tmp_path / "b"
    config, steps = tiny(tiny_checkpoint), {"max_steps": 12, "save_steps": 4}
    fine_tune(config, dataset, whole, **steps)
    step = Progress.on_step_end

    def interrupted(self, args, state, control, **more):
        step(self, args, state, control, **more)
        if state.global_step == 10:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Progress, "on_step_end", interrupted)
        fine_tune(config, dataset, broken, **steps)
    # What a kill leaves of a checkpoint that was being written is passed over.
    half = shutil.copytree(broken / "checkpoint-8", broken / "checkpoint-10")
    (half / "trainer_state.json").write_text('{"global_step": 10')
    fine_tune(config, dataset, broken, **steps, resume=True)
    assert weights(broken) == weights(whole)


def test_checkpoints_are_written_by_the_clock(tiny_checkpoint, documents, tmp_path):
    out = tmp_path / "out"
    fine_tune(
        tiny(tiny_checkpoint), documents_to_dataset(documents), out, max_steps=2,
        save_steps=1000, save_minutes=1e-9,
    )  # fmt: skip
    assert (out / "checkpoint-2").exists()
    assert json.loads((out / "checkpoint-2/trainer_state.json").read_text())["save_steps"] == 1000


def test_logs_have_loss_speed_and_time_left(tiny_checkpoint, documents, tmp_path):
    dataset = documents_to_dataset(documents)
    fine_tune(tiny(tiny_checkpoint), dataset, tmp_path, max_steps=21, report_to="tensorboard")
    first = log_rows(tmp_path)[0]
    assert {"step", "loss", "learning_rate", "tokens_per_second", "seconds_left"} <= first.keys()
    assert first["step"] == 20
    assert list(tmp_path.rglob("events.out.tfevents.*"))


def test_tensorboard_that_is_not_installed_names_the_extra(
    tiny_checkpoint, documents, tmp_path, monkeypatch
):
    monkeypatch.setattr("vidner.train.finetune.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"vidner\[tensorboard\]"):
        fine_tune(tiny(tiny_checkpoint), documents_to_dataset(documents), tmp_path,
                  report_to="tensorboard")  # fmt: skip


@pytest.mark.parametrize("accumulate", [1, 3])
def test_a_plan_counts_the_steps_of_the_run(tiny_checkpoint, documents, tmp_path, accumulate):
    config = tiny(tiny_checkpoint, epochs=1.5, accumulate=accumulate)
    planned = plan(config, documents_to_dataset(documents))
    fine_tune(config, documents_to_dataset(documents), tmp_path)
    (state,) = tmp_path.glob("checkpoint-*/trainer_state.json")
    assert planned.steps == json.loads(state.read_text())["global_step"]
    assert planned.documents == planned.entities == planned.windows == 10


def test_a_dry_run_prints_the_plan_and_writes_nothing(config_file, data_file, tmp_path, script):
    out = tmp_path / "out"
    code, printed = script(
        "finetune.py", "--config", config_file, "--data", data_file, "--out", out, "--dry-run"
    )
    assert code == 0
    names = [line.split()[0] for line in printed.out.splitlines()]
    assert names == ["documents", "entities", "windows", "steps", "model", "memory", "time", "dry"]
    assert not out.exists()


def test_silver_is_raw_text_with_what_a_model_finds_in_it(tmp_path, script):
    (tmp_path / "news.jsonl").write_text(
        "".join(json.dumps({"id": f"n{n}", "text": SENTENCES[n % 2]}) + "\n" for n in range(6))
    )
    (tmp_path / "test.jsonl").write_text('{"id": "n0"}\n{"id": "n1"}\n')
    code, printed = script(
        "silver.py", "--text", tmp_path / "news.jsonl", "--without", tmp_path / "test.jsonl",
        "--documents", 3, "--out", tmp_path / "silver.jsonl",
    )  # fmt: skip
    tagged = list(read_jsonl(tmp_path / "silver.jsonl"))
    assert (code, len(tagged)) == (0, 3)
    assert "3 of 4 documents" in printed.out
    spans = [[e.span for e in document.entities] for document in tagged]
    assert spans == [[e.span for e in tag(document.text)] for document in tagged]


def test_silver_that_breaks_a_rule_is_left_out(tiny_packed, tmp_path, script):
    (tmp_path / "news.txt").write_text("(( )) (( ))", "utf-8")
    code, printed = script(
        "silver.py", "--text", tmp_path / "news.txt", "--documents", 1,
        "--model", tiny_packed, "--out", tmp_path / "silver.jsonl",
    )  # fmt: skip
    assert code == 0
    assert "0 of 1 documents; 1 were left out" in printed.out


def test_silver_is_trained_on_and_never_held_out(
    config_file, data_file, documents, tmp_path, script
):
    silver = [Document(f"s{n}", d.text, d.entities) for n, d in enumerate(documents * 5)]
    write_jsonl(silver, tmp_path / "silver.jsonl")
    code, printed = script(
        "finetune.py", "--config", config_file, "--data", data_file, "--development",
        "--silver", tmp_path / "silver.jsonl", "--out", tmp_path / "out", "--dry-run",
    )  # fmt: skip
    assert code == 0
    held_out = sum(map(in_development, documents))
    assert f"documents  {len(silver) + len(documents) - held_out}" in printed.out


def test_two_processes_train_together(repository, config_file, data_file, tmp_path):
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", 2,
        "--main_process_port", 0, repository / "training/finetune.py", "--config", config_file,
        "--data", data_file, "--out", out, "--max-steps", 6, "--save-steps", 3,
        "--save-minutes", 1e-9,
    ]  # fmt: skip
    ran = subprocess.run(
        list(map(str, command)), env={**os.environ, "ACCELERATE_USE_CPU": "true"},
        capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("10 documents, 10 entities") == 1
    record = json.loads((out / "training.json").read_text())
    assert record["surroundings"]["processes"] == 2
    assert record["config"]["seed"] == 1
    state = json.loads((out / "checkpoint-6/trainer_state.json").read_text())
    # Ten windows, two processes, two windows each: an epoch has three steps, not five.
    assert state["epoch"] == 2.0
    assert Tagger.load(out).tag(SENTENCES[1]) is not None


def test_no_hub_is_one_line_that_names_the_way_out(repository, data_file, tmp_path):
    config = repository / "training/configs/phobert-large.toml"
    command = [sys.executable, repository / "training/finetune.py", "--config", config,
               "--data", data_file, "--out", tmp_path / "out"]  # fmt: skip
    ran = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith("finetune: base 'vinai/phobert-large' cannot be loaded")
    assert "--base DIR" in line
    assert not (tmp_path / "out").exists()


def test_the_licence_of_phobert_v2_is_said(repository):
    assert read_config(repository / "training/configs/phobert-base-v2.toml").license == "AGPL-3.0"


def test_a_segmenter_of_another_name_is_a_config_error(config_file):
    with pytest.raises(ConfigError, match="segmenter: Input should be 'none', 'given'"):
        read_config(config_file, segmenter="jieba")


@pytest.mark.parametrize(
    ("name", "content", "segmenter", "labels"),
    [
        ("train.txt", VLSP, "given", {"LOC", "ORG", "PER"}),
        ("train_syllable.conll", PHONER, "none", {"GENDER", "LOCATION", "DATE"}),
    ],
    ids=["vlsp", "phoner"],
)
def test_a_benchmark_trains_and_scores_on_conll_files(
    phobert_base, tiny_checkpoint, config_file, tmp_path, script, name, content, segmenter, labels
):
    data, out = tmp_path / "conll", tmp_path / "out"
    data.mkdir()
    for split in ("train", "dev", "test"):
        repeats = 4 if split == "train" else 1
        (data / name.replace("train", split)).write_text("\n\n".join([content] * repeats), "utf-8")
    base = phobert_base if segmenter == "given" else tiny_checkpoint
    code, printed = script(
        "benchmark.py", "--data", data, "--config", config_file, "--out", out, "--base", base,
        "--segmenter", segmenter, "--epochs", 30,
    )  # fmt: skip
    assert code == 0, printed.err
    scores = json.loads((out / "benchmark.json").read_text())["scores"]
    assert scores["test"]["micro avg"]["f1-score"] == 1.0
    assert labels <= scores["dev"].keys()
    assert "| tiny (here) | this folder | 100.0 |" in printed.out
    assert "| PhoBERT-base | VLSP 2016, published | 93.6 |" in printed.out


def test_a_benchmark_without_files_is_one_line(config_file, tmp_path, script):
    code, printed = script(
        "benchmark.py", "--data", tmp_path / "none", "--config", config_file, "--out", tmp_path
    )
    assert code == 1
    assert "wanted one file whose name begins with train, found nothing" in printed.err


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(ModelError, match="start again without --resume"):
        last_checkpoint(tmp_path)
