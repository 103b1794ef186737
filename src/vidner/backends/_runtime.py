"""The one place that imports onnxruntime."""

from __future__ import annotations

import os
from typing import Any


def runtime() -> Any:
    """onnxruntime, without the usage reports that it sends by default.

    They would break the promise that nothing leaves the machine; and their
    thread makes a forked child hang when it ends. The switch is read when the
    library is loaded, and a value that the user has set is left alone.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime
