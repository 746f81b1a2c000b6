"""What was sent to ``/contributions``: a document, why, and as much of who as they care to say.

A program sends the document as the body, with the rest as parameters of the address, or all of it as a form.
A page sends a form; what was chosen as a file comes back with it as `kept`, since a browser chooses no file
again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import request

from pathways_ld.errors import BadRequest, UnsupportedMediaType
from pathways_ld.formats import NTRIPLES, RDF_FORMATS, TURTLE, Format, by_media_type, by_name
from pathways_ld.web import bodies, form_tokens
from pathways_ld.web.parts import FORMS, Part, from_query, read_form
from pathways_ld.web.responses import settings
from pathways_ld.web.sent import guess_format, shown_name

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES: Final = {CSV: "csv", "text/tab-separated-values": "tsv", XLSX: "xlsx"}
"""Media types of spreadsheets, with the ends of their files' names."""
HONEYPOT: Final = "website"
"""A field that people do not see, and robots fill in."""
PARAMETERS: Final = {
    "text": "the document, in a form",
    "file": "the document, as an upload in a form",
    "input_format": "the format of RDF, where neither the document's type nor its name tells",
    "kind": "of a spreadsheet: the kind of what its rows are about",
    "replace": "an IRI: what is sent about it replaces all that is said of it; may be repeated",
    "reason": "why; required",
    "name": "who contributes",
    "contact": "an ORCID iD or an e-mail address",
    "named": "yes: name and ORCID iD may be published with the change; an e-mail address never is",
    "dry-run": "yes: only say what would be; nothing is stored",
}
EXAMPLES: Final = {"reason": "It is missing.", "dry-run": "yes"}
"""What parameters may be, so that trying them out stores nothing."""
_OF_THE_PAGE: Final = (HONEYPOT, "kept", "kept_name", form_tokens.FIELD, "lang")
_KNOWN: Final = frozenset({*PARAMETERS, *_OF_THE_PAGE})
_REPEATABLE: Final = frozenset({"replace", "lang"})
_YES: Final = frozenset({"1", "on", "true", "yes"})
_NO: Final = frozenset({"", "0", "off", "false", "no"})
_ZIP: Final = b"PK\x03\x04"
_FORM_ROOM: Final = 100_000
"""Bytes that a form may have besides the document."""
_LONGEST_FIELD: Final = 20_000
_MOST_REPLACED: Final = 100
_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


@dataclass(frozen=True)
class Offer:
    """A request to contribute. `rdf_format` is None for a spreadsheet; `kept`: the document was a file."""

    content: bytes
    media_type: str
    rdf_format: Format | None
    name: str = "input"
    kind: str = ""
    replace: tuple[str, ...] = ()
    reason: str = ""
    contributor: str = ""
    contact: str = ""
    named: bool = False
    dry_run: bool = False
    honeypot: bool = False
    is_form: bool = False
    kept: bool = False
    chosen_format: str = ""
    refused: str = ""
    """Why the document is not read."""


def read_offer() -> Offer:
    """Read the request.

    Raises :class:`BadRequest`, :class:`UnsupportedMediaType`, and :class:`PayloadTooLarge` for a request that
    is too large even for being read; of a document that is too large, the offer says so.
    """
    fields = _Fields(from_query())
    is_form = request.mimetype in FORMS
    if is_form:
        # A file that is kept comes in base64.
        fields.add(read_form(_limit() * 2 + _FORM_ROOM))
        document, kept = fields.document()
    else:
        # Looked at first: a body of a wrong type is not read.
        _check_declared(fields.one("input_format"))
        document, kept = Part("file", bodies.read(_limit()), None, request.mimetype), False
    refused = ""
    if len(document.content) > _limit():
        refused = (
            f"The document has {len(document.content):,} bytes; at most {_limit():,} are taken. Split it up:"
            " small contributions are easier to review."
        )
    table = _table_type(document) if not fields.one("input_format") else ""
    rdf_format = None if table else fields.input_format() or _guess(document)
    return Offer(
        content=b"" if refused else document.content,
        refused=refused,
        media_type=table or (rdf_format.media_type if rdf_format else ""),
        rdf_format=rdf_format,
        name=shown_name(document.filename or ""),
        kind=fields.one("kind"),
        replace=fields.replace(),
        reason=fields.one("reason"),
        contributor=fields.one("name"),
        contact=fields.one("contact"),
        named=fields.flag("named"),
        dry_run=fields.flag("dry-run"),
        honeypot=bool(fields.one(HONEYPOT)),
        is_form=is_form,
        kept=kept,
        chosen_format=fields.one("input_format"),
    )


