"""Clients that do harm: each has an address of its own and sends one runaway query after the other.

As a program it runs until its input ends, then prints how often each status was seen, as JSON. A client waits
as long as Retry-After says, and a second where nothing is said.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlencode, urlsplit

AMOUNT: Final = 50
# No two texts are the same, so it is no use to remember one that failed.
_QUERIES: Final = (
    "SELECT (COUNT(*) AS ?n{n}) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}",
    "SELECT * {{ ?a ?b ?c . ?d ?e ?f }} ORDER BY RAND() ?x{n} LIMIT 10",
    "SELECT (COUNT(DISTINCT ?y) AS ?n{n}) {{ ?x (!<urn:none>|^!<urn:none>)* ?y }}",
    "SELECT ?a{n} {{ ?a{n} ?b ?c . ?d ?e ?f FILTER(REGEX(CONCAT(STR(?c), STR(?f)), 'q{n}.*z$')) }}",
    "CONSTRUCT {{ ?a ?n{n} ?f }} {{ ?a ?b ?c . ?d ?n{n} ?f FILTER(STRLEN(STR(?c)) > STRLEN(STR(?f)) + 99) }}",
)


def _address(number: int) -> str:
    return f"127.0.{1 + number // 200}.{1 + number % 200}"


def _run(url: str, number: int, stop: threading.Event, seen: Counter[str]) -> None:
    parts = urlsplit(url)
    serial = 0
    while not stop.is_set():
        serial += 1
        text = _QUERIES[(number + serial) % len(_QUERIES)].format(n=number * 100_000 + serial)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=120, source_address=(_address(number), 0)
        )
        try:
            connection.request("GET", f"{parts.path}?{urlencode({'query': text})}")
            response = connection.getresponse()
            response.read()
            seen[str(response.status)] += 1
            wait = float(response.headers.get("Retry-After", "1"))
        except (OSError, http.client.HTTPException) as error:
            seen[type(error).__name__] += 1
            wait = 1.0
        finally:
            connection.close()
        stop.wait(wait)


class Runaways:
    """The clients, in a process of their own; stopped at the end of the `with` block."""

    def __init__(self, url: str, amount: int = AMOUNT) -> None:
        self.seen: dict[str, int] = {}
        command = [sys.executable, str(Path(__file__)), url, str(amount)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> Runaways:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            said, _ = self._process.communicate(timeout=30)
            self.seen = json.loads(said or "{}")
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main(url: str, amount: int) -> None:
    """Do harm until the input ends."""
    stop: threading.Event = threading.Event()
    seen: Counter[str] = Counter()
    for number in range(amount):
        threading.Thread(target=_run, args=(url, number, stop, seen), daemon=True).start()
    sys.stdin.read()
    stop.set()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
