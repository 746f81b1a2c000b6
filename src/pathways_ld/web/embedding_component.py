"""Web components for other sites: their module, what they ask for, and the page that shows how they are used.

docs/web-components.md is for those who use them.
"""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest, PayloadTooLarge, TermNotFound
from pathways_ld.formats import HTML
from pathways_ld.model import Link
from pathways_ld.namespaces import SKOS
from pathways_ld.settings import Kind
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.web import component_files, pages, schemas
from pathways_ld.web.cards import LONGEST_NAME, Named, card_of, document_named
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import best_interface, catalogue, interface_language
from pathways_ld.web.interfaces import TEXT, Answer, Operation, Parameter, Sample
from pathways_ld.web.responses import VARY_PAGE, Representation, link, represent, settings
from pathways_ld.web.social import public_root

blueprint = Blueprint("embedding_component", __name__)

MOST_TERMS: Final = 50
"""Terms that one request describes."""
_JAVASCRIPT: Final = "text/javascript; charset=utf-8"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of the page with the examples, which frames a card."""
_FOR_ALL: Final = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Lets the module into pages that take nothing else from elsewhere."""


@blueprint.get("/embed")
def show_page() -> Response:
    """Show the components at work, with the code to copy."""
    source = reader()
    module = component_files.current()
    kind, examples = _examples(source)
    body = pages.render(
        "components.html",
        module=module,
        root=public_root(),
        kind_name=kind.name if kind else "",
        examples=examples,
    )
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type=HTML.content_type(),
            render=lambda: body,
            vary=VARY_PAGE,
            language=interface_language(),
            links=[
                link(f"{request.script_root}/embed/pathways.json", "describedby", type="application/json")
            ],
            headers={"Content-Security-Policy": _POLICY},
        )
    )


def _examples(source: Reader) -> tuple[Kind | None, list[Link]]:
    """Give the kind that a page would choose from, and some of its terms."""
    kinds = [kind for kind in source.manifest.kinds if source.manifest.counts.get(kind.name)]
    kinds.sort(key=lambda kind: kind.class_iri != SKOS.Concept)
    if not kinds:
        return None, []
    return kinds[0], [hit.link for hit in source.listing(kinds[0].name, limit=3)]


@blueprint.get("/embed/pathways.js")
def send_newest() -> Response:
    """Send the newest version of the module."""
    return _module(_current(), "")


@blueprint.get("/embed/pathways.<digest>.js")
def send_version(digest: str) -> Response:
    """Send one version of the module, which never changes."""
    module = component_files.version(digest, settings().state_dir)
    if module is None:
        raise TermNotFound(
            f'This server has no version "{digest[:20]}" of the components; expected one that it has served'
            f" before. {request.script_root}/embed/pathways.json names the newest."
        )
    return _module(module, _IMMUTABLE)


@blueprint.get("/embed/pathways.json")
def describe_module() -> Response:
    """Tell what pages have to say of the newest version: its address and its digest."""
    module, root = _current(), public_root()
    content = {
        "url": f"{root}/embed/{module.name}",
        "integrity": module.integrity,
        "bytes": len(module.body),
        "latest": f"{root}/embed/pathways.js",
        "elements": ["pathways-term", "pathways-picker"],
    }
    return _json(content, vary="")


def _current() -> component_files.Module:
    module = component_files.current()
    if module is None:
        raise TermNotFound(
            "The components were not built with this server; install it where npm's registry can be reached."
        )
    return module


def _module(module: component_files.Module, cache_control: str) -> Response:
    return represent(
        Representation(
            etag=f"module-{module.digest}",
            content_type=_JAVASCRIPT,
            render=lambda: module.body,
            vary="",
            cache_control=cache_control,
            headers=_FOR_ALL,
        )
    )


@blueprint.get("/embed/terms")
def describe_terms() -> Response:
    """Describe terms in short, one for each ``iri``, in their order: what a card or a field shows of them."""
    source = reader()
    wanted = request.args.getlist("iri")
    if not wanted:
        raise BadRequest('"iri" is missing; expected the IRIs of terms, as in /embed/terms?iri=…&iri=….')
    if len(wanted) > MOST_TERMS:
        raise PayloadTooLarge(f'There are {len(wanted)} "iri"; at most {MOST_TERMS} are described at a time.')
    longest = max(len(each) for each in wanted)
    if longest > LONGEST_NAME:
        raise BadRequest(f'An "iri" has {longest} characters; expected at most {LONGEST_NAME}.')
    helper = pages.page()
    root = public_root()
    found = {name: document_named(source, name, root) for name in dict.fromkeys(wanted)}
    title, lang = helper.languages.pick(source.title)
    content = {
        "vocabulary": {"title": title or source.manifest.base, "lang": lang},
        "terms": [{"asked": name} | _described(found[name], helper) for name in wanted],
    }
    return _json(content, vary="Accept-Language")


