"""Slim modules of the vocabulary, to be imported into other ontologies (docs/modules.md).

They are at ``/module``, and below the vocabulary's own address where it has one: ``/ns/module``. Where a term
has such an address, it is the term's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from pathways_ld.embedding.modules import (
    ALL,
    DEEPEST,
    MOST_HELD,
    SEGMENT,
    Module,
    extract,
    module_name,
    module_root,
    read_depth,
    read_terms,
    resolve_terms,
    write_module,
)
from pathways_ld.errors import (
    BadRequest,
    InputError,
    NotAcceptable,
    PayloadTooLarge,
    TermNotFound,
    UnsupportedMediaType,
)
from pathways_ld.formats import HTML, RDF_FORMATS, Format, by_name, by_suffix
from pathways_ld.model import Link
from pathways_ld.vocabulary import Reader
from pathways_ld.web import bodies, overviews, pages, sparql, terms
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import TEXT, Answer, Body, Operation, Parameter, Sample
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.parts import MULTIPART, read_form
from pathways_ld.web.responses import VARY_PAGE, Representation, cache, choose, link, represent, settings
from pathways_ld.web.schemas import array, contents, number, one_of, record
from pathways_ld.web.sent_json import read_json

blueprint = Blueprint("modules", __name__)
T = TypeVar("T")

BODY_SIZE: Final = 1_000_000
FORMATS: Final = (*RDF_FORMATS, HTML)
"""HTML is for those who prefer it, which only browsers do."""
PARAMETERS: Final = {
    "term": "a term, by IRI, CURIE, path or slug; may be repeated",
    "depth": f"how many levels below the terms come with them: 0 to {DEEPEST}, or {ALL}",
    "format": "the format, in place of Accept",
}
_KNOWN: Final = frozenset({*PARAMETERS, "terms", "_mediatype", "lang"})
_JSON: Final = "application/json"
_TEXT: Final = "text/plain"
_LONGEST_ADDRESS: Final = 2_000
_FEW: Final = 20
"""Terms that are quick to write with what is above them."""
_SHOWN: Final = 100
"""Terms that the page lists."""
_RULE: Final = overviews.route(f"/{SEGMENT}", FORMATS)


@dataclass(frozen=True)
class Asked:
    """What is asked for; `depth` is as it was written, `format_name` is empty where Accept decides."""

    terms: tuple[str, ...]
    depth: str = "0"
    format_name: str = ""


@blueprint.get(_RULE, defaults={"vocabulary": ""})
@blueprint.get(f"/<path:vocabulary>{_RULE}")
def show_module(vocabulary: str, name: str) -> Response:
    """Give the module of the terms that the address names, or the form to ask for one."""
    here = _path_of(vocabulary, name)
    if here is None:
        return terms.show_term(f"{vocabulary}/{name}" if vocabulary else name)
    asked = _from_pairs(bodies.pairs(request.query_string, "the query string", most=_most_fields()))
    choice = _choice(here, name, asked)
    if choice.format is HTML:
        return _show_page(here, asked)
    return _respond(here, asked, choice)


@blueprint.post(_RULE, defaults={"vocabulary": ""})
@blueprint.post(f"/<path:vocabulary>{_RULE}")
def make_module(vocabulary: str, name: str) -> Response:
    """Give the module of the terms that are sent."""
    here = _path_of(vocabulary, name)
    if here is None:
        raise TermNotFound(f"Nothing is to be sent to this address; modules are at {_own_path(reader())}.")
    query = bodies.pairs(request.query_string, "the query string", most=_most_fields())
    asked = _merged(_from_pairs(query), _from_body())
    return _respond(here, asked, _choice(here, name, asked))


# where


def _own_path(source: Reader) -> str:
    """Give the path at which modules are, as links have it."""
    path = source.space.path(module_root(source)) or f"/{SEGMENT}"
    return f"/{SEGMENT}" if terms.document_at(source, path.removeprefix("/")) is not None else path


def _path_of(vocabulary: str, name: str) -> str | None:
    """Give the path that was asked, without the suffix; None where modules are not there."""
    source = reader()
    local_id = f"{vocabulary}/{SEGMENT}" if vocabulary else SEGMENT
    asked = f"{vocabulary}/{name}" if vocabulary else name
    if any(terms.document_at(source, each) is not None for each in {local_id, asked}):
        return None
    own = source.space.path(module_root(source))
    return f"/{local_id}" if not vocabulary or f"/{local_id}" == own else None


def _choice(here: str, name: str, asked: Asked) -> Choice:
    formats = FORMATS if request.method == "GET" else RDF_FORMATS
    if asked.format_name:
        found = by_name(asked.format_name, FORMATS)
        if found is None:
            known = ", ".join(each.suffix for each in RDF_FORMATS)
            raise BadRequest(f'"format" is "{asked.format_name[:50]}"; expected one of {known}.')
        return Choice(found, found.media_type)
    _, dot, suffix = name.rpartition(".")
    return choose(here, formats, by_suffix(suffix, FORMATS) if dot else None)


# what is asked


def _most_fields() -> int:
    return settings().module_terms + 1_000


def _from_pairs(pairs: list[tuple[str, str]]) -> Asked:
    """Read the parameters of an address or the fields of a form."""
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        if key not in _KNOWN:
            raise BadRequest(f'There is no parameter "{key[:50]}"; expected {", ".join(PARAMETERS)}.')
        found.setdefault(key, []).append(value)
    for key in ("depth", "format"):
        if len(found.get(key, ())) > 1:
            raise BadRequest(f'"{key}" was sent {len(found[key])} times; expected it once.')
    lines = [line for text in found.get("terms", ()) for line in read_terms(text)]
    wanted = [*(text.strip() for text in found.get("term", ()) if text.strip()), *lines]
    depth, format_name = (found.get(key, [""])[0].strip() for key in ("depth", "format"))
    return Asked(_bounded(wanted), depth, format_name)


def _bounded(wanted: list[str]) -> tuple[str, ...]:
    most = settings().module_terms
    distinct = tuple(dict.fromkeys(wanted))
    if len(distinct) > most:
        raise PayloadTooLarge(
            f"{len(distinct):,} terms are asked for; one module may be asked for {most:,}. Ask for the others"
            ' in a module of their own, or use "pathways-ld extract" on your own machine.'
        )
    return distinct


def _from_body() -> Asked:
    kind = request.mimetype
    if kind == bodies.FORM:
        body = bodies.read(3 * BODY_SIZE)
        return _from_pairs(bodies.pairs(body, "the form", most=_most_fields()))
    if kind == MULTIPART:
        return _from_pairs([(part.name, part.text) for part in read_form(BODY_SIZE)])
    if kind not in (_JSON, _TEXT, ""):
        raise UnsupportedMediaType(
            f'The body is "{kind[:80]}"; expected a list of terms as {_TEXT} (one on a line),'
            f" {_JSON} or a form."
        )
    body = bodies.read(BODY_SIZE)
    if kind == _JSON:
        return _from_json(read_json(body, "The body"))
    try:
        return Asked(_bounded(read_terms(body.decode())), "")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8 from byte {error.start:,} on.") from None


def _from_json(sent: object) -> Asked:
    members: Mapping[str, Any] = sent if isinstance(sent, dict) else {"terms": sent}
    unknown = next((key for key in members if key not in ("terms", "depth", "format")), None)
    if unknown is not None:
        raise BadRequest(f'There is no member "{unknown[:50]}"; expected terms, depth, format.')
    wanted, depth, format_name = (
        members.get(key, other) for key, other in (("terms", []), ("depth", ""), ("format", ""))
    )
    if not (isinstance(wanted, list) and all(isinstance(each, str) for each in wanted)):
        raise BadRequest('"terms" is not a list of texts; expected {"terms": ["IRI", "IRI"], "depth": 0}.')
    if isinstance(depth, bool) or not isinstance(depth, int | str) or not isinstance(format_name, str):
        raise BadRequest('"depth" is a number or "all", and "format" a text.')
    return Asked(_bounded([each.strip() for each in wanted if each.strip()]), str(depth), format_name)


def _merged(query: Asked, body: Asked) -> Asked:
    """Add what the address says; what is sent comes first."""
    return Asked(
        _bounded([*body.terms, *query.terms]),
        body.depth or query.depth,
        body.format_name or query.format_name,
    )


# answers


def _respond(here: str, asked: Asked, choice: Choice) -> Response:
    if choice.format is HTML:
        raise BadRequest(
            f"A module is RDF; expected one of {', '.join(each.suffix for each in RDF_FORMATS)}."
        )
    if not asked.terms:
        raise BadRequest(f'"term" is missing; expected the terms of the module, as in {here}?term=…&depth=0.')
    source = reader()
    depth = read_depth(asked.depth or "0")
    iris = tuple(sorted(set(resolve_terms(source, asked.terms))))
    name = module_name(iris, depth)
    body = cache().get(
        ("module", source.manifest.id, iris, depth, choice.format.name),
        lambda: _counted(iris, depth, lambda: _written(source, iris, depth, choice.format)),
    )
    links = [link(f"{module_root(source)}/{name}", "cite-as")]
    if source.license:
        links.append(link(source.license, "license"))
    query = urlencode([*(("term", _short(source, each)) for each in iris), ("depth", asked.depth or "0")])
    address = f"{request.script_root}{here}.{choice.format.suffix}?{query}"
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            content_location=address if len(address) <= _LONGEST_ADDRESS else "",
            links=links,
            headers={"Content-Disposition": f'inline; filename="module-{name}.{choice.format.suffix}"'},
        )
    )


def _counted(asked: tuple[str, ...], depth: int | None, make: Callable[[], T]) -> T:
    """Make a module in the time that the client has: a large one costs as much as a long query."""
    budgets, client = sparql.answers().fairness, sparql.client_name()
    with budgets.turn(client, cheap=depth == 0 and len(asked) <= _FEW) as turn:
        budgets.begin(turn)
        return make()


def _written(source: Reader, iris: tuple[str, ...], depth: int | None, rdf_format: Format) -> bytes:
    try:
        return write_module(source, extract(source, iris, depth), rdf_format)
    except InputError as error:
        raise NotAcceptable(error.message) from None


def _short(source: Reader, term: str) -> str:
    """Write a term as addresses have it: by its path where that leads back to it."""
    local_id = source.space.local_id(term) or ""
    return local_id if "/" in local_id and "#" not in local_id and ":" not in local_id else term


def _show_page(here: str, asked: Asked) -> Response:
    source = reader()
    found: Module | None = None
    if asked.terms:
        iris, depth = tuple(resolve_terms(source, asked.terms)), read_depth(asked.depth or "0")
        found = _counted(iris, depth, lambda: extract(source, iris, depth))
    query = urlencode([*(("term", each) for each in asked.terms), ("depth", asked.depth or "0")])
    body = pages.render(
        "module.html",
        here=here,
        asked=asked,
        module=found,
        query=query,
        formats=RDF_FORMATS,
        shown=_shown(source, found) if found else {},
        most=settings().module_terms,
        version=source.manifest.version_iri or source.manifest.vocabulary_iri,
    )
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type=HTML.content_type(),
            render=lambda: body,
            vary=VARY_PAGE,
            language=interface_language(),
        )
    )


def _shown(source: Reader, module: Module) -> dict[str, list[Link]]:
    """Give the terms of a module for people, the first of many."""
    lists = {"wanted": module.wanted[:_SHOWN], "above": module.above[:_SHOWN]}
    titles = source.titles_of([*lists["wanted"], *lists["above"]])
    return {
        name: [
            Link(iri=each, path=source.space.path(each) or "", title=titles.get(each, {})) for each in terms
        ]
        for name, terms in lists.items()
    }


_ANSWERS: Final = (
    Answer(200, "The module, an OWL ontology.", contents(FORMATS)),
    Answer(404, "Terms that are not described here: `terms` lists them with what is nearest."),
    Answer(413, f"More terms than one module is asked for, or holds ({MOST_HELD:,})."),
)
_DEPTH: Final = {"anyOf": [number(0, DEEPEST), {"type": "string", "enum": [ALL]}], "default": 0}
_MEMBERS: Final = {"depth": _DEPTH, "format": one_of([each.suffix for each in RDF_FORMATS])}
OPERATIONS: Final = (
    Operation(
        "GET",
        f"/{SEGMENT}",
        "getModule",
        "Some terms as a small ontology to import",
        "Embedding",
        parameters=(
            Parameter(
                "term",
                "query",
                "A term, by IRI, CURIE, path or slug; may be repeated.",
                array(TEXT),
                example=[Sample.TERM],
            ),
            Parameter("depth", "query", "How many levels below the terms come with them.", _DEPTH),
            Parameter("format", "query", "The format, in place of the header Accept.", _MEMBERS["format"]),
        ),
        answers=_ANSWERS,
        description="Also below the vocabulary's own address, such as /ns/module; suffixes too.",
    ),
    Operation(
        "POST",
        f"/{SEGMENT}",
        "makeModule",
        "A longer list of terms as a small ontology to import",
        "Embedding",
        body=Body(
            {
                _TEXT: TEXT,
                _JSON: {"anyOf": [array(TEXT), record({"terms": array(TEXT)}, _MEMBERS)]},
                bodies.FORM: record({"term": array(TEXT)}, _MEMBERS),
            },
            "One term on a line, JSON, or a form.",
            examples={_TEXT: Sample.TERM, _JSON: {"terms": [Sample.TERM], "depth": 1}},
        ),
        answers=_ANSWERS,
    ),
)
