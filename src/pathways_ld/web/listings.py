"""Listings: the terms of a kind, page by page, and the long groups of a term."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Final

from flask import Response, request

from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.formats import HTML, JSON, JSONLD, TERM_FORMATS, Format, by_suffix
from pathways_ld.namespaces import RDF, SKOS
from pathways_ld.rdfio import Statement, iri, literal, serialize
from pathways_ld.settings import Kind
from pathways_ld.snapshot import SearchHit
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.web import pages, schemas
from pathways_ld.web.browse_groups import Groups
from pathways_ld.web.browse_state import query
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Parameter
from pathways_ld.web.listing_tables import show_table
from pathways_ld.web.lookup_sent import CSV
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, link, represent, settings

MAX_PAGE = 10_000_000
PAGE: Final = Parameter("page", "query", "Which page of the list, from 1.", schemas.number(1, MAX_PAGE, 1))


def page_number() -> int:
    """Read ``?page=``, counted from 1; raises :class:`BadRequest`."""
    text = request.args.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_PAGE:
        raise BadRequest(f'"page" is "{text[:20]}"; expected a whole number from 1.')
    return int(text[:9])


def long_group(document: TermDocument, key: str, number: int) -> dict[str, object]:
    """Give one page of a group of neighbours that is longer than the page view shows."""
    group = next((each for each in document.view["groups"] if each["key"] == key), None)
    if group is None:
        known = ", ".join(each["key"] for each in document.view["groups"]) or "none"
        raise TermNotFound(f'This term has no group "{key[:60]}"; it has {known}.')
    size = settings().page_size
    last = ceil(group["total"] / size)
    if number > last:
        raise TermNotFound(f"The group has {last} pages; page {number} was asked for.")
    if number == 1:
        links = group["items"]
    else:
        hits = reader().members(document.iri, key, limit=size, offset=(number - 1) * size)
        links = [hit.link for hit in hits]
    return {"group": group, "links": links, "page": number, "last": last}


def show_kind(source: Reader, local_id: str) -> Response:
    """Show the listing that a path names; raises :class:`TermNotFound` for any other path."""
    table = show_table(source, local_id)
    if table is not None:
        return table
    stem, dot, suffix = local_id.rpartition(".")
    suffix_format = by_suffix(suffix, TERM_FORMATS) if dot else None
    kind = source.manifest.kind(stem if suffix_format is not None else local_id)
    if kind is None:
        raise TermNotFound(f"There is no term with the IRI {source.space.iri(local_id)} in this vocabulary.")
    path = f"/{kind.name}"
    choice = choose(path, TERM_FORMATS, suffix_format)
    number = page_number()
    size = settings().page_size * 2
    groups = Groups(source, kind)
    chosen = groups.chosen()
    total = chosen.total if chosen else source.manifest.counts.get(kind.name, 0)
    last = max(1, ceil(total / size))
    if number > last:
        raise TermNotFound(f"The listing has {last} pages; page {number} was asked for.")
    offset = (number - 1) * size
    if chosen:
        hits = [SearchHit(*each) for each in groups.members(chosen, limit=size, offset=offset)]
    else:
        hits = source.listing(kind.name, limit=size, offset=offset)
    narrowed = query((chosen.parameter, chosen.value)) if chosen else ""

    def render() -> bytes:
        if choice.format is HTML:
            return pages.render(
                "listing.html",
                kind=kind,
                hits=hits,
                number=number,
                last=last,
                total=total,
                path=path,
                chosen=chosen,
                query=f"{narrowed}&" if narrowed else "",
                is_tree=kind.class_iri == SKOS.Concept,
                has_groups=bool(groups.found),
            )
        return _write(source, kind, hits, choice.format)

    body = render()
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            content_location=f"{request.script_root}{path}.{choice.format.suffix}{_query(number, narrowed)}",
            links=_links(path, choice.format, number, last, narrowed),
            headers={"X-Total-Count": str(total)},
        )
    )


def _query(number: int, narrowed: str) -> str:
    asked = "&".join(filter(None, (narrowed, f"page={number}" if number > 1 else "")))
    return f"?{asked}" if asked else ""


def _links(path: str, shown: Format, number: int, last: int, narrowed: str) -> Iterator[str]:
    base = f"{request.script_root}{path}"
    for each in TERM_FORMATS:
        if each is not shown:
            relation = "alternate" if each is JSONLD else "alternate describedby"
            yield link(f"{base}.{each.suffix}{_query(number, narrowed)}", relation, type=each.media_type)
    if not narrowed:
        yield link(f"{base}.{CSV.suffix}", "alternate describedby", type=CSV.media_type)
    for relation, target in (("prev", number - 1), ("next", number + 1)):
        if 1 <= target <= last:
            yield link(f"{base}?{narrowed}{'&' if narrowed else ''}page={target}", relation)


def _write(source: Reader, kind: Kind, hits: list[SearchHit], rdf_format: Format) -> bytes:
    statements: list[Statement] = []
    for hit in hits:
        term = iri(hit.link["iri"])
        statements.append(Statement(term, iri(RDF.type), iri(kind.class_iri)))
        statements.extend(
            Statement(term, iri(SKOS.prefLabel), literal(text, lang=lang))
            for lang, text in hit.link["title"].items()
        )
    return serialize(statements, JSONLD if rdf_format is JSON else rdf_format, source.prefixes)
