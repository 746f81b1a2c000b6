"""What was sent to ``/lookup``: values, from wherever they come, and what they are looked up as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import request

from pathways_ld.embedding.plaintables import PlainTable, read_table
from pathways_ld.errors import BadRequest, InputError, PayloadTooLarge, UnsupportedMediaType
from pathways_ld.formats import JSON, Format
from pathways_ld.vocabulary import Reader
from pathways_ld.web import bodies
from pathways_ld.web.parts import FORMS, Part, from_query, read_form
from pathways_ld.web.sent_json import read_json

MAX_ROWS: Final = 10_000
MAX_BYTES: Final = 5_000_000
DEFAULT_LIMIT: Final = 5
MAX_LIMIT: Final = 20
CSV: Final = Format("csv", "text/csv", ("csv",), "CSV", text=True)
TSV: Final = "text/tab-separated-values"
PLAIN: Final = "text/plain"
HEADERS: Final = frozenset({"value", "values", "label", "labels", "iri", "name", "term"})
"""Words in the first row of a file of one column by which it is taken for a header."""
PARAMETERS: Final = {
    "value": "a label, IRI, CURIE or slug; may be repeated",
    "text": "values, one on a line, in a form",
    "file": "a CSV file, as an upload in a form",
    "column": "the column of a CSV file, by its name or number: the answer has all columns, and more",
    "kind": "the only kind of terms that counts",
    "lang": "the language of the labels that are given",
    "limit": "how many candidates are given for a value",
    "format": "the format of the answer, in place of Accept; _mediatype means the same",
}
_KNOWN: Final = frozenset({*PARAMETERS, "_mediatype"})
_REPEATABLE: Final = frozenset({"value", "lang"})


@dataclass(frozen=True)
class Asked:
    """A request; `table` is the file that was sent where its columns are kept."""

    values: tuple[str, ...] = ()
    kind: str = ""
    limit: int = DEFAULT_LIMIT
    format_name: str = ""
    lang: str = ""
    column: str = ""
    table: PlainTable | None = None
    sent_as: Format = JSON


def read_asked(source: Reader) -> Asked:
    """Read the request.

    Raises :class:`BadRequest`, :class:`PayloadTooLarge` and :class:`UnsupportedMediaType`.
    """
    parts = _from_query()
    if request.method != "POST":
        return _asked(source, parts, [])
    if request.mimetype in FORMS:
        return _asked(source, [*parts, *_checked(read_form(MAX_BYTES))], [])
    body = Part("body", bodies.read(MAX_BYTES), None, request.mimetype)
    if body.media_type == JSON.media_type:
        members, values = _from_json(body.content)
        return _asked(source, [*parts, *members], values)
    if body.media_type == PLAIN:
        return _asked(source, parts, _lines(body.content))
    if body.media_type in (CSV.media_type, TSV):
        return _with_table(source, parts, body)
    raise UnsupportedMediaType(
        f'The body is "{body.media_type[:80] or "of no stated type"}"; expected {JSON.media_type},'
        f" {CSV.media_type}, {TSV}, {PLAIN}, or a form ({' or '.join(FORMS)})."
    )


def _from_query() -> list[Part]:
    return _checked(from_query())


def _checked(parts: list[Part]) -> list[Part]:
    unknown = next((each.name for each in parts if each.name not in _KNOWN), None)
    if unknown is not None:
        raise BadRequest(f'There is no parameter "{unknown[:50]}"; expected {", ".join(PARAMETERS)}.')
    # An upload without a name and content is a file that was not chosen.
    return [each for each in parts if each.filename is None or each.filename or each.content]


def _asked(source: Reader, parts: Sequence[Part], values: Sequence[str]) -> Asked:
    file = next((each for each in parts if each.name == "file"), None)
    if file is not None:
        return _with_table(source, [each for each in parts if each is not file], file)
    found = [*values]
    for each in parts:
        if each.name == "value":
            found.append(each.text)
        elif each.name == "text":
            found += _lines(each.content)
    return _built(source, parts, found)


def _with_table(source: Reader, parts: Sequence[Part], file: Part) -> Asked:
    """Take the values of a column; without one, of the first."""
    separator = "\t" if file.media_type == TSV else ""
    try:
        table = read_table(file.content, separator=separator, most=MAX_ROWS + 1)
    except PayloadTooLarge:
        raise _too_many() from None
    except InputError as error:
        raise BadRequest(error.message) from None
    column = _one(parts, "column")
    if column:
        return _built(source, parts, (), table=table, sent_as=CSV)
    rows = [each.cells[0].strip() for each in table.records if each.cells]
    said = request.mimetype_params.get("header", "") if file.filename is None else ""
    has_header = bool(rows) and (said == "present" or (not said and rows[0].casefold() in HEADERS))
    return _built(source, parts, rows[1:] if has_header else rows, sent_as=CSV)


def _built(
    source: Reader,
    parts: Sequence[Part],
    values: Iterable[str],
    *,
    table: PlainTable | None = None,
    sent_as: Format = JSON,
) -> Asked:
    found = tuple(value for value in values if value)
    if len(found) > MAX_ROWS:
        raise _too_many()
    return Asked(
        found,
        _kind(source, _one(parts, "kind")),
        _limit(_one(parts, "limit")),
        _one(parts, "format") or _one(parts, "_mediatype"),
        _one(parts, "lang"),
        _one(parts, "column"),
        table,
        sent_as,
    )


def _too_many() -> PayloadTooLarge:
    return PayloadTooLarge(
        f"There are more than {MAX_ROWS:,} values; as many are looked up at once. Send them in parts, or use"
        ' "pathways-ld annotate" on your own machine.'
    )


def _one(parts: Sequence[Part], name: str) -> str:
    found = [each for each in parts if each.name == name]
    if len(found) > 1 and name not in _REPEATABLE:
        raise BadRequest(f'"{name}" was sent {len(found)} times; expected it once.')
    return found[0].text if found else ""


def _kind(source: Reader, name: str) -> str:
    known = [kind.name for kind in source.manifest.kinds]
    if name and name not in known:
        raise BadRequest(f'"kind" is "{name[:50]}"; expected one of {", ".join(known)}.')
    return name


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MAX_LIMIT):
        raise BadRequest(f'"limit" is "{text[:20]}"; expected a whole number from 1 to {MAX_LIMIT}.')
    return int(text)


def _lines(content: bytes) -> list[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The text is not UTF-8 from byte {error.start:,} on.") from None
    return [line.strip() for line in text.replace("\r", "\n").split("\n")]


def _from_json(content: bytes) -> tuple[list[Part], list[str]]:
    sent = read_json(content, "The body")
    members: Mapping[str, object] = sent if isinstance(sent, dict) else {"values": sent}
    known = ("values", "kind", "lang", "limit", "format")
    unknown = next((name for name in members if name not in known), None)
    if unknown is not None:
        raise BadRequest(f'There is no member "{unknown[:50]}"; expected {", ".join(known)}.')
    values = members.get("values", [])
    if not isinstance(values, list):
        raise BadRequest(
            'The body is no list of texts; expected ["label", "IRI"] or {"values": ["label", "IRI"]}.'
        )
    if len(values) > MAX_ROWS:
        raise _too_many()
    wrong = next((place for place, each in enumerate(values) if not isinstance(each, str)), None)
    if wrong is not None:
        raise BadRequest(f'"values[{wrong}]" is no text; expected a label, an IRI, a CURIE or a slug.')
    parts = []
    for name in known[1:]:
        value = members.get(name)
        if value is not None:
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise BadRequest(f'"{name}" is neither a text nor a number; expected one.')
            parts.append(Part(name, str(value).encode()))
    return parts, values
