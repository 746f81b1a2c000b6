"""A file of sorted N-Quads, looked up in by subject without reading it."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from pathways_ld.rdfio import Statement, read_graph_line


class SortedLines:
    """Lines that ``graph_line`` wrote, in the order of their statements; a file that is not there is empty.

    Raises :class:`OSError`.
    """

    def __init__(self, path: Path) -> None:
        self._bytes: mmap.mmap | bytes = b""
        try:
            with path.open("rb") as stream:
                if stream.read(1):
                    self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            pass

    def __bool__(self) -> bool:
        return bool(self._bytes)

    @property
    def content(self) -> mmap.mmap | bytes:
        """All of the file."""
        return self._bytes

    def about(self, subject: str) -> list[Statement]:
        """Give what is said of a subject."""
        key = subject.encode()
        found = []
        for line in self.lines(self._first(key)):
            if line.partition(b" ")[0] != key:
                break
            found.append(read_graph_line(line.decode()))
        return found

    def subjects(self, beginning: str) -> Iterator[str]:
        """Give the subjects that begin in a way, each once."""
        key = beginning.encode()
        last = b""
        for line in self.lines(self._first(key)):
            subject = line.partition(b" ")[0]
            if not subject.startswith(key):
                return
            if subject != last:
                last = subject
                yield subject.decode()

    def at(self, start: int) -> Statement:
        """Give the statement whose line begins at an offset."""
        return read_graph_line(next(self.lines(start)).decode())

    def lines(self, start: int = 0) -> Iterator[bytes]:
        """Give the lines from an offset on, without their ends."""
        content = self._bytes
        while start < len(content):
            end = content.find(b"\n", start)
            yield content[start:end]
            start = end + 1

    def _first(self, key: bytes) -> int:
        """Give where the first line begins whose subject is not less than a key."""
        low, high = 0, len(self._bytes)
        while low < high:
            middle = (low + high) // 2
            start = self._bytes.rfind(b"\n", low, middle) + 1 or low
            end = self._bytes.find(b" ", start)
            if self._bytes[start:end] < key:
                low = self._bytes.find(b"\n", middle) + 1 or len(self._bytes)
            else:
                high = start
        return low
