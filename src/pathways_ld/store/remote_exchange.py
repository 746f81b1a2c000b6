"""One request to a remote server, in a thread of its own, so that whoever waits for it can stop waiting.

No timeout of an HTTP library is a deadline: each holds for one packet, and a server that sends a byte a
second keeps its client for ever. Here the one who waits counts the time, and closes the connection when it
is over.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.response import HTTPResponse

from pathways_ld.errors import StoreError

if TYPE_CHECKING:
    from pathways_ld.settings import RemoteSettings

PIECE: Final = 131_072
_WAITING: Final = 8
"""Pieces that wait for a reader; then the server has to."""

_CONNECT: Final = 10.0
_current = threading.local()


class Stopped(Exception):
    """Nobody waits for the exchange any more."""


class Exchange:
    """The pieces of an answer, from the thread that reads them to the one that waits for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pieces: deque[bytes] = deque()
        self._ended = False
        self._failure: BaseException | None = None
        self._reason: Callable[[], StoreError] | None = None
        self._connection: _Attached | None = None

    @property
    def stopped(self) -> bool:
        """Tell whether nobody waits any more."""
        return self._reason is not None

    def run(self, work: Callable[[Exchange], None]) -> None:
        """Start the work in a thread; what it raises is raised to the one who waits."""

        def body() -> None:
            _current.exchange = self
            try:
                work(self)
            except BaseException as error:
                self._end(error)
            else:
                self._end(None)
            finally:
                _current.exchange = None

        threading.Thread(target=body, name="remote-store", daemon=True).start()

    def _end(self, failure: BaseException | None) -> None:
        _forget_frames(failure)
        with self._changed:
            self._failure = failure
            self._ended = True
            self._connection = None
            self._changed.notify_all()

    def put(self, piece: bytes) -> None:
        """Give a piece; waits for a slow reader, and raises :class:`Stopped` where there is none."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._pieces) < _WAITING or self.stopped)
            if self.stopped:
                raise Stopped
            self._pieces.append(piece)
            self._changed.notify_all()

    def get(self, seconds: float) -> bytes | None:
        """Take a piece; None at the end. Raises TimeoutError, or what went wrong."""
        until = time.monotonic() + seconds
        with self._changed:
            while not self._pieces and not self._ended and self._reason is None:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self._changed.wait(left)
            if self._reason is not None:
                raise self._reason()
            if self._pieces:
                self._changed.notify_all()
                return self._pieces.popleft()
            if self._failure is not None:
                raise self._failure
            return None

    def stop(self, reason: Callable[[], StoreError]) -> None:
        """Close the connection; who waits, or asks again, gets the reason."""
        with self._changed:
            if self._ended and not self._pieces:
                return
            self._reason = self._reason or reason
            self._pieces.clear()
            connection, self._connection = self._connection, None
            self._changed.notify_all()
        # A connection whose answer is read to its end may serve another exchange already.
        if connection is not None and connection.exchange is self:
            _cut(connection)

    def attach(self, connection: _Attached) -> None:
        """Remember the connection that the request goes over."""
        with self._changed:
            if self.stopped:
                raise Stopped
            connection.exchange = self
            self._connection = connection


def _forget_frames(failure: BaseException | None) -> None:
    """Drop what the frames of a failure hold: the engine's objects must not be dropped in another thread."""
    while failure is not None:
        traceback.clear_frames(failure.__traceback__)
        failure = failure.__cause__ or failure.__context__


class _Attached(HTTPConnection):
    """A connection that knows the exchange it is used for, and tells it."""

    exchange: Exchange | None = None
    open_socket: socket.socket | None = None

    def request(self, *arguments: Any, **options: Any) -> None:
        self.exchange = None
        exchange: Exchange | None = getattr(_current, "exchange", None)
        if exchange is not None:
            exchange.attach(self)
        super().request(*arguments, **options)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in the base class
        # The base class forgets the socket of an answer that is ended by closing it.
        self.open_socket = self.sock
        return super().getresponse()


