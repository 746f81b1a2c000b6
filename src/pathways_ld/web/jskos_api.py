"""``/jskos/``: the vocabulary by the JSKOS API, as JSKOS Server and Cocoda have it (docs/jskos.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import Blueprint, Response, request

from pathways_ld import __version__
from pathways_ld.embedding import jskos
from pathways_ld.embedding.jskos import Json, Properties
from pathways_ld.embedding.jskos_mappings import Wish, mappings_of
from pathways_ld.embedding.surroundings import concept_kind, linked, notations
from pathways_ld.errors import BadRequest, PayloadTooLarge, TermNotFound
from pathways_ld.namespaces import SKOS
from pathways_ld.snapshot.browsing import top
from pathways_ld.snapshot.searching import Wanted
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.vocabulary.matches import find
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.jskos_operations import DIRECTIONS, LIMIT, OPERATIONS, SHAPES
from pathways_ld.web.responses import VARY_RDF
from pathways_ld.web.rest_asking import (
    LONGEST_IRI,
    MOST,
    MOST_IRIS,
    MOST_SKIPPED,
    answer,
    page_links,
    whole_number,
)
from pathways_ld.web.search_asking import MAX_WORDS

__all__ = ["OPERATIONS", "blueprint"]

blueprint = Blueprint("jskos", __name__, url_prefix="/jskos")

_ENDPOINTS: Final = {
    "data": "data",
    "schemes": "voc",
    "top": "voc/top",
    "voc-search": "voc/search",
    "voc-suggest": "voc/suggest",
    "concepts": "concepts",
    "narrower": "concepts/narrower",
    "ancestors": "concepts/ancestors",
    "search": "concepts/search",
    "suggest": "concepts/suggest",
    "mappings": "mappings",
    "types": "types",
}
_VARY_LABELS: Final = f"{VARY_RDF}, Accept-Language"
API_VERSION: Final = "2.1"
"""The version of JSKOS Server whose interface this is."""


def _paging() -> tuple[int, int]:
    limit = whole_number("limit", LIMIT, least=1, most=MOST)
    return limit, whole_number("offset", 0, least=0, most=MOST_SKIPPED)


def _iris(name: str = "uri") -> list[str]:
    """Read IRIs that ``|`` parts; raises :class:`PayloadTooLarge` for too many."""
    found = [each for each in dict.fromkeys(request.args.get(name, "").split("|")) if each]
    if len(found) > MOST_IRIS:
        raise PayloadTooLarge(f'"{name}" names {len(found):,} IRIs; at most {MOST_IRIS} are read at a time.')
    return [each for each in found if len(each) <= LONGEST_IRI]


def _properties() -> Properties:
    return Properties.read(request.args.get("properties", "")[:4_000])


def _listed(entries: Sequence[Any], total: int, limit: int, offset: int) -> Response:
    return answer(entries, total=total, links=page_links(total, limit=limit, offset=offset))


def _page_of(entries: Sequence[Json]) -> Response:
    """Answer with a page of what is known whole."""
    limit, offset = _paging()
    return _listed(entries[offset : offset + limit], len(entries), limit, offset)


def _concepts(source: Reader, documents: Iterable[TermDocument]) -> list[Json]:
    wanted, root = _properties(), request.url_root.rstrip("/")
    return [
        jskos.concept(source, document, f"{root}{document.view['path']}", wanted) for document in documents
    ]


def _documents(source: Reader, iris: Iterable[str]) -> list[TermDocument]:
    """Read documents; what is not described here, or was withdrawn, is left out."""
    found = []
    for iri in iris:
        try:
            document = source.document(iri)
        except TermNotFound:
            continue
        if not document.withdrawn:
            found.append(document)
    return found


def _scheme_iris(source: Reader) -> list[str]:
    kind = concept_kind(source)
    own = source.manifest.vocabulary_iri
    return [*dict.fromkeys([*([own] if own else []), *(source.browser.schemes(kind.name) if kind else [])])]


def _schemes(source: Reader, iris: Iterable[str]) -> list[Json]:
    wanted, root = _properties(), request.url_root.rstrip("/")
    paths = {iri: source.space.path(iri) for iri in iris}
    return [jskos.scheme(source, iri, f"{root}{path}" if path else "", wanted) for iri, path in paths.items()]


@blueprint.get("/")
@blueprint.get("/status")
def status() -> Response:
    """Tell where what is: clients find all other addresses by this one."""
    base = f"{request.url_root}jskos/"
    read_only = {"read": {"auth": False}}
    config = {
        "title": pages.page().vocabulary_title(),
        "env": "production",
        "baseUrl": base,
        "version": API_VERSION,
        "serverVersion": __version__,
        "schemes": read_only,
        "concepts": read_only,
        "mappings": read_only,
        "concordances": False,
        "annotations": False,
        "registries": False,
    }
    addresses = {name: base + path for name, path in _ENDPOINTS.items()}
    nothing = dict.fromkeys(("concordances", "annotations", "registries"))
    return answer({"config": config, **addresses, **nothing, "ok": 1}, vary=_VARY_LABELS)


@blueprint.get("/voc")
def schemes() -> Response:
    """List the concept schemes."""
    source = reader()
    asked = _iris()
    found = [iri for iri in _scheme_iris(source) if not asked or iri in asked]
    limit, offset = _paging()
    return _listed(_schemes(source, found[offset : offset + limit]), len(found), limit, offset)


@blueprint.get("/voc/top")
def top_concepts() -> Response:
    """List the concepts at the top of a scheme, or of all."""
    source = reader()
    kind = concept_kind(source)
    asked = _iris()
    limit, offset = _paging()
    if kind is None or (asked and asked[0] not in _scheme_iris(source)):
        return _listed([], 0, limit, offset)
    place = top(kind.name, asked[0] if asked else "")
    branches = source.browser.children(place, limit=limit, offset=offset)
    documents = _documents(source, (each.link["iri"] for each in branches))
    return _listed(_concepts(source, documents), source.browser.total(place), limit, offset)


@blueprint.get("/voc/concepts")
def scheme_concepts() -> Response:
    """List the concepts of a scheme."""
    asked = _iris()
    if not asked:
        raise BadRequest('"uri" is missing; expected the IRI of a concept scheme, as /jskos/voc lists them.')
    return _of_scheme(reader(), asked[0])


def _of_scheme(source: Reader, iri: str) -> Response:
    kind = concept_kind(source)
    limit, offset = _paging()
    if kind is None or iri not in _scheme_iris(source):
        return _listed([], 0, limit, offset)
    counted = source.browser.categories(kind.name).get(SKOS.inScheme, {})
    if iri in counted:
        total = counted[iri]
        terms = source.browser.members(kind.name, SKOS.inScheme, iri, limit=limit, offset=offset)
        found = [each.link["iri"] for each in terms]
    elif iri == source.manifest.vocabulary_iri:
        total = source.manifest.counts.get(kind.name, 0)
        found = [hit.link["iri"] for hit in source.listing(kind.name, limit=limit, offset=offset)]
    else:
        total, found = 0, []
    return _listed(_concepts(source, _documents(source, found)), total, limit, offset)


@blueprint.get("/data")
def data() -> Response:
    """Give terms and concept schemes by their IRIs."""
    return _by_iri(with_schemes=True)


@blueprint.get("/concepts")
def concepts() -> Response:
    """Give terms by their IRIs, or those of a scheme; nothing where neither is said."""
    voc = _iris("voc")
    if voc and not request.args.get("uri"):
        return _of_scheme(reader(), voc[0])
    return _by_iri(with_schemes=False)


def _by_iri(*, with_schemes: bool) -> Response:
    source = reader()
    asked = _iris()
    known = set(_scheme_iris(source))
    found = _concepts(source, _documents(source, (iri for iri in asked if iri not in known)))
    if with_schemes:
        found += _schemes(source, [iri for iri in asked if iri in known])
    return answer(found, total=len(found))


@blueprint.get("/concepts/narrower")
@blueprint.get("/narrower", endpoint="old_narrower")
def narrower() -> Response:
    """List what is right below a concept."""
    source = reader()
    limit, offset = _paging()
    documents = _documents(source, _iris()[:1])
    if not documents:
        return _listed([], 0, limit, offset)
    total, links = linked(source, documents[0].view, SKOS.narrower, limit=limit, offset=offset)
    return _listed(
        _concepts(source, _documents(source, (each["iri"] for each in links))), total, limit, offset
    )


@blueprint.get("/concepts/ancestors")
@blueprint.get("/ancestors", endpoint="old_ancestors")
def ancestors() -> Response:
    """List what is above a concept, the nearest first."""
    source = reader()
    documents = _documents(source, _iris()[:1])
    found = jskos.ancestors(source, documents[0].view) if documents else []
    limit, offset = _paging()
    shown = _documents(source, (each["iri"] for each in found[offset : offset + limit]))
    return _listed(_concepts(source, shown), len(found), limit, offset)


@blueprint.get("/types")
def types() -> Response:
    """List the classes of which there are terms."""
    return _page_of(jskos.types(reader()))


@blueprint.get("/mappings")
def mappings() -> Response:
    """List the mappings of concepts: those that are named with ``from`` or ``to``."""
    source = reader()
    direction = _choice("direction", DIRECTIONS)
    wish = Wish(
        start=tuple(_iris("from")),
        end=tuple(_iris("to")),
        types=frozenset(_iris("type")),
        direction=direction,
        is_either=_choice("mode", ("and", "or")) == "or",
    )
    found = mappings_of(source, wish)
    for name in ("fromScheme", "toScheme"):
        asked = _iris(name)
        found = [each for each in found if not asked or each.get(name, {}).get("uri") in asked]
    return _page_of([_properties().keep(each) for each in found])


# searching


def _found(source: Reader, *, texts: bool) -> tuple[str, list[str], int, int, int]:
    """Search labels, or `texts` too; gives the words, the IRIs of a page, the number of all, and the page."""
    words = " ".join((request.args.get("search") or request.args.get("query") or "").split())
    if len(words) > MAX_WORDS:
        raise BadRequest(f'"search" has {len(words)} characters; at most {MAX_WORDS} are searched for.')
    limit, offset = _paging()
    kinds = _kinds(source)
    voc = _iris("voc")
    if not words or not kinds or (voc and not set(voc) & set(_scheme_iris(source))):
        return words, [], 0, limit, offset
    facets = (("kind", kinds[0]),) if len(kinds) == 1 else ()
    if voc and voc[0] != source.manifest.vocabulary_iri:
        facets = (*facets, ("scheme", voc[0]))
    places = find(source, Wanted(words, facets, texts=texts)).places
    if len(kinds) == 1:  # then the index has chosen them
        hits = source.hits([place.term for place in places[offset : offset + limit]])
        return words, [hit.link["iri"] for hit in hits], len(places), limit, offset
    hits = source.hits([place.term for place in places])
    fitting = [hit.link["iri"] for hit in hits if hit.kind in kinds]
    return words, fitting[offset : offset + limit], len(fitting), limit, offset


def _kinds(source: Reader) -> list[str]:
    """Give the names of the kinds that are looked for: concepts where nothing is said."""
    wanted = set(_iris("type")) or {SKOS.Concept}
    return [kind.name for kind in source.manifest.kinds if kind.class_iri in wanted]


@blueprint.get("/concepts/search")
@blueprint.get("/search", endpoint="old_search")
def search() -> Response:
    """Find concepts by the words of their labels and texts."""
    return _search(texts=True)


def _search(*, texts: bool) -> Response:
    source = reader()
    _, found, total, limit, offset = _found(source, texts=texts)
    return _listed(_concepts(source, _documents(source, found)), total, limit, offset)


@blueprint.get("/concepts/suggest")
@blueprint.get("/suggest", endpoint="old_suggest")
def suggest() -> Response:
    """Offer concepts for what somebody has begun to type, as OpenSearch Suggestions or as JSKOS."""
    if _shape() == "jskos":
        return _search(texts=False)
    source = reader()
    words, found, total, limit, offset = _found(source, texts=False)
    documents = _documents(source, found)
    languages = pages.languages(request.args.get("language", ""))
    names = []
    for document in documents:
        code = next(iter(notations(document.view)), "")
        name = languages.pick(document.view["title"])[0] or document.iri
        names.append(f"{code} {name}".strip())
    content = [words, names, [""] * len(names), [document.iri for document in documents]]
    links = page_links(total, limit=limit, offset=offset)
    return answer(content, total=total, links=links, vary=_VARY_LABELS)


@blueprint.get("/voc/search")
def scheme_search() -> Response:
    """Find concept schemes by their titles."""
    return _scheme_search(as_jskos=True)


@blueprint.get("/voc/suggest")
def scheme_suggest() -> Response:
    """Offer concept schemes, as OpenSearch Suggestions or as JSKOS."""
    return _scheme_search(as_jskos=_shape() == "jskos")


def _scheme_search(*, as_jskos: bool) -> Response:
    source = reader()
    words = (request.args.get("search") or request.args.get("query") or "")[:MAX_WORDS].casefold()
    titles = source.titles_of(_scheme_iris(source))
    found = [
        iri
        for iri, title in titles.items()
        if words and any(words in text.casefold() for text in title.values())
    ]
    if as_jskos:
        return _page_of(_schemes(source, found))
    languages = pages.languages(request.args.get("language", ""))
    limit, offset = _paging()
    shown = found[offset : offset + limit]
    names = [languages.pick(titles[iri])[0] for iri in shown]
    return answer([words, names, [""] * len(names), shown], total=len(found), vary=_VARY_LABELS)


def _shape() -> str:
    return _choice("format", SHAPES)


def _choice(name: str, known: Sequence[str]) -> str:
    """Read one of some words, the first where nothing is said; raises :class:`BadRequest`."""
    text = request.args.get(name, "") or known[0]
    if text not in known:
        raise BadRequest(f'"{name}" is "{text[:20]}"; expected one of {", ".join(known)}.')
    return text
