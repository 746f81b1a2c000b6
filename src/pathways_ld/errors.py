"""Everything this software raises on purpose.

The tree; the command line turns a class into an exit code, the web application into a status::

    PathwaysError
    ├── InputError                 something given to us cannot be used              exit 2
    │   ├── ParseError             RDF that is not well-formed (file, line, column)
    │   ├── TableError             spreadsheet rows that cannot become RDF
    │   └── SettingsError          an unknown or impossible setting
    ├── InvalidDataError           well-formed RDF that breaks a rule                exit 1
    ├── StorageError               the disk, a port or a permission said no          exit 2
    │   ├── BuildRunning           another process is making a snapshot
    │   ├── SnapshotMissing        there is no snapshot yet
    │   └── SnapshotCorrupt        a snapshot is there and cannot be read
    ├── RequestError               a request we cannot serve as it stands            4xx
    │   ├── BadRequest             400
    │   ├── Unauthorized           401, with the challenge of RFC 6750
    │   ├── Forbidden              403
    │   │   ├── SignInRefused      403, a wrong name or password
    │   │   └── FormRefused        403, a form that this server did not give to this browser
    │   ├── TermNotFound           404
    │   ├── GraphNotFound          404
    │   ├── ContributionNotFound   404
    │   ├── ChangeNotFound         404
    │   ├── ContributionConflict   409, it is not any more what it was taken for
    │   ├── TermWithdrawn          410
    │   ├── NotAcceptable          406
    │   ├── RequestTimeout         408, the body did not come in time
    │   ├── PreconditionFailed     412
    │   ├── PayloadTooLarge        413
    │   ├── UnsupportedMediaType   415
    │   ├── FormatNotOffered       501, where a protocol wants that for it
    │   ├── InterfaceNotOffered    501, this server lacks a library for it
    │   └── TooManyRequests        429
    ├── QueryError                 a SPARQL query we cannot evaluate                 400
    │   ├── QuerySyntaxError       400, with line and column
    │   └── QueryRefused           403, a feature this endpoint does not offer
    ├── Overloaded                 too many requests are under way here              503
    ├── ValidationStopped          the shapes did not come to a verdict              503
    │   ├── ValidationTimeout      the deadline passed and the work was stopped
    │   ├── ValidationMemoryExceeded the memory limit was reached
    │   └── ValidationBusy         too many validations are waiting; trying again helps
    └── StoreError                 the query was fine, the store did not answer      503
        ├── QueryTimeout           the deadline passed and the work was stopped
        ├── QueryMemoryExceeded    the memory limit was reached
        ├── QueryCancelled         the client has left, so the work was stopped
        ├── AnswerTooLarge         the answer has more bytes than are given out
        ├── ServiceFailed          another endpoint, asked for SERVICE, did not answer   502
        └── StoreBusy              too many queries are waiting; trying again helps
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class PathwaysError(Exception):
    """The root; `message` is a sentence for people: what was seen, what was expected, what to do."""

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details or {}


class InputError(PathwaysError):
    """Something given to us cannot be used."""


class SettingsError(InputError):
    """An unknown or impossible setting."""


@dataclass(frozen=True)
class Position:
    """A place in a text; `line` and `column` count from 1."""

    file: str
    line: int | None = None
    column: int | None = None
    source_line: str = ""

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Correction:
    """Lines of a text as they stand, from `line` on, and as they should be."""

    line: int
    before: str
    after: str


class ParseError(InputError):
    """RDF that is not well-formed; `correction` where what to write instead can be computed."""

    def __init__(self, message: str, position: Position, *, correction: Correction | None = None) -> None:
        place = {"line": position.line, "column": position.column, "source_line": position.source_line}
        details = {name: value for name, value in place.items() if value}
        super().__init__(
            f"{position}: {message}",
            details={**details, "correction": asdict(correction)} if correction else details,
        )
        self.position = position
        self.reason = message
        self.correction = correction


@dataclass(frozen=True)
class RowProblem:
    """One cell of a spreadsheet that cannot be used."""

    position: Position
    column_name: str
    message: str

    def __str__(self) -> str:
        column = f", column {self.column_name}" if self.column_name else ""
        return f"{self.position.file}, line {self.position.line}{column}: {self.message}"


class TableError(InputError):
    """Spreadsheet rows that cannot become RDF."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Finding:
    """One thing wrong with data, in words; `severity` is "must fix", "should fix" or "tip"."""

    rule: str
    severity: str
    focus: str
    message: str
    path: str = ""
    value: str = ""
    position: Position | None = None

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position else ""
        return f"{where}{self.severity}: {self.message} [{self.rule}]"


SHOWN_FINDINGS: Final = 100
"""Findings that the details of an error hold; `findings` has all."""


