"""The models inside the package, by name."""

from __future__ import annotations

from pathlib import Path

EMBEDDED = Path(__file__).parent / "model"
"""The directory of the default model."""

DIRECTORIES = {"small": EMBEDDED, "tiny": EMBEDDED / "tiny"}
"""Where each embedded model is: ``small`` is the default, ``tiny`` is several times faster."""


def model_directory(model: str | Path | None) -> Path:
    """Where a model is: an embedded one by its name, or any other by its path.

    ``None`` is the default model. A directory of your own that is called like an
    embedded model is given as a path: ``./tiny``.
    """
    if model is None:
        return EMBEDDED
    if isinstance(model, str) and model in DIRECTORIES:
        return DIRECTORIES[model]
    return Path(model)
