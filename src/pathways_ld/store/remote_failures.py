"""What a remote store means when it does not answer, whatever words and statuses its engine has for it."""

from __future__ import annotations

import json
import logging
import re
from typing import Any, Final

import requests

from pathways_ld.errors import (
    AnswerTooLarge,
    PathwaysError,
    QueryError,
    QueryMemoryExceeded,
    QueryPosition,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    StoreBusy,
    StoreError,
)

log = logging.getLogger(__name__)

_READ: Final = 20_000
_SHOWN: Final = 300
_MOST_RETRY: Final = 3_600

_TIMEOUT: Final = re.compile(
    r"time[ -]?d?[ -]?out|TimeLimit|time limit|took too long|QueryInterrupted|QueryTimeout|S1T00|S1TAT"
    r"|exceeds the limit of \d+ \(sec\)|maximum execution time",
    re.IGNORECASE,
)
_MEMORY: Final = re.compile(
    r"out of memory|OutOfMemory|memory limit|MemoryLimit|tried to allocate|not enough memory|heap space",
    re.IGNORECASE,
)
_SYNTAX: Final = re.compile(
    r"syntax|malformed|parse error|parser? exception|SP030|Encountered|Invalid SPARQL|error at \d+:\d+"
    r"|lexical error|unresolved prefix|undefined (?:namespace )?prefix",
    re.IGNORECASE,
)
_QUERYS_FAULT: Final = re.compile(r"Virtuoso (?:37|42|22)\d{3} ")
"""Virtuoso answers 500 to what it cannot compile too; these are the SQL states for "your statement"."""

_PLACES: Final = (
    re.compile(r"error at (?P<line>\d+):(?P<column>\d+)"),
    re.compile(r"line[: ]+(?P<line>\d+),? +col(?:umn)?[: ]+(?P<column>\d+)", re.IGNORECASE),
    re.compile(r"line (?P<line>\d+): (?P<message>.*?at '(?P<token>[^'\n]{1,80})')", re.IGNORECASE),
)
_PROBLEMS: Final[dict[str, type[PathwaysError]]] = {
    "query-timeout": QueryTimeout,
    "query-memory-exceeded": QueryMemoryExceeded,
    "answer-too-large": AnswerTooLarge,
    "query-refused": QueryRefused,
    "query-error": QueryError,
}
"""The problems of our own endpoint that are raised again as what they were."""

TOO_LONG: Final = (
    "The query was stopped after {seconds:g} seconds. It will not succeed unchanged: add LIMIT, name a"
    " subject or a property where there are only variables, or download the data."
)


def check_answer(response: requests.Response, text: str, seconds: float) -> None:
    """Raise what an answer means that is not a whole answer to the query `text`."""
    status = response.status_code
    headers = response.headers
    if headers.get("X-SQL-State") == "S1TAT":
        raise QueryTimeout(TOO_LONG.format(seconds=seconds))
    if "X-SPARQL-MaxRows" in headers:
        raise AnswerTooLarge(
            f"The store gives out at most {_printable(headers['X-SPARQL-MaxRows'])} rows, and there are as"
            " many or more. Ask for less with LIMIT or FILTER, or download the data."
        )
    if status == requests.codes.partial_content or "X-SQL-State" in headers:
        raise StoreError("The store answered with a part of the answer only, so none of it is given out.")
    if status == requests.codes.ok:
        return
    raise _failure(response, text, seconds)


def check_change(response: requests.Response) -> None:
    """Raise :class:`StoreError` where a change of the store was not made."""
    if response.status_code in (200, 201, 204) and "X-SQL-State" not in response.headers:
        return
    said = _body(response)
    if response.status_code in (400, 413, 422, 500):
        problem = _problem(said)
        raise StoreError(
            f"The store did not take the change (status {response.status_code}):"
            f" {_printable(str(problem['detail']) if problem else said)}"
        )
    raise _of_the_store(response.status_code, said)


def _failure(response: requests.Response, text: str, seconds: float) -> PathwaysError:
    status = response.status_code
    said = _body(response)
    problem = _problem(said)
    if problem is not None:
        return _from_problem(problem, response, seconds)
    if _TIMEOUT.search(said):
        return QueryTimeout(TOO_LONG.format(seconds=seconds))
    if _MEMORY.search(said):
        return QueryMemoryExceeded(
            "The query needs more memory than the store has for one. Ask for less: narrow it, or remove ORDER"
            " BY and GROUP BY over many solutions."
        )
    if status in (400, 422) or _QUERYS_FAULT.search(said):
        return _of_the_query(said, text)
    if status in (413, 414):
        return QueryError("The query is longer than the store reads.")
    if status in (429, 503):
        return StoreBusy(
            "The store has too much to do; try again in a moment.", retry_after=_retry_after(response)
        )
    return _of_the_store(status, said)


