"""Look at one answer before thousands are counted: its status, its type, and whether it says what is true."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

import generate
import pyoxigraph
from load import Target
from queries import Query, WrongRows, described

from servers import Server, fetch

TURTLE: Final = "text/turtle"
HTML: Final = "text/html"


class WrongAnswer(Exception):
    """A server does not do what is to be measured."""


def sample(count: int) -> list[int]:
    """Choose the terms that are looked at: from the beginning, the middle and the end."""
    return sorted({0, count // 2 + 1, count - 1})


def check(target: Target, count: int) -> None:
    """Raise :class:`WrongAnswer` unless the target's answers describe the concepts asked for."""
    if target.validators is not None:
        _check_unchanged(target)
        return
    wanted = target.headers.get("Accept", "")
    for number in sample(target.terms(count)):
        path = target.template.replace("{id}", f"{number:07d}").replace("{n}", f"{number}")
        status, headers, body = fetch(_port(target), path, target.headers)
        found_type = headers.get("content-type", "").partition(";")[0]
        if status != 200 or found_type != wanted:
            raise WrongAnswer(f"{path}: {status} {found_type}; expected 200 {wanted}. {body[:200]!r}")
        if target.query is not None:
            _check_query(path, target.query, body, (number, count))
            continue
        if wanted == HTML:
            _check_page(path, body, number)
            continue
        missing = described(number, count) - _turtle(target, body, number)
        if missing:
            raise WrongAnswer(f"{path} lacks {len(missing)} statements, such as {sorted(missing)[0]}.")


def _port(target: Target) -> int:
    return int(target.url.rpartition(":")[2])


def _check_page(path: str, body: bytes, number: int) -> None:
    page = html.unescape(body.decode())
    for text in (generate.english_label(number), f"{number:07d}"):
        if text not in page:
            raise WrongAnswer(f'{path} does not show "{text}".')


def _turtle(target: Target, body: bytes, number: int) -> set[tuple[str, str]]:
    """Read a document; a server may write its own address where the concepts' base was."""
    text = body.decode().replace(f"{target.url}/", generate.BASE)
    subject = pyoxigraph.NamedNode(generate.iri(number))
    quads = pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.TURTLE)
    return {(_text(q.predicate), _text(q.object)) for q in quads if q.subject == subject}


def _text(term: object) -> str:
    return str(getattr(term, "value", term))


def _check_query(path: str, query: Query, body: bytes, asked: tuple[int, int]) -> None:
    try:
        query.check(*asked, body)
    except WrongRows as error:
        raise WrongAnswer(f"{path}: {error}.") from None


def _check_unchanged(target: Target) -> None:
    assert target.validators is not None
    for line in target.validators.read_text(encoding="utf-8").splitlines()[:3]:
        path, etag = line.split("\t", 1)
        status, _, body = fetch(_port(target), path, {**target.headers, "If-None-Match": etag})
        if status != 304 or body:
            raise WrongAnswer(f"{path} with If-None-Match: {status}, {len(body)} bytes; expected 304.")


def collect_validators(server: Server, target: Target, count: int, file: Path, amount: int = 400) -> None:
    """Write the ETags of terms from the whole range to a file; raises :class:`WrongAnswer` without ETags."""
    lines = []
    for position in range(min(amount, count)):
        number = position * count // min(amount, count)
        path = target.template.replace("{id}", f"{number:07d}")
        _, headers, _ = fetch(server.port, path, target.headers)
        if "etag" not in headers:
            raise WrongAnswer(f"{server.name} sends no ETag")
        lines.append(f"{path}\t{headers['etag']}\n")
    file.write_text("".join(lines), encoding="utf-8")
