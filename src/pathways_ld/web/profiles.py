"""Content negotiation by profile: the same term told in SKOS, in schema.org, or as a list of what there is.

https://www.w3.org/TR/dx-prof-conneg/ (a working draft), and the ``profile`` parameter of JSON-LD
(https://www.w3.org/TR/json-ld11/#iana-considerations).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import Response, request

from pathways_ld.embedding.context import published
from pathways_ld.errors import NotAcceptable
from pathways_ld.formats import HTML, JSON, JSONLD, RDF_FORMATS, TERM_FORMATS, Format
from pathways_ld.namespaces import DCT, PREFIXES
from pathways_ld.rdfio import Statement, iri, literal, serialize, write_expanded
from pathways_ld.vocabulary import TermDocument
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, link, represent

_ALTERNATES: Final = "http://www.w3.org/ns/dx/connegp/altr"
_ENTRY: Final = re.compile(r"\s*(?:<([^<>]*)>|([\w.:-]+))\s*((?:;[^,]*)?)(?:,|$)")
_QUALITY: Final = re.compile(r";\s*q\s*=\s*([0-9.]+)")
_JSON_LD: Final = "http://www.w3.org/ns/json-ld#"
_COMPACT_FLAVOUR: Final = f"{_JSON_LD}compacted"
_CONTEXT_FLAVOUR: Final = f"{_JSON_LD}context"
_FLAT_FLAVOURS: Final = frozenset({f"{_JSON_LD}expanded", f"{_JSON_LD}flattened"})


@dataclass(frozen=True)
class Profile:
    """A way to tell a term, and the formats it can be told in."""

    token: str
    iri: str
    title: str
    formats: tuple[Format, ...]


SKOS_PROFILE: Final = Profile("skos", "http://www.w3.org/2004/02/skos/core", "SKOS", TERM_FORMATS)
SCHEMA_PROFILE: Final = Profile("schema", "https://schema.org/", "schema.org", (JSONLD, JSON))
LIST_PROFILE: Final = Profile("alt", _ALTERNATES, "Alternate representations", RDF_FORMATS[:4])
PROFILES: Final = (SKOS_PROFILE, SCHEMA_PROFILE, LIST_PROFILE)


def wanted() -> Profile:
    """Give the profile of this request: ``_profile`` before Accept-Profile, SKOS where neither fits."""
    name = request.args.get("_profile")
    asked = [name] if name is not None else _accepted(request.headers.get("Accept-Profile", ""))
    for each in asked:
        for profile in PROFILES:
            if each in (profile.token, profile.iri):
                return profile
    return SKOS_PROFILE


def _accepted(header: str) -> list[str]:
    found = []
    for position, (bracketed, token, parameters) in enumerate(_ENTRY.findall(header[:4_096])):
        quality = _QUALITY.search(parameters)
        weight = float(quality[1]) if quality and quality[1].count(".") <= 1 and quality[1] != "." else 1.0
        if weight > 0:
            found.append((-weight, position, bracketed or token))
    return [name for _, _, name in sorted(found)]


def choose_for(profile: Profile, path: str, suffix_format: Format | None) -> Choice | None:
    """Choose a format that can tell a term by a profile other than SKOS.

    None where none that is wanted can: then the ordinary content is sent, as the draft allows (7.2.1),
    because a profile in a header must not make a request fail that did not before.
    """
    if suffix_format is not None and suffix_format not in profile.formats:
        return None
    # A browser names HTML and gets its page; whoever takes anything gets the profile.
    formats = profile.formats if "_profile" in request.args else (*profile.formats, HTML)
    try:
        choice = choose(path, formats, suffix_format)
    except NotAcceptable:
        return None
    return None if choice.format is HTML else choice


def show(document: TermDocument, profile: Profile, choice: Choice, path: str) -> Response:
    """Tell a term by a profile other than SKOS."""
    if profile is SCHEMA_PROFILE:
        body = _schema(document)
    else:
        body = serialize(_alternates(document, path), choice.format, root=document.iri)
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            links=[link(profile.iri, "profile"), link(document.iri, "cite-as")],
        )
    )


def flat(document: TermDocument, choice: Choice) -> bytes | None:
    """Write the JSON-LD flavour that was asked for; None where it is the ordinary one.

    Who asks for a context, as processors do of what stands in ``@context``, gets the vocabulary's own.
    """
    asked = set(choice.profile.split()) if choice.format is JSONLD else set()
    if asked & _FLAT_FLAVOURS:
        return write_expanded(document.statements)
    context = published(reader()) if _CONTEXT_FLAVOUR in asked else None
    return context.document.encode() if context else None


def flat_content_type(choice: Choice) -> str:
    """Say which of the flavours asked for the answer is: it can be both expanded and flattened."""
    asked = choice.profile.split()
    said = [each for each in asked if each in _FLAT_FLAVOURS] or [_CONTEXT_FLAVOUR]
    return f'{JSONLD.media_type};profile="{" ".join(said)}"'


def compact_content_type(choice: Choice) -> str:
    """Give the content type of an ordinary document: it says that it is compacted where that was asked."""
    if choice.format is JSONLD and _COMPACT_FLAVOUR in choice.profile.split():
        return f'{choice.content_type};profile="{_COMPACT_FLAVOUR}"'
    return choice.content_type


def _schema(document: TermDocument) -> bytes:
    described = pages.defined_term(document.view, pages.page())
    return json.dumps(described, ensure_ascii=False, indent=1).encode() + b"\n"


def _alternates(document: TermDocument, path: str) -> Iterable[Statement]:
    term = iri(document.iri)
    yield Statement(term, iri(f"{_ALTERNATES}#hasDefaultRepresentation"), "_:skos0")
    for profile in PROFILES[:2]:
        for number, each in enumerate(profile.formats):
            node = f"_:{profile.token}{number}"
            yield Statement(term, iri(f"{_ALTERNATES}#hasRepresentation"), node)
            yield Statement(node, iri(DCT.conformsTo), iri(profile.iri))
            yield Statement(node, iri(DCT.format), literal(each.media_type))
            address = f"{request.url_root.rstrip('/')}{path}.{each.suffix}"
            if profile is not SKOS_PROFILE:
                address += f"?_profile={profile.token}"
            yield Statement(node, iri(PREFIXES["dcat"] + "accessURL"), iri(address))
