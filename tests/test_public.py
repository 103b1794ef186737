"""The public surface: what `import vidner` gives, and what it does not bring in."""

import doctest
import subprocess
import sys

import pytest

import vidner

EXTRAS = [
    "torch", "transformers", "datasets", "seqeval", "accelerate", "label_studio_sdk", "onnx",
    "matplotlib", "jinja2", "pyarrow", "tqdm", "spacy", "ray", "fastapi", "uvicorn", "pyvi",
]  # fmt: skip


def test_all_is_sorted_and_complete():
    assert sorted(vidner.__all__, key=lambda name: (name.upper() != name, name)) == vidner.__all__
    assert all(hasattr(vidner, name) for name in vidner.__all__)


@pytest.mark.parametrize("statement", ["import vidner", "import vidner; vidner.tag('Hà Nội')"])
def test_importing_and_tagging_load_no_extra(statement):
    code = f"import sys; {statement}; print(*[m for m in {EXTRAS} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_checkpoint_without_the_extra_names_the_install_command(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    code = (
        "import sys; sys.modules['transformers'] = None\n"
        "import vidner\n"
        f"try: vidner.Tagger.load({str(tmp_path)!r})\n"
        "except vidner.MissingExtraError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'vidner[train]'" in done.stdout


@pytest.mark.parametrize("source", ["README.md", "src/vidner/__init__.py"])
def test_the_examples_give_what_they_show(repository, source):
    text = (repository / source).read_text("utf-8").replace("```", "").replace('"""', "")
    examples = doctest.DocTestParser().get_doctest(text, {}, source, source, 0)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0
