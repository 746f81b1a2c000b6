"""Requests to one service: bounded in time and size, never sent on to another host."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import requests

import pathways_ld
from pathways_ld.client.failures import AnswerUnusable, ClientError, Problem, Unreachable, problem
from pathways_ld.client.hanging_up import Watch

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_BUSY: Final = (429, 503)
_MOVED: Final = (301, 302, 303, 307, 308)
_MOST_MOVES: Final = 5
_CHUNK: Final = 65_536
_PROBLEM_SIZE: Final = 1_000_000
_FIRST_PAUSE: Final = 0.5
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Bounds:
    """What one request may take: `timeout` and `deadline` in seconds, `size` in bytes after decompression.

    `timeout` is how long nothing may come, `deadline` how long one attempt may take as a whole. `retries` are
    attempts after the first where the service is busy (429, 503) or does not answer; the pauses that it asks
    for with Retry-After are kept, where they are no longer than `longest_pause`. Through a session of your
    own, or a proxy, only the body of the answer counts for `deadline`, whenever a piece of it has come.
    """

    timeout: float = 30.0
    deadline: float = 300.0
    size: int = 100_000_000
    retries: int = 3
    longest_pause: float = 30.0


@dataclass(frozen=True)
class Received:
    """A whole answer; `media_type` is without parameters."""

    content: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Read the answer as JSON; raises :class:`AnswerUnusable`."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise AnswerUnusable(f'The answer is "{self.media_type}" and no JSON that can be read.') from None


class Exchange:
    """One service at an address, such as ``https://example.org/voc``; for one thread at a time."""

    def __init__(
        self,
        url: str,
        bounds: Bounds,
        languages: Sequence[str] = (),
        session: requests.Session | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        parts = _parts(self.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ClientError(f'"{url}" is no address; expected one such as https://example.org.')
        self._place = _place(parts)
        self._bounds = bounds
        self._session = session or requests.Session()
        self._is_ours = session is None
        self._watch = Watch(bounds.deadline)
        if self._is_ours:
            for scheme in _PORTS:
                self._session.mount(f"{scheme}://", self._watch.adapter())
        self._headers = {"User-Agent": f"pathways-ld-client/{pathways_ld.__version__}"}
        if languages:
            self._headers["Accept-Language"] = ", ".join(languages)

    def close(self) -> None:
        """Close the connections."""
        self._watch.end()
        if self._is_ours:
            self._session.close()

    def get(self, path: str, accept: str, **parameters: str | int) -> Received:
        """Ask for `path`, which begins with a slash."""
        return self._answer("GET", path, accept, params=parameters)

    def post(
        self, path: str, accept: str, content: bytes | Mapping[str, str], media_type: str = ""
    ) -> Received:
        """Send bytes of a media type, or a form; only what changes nothing, since it may be sent twice."""
        headers = {"Content-Type": media_type} if media_type else {}
        return self._answer("POST", path, accept, data=content, headers=headers)

    def stream(self, path: str) -> Iterator[bytes]:
        """Give an answer piece by piece, as it was sent; the caller reads to the end or closes it."""
        with self._sent("GET", path, {"headers": {"Accept-Encoding": "identity"}}) as response:
            if response.status_code != 200:
                raise self._problem(response)
            yield from self._pieces(response, self._bounds.size)

    def _answer(self, method: str, path: str, accept: str, **options: Any) -> Received:
        # Where something is wrong, the service would say so in the format that is preferred.
        headers = {"Accept": f"{PROBLEM}, {accept};q=0.9"} | dict(options.pop("headers", {}))
        with self._sent(method, path, {**options, "headers": headers}) as response:
            if response.status_code != 200:
                raise self._problem(response)
            content = b"".join(self._pieces(response, self._bounds.size))
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if media_type not in [each.partition(";")[0].strip() for each in accept.split(",")]:
                raise AnswerUnusable(f'{response.url} answered with "{media_type[:80]}"; expected {accept}.')
            return Received(content, media_type, response.headers)

    @contextmanager
    def _sent(self, method: str, path: str, options: dict[str, Any]) -> Iterator[requests.Response]:
        """Send a request; the answer is still to be read."""
        if not path.startswith("/"):  # else it could name another host
            raise ClientError(f'"{path[:200]}" is no path; expected one that begins with a slash.')
        try:
            with self._tried(method, self.url + path, options) as response:
                yield response
        finally:
            self._watch.end()

    def _tried(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        """Send a request, again where that may help."""
        for attempt in range(self._bounds.retries + 1):
            is_last = attempt == self._bounds.retries
            self._watch.begin()
            try:
                response = self._followed(method, url, options)
            except (requests.ConnectionError, requests.Timeout) as error:
                if self._watch.is_late:
                    raise self._late(url) from None
                if is_last:
                    raise Unreachable(f"{url} does not answer: {_reason(error)}.") from None
                self._watch.end()
                time.sleep(_FIRST_PAUSE * 2**attempt)
                continue
            except (requests.RequestException, ValueError) as error:  # the latter of a Location that is none
                raise Unreachable(f"{url} cannot be asked: {_reason(error)}.") from None
            pause = self._pause(response, attempt)
            if is_last or pause is None:
                return response
            response.close()
            self._watch.end()
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, response: requests.Response, attempt: int) -> float | None:
        """Tell how long to wait before another attempt; None where there shall be none."""
        if response.status_code not in _BUSY:
            return None
        asked = _retry_after(response.headers.get("Retry-After", ""))
        if asked is None:
            return float(_FIRST_PAUSE * 2**attempt)
        return asked if asked <= self._bounds.longest_pause else None

    def _followed(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        given = {**options, "headers": self._headers | options["headers"]}
        for _ in range(_MOST_MOVES + 1):
            response = self._session.request(
                method, url, stream=True, allow_redirects=False, timeout=self._bounds.timeout, **given
            )
            if response.status_code not in _MOVED or "Location" not in response.headers:
                return response
            response.close()
            target = _joined(url, response.headers["Location"])
            if method != "GET":
                raise AnswerUnusable(f"{url} sends on to {target}; give that address instead.")
            if _place(_parts(target)) not in (self._place, ("https", self._place[1], 443)):
                raise AnswerUnusable(f"{url} sends on to another host, {target}; only {self.url} is asked.")
            url = target
            given.pop("params", None)  # the address that is sent on to has what it needs
        raise AnswerUnusable(f"{url} sends on more than {_MOST_MOVES} times.")

    def _pieces(self, response: requests.Response, most: int) -> Iterator[bytes]:
        size = 0
        try:
            for piece in response.iter_content(_CHUNK):
                size += len(piece)
                if size > most:
                    raise AnswerUnusable(f"{response.url} answered with more than {most:,} bytes.")
                if self._watch.is_late:
                    raise self._late(response.url)
                yield piece
            if self._watch.is_late:  # an answer that was cut off may look as if it were whole
                raise self._late(response.url)
        except requests.RequestException as error:
            if self._watch.is_late:
                raise self._late(response.url) from None
            raise Unreachable(f"{response.url} broke off its answer: {_reason(error)}.") from None

    def _late(self, url: str) -> Unreachable:
        return Unreachable(f"{url} was not done after {self._bounds.deadline:g} s.")

    def _problem(self, response: requests.Response) -> Problem:
        """Read what the service says is wrong."""
        told: Any = None
        if response.headers.get("Content-Type", "").partition(";")[0].strip() in (PROBLEM, JSON):
            try:
                told = json.loads(b"".join(self._pieces(response, _PROBLEM_SIZE)))
            except (ValueError, RecursionError, ClientError):
                told = None
        if not isinstance(told, dict):
            return problem(response.status_code, response.reason or "", f"{response.url} refused.")
        title, detail = str(told.get("title", "")), str(told.get("detail", ""))
        return problem(response.status_code, title, detail, told)


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise ClientError(f'"{url[:200]}" is no address; expected one such as https://example.org.') from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise AnswerUnusable(f'{url} sends on to "{location[:200]}", which is no address.') from None


def _place(parts: SplitResult) -> tuple[str, str, int]:
    """Give what tells one service from another: scheme, host and port."""
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, (parts.hostname or "").lower(), port or _PORTS.get(parts.scheme, 0)


def _retry_after(text: str) -> float | None:
    """Read Retry-After, seconds or a date (RFC 9110, 10.2.3); None for anything else."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None


def _reason(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