class InvalidDataError(PathwaysError):
    """Well-formed RDF that breaks a rule."""

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        shown = [
            {name: value for name, value in asdict(each).items() if value}
            for each in findings[:SHOWN_FINDINGS]
        ]
        super().__init__(message, details={"findings": shown, "total": len(findings)})
        self.findings = tuple(findings)


class StorageError(PathwaysError):
    """The disk, a port or a permission said no."""


class BuildRunning(StorageError):
    """Another process is making a snapshot; `retry_after` is in seconds."""

    retry_after = 5


class SnapshotMissing(StorageError):
    """There is no snapshot yet."""


class SnapshotCorrupt(StorageError):
    """A snapshot is there and cannot be read."""


class RequestError(PathwaysError):
    """A request that cannot be served as it stands."""


class BadRequest(RequestError):
    """The request is malformed."""


class Unauthorized(RequestError):
    """The request needs a token, or a better one; `error` is a code of RFC 6750, 3.1, or empty."""

    def __init__(self, message: str, *, error: str = "") -> None:
        super().__init__(message)
        self.error = error


class Forbidden(RequestError):
    """The request asks for something this service does not do, or not for this client."""


class SignInRefused(Forbidden):
    """The name or the password is wrong."""


class FormRefused(Forbidden):
    """The form was not given to this browser by this server, is too old, or was sent already."""


class TermNotFound(RequestError):
    """No term has this IRI."""


class GraphNotFound(RequestError):
    """No graph has this IRI."""


class ContributionNotFound(RequestError):
    """No contribution has this number or key."""


class ChangeNotFound(RequestError):
    """No published change has this number."""


class ContributionConflict(RequestError):
    """Something else happened meanwhile; `changes` says what, a sentence each."""

    def __init__(self, message: str, *, changes: Sequence[str] = ()) -> None:
        super().__init__(message, details={"changes": list(changes)} if changes else None)
        self.changes = tuple(changes)


class TermWithdrawn(RequestError):
    """The term existed and was withdrawn for cause; `description` is what remains to be said."""

    def __init__(
        self, message: str, *, iri: str, description: bytes = b"", title: str = "", notes: Sequence[str] = ()
    ) -> None:
        super().__init__(message, details={"iri": iri, "name": title, "notes": list(notes)})
        self.description = description


class NotAcceptable(RequestError):
    """None of our representations suits the request; `available` lists (media type, URL)."""

    def __init__(self, message: str, *, available: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(
            message, details={"available": [{"type": kind, "url": url} for kind, url in available]}
        )
        self.available = tuple(available)


class RequestTimeout(RequestError):
    """The body of the request did not come in time."""


class PreconditionFailed(RequestError):
    """What the client took for the present state is not (RFC 9110, 13.1)."""


class PayloadTooLarge(RequestError):
    """The request is larger than the limit."""


class FormatNotOffered(RequestError):
    """The interface knows the format that is asked for, and this server does not write it."""


class InterfaceNotOffered(RequestError):
    """This server is not set up for the interface; whoever runs it can do so."""


class UnsupportedMediaType(RequestError):
    """The body is in a format we do not read here."""


class TooManyRequests(RequestError):
    """The client is over its quota; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QueryError(PathwaysError):
    """A SPARQL query that cannot be evaluated."""


@dataclass(frozen=True)
class QueryPosition:
    """Where in a query; `line` and `column` count from 1."""

    line: int
    column: int
    source_line: str = field(default="")


class QuerySyntaxError(QueryError):
    """The text is not SPARQL 1.1 query; `position` is None where the engine did not tell."""

    def __init__(self, message: str, position: QueryPosition | None = None) -> None:
        details: dict[str, object] = {}
        if position is not None:
            details = {"line": position.line, "column": position.column, "source_line": position.source_line}
        super().__init__(message, details=details)
        self.position = position


class QueryRefused(QueryError):
    """The query uses a feature this endpoint does not offer."""


class Overloaded(PathwaysError):
    """More requests are under way than this service takes; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ValidationStopped(PathwaysError):
    """A validation that came to no verdict; nothing is known about the data."""


class ValidationTimeout(ValidationStopped):
    """The deadline passed and the work was stopped."""


class ValidationMemoryExceeded(ValidationStopped):
    """The memory limit was reached and the work was stopped."""


class ValidationBusy(ValidationStopped):
    """Too many validations are waiting; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreError(PathwaysError):
    """The query was fine, the store did not answer."""


class QueryTimeout(StoreError):
    """The deadline passed and the work was stopped."""


class QueryMemoryExceeded(StoreError):
    """The memory limit was reached and the work was stopped."""


class QueryCancelled(StoreError):
    """Nobody waits for the answer any more, so the work was stopped."""


class AnswerTooLarge(StoreError):
    """The answer has more bytes than are given out."""


class ServiceFailed(StoreError):
    """Another endpoint, asked for a part of the query, did not answer as it should."""


class StoreBusy(StoreError):
    """Too many queries are waiting; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
