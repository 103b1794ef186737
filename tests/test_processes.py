"""A tagger and other processes: forks, and what leaves the machine."""

import os
import subprocess
import sys

import pytest

FORK = """
import os, sys
from vidner import Tagger
tagger = Tagger.load(sys.argv[1], threads=2)
text = "Thượng tướng Hoàng Xuân Chiến thăm Nhật Bản.\\n" * 20
wanted = tagger.tag(text)
if not os.fork():
    if sys.argv[2] == "used":
        sys.exit(0 if tagger.tag(text) == wanted else 3)
    if sys.argv[2] == "deleted":
        del tagger
    sys.exit(0)
status = os.wait()[1]
assert tagger.tag(text) == wanted
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("use", ["used", "deleted", "untouched"])
def test_a_child_of_a_fork_tags_as_its_parent_and_ends(tiny_packed, use):
    done = subprocess.run(
        [sys.executable, "-c", FORK, str(tiny_packed), use],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_runtime_sends_no_reports(tiny_packed):
    code = (
        "import os, sys; from vidner import Tagger; Tagger.load(sys.argv[1]); "
        "print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny_packed)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    assert done.stdout.split() == ["1", "True"]


def test_the_package_loads_no_runtime_before_it_is_needed():
    code = "import sys, vidner; print('onnxruntime' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout.strip() == "False"
