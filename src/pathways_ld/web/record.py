"""What is noted of one request while it is served: its id, and what became of its query.

The gateway makes the record and puts it into the WSGI environment; without a gateway the first who asks
makes it. The access log and the metrics are written from it.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from flask import request

from pathways_ld import errors
from pathways_ld.errors import PathwaysError
from pathways_ld.store.base import Cancellation

if TYPE_CHECKING:
    from flask import Response

RECORD_KEY: Final = "pathways_ld.record"
CANCELLATION_KEY: Final = "pathways_ld.cancellation"
REQUEST_ID_HEADER: Final = "X-Request-Id"
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_NEW_ID_BITS: Final = 96

_OUTCOMES: Final[tuple[tuple[tuple[type[PathwaysError], ...], str], ...]] = (
    ((errors.QueryCancelled,), "cancelled"),
    ((errors.QueryTimeout,), "timeout"),
    ((errors.QueryMemoryExceeded,), "memory"),
    ((errors.StoreBusy, errors.TooManyRequests, errors.Overloaded), "busy"),
    ((errors.QuerySyntaxError,), "syntax"),
    ((errors.AnswerTooLarge, errors.QueryError, errors.RequestError), "refused"),
)
OUTCOMES: Final = ("ok", "cached", *(name for _, name in _OUTCOMES), "failed")
"""All that may become of a query."""


def _new_id() -> str:
    """Make an id; nothing depends on its being hard to guess."""
    return f"{random.getrandbits(_NEW_ID_BITS):024x}"


@dataclass
class Record:
    """The notes on one request.

    `query` is the text of a SPARQL query as it came, `digest` names the query whatever its white space and
    comments, `error` is what the request ended with, `cache_status` what became of it in the cache.
    """

    request_id: str = field(default_factory=_new_id)
    query: str | None = None
    digest: str = ""
    error: Exception | None = None
    cache_status: str = ""

    def note_query(self, text: bytes | str) -> None:
        """Note that the request holds a query, before it is known whether it can be understood."""
        self.query = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        self.note_normalised(self.query)

    def note_normalised(self, text: str) -> None:
        """Note the query without what makes no difference."""
        self.digest = sha256(text.encode("utf-8", "replace")).hexdigest()[:16]

    def outcome(self, status: int) -> str:
        """Say in a word what became of the query; one of :data:`OUTCOMES`."""
        if self.error is not None:
            kinds = (name for classes, name in _OUTCOMES if isinstance(self.error, classes))
            return next(kinds, "failed")
        if status == 304 or "; hit" in self.cache_status:
            return "cached"
        return "ok" if status < 400 else "failed" if status >= 500 else "refused"


def new_record(request_id: str | None) -> Record:
    """Make a record; the client's own request id is kept where it is a harmless one."""
    if request_id and _REQUEST_ID.fullmatch(request_id):
        return Record(request_id)
    return Record()


def record() -> Record:
    """Give the record of the present request."""
    environ: dict[str, Any] = request.environ
    found = environ.get(RECORD_KEY)
    if found is None:
        found = environ[RECORD_KEY] = new_record(request.headers.get(REQUEST_ID_HEADER))
    assert isinstance(found, Record)  # noqa: S101 - tells mypy
    return found


def cancellation() -> Cancellation:
    """Give what tells that the client has left; without a gateway nobody will tell."""
    found = request.environ.get(CANCELLATION_KEY)
    return found if isinstance(found, Cancellation) else Cancellation()


def finish(response: Response) -> Response:
    """Tell the client the request's id, by which it is found in the log, and note how it was answered."""
    noted = record()
    noted.cache_status = response.headers.get("Cache-Status", "")
    response.headers[REQUEST_ID_HEADER] = noted.request_id
    return response