def _of_the_store(status: int, said: str) -> StoreError:
    level = logging.WARNING if status >= requests.codes.server_error else logging.INFO
    log.log(level, "the remote store answered %d: %s", status, said[:_SHOWN])
    if 300 <= status < 400:
        return StoreError(
            "The store redirects to another address, which is not followed. Name the final address in its"
            " settings."
        )
    if status in (401, 403):
        return StoreError(
            f"The store refused the credentials ({status}). Check auth, user and the environment variable of"
            " the secret in its settings."
        )
    if status in (404, 405, 501):
        return StoreError(f"The store's address does not take this request ({status}). Check its settings.")
    return StoreError(f"The store failed (status {status}); its words are in our log. Try again later.")


def _of_the_query(said: str, text: str) -> QueryError:
    log.info("the remote store refused a query: %s", said[:_SHOWN])
    message, position = _place(said, text)
    shown = _printable(message)
    if position is not None or _SYNTAX.search(said):
        return QuerySyntaxError(f"The store cannot read the query: {shown}", position)
    return QueryError(f"The store cannot evaluate the query: {shown}")


def _place(said: str, text: str) -> tuple[str, QueryPosition | None]:
    parsed = _json(said)
    if isinstance(parsed.get("exception"), str):  # QLever
        said = parsed["exception"]
        metadata = parsed.get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get("line"), int):
            column = metadata.get("positionInLine")
            return said, QueryPosition(metadata["line"], column + 1 if isinstance(column, int) else 1)
    message = re.split(r"\n\s*(?:SPARQL query|Query):?\s*\n", said, maxsplit=1)[0]
    message = re.sub(r"^Virtuoso \w{5} Error \S+: (?:SPARQL compiler[,:]? ?)?", "", message)
    for pattern in _PLACES:
        found = pattern.search(said)
        if found is None:
            continue
        number, groups = int(found["line"]), found.groupdict()
        lines = text.splitlines()
        source = lines[number - 1] if 0 < number <= len(lines) else ""
        if "column" in groups:
            return message, QueryPosition(number, int(groups["column"]), source)
        # Virtuoso tells the line and the word; where the word stands once, that is the place.
        column = source.find(groups["token"]) + 1 if source.count(groups["token"]) == 1 else 1
        return groups["message"], QueryPosition(number, column, source)
    return message, None


def _from_problem(problem: dict[str, Any], response: requests.Response, seconds: float) -> PathwaysError:
    """Raise again what our own endpoint says (RFC 9457)."""
    kind = str(problem["type"]).rpartition("/")[2]
    detail = _printable(str(problem.get("detail", "")))
    if kind == "query-timeout":
        return QueryTimeout(TOO_LONG.format(seconds=seconds))
    if kind == "query-syntax-error":
        line, column = problem.get("line"), problem.get("column")
        place = QueryPosition(line, column) if isinstance(line, int) and isinstance(column, int) else None
        return QuerySyntaxError(detail, place)
    if kind in ("store-busy", "too-many-requests"):
        return StoreBusy(detail, retry_after=_retry_after(response))
    if kind in _PROBLEMS:
        return _PROBLEMS[kind](detail)
    if response.status_code == requests.codes.bad_request:
        return QueryError(f"The store cannot evaluate the query: {detail}")
    return _of_the_store(response.status_code, detail)


def _problem(said: str) -> dict[str, Any] | None:
    parsed = _json(said)
    return parsed if isinstance(parsed.get("type"), str) and "detail" in parsed else None


def _json(said: str) -> dict[str, Any]:
    try:
        parsed = json.loads(said) if said.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _body(response: requests.Response) -> str:
    try:
        read: bytes = response.raw.read(_READ, decode_content=False)
    except Exception:
        return ""
    return read.decode("utf-8", errors="replace").strip()


def _retry_after(response: requests.Response) -> int:
    value = response.headers.get("Retry-After", "")
    return min(int(value), _MOST_RETRY) if value.isascii() and value.isdecimal() and len(value) < 9 else 5


def _printable(text: str) -> str:
    """Cut a foreign text to one line that can be shown."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _SHOWN]).split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
