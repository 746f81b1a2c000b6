"""The answer of an application on its way to the server: whole or seen to be broken, never waiting for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pathways_ld.web.replies import Reply, SlowReader, call, send


def reply_of(pieces: list[bytes] | Iterator[bytes], *headers: tuple[str, str], method: str = "GET") -> Reply:
    def application(_: dict[str, Any], start: Any) -> Any:
        start("200 OK", list(headers))
        return pieces

    return call(application, {"REQUEST_METHOD": method})


def test_a_long_answer_of_unknown_length_gets_one() -> None:
    reply = reply_of(b"x" * 100_000 for _ in range(10))
    assert reply.headers == [("Content-Length", "1000000")]
    assert reply.rest is not None
    assert len(reply.body) + sum(map(len, reply.rest)) == reply.length == 1_000_000
    reply.drop()


@pytest.mark.parametrize("size", [1, 10])
def test_an_answer_that_fails_while_it_is_made_raises(size: int) -> None:
    def failing() -> Iterator[bytes]:
        for _ in range(size):
            yield b"x" * 100_000
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        reply_of(failing())


def test_a_short_answer_that_is_shorter_than_announced_raises() -> None:
    with pytest.raises(ValueError, match="announced as 5"):
        reply_of([b"x"], ("Content-Length", "5"))


def test_characters_that_no_header_may_hold_are_replaced() -> None:
    assert reply_of([b""], ("X-Test", "a颜\x07b")).headers == [("X-Test", "a??b")]


class FileReader:
    """A server that opens the file of an answer and reads it in a thread, or stops."""

    def __init__(
        self, *, most: int | None = None, opens: bool = True, then: threading.Event | None = None
    ) -> None:
        self.received = b""
        self._most, self._opens, self._then = most, opens, then
        self._thread: threading.Thread | None = None

    def response_file(self, _status: int, _headers: Any, path: str) -> None:
        if self._opens:
            self._thread = threading.Thread(target=self._read, args=(path,))
            self._thread.start()

    def _read(self, path: str) -> None:
        with Path(path).open("rb", buffering=0) as file:
            while self._most is None or len(self.received) < self._most:
                piece = file.read(65_536)
                if not piece:
                    return
                self.received += piece
            if self._then is not None:
                self._then.wait(10)

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join(10)


def sent_to(reader: FileReader, reply: Reply, seconds: float = 5) -> int:
    try:
        return asyncio.run(send(reader, reply, seconds))  # type: ignore[arg-type]
    finally:
        reader.join()


def test_a_long_answer_goes_through_whole() -> None:
    reader = FileReader()
    pieces = [bytes([each]) * 300_000 for each in range(20)]
    assert sent_to(reader, reply_of(iter(pieces), ("Content-Length", "6000000"))) == 6_000_000
    assert reader.received == b"".join(pieces)


def test_a_long_answer_that_fails_is_short_of_its_length_and_is_let_go() -> None:
    closed: list[bool] = []

    class Failing:
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(10):
                yield b"x" * 300_000
            raise RuntimeError("broken")

        def close(self) -> None:
            closed.append(True)

    reader = FileReader()
    reply = reply_of(Failing(), ("Content-Length", "6000000"))  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="broken"):
        sent_to(reader, reply)
    assert len(reader.received) == 3_000_000
    assert closed == [True]


def test_a_reader_who_leaves_a_long_answer_is_noticed() -> None:
    with pytest.raises(BrokenPipeError):
        sent_to(FileReader(most=500_000), reply_of([b"x" * 6_000_000]))


def test_a_reader_who_never_opens_is_given_up() -> None:
    with pytest.raises(SlowReader):
        sent_to(FileReader(opens=False), reply_of([b"x" * 6_000_000]), 0.3)


def test_a_reader_who_stops_is_given_up() -> None:
    gone_on = threading.Event()
    reader = FileReader(most=100_000, then=gone_on)
    reply = reply_of([b"x" * 6_000_000])
    with pytest.raises(SlowReader):
        asyncio.run(send(reader, reply, 0.3))  # type: ignore[arg-type]
    gone_on.set()
    reader.join()
