"""Ways into the search from elsewhere: suggestions, a label as an address, a description for browsers."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Blueprint, Flask, Response, request

from pathways_ld.embedding import jskos
from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.namespaces import SKOS
from pathways_ld.snapshot.searching import Wanted
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.labels import label_key
from pathways_ld.vocabulary.matches import Hit, corrected, explained, find
from pathways_ld.web import pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import AVAILABLE, SOURCE, catalogue
from pathways_ld.web.interfaces import TEXT, Answer, Operation, Parameter, Sample
from pathways_ld.web.responses import CACHE_TERM, Representation, represent
from pathways_ld.web.search import FOUND, described
from pathways_ld.web.search_asking import MAX_LIMIT, WORDS, read_kind, read_limit, read_words
from pathways_ld.wording import N_

blueprint = Blueprint("search_suggest", __name__)

SUGGESTED: Final = 10
SUGGESTIONS: Final = "application/x-suggestions+json"
DESCRIPTION: Final = "application/opensearchdescription+xml"
_SHAPES: Final = ("opensearch", "jskos", "json")
_ALSO_CALLED: Final = N_("%(kind)s, also called %(label)s")
_SHORT_NAME, _LONG_NAME = 16, 48


_BUILT: Final = "combobox.js"


def register(app: Flask) -> None:
    """Tell the templates whether the script of the search field was built; it is looked up once."""
    built = files("pathways_ld.web").joinpath("static", "dist", _BUILT).is_file()
    app.jinja_env.globals["search_script"] = lambda: built


@blueprint.get("/suggest")
def suggest() -> Response:
    """Offer terms for what somebody has begun to type: by their labels, one for each term.

    The answer is as OpenSearch Suggestions have it
    (https://github.com/dewitt/opensearch/blob/master/mediawiki/Specifications/OpenSearch/Extensions/Suggestions/1.1/Draft%201.wiki),
    as JSKOS concepts (https://gbv.github.io/jskos/), or with the labels that were found.
    """
    source = reader()
    # /search calls them "q": who comes from there is understood here.
    name = "q" if "q" in request.args and "search" not in request.args else "search"
    words, limit = read_words(name), read_limit(SUGGESTED)
    shape = request.args.get("format", _SHAPES[0])
    if shape not in _SHAPES:
        raise BadRequest(f'"format" is "{shape[:20]}"; expected one of {", ".join(_SHAPES)}.')
    hits, better = _suggested(source, words, limit, read_kind(source))
    helper = pages.Page(source, pages.languages(request.args.get("language", "")), request.script_root)
    content: Any
    if shape == "jskos":
        content = [_jskos(source, hit, request.url_root.rstrip("/")) for hit in hits]
    elif shape == "json":
        content = {"search": words, "results": [_named(source, helper, hit) for hit in hits]}
        if better:
            content["didYouMean"] = better
    else:
        names = [helper.plain(hit.term.link["title"], hit.term.link["iri"]) for hit in hits]
        notes = [_note(source, hit) for hit in hits]
        content = [words, names, notes, [hit.term.link["iri"] for hit in hits]]
    body = json.dumps(content, ensure_ascii=False).encode() + b"\n"
    return _represent(body, "application/json", "Accept-Language")


def _suggested(source: Reader, words: str, limit: int, kind: str) -> tuple[list[Hit], str]:
    wanted = Wanted(words, (("kind", kind),) if kind else (), texts=False)
    found = find(source, wanted)
    better = "" if found.places else corrected(source, wanted)
    if better:
        found = find(source, replace(wanted, words=better))
    return explained(source, found, limit), better


def _note(source: Reader, hit: Hit) -> str:
    """Tell the kind of a term, and the label it was found by where that is another one.

    In the language of ``?uselang=``, as MediaWiki calls it: programs get what the address alone decides.
    """
    wanted = request.args.get("uselang", "")
    words = catalogue(wanted if wanted in AVAILABLE else SOURCE)
    named = source.manifest.kind(hit.term.kind)
    kind = words.gettext(named.singular) if named and named.singular else ""
    label = next((match.text for match in hit.matches if match.predicate != SKOS.prefLabel), "")
    return words.gettext(_ALSO_CALLED) % {"kind": kind, "label": label} if label else kind


def _named(source: Reader, helper: pages.Page, hit: Hit) -> dict[str, Any]:
    label, lang = helper.languages.pick(hit.term.link["title"])
    named = {"label": label or helper.compact(hit.term.link["iri"]), "lang": lang, "note": _note(source, hit)}
    return named | described(source, hit)


def _jskos(source: Reader, hit: Hit, root: str) -> dict[str, Any]:
    document = source.document(hit.term.link["iri"])
    return jskos.concept(source, document, f"{root}{document.view['path']}")


@blueprint.get("/label/<path:label>")
def known_label(label: str) -> Response:
    """Send to the term that bears a whole label, in any case; to the page of its meanings if several do."""
    source = reader()
    key = label_key(label)
    total, hits = source.bearers(key, limit=2) if key else (0, [])
    if not total:
        raise TermNotFound(
            f'Nothing in this vocabulary is called "{label[:60]}"; expected a whole preferred or alternative'
            f" label. {request.script_root}/search?q={quote(label[:60], safe='')} looks for its words."
        )
    path = hits[0].link["path"] if total == 1 else f"/labels/{quote(key, safe='')}"
    response = Response(status=302)
    response.headers["Location"] = request.script_root + path
    if total == 1:
        response.headers["X-Uri"] = quote(hits[0].link["iri"], safe="%/:?#[]@!$&'()*+,;=-._~")
    response.headers["Cache-Control"] = CACHE_TERM
    response.autocorrect_location_header = False
    return response


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """Describe the search, so that browsers can offer it (OpenSearch 1.1)."""
    helper = pages.page()
    root = request.url_root.rstrip("/")
    title = helper.vocabulary_title()
    urls = "".join(
        f'  <Url type="{kind}" rel="{relation}" template="{escape(root + template)}"/>\n'
        for kind, relation, template in (
            ("text/html", "results", "/search?q={searchTerms}&page={startPage?}"),
            (
                "application/json",
                "results",
                "/search?q={searchTerms}&page={startPage?}&_mediatype=application/json",
            ),
            (SUGGESTIONS, "suggestions", "/suggest?search={searchTerms}"),
            (DESCRIPTION, "self", "/opensearch.xml"),
        )
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"  <ShortName>{escape(_cut(title, _SHORT_NAME))}</ShortName>\n"
        f"  <LongName>{escape(_cut(title, _LONG_NAME))}</LongName>\n"
        f"  <Description>{escape(f'Search the terms of {title}'[:1024])}</Description>\n"
        f"{urls}"
        f'  <Image height="16" width="16" type="image/svg+xml">{escape(root)}/static/logo.svg</Image>\n'
        "  <InputEncoding>UTF-8</InputEncoding>\n"
        "  <OutputEncoding>UTF-8</OutputEncoding>\n"
        "</OpenSearchDescription>\n"
    ).encode()
    return _represent(body, DESCRIPTION, "Accept-Language")


def _cut(text: str, most: int) -> str:
    """Shorten a name to the end of a word, as OpenSearch allows no more."""
    return text if len(text) <= most else text[: most + 1].rpartition(" ")[0][:most] or text[:most]


def _represent(body: bytes, content_type: str, vary: str) -> Response:
    return represent(
        Representation(etag=pages.digest(body), content_type=content_type, render=lambda: body, vary=vary)
    )


_LABEL: Final = Parameter(
    "label",
    "path",
    "A whole preferred or alternative label, in any case.",
    schemas.STRING,
    example=Sample.LABEL,
)
_JSKOS: Final = schemas.record(
    {"uri": schemas.IRI, "type": schemas.array(schemas.IRI), "prefLabel": schemas.LABELS},
    {"inScheme": schemas.array(schemas.record({"uri": schemas.IRI}))},
)
_RESULT: Final = {
    "allOf": [
        FOUND,
        schemas.record({"label": schemas.STRING, "lang": schemas.STRING, "note": schemas.STRING}),
    ]
}

OPERATIONS: Final = (
    Operation(
        "GET",
        "/suggest",
        "suggest",
        "Offer terms for what somebody has begun to type",
        "Search",
        (
            Parameter("search", "query", "The words so far.", WORDS, example=Sample.WORD),
            Parameter("q", "query", "The same, as /search calls it.", WORDS),
            Parameter("kind", "query", "Only terms of this kind.", schemas.KIND),
            Parameter("limit", "query", "How many terms.", schemas.number(1, MAX_LIMIT, SUGGESTED)),
            Parameter(
                "format",
                "query",
                "The shape of the answer.",
                schemas.one_of(_SHAPES) | {"default": _SHAPES[0]},
            ),
            Parameter("language", "query", "The language that names are wanted in.", schemas.STRING),
            Parameter(
                "uselang",
                "query",
                "The language of the notes on each term.",
                schemas.one_of(tuple(AVAILABLE)) | {"default": SOURCE},
            ),
        ),
        answers=(
            schemas.json_answer(
                "OpenSearch Suggestions (words, labels, notes, IRIs), JSKOS, or results as /search has them",
                {
                    "anyOf": [
                        schemas.array({"type": ["string", "array"]}, minItems=4, maxItems=4),
                        schemas.array(_JSKOS),
                        schemas.record({"search": schemas.STRING, "results": schemas.array(_RESULT)}),
                    ]
                },
            ),
        ),
    ),
    Operation(
        "GET",
        "/label/{label}",
        "findLabel",
        "The term that has a label",
        "Search",
        (_LABEL,),
        answers=(
            Answer(
                302, "To the term, whose IRI is in X-Uri; to the page of its meanings where several have it"
            ),
        ),
    ),
    Operation(
        "GET",
        "/opensearch.xml",
        "describeSearch",
        "The search, for browsers",
        "Search",
        answers=(Answer(200, "An OpenSearch description", {DESCRIPTION: TEXT}),),
    ),
)
