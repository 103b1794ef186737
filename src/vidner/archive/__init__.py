"""Archives: texts of many files, tagged into one file by a run that can be killed and goes on."""

from vidner.archive.run import Summary, tag_archive

__all__ = ["Summary", "tag_archive"]
