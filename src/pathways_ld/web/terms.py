"""Term documents: every IRI of the vocabulary, in every representation."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from pathways_ld.errors import TermNotFound, TermWithdrawn
from pathways_ld.formats import HTML, JSON, JSONLD, RDFXML, TERM_FORMATS, Format, by_suffix
from pathways_ld.namespaces import DCT, SKOS
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.web import contexts, labels, listings, ontology_page, pages, profiles, schemas, social
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import Answer, Operation, Parameter, Sample
from pathways_ld.web.lookup_operations import TABLES
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import (
    VARY_PAGE,
    Representation,
    cache,
    choose,
    link,
    redirect_to,
    represent,
    settings,
)

blueprint = Blueprint("terms", __name__)

_PATH_SAFE: Final = "/-._~!$&'()*+,;=:@"


@blueprint.get("/<path:local_id>")
def show_term(local_id: str) -> Response:
    """Answer for one IRI of the vocabulary: a term, the vocabulary itself, or the listing of a kind."""
    source = reader()
    document, suffix_format = _find(source, local_id)
    if document is None and local_id.endswith("/"):
        return redirect_to("/" + quote(local_id.rstrip("/"), safe=_PATH_SAFE), 301)
    if document is None and document_at(source, f"{local_id}/") is not None:
        return redirect_to("/" + quote(local_id, safe=_PATH_SAFE) + "/", 301)
    if document is None:
        return listings.show_kind(source, local_id)
    path = source.space.path(document.iri) or "/"
    if document.withdrawn:
        raise withdrawn(document)
    profile = profiles.wanted()
    special = profile is not profiles.SKOS_PROFILE and profiles.choose_for(profile, path, suffix_format)
    choice = special or choose(path, TERM_FORMATS, suffix_format)
    if settings().identity == "redirect" and suffix_format is None:
        address = f"{path}.{choice.format.suffix}"
        response = redirect_to(address, 303, _profile=profile.token if special else "")
        response.headers["Vary"] = VARY_PAGE
        return response
    if special:
        return profiles.show(document, profile, special, path)
    return show_document(document, choice, path)


def show_document(document: TermDocument, choice: Choice, path: str) -> Response:
    """Send a document in the format that was chosen."""
    if choice.format is HTML:
        return _show_page(document, path)
    source = reader()
    cites = contexts.cited_context() if choice.format in (JSONLD, JSON) else None
    key = (document.digest, document.iri, choice.format.name, cites.iri if cites else "")
    content_type = profiles.compact_content_type(choice)
    label = "" if content_type == choice.format.content_type() else content_type
    body = profiles.flat(document, choice)
    if body is not None:
        return represent(
            Representation(
                etag=_etag(*key, profiles.flat_content_type(choice)),
                content_type=profiles.flat_content_type(choice),
                render=lambda: body,
                vary=VARY_PAGE,
                links=[link(document.iri, "cite-as")],
            )
        )
    return represent(
        Representation(
            etag=_etag(*key, label),
            content_type=content_type,
            render=lambda: cache().get(key, lambda: source.write(document, choice.format, cites)),
            vary=VARY_PAGE,
            content_location=f"{request.script_root}{path}.{choice.format.suffix}",
            links=_links(source, document, path, choice.format),
            headers=deprecation(document),
        )
    )


def _show_page(document: TermDocument, path: str) -> Response:
    helper = pages.page()
    group, number = request.args.get("group", ""), listings.page_number()
    long_group = listings.long_group(document, group, number) if group else None
    _, language = helper.languages.pick(document.view["title"])
    # Others may come to bear one of its names, or cease to: the document does not tell.
    shared = labels.addresses(helper.reader, document.view)
    around = (helper.languages, helper.interface, helper.root, helper.reader.frame)
    embedding = social.oembed_address(path, request.args.get("lang", "")) if path != "/" else ""
    surroundings = (*around, group, number, tuple(shared.items()), embedding, social.public_root())
    key: tuple[object, ...] = (document.digest, document.iri, "html", surroundings)
    if document.iri == helper.manifest.vocabulary_iri:  # its page shows how its classes are used
        key = (*key, helper.manifest.id)

    def render() -> bytes:
        ontology = None if long_group else ontology_page.page_of(document, helper.reader, helper)
        return pages.render(
            "ontology.html" if ontology else "term.html",
            ontology=ontology,
            view=document.view,
            path=path,
            formats=pages.alternates(path, TERM_FORMATS[1:]),
            structured=pages.defined_term(document.view, helper),
            long_group=long_group,
            shared=shared,
            oembed=embedding,
        )

    return represent(
        Representation(
            etag=_etag(*key),
            content_type=HTML.content_type(),
            render=lambda: cache().get(key, render),
            vary=VARY_PAGE,
            content_location=f"{request.script_root}{path}.html{_own_query()}",
            language=language or interface_language(),
            links=_links(helper.reader, document, path, HTML),
            headers=deprecation(document),
        )
    )


def withdrawn(document: TermDocument) -> TermWithdrawn:
    """Say that a term was withdrawn, with what is left to be said of it."""
    helper = pages.page()
    view = document.view
    return TermWithdrawn(
        "This term was withdrawn; what is left to be said of it is here.",
        iri=document.iri,
        description=document.ntriples,
        title=helper.plain(view["title"]),
        notes=[
            text["text"] for section in view["texts"] for text in helper.languages.order(section["texts"])
        ],
    )


def _own_query() -> str:
    """Give the part of the query string that decides what the page shows."""
    asked = [(name, request.args[name]) for name in ("lang", "group", "page") if name in request.args]
    return f"?{urlencode(asked)}" if asked else ""


def _find(source: Reader, local_id: str) -> tuple[TermDocument | None, Format | None]:
    """Find the document a local id names, with or without the suffix of a representation."""
    stem, dot, suffix = local_id.rpartition(".")
    suffix_format = by_suffix(suffix, TERM_FORMATS) if dot else None
    if suffix_format is RDFXML and suffix == "owl" and not _is_vocabulary(source, stem):
        suffix_format = None
    candidates = [(stem, suffix_format)] if suffix_format is not None else []
    for name, found_format in [*candidates, (local_id, None)]:
        document = document_at(source, name)
        if document is not None:
            return document, found_format
    folder, index = stem.removesuffix("index"), suffix_format is not None and stem.endswith("index")
    if index and (not folder or folder.endswith("/")):
        # The document of an IRI that ends in a slash, as static sites have it.
        return document_at(source, folder), suffix_format
    return None, None


def document_at(source: Reader, local_id: str) -> TermDocument | None:
    """Find the document of a local id as it stands in a path; None where there is none."""
    manifest = source.manifest
    names = [source.space.iri(local_id), source.space.iri(quote(local_id, safe=_PATH_SAFE))]
    if names[0] == manifest.version_iri:
        names = [manifest.vocabulary_iri]
    for name in dict.fromkeys(names):
        try:
            return source.document(name)
        except TermNotFound:
            continue
    return None


def _is_vocabulary(source: Reader, local_id: str) -> bool:
    return source.space.iri(local_id) in (source.manifest.vocabulary_iri, source.manifest.version_iri)


def _etag(*parts: object) -> str:
    """Name a representation by everything that decides its bytes."""
    text = repr((parts, pages.fingerprint()))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def deprecation(document: TermDocument) -> dict[str, str]:
    """Tell programs that a term is deprecated, and since when at the latest (RFC 9745)."""
    if not document.deprecated:
        return {}
    said = [
        value["text"]
        for fact in document.view["facts"]
        if fact["property"] == DCT.modified
        for value in fact["values"]
    ]
    since = reader().manifest.created
    for text in said:
        with contextlib.suppress(ValueError):
            since = datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()
    return {"Deprecation": f"@{int(datetime.fromisoformat(since).timestamp())}"}


def _links(source: Reader, document: TermDocument, path: str, shown: Format) -> list[str]:
    """Give the typed links of a document: worked out once, since they cost as much as all the rest."""
    key = ("links", document.digest, document.iri, shown.name, request.script_root, source.manifest.id)
    header = cache().get(key, lambda: "\n".join(_signposts(source, document, path, shown)).encode())
    return header.decode().split("\n")


def _signposts(source: Reader, document: TermDocument, path: str, shown: Format) -> Iterator[str]:
    """Give the typed links of a document (https://signposting.org/FAIR/)."""
    root = request.script_root
    yield link(document.iri, "cite-as")
    yield link(f"{root}{path}.{shown.suffix}", "canonical")
    yield link(profiles.SKOS_PROFILE.iri, "profile")
    yield from _format_links(f"{root}{path}", shown)
    yield link("https://schema.org/AboutPage", "type")
    if source.license:
        yield link(source.license, "license")
    if document.iri == source.manifest.vocabulary_iri:
        yield from _vocabulary_links(source)
        return
    kind = source.manifest.kind(document.kind)
    if kind is not None:
        yield link(kind.class_iri, "type")
    if source.manifest.vocabulary_iri:
        yield link(source.manifest.vocabulary_iri, "collection")
    if document.deprecated:
        for successor in document.view["replaced_by"]:
            yield link(successor["iri"], "successor-version")


def _format_links(base: str, shown: Format) -> Iterator[str]:
    """Link the other formats.

    JSON-LD processors look for the one link whose relation is exactly "alternate", and PyLD fails where
    there are two; so that link leads to JSON-LD, and the others say "alternate describedby" in one.
    """
    for each in TERM_FORMATS:
        address = f"{base}.{each.suffix}"
        if each is JSONLD:
            yield link(address, "describedby", type=each.media_type)
        if each is JSONLD and shown is not JSONLD:
            yield link(address, "alternate", type=each.media_type)
        elif each is not JSONLD and each is not shown:
            yield link(address, "alternate describedby", type=each.media_type)
        elif each is shown and each not in (HTML, JSON, JSONLD):
            yield link(address, "describedby", type=each.media_type)


def _vocabulary_links(source: Reader) -> Iterator[str]:
    yield link(SKOS.ConceptScheme, "type")
    for name, dump_format in source.dumps.items():
        yield link(f"{request.script_root}/dumps/{name}", "item", type=dump_format.media_type)
    if source.manifest.version_iri:
        yield link(source.manifest.vocabulary_iri, "latest-version")


_KIND: Final = Parameter(
    "kind",
    "path",
    "The name of a kind; where the IRIs of terms have no kind in them, what follows the base.",
    schemas.STRING,
    example=Sample.KIND,
)
_NAME: Final = Parameter(
    "name",
    "path",
    "What follows the kind in the IRI of the term; it may end in the suffix of a format.",
    {"type": "string", "minLength": 1},
    example=Sample.NAME,
)
TERM: Final = (_KIND, _NAME)
"""The parameters of ``/{kind}/{name}``, with which the addresses of terms begin."""
_DOCUMENT: Final = schemas.contents(TERM_FORMATS, schemas.ref("JsonLd"))
_REDIRECT: Final = Answer(301, "To the same without the last slash, or with it")

OPERATIONS: Final = (
    Operation(
        "GET",
        "/{kind}",
        "listTerms",
        "The terms of a kind, page by page",
        "Terms",
        (_KIND, listings.PAGE, schemas.media_type(TERM_FORMATS)),
        answers=(
            Answer(200, "Their IRIs, types and preferred labels", _DOCUMENT),
            _REDIRECT,
            Answer(303, "A term where its own IRI redirects: the address of the format"),
            Answer(410, "The term was withdrawn"),
        ),
    ),
    Operation(
        "GET",
        "/{kind}/{name}",
        "getTerm",
        "All that is said of a term",
        "Terms",
        (
            *TERM,
            schemas.media_type(TERM_FORMATS),
            Parameter(
                "_profile",
                "query",
                "How it is told, in place of Accept-Profile.",
                schemas.one_of(each.token for each in profiles.PROFILES),
            ),
            Parameter(
                "group", "query", "Of the web page: one long group of neighbours alone.", schemas.STRING
            ),
            listings.PAGE,
        ),
        answers=(
            Answer(200, "The term, with the labels of its neighbours", _DOCUMENT),
            _REDIRECT,
            Answer(303, "Where the IRI of a term redirects: the address of the format"),
            Answer(410, "The term was withdrawn; the answer says what is left to be said of it"),
        ),
    ),
    *TABLES,
)
