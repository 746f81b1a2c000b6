"""What was sent to ``/validate``: a document, the rules it is to be held against, and how to report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Never, get_args

from flask import request

from pathways_ld.errors import BadRequest, PayloadTooLarge, UnsupportedMediaType
from pathways_ld.formats import JSONLD, NTRIPLES, RDF_FORMATS, RDFXML, TURTLE, Format, by_media_type, by_name
from pathways_ld.rdfio import recognize
from pathways_ld.report import Severity
from pathways_ld.validation.inspection import EVERY, Against
from pathways_ld.validation.rules import SHAPE_FILES
from pathways_ld.web import bodies
from pathways_ld.web.interfaces import Schema
from pathways_ld.web.parts import FORMS, Part, from_query, read_form
from pathways_ld.web.responses import settings
from pathways_ld.web.schemas import STRING, array, one_of

FAIL_ON: Final[dict[str, Severity]] = {"violation": "must fix", "warning": "should fix", "info": "tip"}
PARAMETERS: Final = {
    "text": "the document, in a form",
    "file": "the document, as an upload in a form",
    "input_format": "the format of the document, where neither its type nor its name tells",
    "shapes": "names of shapes of ours, or shapes of your own as a field or an upload of a form",
    "against": "what the document is added to: current (the published vocabulary), none, or fitting",
    "format": "the format of the report, in place of Accept; _mediatype means the same",
    "fail_on": "the least severe result that JUnit counts as a failure: violation, warning or info",
    "fix": "apply fixes first: all, or the number of a result, from 0",
    "part": "report: of the page, only the report",
}
VALUES: Final[Mapping[str, Schema]] = {
    "input_format": one_of(each.name for each in RDF_FORMATS),
    "shapes": array(STRING),
    "against": one_of(get_args(Against)),
    "fail_on": one_of(FAIL_ON),
}
"""What parameters may be, where that can be listed."""
_KNOWN: Final = frozenset({*PARAMETERS, "_mediatype", "lang"})
_REPEATABLE: Final = frozenset({"shapes", "lang"})

_SUFFIXES: Final = {"json": JSONLD, "xml": RDFXML, "n3": TURTLE, "turtle": TURTLE}
_TYPES: Final = {"application/json": JSONLD, "application/xml": RDFXML, "text/xml": RDFXML}
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_NAMES: Final = re.compile(r"[a-z-]*(?:,[a-z-]+)*")
_LONGEST_NAME: Final = 100
_FORM_ROOM: Final = 100_000
"""Bytes that a form may have besides the document and the shapes."""


@dataclass(frozen=True)
class Sent:
    """A request to validate; `report_format` is empty where Accept decides."""

    content: bytes
    rdf_format: Format
    name: str = "input"
    shapes: tuple[str, ...] = ()
    own_shapes: bytes | None = None
    own_format: Format = TURTLE
    against: Against = "fitting"
    report_format: str = ""
    fail_on: Severity = "must fix"
    fix: str = ""
    only_report: bool = False
    chosen_format: str = ""


def read_sent() -> Sent:
    """Read the request.

    Raises :class:`BadRequest`, :class:`PayloadTooLarge` and :class:`UnsupportedMediaType`.
    """
    fields = _Fields(from_query())
    if request.mimetype in FORMS:
        limit = settings().validation_size + settings().validation_shapes_size + _FORM_ROOM
        fields.add(read_form(limit))
        document = fields.document()
    else:
        # Looked at first: a body of a wrong type is not read.
        if not fields.one("input_format"):
            _check_declared()
        document = Part("file", bodies.read(settings().validation_size), None, request.mimetype)
    if len(document.content) > settings().validation_size:
        raise PayloadTooLarge(
            f"The document has {len(document.content):,} bytes; at most {settings().validation_size:,} are"
            ' validated here. Split it up, or validate it on your own machine with "pathways-ld validate".'
        )
    if not document.content.strip():
        raise BadRequest("The document is empty; expected RDF, such as Turtle.")
    names, own = fields.shapes()
    return Sent(
        content=document.content,
        rdf_format=fields.input_format() or guess_format(document),
        name=shown_name(document.filename or ""),
        shapes=names,
        own_shapes=own.content if own else None,
        own_format=guess_format(own) if own else TURTLE,
        against=fields.against(),
        report_format=fields.one("format") or fields.one("_mediatype"),
        fail_on=fields.fail_on(),
        fix=fields.fix(),
        only_report=fields.one("part") == "report",
        chosen_format=fields.one("input_format"),
    )


class _Fields:
    def __init__(self, parts: list[Part]) -> None:
        self._parts: list[Part] = []
        self.add(parts)

    def add(self, parts: list[Part]) -> None:
        for each in parts:
            if each.name not in _KNOWN:
                known = ", ".join(PARAMETERS)
                raise BadRequest(f'There is no parameter "{each.name[:50]}"; expected {known}.')
        # An upload without a name and content is a file that was not chosen.
        self._parts += [each for each in parts if each.filename is None or each.filename or each.content]

    def named(self, name: str) -> list[Part]:
        return [each for each in self._parts if each.name == name]

    def one(self, name: str) -> str:
        found = self._single(name)
        return found.text if found else ""

    def _single(self, name: str) -> Part | None:
        found = self.named(name)
        if len(found) > 1 and name not in _REPEATABLE:
            raise BadRequest(f'"{name}" was sent {len(found)} times; expected it once.')
        return found[0] if found else None

    def document(self) -> Part:
        found = self._single("file") or self._single("text")
        if found is None:
            advice = ""
            if request.mimetype == bodies.FORM:
                advice = (
                    " If the body is RDF, name its type in Content-Type (curl does so with"
                    ' -H "Content-Type: text/turtle").'
                )
            raise BadRequest(
                f'The form has no document; expected a field "text" or an upload "file".{advice}'
            )
        return found

    def shapes(self) -> tuple[tuple[str, ...], Part | None]:
        """Tell names of ours from shapes: no shapes are written as a name is."""
        names: list[str] = []
        own: list[Part] = []
        for each in self.named("shapes"):
            if each.filename is None and _NAMES.fullmatch(each.text):
                names += filter(None, each.text.split(","))
            else:
                own.append(each)
        unknown = next((each for each in names if each not in SHAPE_FILES), None)
        if unknown is not None:
            raise BadRequest(f'There are no shapes "{unknown[:50]}"; ours are {", ".join(SHAPE_FILES)}.')
        if own and (names or len(own) > 1):
            raise BadRequest("Shapes of your own go alone: expected them once, and no names of ours.")
        if own and len(own[0].content) > settings().validation_shapes_size:
            raise PayloadTooLarge(
                f"The shapes have {len(own[0].content):,} bytes; at most"
                f" {settings().validation_shapes_size:,} are read."
            )
        return tuple(dict.fromkeys(names)), own[0] if own else None

    def input_format(self) -> Format | None:
        name = self.one("input_format")
        if not name:
            return None
        return by_name(name, RDF_FORMATS) or _unknown("input_format", name, _names(RDF_FORMATS))

    def against(self) -> Against:
        name = self.one("against")
        known: dict[str, Against] = {"": "fitting", **{each: each for each in get_args(Against)}}
        return known.get(name) or _unknown("against", name, get_args(Against))

    def fail_on(self) -> Severity:
        name = self.one("fail_on") or "violation"
        return FAIL_ON.get(name) or _unknown("fail_on", name, tuple(FAIL_ON))

    def fix(self) -> str:
        value = self.one("fix")
        if value in ("", EVERY) or (value.isascii() and value.isdigit() and len(value) < 9):
            return value
        return _unknown("fix", value, (EVERY, "the number of a result"))


def _unknown(name: str, value: str, expected: Sequence[str]) -> Never:
    raise BadRequest(f'"{name}" is "{value[:50]}"; expected one of {", ".join(expected)}.')


def _names(formats: Sequence[Format]) -> list[str]:
    return [each.name for each in formats]


def _check_declared() -> None:
    """Raise :class:`UnsupportedMediaType` for a Content-Type that is not of RDF in UTF-8."""
    kind = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").strip().lower()
    if charset not in _CHARSETS:
        raise UnsupportedMediaType(
            f'The document is in "{charset[:50]}" by its Content-Type; only UTF-8 is read. Save it as UTF-8.'
        )
    if kind not in _TYPES and by_media_type(kind, RDF_FORMATS) is None:
        known = ", ".join(each.media_type for each in RDF_FORMATS)
        raise UnsupportedMediaType(
            f'The body is "{kind[:80] or "of no stated type"}"; expected RDF ({known}), or a form'
            f" ({' or '.join(FORMS)})."
        )


def guess_format(part: Part) -> Format:
    """Tell the format by the name, the declared type, or how the document begins."""
    suffix = (part.filename or "").rpartition(".")[2].lower()
    named = _SUFFIXES.get(suffix) or by_name(f".{suffix}", RDF_FORMATS) if suffix else None
    if named is not None:
        return named
    declared = _TYPES.get(part.media_type) or by_media_type(part.media_type, RDF_FORMATS)
    if declared is not None and part.media_type not in NTRIPLES.labels:
        return declared
    return recognize(part.content) or TURTLE


def shown_name(filename: str) -> str:
    """Give the last part of a file's name, bounded and printable: for people, never for a path."""
    name = re.split(r"[/\\]", filename)[-1]
    return "".join(char for char in name if char.isprintable())[:_LONGEST_NAME].strip() or "input"
