"""A load generator for machines without `wrk`: same arguments and outcome as `random_terms.lua`.

It needs about as much processor time as a fast server, so it understates fast servers.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit


class Client:
    """What the connections of one measurement share."""

    def __init__(self, url: str, arguments: list[str]) -> None:
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port
        self.template, self.count = arguments[0], int(arguments[1])
        self.seed = int(arguments[2])
        self.headers = dict(header.split(": ", 1) for header in arguments[4:])
        self.validators: list[list[str]] = []
        if arguments[3] != "-":
            lines = Path(arguments[3]).read_text(encoding="utf-8").splitlines()
            self.validators = [line.split("\t", 1) for line in lines]
        self.times: list[float] = []
        self.bytes = self.errors = 0

    def request(self, chance: random.Random, serial: int) -> tuple[str, dict[str, str]]:
        """Choose the next request."""
        if self.validators:
            path, etag = chance.choice(self.validators)
            return path, {**self.headers, "If-None-Match": etag}
        path = self.template.replace("{id}", f"{chance.randrange(self.count):07d}")
        return path.replace("{n}", str(serial)), self.headers

    def run(self, number: int, end: float) -> None:
        """Send requests over one connection until the end."""
        chance = random.Random(self.seed * 101 + number)
        serial = self.seed * 100_000_000 + number * 1_000_000
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        while (started := time.monotonic()) < end:
            serial += 1
            path, headers = self.request(chance, serial)
            try:
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                self.bytes += len(response.read())
                self.errors += response.status >= 400
            except (OSError, http.client.HTTPException):
                self.errors += 1
                connection.close()
                continue
            self.times.append(time.monotonic() - started)
        connection.close()


def main(url: str, connections: int, seconds: float, arguments: list[str]) -> None:
    """Measure, then print the outcome."""
    client = Client(url, arguments)
    started = time.monotonic()
    threads = [
        threading.Thread(target=client.run, args=(number, started + seconds)) for number in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(client.times) or [0.0]
    outcome = {
        "requests": len(client.times),
        "seconds": time.monotonic() - started,
        "bytes": client.bytes,
        "p50": times[len(times) // 2],
        "p90": times[int(len(times) * 0.9)],
        "p99": times[int(len(times) * 0.99)],
        "highest": times[-1],
        "mean": sum(times) / len(times),
        "errors": client.errors,
    }
    print("OUTCOME " + json.dumps(outcome))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