class _Fields:
    def __init__(self, parts: list[Part]) -> None:
        self._parts: list[Part] = []
        self.add(parts)

    def add(self, parts: list[Part]) -> None:
        # An upload without a name and content is a file that was not chosen.
        self._parts += [each for each in parts if each.filename is None or each.filename or each.content]
        for each in parts:
            if each.name not in _KNOWN:
                raise BadRequest(
                    f'There is no parameter "{each.name[:50]}"; expected {", ".join(PARAMETERS)}.{_advice()}'
                )
            if len(self._named(each.name)) > 1 and each.name not in _REPEATABLE:
                raise BadRequest(f'"{each.name}" was sent more than once; expected it once.')

    def _named(self, name: str) -> list[Part]:
        return [each for each in self._parts if each.name == name]

    def one(self, name: str) -> str:
        found = self._named(name)
        if found and len(found[0].content) > _LONGEST_FIELD:
            raise BadRequest(
                f'"{name}" has {len(found[0].content):,} bytes; at most {_LONGEST_FIELD:,} are read.'
            )
        try:
            return found[0].content.decode().strip() if found else ""
        except UnicodeDecodeError:
            raise BadRequest(f'The characters of "{name}" are not UTF-8.') from None

    def flag(self, name: str) -> bool:
        value = self.one(name).lower()
        if value not in _YES | _NO:
            raise BadRequest(f'"{name}" is "{value[:50]}"; expected yes or no.')
        return value in _YES

    def replace(self) -> tuple[str, ...]:
        found = [value for each in self._named("replace") if (value := each.text)]
        if len(found) > _MOST_REPLACED:
            raise BadRequest(f'"replace" was sent {len(found)} times; at most {_MOST_REPLACED} are read.')
        return tuple(dict.fromkeys(found))

    def input_format(self) -> Format | None:
        name = self.one("input_format")
        if not name:
            return None
        found = by_name(name, RDF_FORMATS)
        if found is None:
            known = ", ".join(each.name for each in RDF_FORMATS)
            raise BadRequest(f'"input_format" is "{name[:50]}"; expected one of {known}.')
        return found

    def document(self) -> tuple[Part, bool]:
        """Give the document, and whether it was or had been a file; a file chosen now counts first."""
        files = [each for each in self._named("file") if each.content or each.filename]
        if files:
            return files[0], True
        texts = [each for each in self._named("text") if each.content.strip()]
        if texts:
            return texts[0], False
        kept = self._named("kept")
        if kept and kept[0].content.strip():
            name = self._named("kept_name")
            return Part("file", _decoded(kept[0].content), name[0].text if name else ""), True
        return Part("text", b""), False


def _advice() -> str:
    if request.mimetype != bodies.FORM:
        return ""
    return (
        " If the body is RDF, name its type in Content-Type (curl does so with"
        ' -H "Content-Type: text/turtle").'
    )


def kept_text(content: bytes) -> str:
    """Write a file into a form, so that it comes back with it."""
    return base64.b64encode(content).decode()


def _decoded(content: bytes) -> bytes:
    try:
        return base64.b64decode(content.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest('"kept" is not what this page gave out; choose the file again.') from None


def _limit() -> int:
    return settings().contribution_size


def _table_type(document: Part) -> str:
    """Tell a spreadsheet by its type, its name, or how it begins; empty for what is none."""
    if document.media_type in TABLES:
        return document.media_type
    suffix = (document.filename or "").rpartition(".")[2].lower()
    named = next((kind for kind, end in TABLES.items() if end == suffix), "")
    return named or (XLSX if document.content.startswith(_ZIP) else "")


def _guess(document: Part) -> Format:
    """Tell the format of RDF; what somebody types is no N-Triples unless it says so, and may be relative."""
    found = guess_format(document)
    return TURTLE if found is NTRIPLES and document.filename is None and not document.media_type else found


def _check_declared(chosen: str) -> None:
    """Raise :class:`UnsupportedMediaType` for a Content-Type that is neither RDF in UTF-8 nor a table."""
    kind = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").strip().lower()
    is_table = kind in TABLES
    if charset not in _UTF_8 and not is_table:
        raise UnsupportedMediaType(
            f'The document is in "{charset[:50]}" by its Content-Type; only UTF-8 is read. Save it as UTF-8.'
        )
    if chosen or is_table or by_media_type(kind, RDF_FORMATS) is not None:
        return
    raise UnsupportedMediaType(
        f'The body is "{kind[:80] or "of no stated type"}"; expected {_list(readable())}.'
    )


def readable() -> list[str]:
    """List the media types that are read."""
    return [*(each.media_type for each in RDF_FORMATS), *TABLES, *FORMS]


def _list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
