"""``/sparql/examples``: queries to start from, as a page and as data."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import HTML, JSON, TERM_FORMATS, Format, by_suffix
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import serialize
from pathways_ld.settings import source_root
from pathways_ld.sparql.examples import GENERAL, Example, read_examples
from pathways_ld.web import pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Operation, Parameter
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import (
    choose,
    redirect_to,
    settings,
)

blueprint = Blueprint("examples", __name__)

PATH: Final = "/sparql/examples"
QUERY: Final = Format("sparql-query", "application/sparql-query", ("rq",), "SPARQL query", text=True)
"""The text of one query, https://www.w3.org/TR/sparql11-query/#mediaType."""
EXAMPLE_FORMATS: Final = (*TERM_FORMATS, QUERY)
_KEY: Final = "pathways_ld_examples"


@dataclass(frozen=True)
class _Examples:
    own: tuple[Example, ...]
    general: tuple[Example, ...]


@blueprint.record_once
def _read(state: BlueprintSetupState) -> None:
    """Read the files once, when the application is made; a bad one is an error then and not later."""
    folder = source_root() / "examples" / "queries"
    state.app.extensions[_KEY] = _Examples(read_examples(folder), read_examples(folder / GENERAL))


def examples() -> tuple[Example, ...]:
    """Give the examples for the vocabulary that is served.

    Those for other vocabularies than ours belong to the service: their IRIs are under its own address.
    """
    held = current_app.extensions[_KEY]
    assert isinstance(held, _Examples)  # noqa: S101 - tells mypy
    if reader().manifest.ours:
        return held.own
    root = request.url_root.rstrip("/")
    return tuple(each.moved(f"{root}{PATH}", f"{root}/sparql") for each in held.general)


@blueprint.get(PATH)
@blueprint.get(f"{PATH}.<suffix>")
def list_examples(suffix: str = "") -> Response:
    """List the examples."""
    found = examples()
    suffix_format = by_suffix(suffix, TERM_FORMATS)
    if suffix and suffix_format is None:
        raise _not_found(f"examples.{suffix}", [f"examples.{each.suffix}" for each in TERM_FORMATS])
    choice = choose(PATH, TERM_FORMATS, suffix_format)

    def render() -> bytes:
        return pages.render("examples.html", examples=found, formats=pages.alternates(PATH, TERM_FORMATS[1:]))

    return _respond(found, choice, PATH, TERM_FORMATS, render)


@blueprint.get(f"{PATH}/")
def examples_with_slash() -> Response:
    """Send to the list."""
    return redirect_to(PATH, 301)


@blueprint.get(f"{PATH}/<name>")
def show_example(name: str) -> Response:
    """Show one example: to people in the query form, not yet run."""
    stem, dot, suffix = name.rpartition(".")
    suffix_format = by_suffix(suffix, EXAMPLE_FORMATS) if dot else None
    wanted = stem if suffix_format else name
    found = {each.name: each for each in examples()}
    if wanted not in found:
        raise _not_found(wanted, found)
    example = found[wanted]
    path = f"{PATH}/{wanted}"
    choice = choose(path, EXAMPLE_FORMATS, suffix_format)

    def render() -> bytes:
        return pages.render("example.html", shown=example, query=example.query, settings=settings())

    return _respond([example], choice, path, EXAMPLE_FORMATS, render)


def _not_found(wanted: str, known: Sequence[str] | dict[str, Example]) -> TermNotFound:
    near = difflib.get_close_matches(wanted, list(known), n=1)
    advice = f'did you mean "{near[0]}"?' if near else f"the list is at {request.script_root}{PATH}."
    return TermNotFound(f'There is no example query "{wanted[:100]}"; {advice}')


def _respond(
    found: Sequence[Example],
    choice: Choice,
    path: str,
    formats: Sequence[Format],
    render_page: Callable[[], bytes],
) -> Response:
    body = render_page() if choice.format is HTML else _write(found, choice.format)
    return pages.represent_in_formats(path, choice, formats, body)


def _write(found: Sequence[Example], wanted: Format) -> bytes:
    """Write examples in one of the formats other than HTML; a query alone is the first one's."""
    if wanted is QUERY:
        return found[0].query.encode()
    if wanted is JSON:
        results = [_as_json(each) for each in found]
        return (
            json.dumps({"total": len(found), "results": results}, ensure_ascii=False, indent=1).encode()
            + b"\n"
        )
    statements = [statement for each in found for statement in each.statements]
    document = found[0].iri.partition("#")[0]
    prefixes = {**PREFIXES, "examples": f"{document}#"}
    return serialize(statements, wanted, prefixes, root=found[0].iri if len(found) == 1 else None)


def _as_json(example: Example) -> dict[str, object]:
    return {
        "id": example.iri,
        "url": f"{request.script_root}{PATH}/{example.name}",
        "title": example.title,
        "question": example.question,
        "keywords": example.keywords,
        "form": example.form,
        "query": example.query,
        "endpoint": example.target,
    }


_EXAMPLE: Final = schemas.record(
    {
        "id": schemas.IRI,
        "url": schemas.ADDRESS,
        "title": schemas.STRING,
        "question": schemas.STRING,
        "keywords": schemas.array(schemas.STRING),
        "form": schemas.STRING,
        "query": schemas.STRING,
    },
    {"endpoint": schemas.maybe(schemas.STRING)},
)
_ANSWER: Final = schemas.record({"total": schemas.COUNT, "results": schemas.array(_EXAMPLE)})

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "listQueries",
        "Queries to begin with",
        "SPARQL",
        (schemas.media_type(TERM_FORMATS),),
        answers=(Answer(200, "Questions and their queries", schemas.contents(TERM_FORMATS, _ANSWER)),),
    ),
    Operation(
        "GET",
        f"{PATH}/{{name}}",
        "getQuery",
        "One of these queries",
        "SPARQL",
        (
            Parameter("name", "path", "Its name, as the list has it.", schemas.STRING),
            schemas.media_type(EXAMPLE_FORMATS),
        ),
        answers=(Answer(200, "The query", schemas.contents(EXAMPLE_FORMATS, _ANSWER)),),
    ),
)
