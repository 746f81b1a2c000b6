"""``/rest/v1/``: the vocabulary in the way of Skosmos, for its clients (docs/skosmos-rest.md)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, request

from pathways_ld.embedding import skosmos, skosmos_data
from pathways_ld.embedding.skosmos import Answers
from pathways_ld.embedding.skosmos_search import FIELDS, Asked, lookup, search
from pathways_ld.embedding.surroundings import MOST_REACHED
from pathways_ld.errors import BadRequest, NotAcceptable, TermNotFound
from pathways_ld.formats import JSON, JSONLD, RDFXML, TURTLE, Format, by_media_type
from pathways_ld.namespaces import WELL_KNOWN
from pathways_ld.vocabulary import Languages, TermDocument
from pathways_ld.web import overviews, pages
from pathways_ld.web.current import reader
from pathways_ld.web.negotiation import negotiate
from pathways_ld.web.responses import VARY_RDF, Representation, represent
from pathways_ld.web.rest_asking import (
    MOST,
    MOST_SKIPPED,
    answer,
    described,
    language,
    page_links,
    required,
    required_iri,
    whole_number,
)
from pathways_ld.web.rest_operations import FORMATS, HITS, OPERATIONS
from pathways_ld.web.search_asking import MAX_WORDS

__all__ = ["OPERATIONS", "blueprint"]

blueprint = Blueprint("rest_skosmos", __name__, url_prefix="/rest/v1")

MOST_TYPES: Final = 20

View = Callable[..., Response]


def _in_vocabulary(view: Callable[[Answers], Response]) -> View:
    """Let a view answer for the one vocabulary there is; others are not found."""

    @functools.wraps(view)
    def check(vocid: str) -> Response:
        answers = _answers()
        if vocid != answers.id:
            raise TermNotFound(
                f'There is no vocabulary with the id "{vocid[:60]}" here; expected {answers.id}, which'
                f" {request.script_root}/rest/v1/vocabularies?lang=en names."
            )
        return view(answers)

    return check


def _answers() -> Answers:
    source = reader()
    default = source.manifest.default_language
    lang = language() or default
    base = f"{request.url_root}rest/v1/"
    name = skosmos.vocabulary_id(source.manifest.base)
    return Answers(source, name, Languages((lang,), default), lang, base)


def _paging(most: int = MOST) -> tuple[int, int]:
    limit = whole_number("limit", most, least=1, most=most)
    return limit, whole_number("offset", 0, least=0, most=MOST_SKIPPED)


def _concept(answers: Answers) -> TermDocument:
    return described(answers.source, required_iri())


# for all vocabularies


@blueprint.get("/", endpoint="entrance")
def entrance() -> Response:
    """Name the vocabularies to who comes with nothing but the address of the interface."""
    return answer(_answers().vocabularies())


@blueprint.get("/vocabularies")
def vocabularies() -> Response:
    """Name the vocabularies: the one there is."""
    required("lang", "en")
    return answer(_answers().vocabularies())


@blueprint.get("/types")
def all_types() -> Response:
    """List the classes of which there are terms."""
    required("lang", "en")
    return answer(_answers().types())


@blueprint.get("/search")
def all_search() -> Response:
    """Find concepts by a label or the beginning of one."""
    answers = _answers()
    wanted = request.args.get("vocab", "").split()
    if wanted and answers.id not in wanted:
        raise TermNotFound(f'"vocab" is "{" ".join(wanted)[:60]}"; the vocabulary here is {answers.id}.')
    return _search(answers)


@blueprint.get("/label")
def all_label() -> Response:
    """Give the labels of a term."""
    return _label(_answers())


@blueprint.get("/data")
def all_data() -> Response:
    """Give what is said of a term."""
    return _data(_answers(), required_iri())


# for one vocabulary


@blueprint.get("/<vocid>/")
@_in_vocabulary
def vocabulary(answers: Answers) -> Response:
    """Tell about the vocabulary and its concept schemes."""
    return answer(answers.vocabulary())


@blueprint.get("/<vocid>/types")
@_in_vocabulary
def types(answers: Answers) -> Response:
    """List the classes of which there are terms."""
    return answer(answers.types())


@blueprint.get("/<vocid>/search", endpoint="search")
@_in_vocabulary
def search_here(answers: Answers) -> Response:
    """Find concepts by a label or the beginning of one."""
    return _search(answers)


def _search(answers: Answers) -> Response:
    query = " ".join(request.args.get("query", "").split())
    parent, group = request.args.get("parent", "")[:2_000], request.args.get("group", "")[:2_000]
    if not query and not parent and not group:
        raise BadRequest('"query" is missing; expected a label, or the beginning of one and *: ?query=weld*.')
    if len(query) > MAX_WORDS:
        raise BadRequest(f'"query" has {len(query)} characters; at most {MAX_WORDS} are searched for.')
    lang, label_lang = language(), language("labellang")
    asked = Asked(
        query=query,
        lang=lang,
        label_lang=label_lang,
        types=_types(),
        parent=parent,
        group=group,
        fields=_fields(),
        limit=whole_number("maxhits", HITS, least=1, most=MOST),
        offset=whole_number("offset", 0, least=0, most=MOST_SKIPPED),
    )
    shown = label_lang or lang
    if shown:
        ranges = tuple(dict.fromkeys((shown, *answers.languages.ranges)))
        answers = Answers(
            answers.source, answers.id, Languages(ranges, answers.languages.default), shown, answers.base
        )
    total, content = search(answers, asked)
    return answer(content, total=total, links=page_links(total, limit=asked.limit, offset=asked.offset))


def _types() -> tuple[str, ...]:
    texts = request.args.get("type", "").split()
    if len(texts) > MOST_TYPES:
        raise BadRequest(f'"type" names {len(texts)} classes; expected at most {MOST_TYPES}.')
    prefixes = WELL_KNOWN | reader().prefixes
    found = []
    for text in texts:
        prefix, colon, local = text.partition(":")
        found.append(prefixes[prefix] + local if colon and prefix in prefixes else text)
    return tuple(found)


def _fields() -> tuple[str, ...]:
    """Read which further fields are wanted; what is no property that we tell is left out, as in Skosmos."""
    return tuple(name for name in dict.fromkeys(request.args.get("fields", "").split()) if name in FIELDS)


@blueprint.get("/<vocid>/lookup", endpoint="lookup")
@_in_vocabulary
def look_up(answers: Answers) -> Response:
    """Find the concepts that are called so."""
    label = required("label", "Welding")
    if len(label) > MAX_WORDS:
        raise BadRequest(f'"label" has {len(label)} characters; at most {MAX_WORDS} are looked up.')
    found = lookup(answers, label, Asked(label, lang=language(), types=_types()))
    if found is None:
        raise TermNotFound(
            f'Nothing here is called "{label[:60]}"; expected a whole preferred or alternative label.'
            f" {request.script_root}/rest/v1/{answers.id}/search?query=word* looks for beginnings."
        )
    return answer(found)


@blueprint.get("/<vocid>/label")
@_in_vocabulary
def label(answers: Answers) -> Response:
    """Give the labels of a term."""
    return _label(answers)


def _label(answers: Answers) -> Response:
    iri = required_iri()
    document = described(answers.source, iri)
    if iri == document.iri:
        return answer(answers.labels(iri, document.view["title"], document.view))
    return answer(answers.labels(iri, answers.source.titles_of([iri]).get(iri, {}), None))


@blueprint.get("/<vocid>/topConcepts")
@_in_vocabulary
def top_concepts(answers: Answers) -> Response:
    """List the concepts at the top of a scheme."""
    scheme = request.args.get("scheme", "")
    known = answers.schemes()
    if scheme and scheme not in known:
        raise TermNotFound(f'"scheme" is "{scheme[:200]}"; expected one of {", ".join(known[:5])}.')
    limit, offset = _paging()
    total, content = answers.top_concepts(scheme or answers.default_scheme(), limit=limit, offset=offset)
    return answer(content, total=total, links=page_links(total, limit=limit, offset=offset))


@blueprint.get("/<vocid>/children")
@_in_vocabulary
def children(answers: Answers) -> Response:
    """List what stands right below a concept, each with whether more is below it."""
    iri = _concept(answers).iri
    limit, offset = _paging()
    total, content = answers.children(iri, limit=limit, offset=offset)
    return answer(content, total=total, links=page_links(total, limit=limit, offset=offset))


def _step(relation: str) -> View:
    @_in_vocabulary
    def show(answers: Answers) -> Response:
        view = _concept(answers).view
        limit, offset = _paging()
        total, content = answers.step(view, relation, limit=limit, offset=offset)
        return answer(content, total=total, links=page_links(total, limit=limit, offset=offset))

    return show


def _steps(relation: str) -> View:
    @_in_vocabulary
    def show(answers: Answers) -> Response:
        most = whole_number("limit", MOST_REACHED, least=1, most=MOST_REACHED)
        return answer(answers.steps(_concept(answers).view, relation, most))

    return show


for _name in ("broader", "narrower", "related"):
    blueprint.add_url_rule(f"/<vocid>/{_name}", _name, _step(_name))
for _name in ("broader", "narrower"):
    blueprint.add_url_rule(f"/<vocid>/{_name}Transitive", f"{_name}Transitive", _steps(_name))


@blueprint.get("/<vocid>/hierarchy")
@_in_vocabulary
def hierarchy(answers: Answers) -> Response:
    """Tell the way from the top down to a concept, with what stands beside each step of it."""
    return answer(answers.hierarchy(_concept(answers).view))


@blueprint.get("/<vocid>/groups")
@_in_vocabulary
def groups(answers: Answers) -> Response:
    """List the collections."""
    limit, offset = _paging()
    total, content = answers.groups(limit=limit, offset=offset)
    return answer(content, total=total, links=page_links(total, limit=limit, offset=offset))


@blueprint.get("/<vocid>/groupMembers")
@_in_vocabulary
def group_members(answers: Answers) -> Response:
    """List the concepts in a collection."""
    iri = _concept(answers).iri
    limit, offset = _paging()
    return answer(answers.group_members(iri, limit=limit, offset=offset))


@blueprint.get("/<vocid>/vocabularyStatistics")
@_in_vocabulary
def statistics(answers: Answers) -> Response:
    """Count the terms by class."""
    return answer(answers.statistics())


@blueprint.get("/<vocid>/mappings")
@_in_vocabulary
def mappings(answers: Answers) -> Response:
    """Give the mappings of a concept, as JSKOS with some words for people."""
    view = _concept(answers).view
    return answer({"mappings": answers.mappings(view)})


@blueprint.get("/<vocid>/data")
@_in_vocabulary
def data(answers: Answers) -> Response:
    """Give what is said of a term; without one, send to the download of everything."""
    return _data(answers, required_iri() if request.args.get("uri") else "")


def _data(answers: Answers, iri: str) -> Response:
    source = answers.source
    if not iri:
        return _download(answers)
    document = described(source, iri)
    chosen, content_type = _format(FORMATS)
    key = (document.digest, document.iri, "skosmos", chosen.name, content_type, pages.fingerprint())

    def render() -> bytes:
        if chosen in (JSONLD, JSON):
            return overviews.as_json(skosmos_data.graph(document.statements))
        return source.write(document, chosen)

    return represent(
        Representation(
            etag=pages.digest(repr(key).encode()), content_type=content_type, render=render, vary=VARY_RDF
        )
    )


def _download(answers: Answers) -> Response:
    chosen, _ = _format((TURTLE, RDFXML, JSONLD, JSON))
    chosen = JSONLD if chosen is JSON else chosen
    names = {each.name: name for name, each in answers.source.dumps.items()}
    if chosen.name not in names:
        raise TermNotFound(f"There is no download of the vocabulary as {chosen.media_type}.")
    response = Response(status=302)
    response.headers["Location"] = f"{request.script_root}/dumps/{names[chosen.name]}"
    response.autocorrect_location_header = False
    return response


def _format(formats: tuple[Format, ...]) -> tuple[Format, str]:
    wanted = request.args.get("format", "")
    if not wanted:
        choice = negotiate(request.headers.get("Accept"), formats)
        return choice.format, choice.content_type
    found = by_media_type(wanted, formats)
    if found is None:
        known = ", ".join(each.media_type for each in formats)
        raise NotAcceptable(f'"format" is "{wanted[:100]}"; expected one of {known}.')
    return found, found.content_type()
