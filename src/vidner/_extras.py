"""Optional dependencies: asked for before the work begins."""

from __future__ import annotations

from importlib import import_module

from vidner._errors import MissingExtraError


def require(*modules: str, extra: str) -> None:
    """Fail now rather than after the work when a package is missing.

    Args:
        modules: What will be imported.
        extra: The extra of this package that brings them.

    Raises:
        MissingExtraError: One of them is not installed.
    """
    for module in modules:
        try:
            import_module(module)
        except ImportError:
            raise MissingExtraError(module, extra=extra) from None
