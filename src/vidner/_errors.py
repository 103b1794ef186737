"""The exception tree.

VidnerError
├── InputError          what the caller passed cannot be tagged
├── DocumentError       an annotated document breaks a rule of its format
├── ModelError          a model directory is incomplete, damaged or unknown
├── ConfigError         a training configuration is wrong
├── CheckpointError     a base encoder file cannot be read
├── LabelStudioError    a Label Studio server does not do what is asked of it
└── MissingExtraError   an optional dependency is not installed

Every message names the value found, the value wanted and the fix.
"""

from __future__ import annotations


class VidnerError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(VidnerError, TypeError):
    """The text to be tagged is not a string."""


class DocumentError(VidnerError, ValueError):
    """An annotated document is malformed (offsets, labels, overlaps, text)."""


class ModelError(VidnerError):
    """A model directory cannot be used as it is."""


class ConfigError(VidnerError, ValueError):
    """A training configuration has an unknown key, a wrong type or value."""


class CheckpointError(VidnerError, ValueError):
    """A base encoder file is not what its format promises."""


class LabelStudioError(VidnerError):
    """A Label Studio server refuses, is not there, or has another project."""


class MissingExtraError(VidnerError, ImportError):
    """An optional dependency is needed and absent."""

    def __init__(self, module: str, *, extra: str) -> None:
        super().__init__(
            f"this needs the package {module!r}, which is not installed; "
            f"install it with: pip install 'vidner[{extra}]'"
        )
        self.module = module
        self.extra = extra