def _described(document: TermDocument | None, helper: pages.Page) -> dict[str, Any]:
    if document is None:
        return {"status": "unknown"}
    if document.withdrawn:
        return {"status": "withdrawn", "id": document.iri}
    card = card_of(document, helper)
    described: dict[str, Any] = {"status": "deprecated" if card.is_deprecated else "found", **_named(card)}
    described |= {"kind": card.kind, "kindLabel": _kind_in(request.args.get("lang", ""), card.kind, helper)}
    described |= {"definition": card.definition, "definitionLang": card.definition_lang}
    if card.is_deprecated:
        described["replacedBy"] = [_named(each) for each in card.replaced_by]
    return described


def _kind_in(lang: str, name: str, helper: pages.Page) -> str:
    """Name a kind in the language that is asked for: programs get what the address alone decides."""
    kind = helper.manifest.kind(name)
    return catalogue(best_interface((lang,) if lang else ())).gettext(kind.singular) if kind else ""


def _named(term: Named) -> dict[str, str]:
    return {"id": term.iri, "label": term.label, "lang": term.lang, "page": term.page}


def _json(content: object, vary: str) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode() + b"\n"
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type="application/json",
            render=lambda: body,
            vary=vary,
            headers=_FOR_ALL,
        )
    )


_NAMED: Final = {
    "id": schemas.IRI,
    "label": schemas.STRING,
    "lang": schemas.STRING,
    "page": schemas.ADDRESS,
}
_SCRIPT: Final = {"text/javascript": TEXT}
OPERATIONS: Final = (
    Operation(
        "GET",
        "/embed/terms",
        "describeTermsInShort",
        "Terms in short: what a card or a field shows of them",
        "Embedding",
        (
            Parameter(
                "iri",
                "query",
                "IRIs, or addresses of pages here; the parameter is repeated.",
                schemas.array({"type": "string", "maxLength": LONGEST_NAME}, minItems=1, maxItems=MOST_TERMS),
                required=True,
                example=Sample.IRI,
            ),
            Parameter("lang", "query", "The language of names and texts.", schemas.STRING),
        ),
        answers=(
            schemas.json_answer(
                "One answer for each IRI, in their order",
                schemas.record(
                    {
                        "vocabulary": schemas.record({"title": schemas.STRING, "lang": schemas.STRING}),
                        "terms": schemas.array(
                            schemas.record(
                                {
                                    "asked": schemas.STRING,
                                    "status": schemas.one_of(("found", "deprecated", "withdrawn", "unknown")),
                                },
                                {
                                    **_NAMED,
                                    "kind": schemas.STRING,
                                    "kindLabel": schemas.STRING,
                                    "definition": schemas.STRING,
                                    "definitionLang": schemas.STRING,
                                    "replacedBy": schemas.array(schemas.record(_NAMED)),
                                },
                            )
                        ),
                    }
                ),
            ),
            Answer(413, f"More than {MOST_TERMS} IRIs"),
        ),
    ),
    Operation(
        "GET",
        "/embed/pathways.json",
        "describeComponents",
        "The newest version of the web components: its address and its digest",
        "Embedding",
        answers=(
            schemas.json_answer(
                "What a page has to say of it",
                schemas.record(
                    {
                        "url": schemas.ADDRESS,
                        "integrity": {"type": "string", "pattern": "^sha384-"},
                        "bytes": schemas.COUNT,
                        "latest": schemas.ADDRESS,
                        "elements": schemas.array(schemas.STRING),
                    }
                ),
            ),
            Answer(404, "They were not built"),
        ),
    ),
    Operation(
        "GET",
        "/embed/pathways.js",
        "getComponents",
        "The web components, newest version",
        "Embedding",
        answers=(Answer(200, "A module", _SCRIPT), Answer(404, "They were not built")),
    ),
)
