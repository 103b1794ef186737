"""Windows: what the model reads at once.

Whole lines are put together up to the window's limit, so that a name's second
mention sees its first. A line longer than a window is read in overlapping
windows; each of its words is scored where it has the most context.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Pieces = Sequence[int]


@dataclass(frozen=True, slots=True)
class Window:
    """Input of the model for some consecutive words of a document.

    Attributes:
        ids: Piece ids with the special ones, at most the window's limit.
        firsts: Position in ``ids`` of the first piece of each word to score, in
            order. Words that only give context have none.
    """

    ids: list[int]
    firsts: list[int]


@dataclass(frozen=True)
class Windower:
    """Cuts documents into windows.

    Attributes:
        limit: Most pieces in a window, special ones included.
        begin: Id of the special piece before a window.
        end: Id of the special piece behind each line.
        overlap: Pieces of context on each side where a long line is cut.
    """

    limit: int
    begin: int
    end: int
    overlap: int = 32

    def windows(self, lines: Iterable[Sequence[Pieces]]) -> Iterator[Window]:
        """Windows of a document; their scored words, in order, are all its words.

        Args:
            lines: For each line the pieces of each of its words.
        """
        waiting: list[Sequence[Pieces]] = []
        room = self.limit - 1
        for line in lines:
            size = sum(map(len, line)) + 1
            if size > room and waiting:
                yield self._join(waiting)
                waiting, room = [], self.limit - 1
            if size > room:
                yield from self._cut(line)
                continue
            waiting.append(line)
            room -= size
        if waiting:
            yield self._join(waiting)

    def _join(self, lines: Iterable[Sequence[Pieces]]) -> Window:
        ids, firsts = [self.begin], []
        for line in lines:
            for pieces in line:
                firsts.append(len(ids))
                ids += pieces
            ids.append(self.end)
        return Window(ids, firsts)

    def _cut(self, line: Sequence[Pieces]) -> Iterator[Window]:
        room = self.limit - 2
        overlap = min(self.overlap, room // 4)
        # The first pieces of an endless word decide; so every window scores a word.
        line = [pieces[: room // 4] for pieces in line]
        bounds = [0]
        for pieces in line:
            bounds.append(bounds[-1] + len(pieces))
        scored = 0
        start = 0
        while scored < len(line):
            stop = _last_within(bounds, start, room)
            # Words near the cut are left to the next window, unless there is none.
            last = stop if stop == len(line) else _last_within(bounds, start, room - overlap)
            window = self._join([line[start:stop]])
            yield Window(window.ids, window.firsts[scored - start : last - start])
            scored = last
            start = _first_within(bounds, scored, overlap)


def _last_within(bounds: list[int], start: int, room: int) -> int:
    """The furthest word end whose pieces from word ``start`` fit; at least one word."""
    stop = start + 1
    while stop + 1 < len(bounds) and bounds[stop + 1] - bounds[start] <= room:
        stop += 1
    return stop


def _first_within(bounds: list[int], stop: int, room: int) -> int:
    """The earliest word start from which at most ``room`` pieces lead to word ``stop``."""
    start = stop
    while start > 0 and bounds[stop] - bounds[start - 1] <= room:
        start -= 1
    return start