class _SecureAttached(_Attached, HTTPSConnection):
    """The same with TLS."""


def _cut(connection: _Attached) -> None:
    for used in (connection.sock, connection.open_socket):
        if used is not None:
            with contextlib.suppress(OSError):  # the other side was quicker
                used.shutdown(socket.SHUT_RDWR)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Attached


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureAttached


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _BearerAuth(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def credentials(remote: RemoteSettings) -> AuthBase | None:
    """Give what the settings say of credentials; None where the variable of the secret is not set."""
    secret = os.environ.get(remote.secret_env, "")
    if remote.auth == "none" or not secret:
        return None
    if remote.auth == "bearer":
        return _BearerAuth(secret)
    if remote.auth == "digest":
        return HTTPDigestAuth(remote.user, secret)
    return HTTPBasicAuth(remote.user.encode(), secret.encode())


def new_session(auth: AuthBase | None, ca_file: str, connections: int) -> requests.Session:
    """Make a session that sends what it is told to the address it is told, and nothing else."""
    if ca_file and not Path(ca_file).is_file():
        raise StoreError(f'The file {ca_file} is not there; "ca_file" in the settings of the store names it.')
    session = requests.Session()
    session.trust_env = False  # no proxies, no .netrc, no certificates named by the environment
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.auth = auth
    session.verify = ca_file or True
    adapter = _Adapter(pool_connections=2, pool_maxsize=connections)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers["Accept-Encoding"] = "identity"
    session.headers["User-Agent"] = "pathways-ld"
    return session


def send(
    session: requests.Session,
    method: str,
    url: str,
    seconds: float,
    *,
    headers: dict[str, str],
    body: bytes,
    parameters: dict[str, str] | None = None,
    repeatable: bool = False,
) -> requests.Response:
    """Send a request; the body of the answer is still to be read. `seconds` is the longest silence.

    A `repeatable` request is sent once more where a connection that was kept turns out to be closed.
    Raises :class:`StoreError` where no answer comes, and TimeoutError.
    """
    try:
        return session.request(
            method,
            url,
            params=parameters,
            data=body,
            headers=headers,
            timeout=(min(_CONNECT, seconds), seconds),
            allow_redirects=False,
            stream=True,
        )
    except requests.exceptions.SSLError as error:
        raise StoreError(
            "The remote store's certificate was not accepted. Name the certificate of its authority"
            ' with "ca_file" in the settings of the store.'
        ) from error
    except requests.exceptions.ReadTimeout as error:
        raise TimeoutError from error
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
        if repeatable and isinstance(error, requests.exceptions.ConnectionError) and _was_reset(error):
            return send(session, method, url, seconds, headers=headers, body=body, parameters=parameters)
        raise StoreError(
            f"The remote store did not answer ({type(error).__name__}). Check that it runs and that its"
            " address in the settings is right."
        ) from error


def _was_reset(error: requests.exceptions.ConnectionError) -> bool:
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def pieces_of(response: requests.Response, most: int) -> Iterator[bytes]:
    """Give the body of an answer in pieces; raises :class:`StoreError` where it breaks off.

    `most` bytes are read; a longer body raises OverflowError.
    """
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise StoreError("The remote store compressed its answer though it was asked not to.")
    size = 0
    try:
        for piece in response.raw.stream(PIECE, decode_content=False):
            size += len(piece)
            if size > most:
                raise OverflowError
            yield piece
    except ReadTimeoutError:
        raise TimeoutError from None
    except (HTTPError, OSError, ValueError, AttributeError) as error:
        # A connection that is cut from another thread shows itself in many ways.
        raise StoreError("The remote store's answer broke off before its end. Try again.") from error


def knows_its_end(response: requests.Response) -> bool:
    """Tell whether an answer that breaks off can be told from a whole one (RFC 9112, 6.3)."""
    return "Content-Length" in response.headers or bool(getattr(response.raw, "chunked", False))
