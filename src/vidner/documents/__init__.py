"""Annotated documents: the type, its checks, and converters named x_to_y."""

from vidner.documents._document import Document, check, is_edge, make_entity, problems

__all__ = ["Document", "check", "is_edge", "make_entity", "problems"]
