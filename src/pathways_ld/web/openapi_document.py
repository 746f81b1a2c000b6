"""The description of all interfaces, from `OPERATIONS`, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from pathways_ld import __version__
from pathways_ld.embedding.skosmos import vocabulary_id
from pathways_ld.sparql.about import some_labels
from pathways_ld.vocabulary import Reader
from pathways_ld.web import problems
from pathways_ld.web.interfaces import Answer, Body, Operation, Parameter, Sample
from pathways_ld.web.schemas import SHARED, contents, one_of, ref
from pathways_ld.wording import N_

VERSION: Final = "3.1.1"
TOKEN: Final = "token"  # noqa: S105 - the name of a scheme
TAGS: Final[Mapping[str, str]] = {
    N_("Terms"): N_("Every IRI of the vocabulary, in every format."),
    N_("Search"): N_("From words and labels to IRIs."),
    N_("Browsing"): N_("The hierarchy, the alphabet, groups, names with several meanings."),
    N_("Whole vocabulary"): N_("Statistics, drawings, downloads."),
    N_("Embedding"): N_("The terms in other vocabularies, data, forms and assistants."),
    N_("SPARQL"): N_("SPARQL 1.1: queries for everybody, updates and graphs for maintainers."),
    N_("Validation"): N_("RDF held against rules, and the rules."),
    N_("Contributions"): N_("Proposals, and what becomes of them."),
    N_("History"): N_("What was published, when and why."),
    N_("Server"): N_("For monitors, and what this description is made of."),
}
"""What operations are sorted by, in the order of the page; unknown ones come last."""
_ABOUT: Final = (
    "All that is said here is open: reading needs no key, every answer may be read from pages of other sites"
    " (CORS). Formats are chosen by `Accept`, by `_mediatype`, or by a suffix where an address has one."
    " Answers have an `ETag`; whoever sends it back in `If-None-Match` gets a 304 without a body. Errors are"
    " problems ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) that say what was expected. Who asks too"
    " much at once gets a 429 or 503 with `Retry-After`."
)
_PROBLEMS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("BadRequest", "A parameter or the body cannot be understood; `detail` says what was expected."),
    401: ("Unauthorized", "This needs a token, or the one that was sent is not valid."),
    403: ("Forbidden", "This is not offered, or not with this token."),
    404: ("NotFound", "There is no such thing; `detail` says what there is."),
    405: ("MethodNotAllowed", "Another method is expected; `Allow` says which."),
    406: ("NotAcceptable", "Not to be had in that format; `Link` says in which."),
    409: ("Conflict", "Something else happened meanwhile; look again."),
    410: ("Gone", "The term was withdrawn; the answer says what is left to be said of it."),
    412: ("PreconditionFailed", "It changed since it was read, or was not what If-Match expected."),
    413: ("TooLarge", "More than is read at once; `detail` says how much is."),
    415: ("UnsupportedMediaType", "The type of the body is not read here; `detail` says which are."),
    422: ("Unprocessable", "What was sent breaks a rule; the answer says which and where."),
    429: ("TooManyRequests", "Too much at once; `Retry-After` says when to try again."),
    502: ("BadGateway", "Another endpoint did not answer."),
    503: ("Unavailable", "Not now: too much to do, or it took too long; `Retry-After` says when."),
}
_ALWAYS: Final = (429, 503)
_TERM: Final = "/{kind}/{name}"


def operations(views: Iterable[Callable[..., Any]]) -> tuple[Operation, ...]:
    """Give all operations of the modules that views are in, by tag, then by address."""
    modules = dict.fromkeys(view.__module__ for view in views)
    found = [each for name in modules for each in getattr(sys.modules.get(name), "OPERATIONS", ())]
    order = {tag: place for place, tag in enumerate(TAGS)}
    return tuple(
        sorted(found, key=lambda each: (order.get(each.tag, len(order)), each.tag, each.path, each.method))
    )


def samples(source: Reader) -> dict[Sample, str]:
    """Take examples from a vocabulary; empty texts where it has no terms."""
    for kind in source.manifest.kinds:
        for hit in source.listing(kind.name, limit=1):
            local = unquote(hit.link["path"].partition("#")[0].lstrip("/"))
            label = next(iter(hit.link["title"].values()), local)
            return {
                Sample.KIND: kind.name,
                Sample.NAME: local.partition("/")[2],
                Sample.TERM: local,
                Sample.IRI: hit.link["iri"],
                Sample.LABEL: label,
                Sample.QUERY: some_labels(),
                Sample.VOCABULARY: vocabulary_id(source.manifest.base),
                Sample.SCHEME: source.manifest.vocabulary_iri,
                Sample.WORD: max(label.split(), key=len, default=label),
            }
    return dict.fromkeys(Sample, "")


def suited(found: Iterable[Operation], known: Mapping[Sample, str]) -> tuple[Operation, ...]:
    """Fit the addresses of terms to a vocabulary: in many, IRIs have no kind in them."""
    if known[Sample.NAME]:
        return tuple(found)
    return tuple(_flat(each) for each in found if each.path != _TERM)


def _flat(each: Operation) -> Operation:
    if not each.path.startswith(f"{_TERM}/"):
        return each
    first, _, *others = each.parameters
    named = replace(first, example=Sample.TERM)
    return replace(each, path=each.path.replace(_TERM, "/{kind}", 1), parameters=(named, *others))


def filled(example: object, known: Mapping[Sample, str]) -> Any:
    """Put examples from the vocabulary in the place of those that stand for them."""
    if isinstance(example, Sample):
        return known[example]
    if isinstance(example, dict):
        return {name: filled(each, known) for name, each in example.items()}
    if isinstance(example, list | tuple):
        return [filled(each, known) for each in example]
    return example


def answered(operation: Operation) -> tuple[Answer, ...]:
    """Give the answers of an operation with the problems that follow from what it takes, by status."""
    said = {each.status: each for each in operation.answers}
    statuses = {*_ALWAYS}
    if operation.parameters or operation.body:
        statuses |= {400, 404}
    if operation.method != "GET" and any(
        each.schema.get("type") == "integer" for each in operation.parameters
    ):
        statuses.add(405)  # at the address with something else there is a page
    if operation.body:
        statuses |= {413, 415}
    if operation.security:
        statuses |= {401, 403}
    if any(each.contents for each in operation.answers):
        statuses.add(406)
    said |= {status: Answer(status, _PROBLEMS[status][1]) for status in statuses - said.keys()}
    return tuple(said[status] for status in sorted(said))


def document(found: Iterable[Operation], source: Reader, address: str) -> dict[str, Any]:
    """Write the description of a service at an address."""
    known = samples(source)
    title = source.title.get("en") or next(iter(source.title.values()), source.manifest.base)
    found = suited(found, known)
    tags = list(dict.fromkeys(each.tag for each in found))
    paths: dict[str, dict[str, Any]] = {}
    for each in found:
        paths.setdefault(each.path, {})[each.method.lower()] = _written(each, known)
    return {
        "openapi": VERSION,
        "info": {
            "title": title,
            "version": __version__,
            "description": _ABOUT,
            **({"license": {"name": source.license, "url": source.license}} if source.license else {}),
        },
        "servers": [{"url": address}],
        "tags": [{"name": each, "description": TAGS.get(each, each)} for each in tags],
        "paths": paths,
        "components": {
            "schemas": {**SHARED, "Kind": _kinds(source)},
            "responses": {name: _problem(text) for name, text in _PROBLEMS.values()},
            "securitySchemes": {
                TOKEN: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Maintainers and reviewers get one from the operator.",
                }
            },
        },
    }


def _kinds(source: Reader) -> dict[str, Any]:
    names = [each.name for each in source.manifest.kinds]
    return {"description": "The name of a kind of terms.", **(one_of(names) if names else {"type": "string"})}


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": _contents(_problem_contents())}


def _problem_contents() -> dict[str, Any]:
    return {**contents(problems.FORMATS), problems.PROBLEM_JSON.media_type: ref("Problem")}


def _written(each: Operation, known: Mapping[Sample, str]) -> dict[str, Any]:
    written: dict[str, Any] = {"operationId": each.id, "summary": each.summary, "tags": [each.tag]}
    if each.description:
        written["description"] = each.description
    if each.parameters:
        written["parameters"] = [_parameter(one, known) for one in each.parameters]
    if each.body:
        written["requestBody"] = _body(each.body, known)
    written["responses"] = {str(one.status): _answer(one) for one in answered(each)}
    if each.security:
        written["security"] = [{name: []} if name else {} for name in each.security]
    return written


def _parameter(each: Parameter, known: Mapping[Sample, str]) -> dict[str, Any]:
    written: dict[str, Any] = {"name": each.name, "in": each.place, "description": each.description}
    if each.required or each.place == "path":
        written["required"] = True
    written["schema"] = dict(each.schema)
    example = filled(each.example, known)
    if example is not None:
        written["example"] = example
    return written


def _body(body: Body, known: Mapping[Sample, str]) -> dict[str, Any]:
    written = _contents(body.contents)
    for name, example in body.examples.items():
        written[name]["example"] = filled(example, known)
    return {"description": body.description, "required": body.required, "content": written}


def _answer(each: Answer) -> dict[str, Any]:
    name, text = _PROBLEMS.get(each.status, ("", ""))
    if name and each.description == text and not each.contents:
        return {"$ref": f"#/components/responses/{name}"}
    written: dict[str, Any] = {"description": each.description}
    schemas = {**each.contents, **(_problem_contents() if each.status >= 400 else {})}
    if schemas:
        written["content"] = _contents(schemas)
    return written


def _contents(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"schema": dict(schema)} for name, schema in schemas.items()}
