"""The front door: home page, downloads, what robots and monitors ask for."""

from __future__ import annotations

import json
from datetime import datetime
from math import ceil
from typing import Final
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request, send_file

from pathways_ld.errors import PathwaysError, TermNotFound
from pathways_ld.formats import DUMP_FORMATS, HTML, JSON, TERM_FORMATS
from pathways_ld.web import browse_new, differences, pages, problems, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import TEXT, Answer, Operation, Parameter
from pathways_ld.web.responses import (
    CACHE_TERM,
    VARY_PAGE,
    Representation,
    choose,
    link,
    redirect_to,
    represent,
)
from pathways_ld.web.terms import show_document

blueprint = Blueprint("catalog", __name__)

SITEMAP_SIZE: Final = 20_000
"""Addresses in one site map; the protocol allows 50,000 and 50 MB (https://www.sitemaps.org/protocol.html)."""


@blueprint.get("/")
def home() -> Response:
    """Tell people what this is; tell programs about the vocabulary."""
    source = reader()
    choice = choose("/ns", TERM_FORMATS)
    if choice.format is not HTML:
        vocabulary = source.document(source.manifest.vocabulary_iri)
        return show_document(vocabulary, choice, source.space.path(vocabulary.iri) or "/")
    body = pages.render(
        "home.html", examples=_examples(), news=browse_new.news(source), moment=differences.moment
    )
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type=HTML.content_type(),
            render=lambda: body,
            vary=VARY_PAGE,
            language=interface_language(),
            links=[
                *(link(iri, "describedby") for iri in [source.manifest.vocabulary_iri] if iri),
                link(f"{request.script_root}/openapi.json", "service-desc", type=JSON.media_type),
                link(f"{request.script_root}/openapi", "service-doc", type=HTML.media_type),
            ],
        )
    )


def _examples() -> list[tuple[str, list[object]]]:
    source = reader()
    return [
        (kind.name, [hit.link for hit in source.listing(kind.name, limit=6)])
        for kind in source.manifest.kinds
        if source.manifest.counts.get(kind.name)
    ]


@blueprint.get("/dumps/")
def show_dumps() -> Response:
    """List the downloads."""
    source = reader()
    choice = choose("/dumps/", (HTML, JSON), suffixes=False)
    folder = source.folder / "dumps"
    files = [
        {
            "name": name,
            "url": f"{request.script_root}/dumps/{name}",
            "type": dump_format.media_type,
            "title": dump_format.title,
            "bytes": (folder / name).stat().st_size,
            "sha256": source.manifest.digests[f"dumps/{name}"],
        }
        for name, dump_format in source.dumps.items()
    ]
    if choice.format is JSON:
        about = {
            "snapshot": source.manifest.foundation or source.manifest.id,
            "as_of": source.manifest.dumps_created,
            "change": source.manifest.dumps_change,
            "current_change": source.manifest.change,
            "base": source.manifest.base,
            "default_language": source.manifest.default_language,
            "prefixes": source.prefixes,
        }
        body = json.dumps({**about, "files": files}, indent=1).encode() + b"\n"
    else:
        body = pages.render("dumps.html", files=files)
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
        )
    )


@blueprint.get("/dumps")
def dumps_without_slash() -> Response:
    """Send to the list of downloads."""
    return redirect_to("/dumps/", 301)


@blueprint.get("/dumps/<name>")
def send_dump(name: str) -> Response:
    """Send a download, whole or in ranges (RFC 9110, 14)."""
    source = reader()
    if name not in source.dumps:
        known = ", ".join(source.dumps)
        raise TermNotFound(f'There is no download "{name[:60]}"; there is {known}.')
    response = send_file(
        source.folder.resolve() / "dumps" / name,
        mimetype=source.dumps[name].media_type,
        conditional=True,
        etag=source.manifest.digests[f"dumps/{name}"][:32],
        last_modified=datetime.fromisoformat(source.manifest.dumps_created),
        max_age=300,
    )
    response.headers["Content-Type"] = source.dumps[name].content_type()
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = CACHE_TERM
    if source.manifest.vocabulary_iri:
        response.headers["Link"] = link(source.manifest.vocabulary_iri, "collection")
    return response


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Allow everything but generated query results."""
    text = f"User-agent: *\nDisallow: {request.script_root}/sparql?\nAllow: /\n"
    text += f"Sitemap: {request.url_root}sitemap.xml\n"
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List all term pages, or the parts of the list where there are many."""
    source = reader()
    count = sum(source.manifest.counts.values()) + 1
    parts = ceil(count / SITEMAP_SIZE)
    root = request.url_root.rstrip("/")
    if parts > 1:
        entries = "".join(
            f"<sitemap><loc>{escape(root)}/sitemap-{number}.xml</loc></sitemap>"
            for number in range(1, parts + 1)
        )
        return _xml("sitemapindex", entries)
    return _sitemap_part(1)


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """List one part of the term pages."""
    return _sitemap_part(number)


