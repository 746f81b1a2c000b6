"""``/shapes`` and ``/rules``: what good data is, as pages for people and as SHACL for programs.

The IRIs of shapes and rules are canonical whatever vocabulary is served. Other vocabularies than ours are
checked by the general rules only, so only those are shown there.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

from flask import Blueprint, Response, request

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import HTML, JSON, TERM_FORMATS, TURTLE, Format, by_suffix
from pathways_ld.rdfio import serialize
from pathways_ld.report import SEVERITIES
from pathways_ld.validation.rule_pages import (
    all_shapes,
    examples,
    prefixes_of,
    shape_prefixes,
    shape_queries,
    shape_source,
    shape_statements,
)
from pathways_ld.validation.rules import FORMS, Rule, ShapesFile, rules, shapes_files
from pathways_ld.web import pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Operation, Parameter
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import (
    cache,
    choose,
    redirect_to,
)

blueprint = Blueprint("rules", __name__)

SHAPES_PATH: Final = "/shapes"
ALL: Final = "all"
ALL_PATH: Final = f"{SHAPES_PATH}/{ALL}"
"""What has the suffixes of the list: at the root they could be those of a term."""
RULES_PATH: Final = "/rules"
GENERAL: Final = ("skos", "skos-sparql")
"""The files that suit any SKOS vocabulary."""

_WITHOUT_RDF: Final = (HTML, JSON)


def _files() -> tuple[ShapesFile, ...]:
    ours = reader().manifest.ours
    return tuple(each for each in shapes_files() if ours or each.name in GENERAL)


def _rules() -> dict[str, Rule]:
    names = {"", *(each.name for each in _files())}
    return {each.id: each for each in rules().values() if each.file in names}


@blueprint.get(SHAPES_PATH)
def list_rules(suffix_format: Format | None = None) -> Response:
    """List all rules; as RDF, give all shapes in one document."""
    choice = choose(ALL_PATH, TERM_FORMATS, suffix_format)
    found, files = list(_rules().values()), _files()
    names = [each.name for each in files if each.name != FORMS]

    def page() -> bytes:
        sections = [(file, _groups(each for each in found if each.file == file.name)) for file in files]
        checks = _groups(each for each in found if not each.file)
        return pages.render(
            "rules.html",
            sections=sections,
            checks=checks,
            count=len(found),
            formats=pages.alternates(ALL_PATH, TERM_FORMATS[1:]),
        )

    def write(wanted: Format) -> bytes:
        if wanted is JSON:
            return _json({"total": len(found), "rules": [_as_json(each) for each in found]})
        return serialize(all_shapes(names), wanted, prefixes_of(names))

    return _respond(ALL_PATH, choice, TERM_FORMATS, page, write)


@blueprint.get(f"{SHAPES_PATH}/")
@blueprint.get(f"{RULES_PATH}/")
@blueprint.get(RULES_PATH)
def to_the_list() -> Response:
    """Send to the list."""
    return redirect_to(SHAPES_PATH, 301)


@blueprint.get(f"{SHAPES_PATH}/<name>")
def show_file(name: str) -> Response:
    """Give one file of shapes: the document that the IRIs of its shapes lead to."""
    known = {each.name: each for each in _files()}
    wanted, suffix_format = _split(name, known)
    if wanted == ALL:
        return list_rules(suffix_format)
    if wanted not in known:
        raise _not_found(wanted, known)
    file = known[wanted]
    path = f"{SHAPES_PATH}/{wanted}"
    choice = choose(path, TERM_FORMATS, suffix_format)
    found = [each for each in _rules().values() if each.file == wanted]

    def page() -> bytes:
        formats = pages.alternates(path, TERM_FORMATS[1:])
        return pages.render(
            "rules.html",
            sections=[(file, _groups(found))],
            checks=[],
            count=len(found),
            formats=formats,
            single=file,
        )

    def write(wanted_format: Format) -> bytes:
        if wanted_format is TURTLE:
            return file.path.read_bytes()
        if wanted_format is JSON:
            return _json({"total": len(found), "rules": [_as_json(each) for each in found]})
        return serialize(file.parsed.statements, wanted_format, shape_prefixes(wanted), root=file.iri)

    return _respond(path, choice, TERM_FORMATS, page, write)


@blueprint.get(f"{RULES_PATH}/<name>")
def show_rule(name: str) -> Response:
    """Explain one rule."""
    known = _rules()
    wanted, suffix_format = _split(name, known)
    if wanted not in known:
        raise _not_found(wanted, known)
    rule = known[wanted]
    path = f"{RULES_PATH}/{wanted}"
    formats = TERM_FORMATS if rule.shape else _WITHOUT_RDF
    choice = choose(path, formats, suffix_format if suffix_format in formats else None)

    def page() -> bytes:
        return pages.render(
            "rule.html",
            rule=rule,
            examples=examples(rule),
            source=shape_source(rule) if rule.shape else "",
            queries=shape_queries(rule) if rule.shape else [],
            formats=pages.alternates(path, formats[1:]),
        )

    def write(wanted_format: Format) -> bytes:
        if wanted_format is JSON:
            return _json(_as_json(rule))
        return serialize(shape_statements(rule), wanted_format, shape_prefixes(rule.file), root=rule.shape)

    return _respond(path, choice, formats, page, write)


def _split(name: str, known: Iterable[str]) -> tuple[str, Format | None]:
    """Take a suffix off a name that is not one itself."""
    stem, dot, suffix = name.rpartition(".")
    suffix_format = by_suffix(suffix, TERM_FORMATS) if dot and name not in known else None
    return (stem, suffix_format) if suffix_format else (name, None)


def _groups(found: Iterable[Rule]) -> list[tuple[str, list[Rule]]]:
    """Put rules under the headings of their groups, there in the order that the shapes give."""
    ordered = sorted(found, key=lambda each: (each.group, each.order, each.id))
    return [(name, list(items)) for name, items in groupby(ordered, key=lambda each: each.group)]


def _respond(
    path: str,
    choice: Choice,
    formats: Sequence[Format],
    render_page: Callable[[], bytes],
    write: Callable[[Format], bytes],
) -> Response:
    if choice.format is HTML:
        body = render_page()
    else:
        # The shapes are files of the software: they do not change while it runs.
        key = ("rules", path, choice.format.name, reader().manifest.ours)
        body = cache().get(key, lambda: write(choice.format))
    return pages.represent_in_formats(path, choice, formats, body)


def _not_found(wanted: str, known: Iterable[str]) -> TermNotFound:
    near = difflib.get_close_matches(wanted, list(known), n=1)
    advice = f'did you mean "{near[0]}"?' if near else f"the list is at {request.script_root}{SHAPES_PATH}."
    return TermNotFound(f'There is no rule and no file of rules "{wanted[:100]}"; {advice}')


def _as_json(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "iri": rule.iri,
        "url": f"{request.script_root}{RULES_PATH}/{rule.id}",
        "title": rule.title,
        "severity": rule.severity,
        "group": rule.group,
        "why": rule.why,
        "fix": rule.fix,
        "seeAlso": rule.see_also,
        "shape": rule.shape or None,
    }


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


_RULE: Final = schemas.record(
    {
        "id": schemas.STRING,
        "iri": schemas.IRI,
        "url": schemas.ADDRESS,
        "title": schemas.STRING,
        "severity": schemas.one_of(SEVERITIES),
        "group": schemas.STRING,
        "why": schemas.STRING,
        "fix": schemas.STRING,
        "seeAlso": schemas.array(schemas.STRING),
        "shape": schemas.maybe(schemas.IRI),
    }
)
_LIST: Final = Answer(
    200,
    "The rules; in RDF, their SHACL shapes",
    schemas.contents(TERM_FORMATS, schemas.record({"total": schemas.COUNT, "rules": schemas.array(_RULE)})),
)

OPERATIONS: Final = (
    Operation(
        "GET",
        SHAPES_PATH,
        "listRules",
        "All rules that data is held against",
        "Validation",
        (schemas.media_type(TERM_FORMATS),),
        answers=(_LIST,),
    ),
    Operation(
        "GET",
        f"{SHAPES_PATH}/{{name}}",
        "getShapes",
        "One file of shapes",
        "Validation",
        (
            Parameter("name", "path", "Its name.", schemas.STRING, example=GENERAL[0]),
            schemas.media_type(TERM_FORMATS),
        ),
        answers=(_LIST,),
    ),
    Operation(
        "GET",
        f"{RULES_PATH}/{{name}}",
        "getRule",
        "Why a rule is there, and what to write instead",
        "Validation",
        (
            Parameter("name", "path", "Its id.", schemas.STRING, example="definition-missing"),
            schemas.media_type(TERM_FORMATS),
        ),
        answers=(Answer(200, "The rule; in RDF, its shape", schemas.contents(TERM_FORMATS, _RULE)),),
    ),
)