def _sitemap_part(number: int) -> Response:
    paths = reader().paths(limit=SITEMAP_SIZE, offset=(number - 1) * SITEMAP_SIZE) if number else []
    if not paths:
        raise TermNotFound(f"There is no part {number} of the site map.")
    root = request.url_root.rstrip("/")
    return _xml("urlset", "".join(f"<url><loc>{escape(root + path)}</loc></url>" for path in paths))


def _xml(element: str, entries: str) -> Response:
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{element} xmlns="{namespace}">{entries}</{element}>\n'
    return Response(text, content_type="application/xml; charset=utf-8")


@blueprint.get("/.well-known/void")
def well_known_void() -> Response:
    """Send to the description of the dataset (https://www.w3.org/TR/void/#well-known)."""
    return redirect_to(reader().space.path(reader().manifest.vocabulary_iri) or "/", 302)


@blueprint.get("/problems/<name>")
def show_problem(name: str) -> Response:
    """Explain a type of problem (RFC 9457, 3.1.1)."""
    found = problems.kinds().get(name)
    if found is None:
        raise TermNotFound(f'There is no type of problem called "{name[:60]}".')
    body = pages.render("problem_type.html", kind_of_problem=found, others=problems.kinds())
    return Response(body, content_type=HTML.content_type())


@blueprint.get("/healthz")
def health() -> Response:
    """Tell that the process answers."""
    return _plain({"status": "ok"}, 200)


@blueprint.get("/readyz")
def ready() -> Response:
    """Tell whether there is a snapshot to serve."""
    try:
        manifest = reader().manifest
    except PathwaysError as error:
        return _plain({"status": "not ready", "detail": error.message}, 503)
    return _plain({"status": "ok", "snapshot": manifest.id, "created": manifest.created}, 200)


def _plain(content: dict[str, str], status: int) -> Response:
    response = Response(json.dumps(content) + "\n", status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


_DUMP: Final = schemas.record(
    {
        "name": schemas.STRING,
        "url": schemas.ADDRESS,
        "type": schemas.STRING,
        "title": schemas.STRING,
        "bytes": schemas.COUNT,
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
)
_XML: Final = {"application/xml": TEXT}
_STATUS: Final = schemas.record(
    {"status": schemas.STRING}, {"snapshot": schemas.STRING, "created": schemas.MOMENT}
)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/",
        "getVocabulary",
        "The vocabulary itself: its title, license, classes and properties; to people, the home page",
        "Whole vocabulary",
        (schemas.media_type(TERM_FORMATS),),
        answers=(Answer(200, "The vocabulary", schemas.contents(TERM_FORMATS, schemas.ref("JsonLd"))),),
    ),
    Operation(
        "GET",
        "/dumps/",
        "listDownloads",
        "The whole vocabulary in one file, in several formats",
        "Whole vocabulary",
        (schemas.media_type((HTML, JSON)),),
        answers=(
            schemas.json_answer(
                "The files, and as of when they are",
                schemas.record(
                    {
                        "snapshot": schemas.STRING,
                        "as_of": schemas.STRING,
                        "change": schemas.COUNT,
                        "current_change": schemas.COUNT,
                        "base": schemas.STRING,
                        "default_language": schemas.STRING,
                        "prefixes": schemas.table(schemas.STRING),
                        "files": schemas.array(_DUMP),
                    }
                ),
                page=True,
            ),
        ),
    ),
    Operation(
        "GET",
        "/dumps/{name}",
        "download",
        "One of these files, whole or in ranges",
        "Whole vocabulary",
        (Parameter("name", "path", "Its name.", schemas.STRING, example="vocabulary.ttl"),),
        answers=(
            Answer(200, "The file", {each.media_type: schemas.ANY for each in DUMP_FORMATS}),
            Answer(206, "The range of it that was asked for"),
        ),
    ),
    Operation(
        "GET",
        "/.well-known/void",
        "findDataset",
        "Where the description of the dataset is (https://www.w3.org/TR/void/#well-known)",
        "Whole vocabulary",
        answers=(Answer(302, "To the vocabulary"),),
    ),
    Operation(
        "GET",
        "/sitemap.xml",
        "siteMap",
        "The pages of all terms, for search engines",
        "Whole vocabulary",
        answers=(Answer(200, "A site map, or a list of several", _XML),),
    ),
    Operation(
        "GET",
        "/sitemap-{number}.xml",
        "siteMapPart",
        "One part of the site map",
        "Whole vocabulary",
        (Parameter("number", "path", "Which part, from 1.", schemas.number(1), example=1),),
        answers=(Answer(200, "A site map", _XML),),
    ),
    Operation(
        "GET",
        "/robots.txt",
        "robots",
        "What robots are asked to leave alone",
        "Server",
        answers=(Answer(200, "https://www.rfc-editor.org/rfc/rfc9309", {"text/plain": TEXT}),),
    ),
    Operation(
        "GET",
        "/healthz",
        "isAlive",
        "Whether the process answers",
        "Server",
        answers=(schemas.json_answer("It does", _STATUS),),
    ),
    Operation(
        "GET",
        "/readyz",
        "isReady",
        "Whether there is a snapshot to serve",
        "Server",
        answers=(
            schemas.json_answer("There is", _STATUS),
            schemas.json_answer("There is none yet", _STATUS, 503),
        ),
    ),
)
