"""``/TERM/embed``: a term ready to be copied into web pages, data and texts, in the form that is needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Flask, Response, request

from pathways_ld.embedding.context import published
from pathways_ld.embedding.snippets import FORMS, GROUPS, Form, Snippet, snippets, suits
from pathways_ld.embedding.snippets_subject import Subject, subject_of
from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.formats import HTML, JSON, by_suffix
from pathways_ld.model import PageView
from pathways_ld.namespaces import SKOS
from pathways_ld.vocabulary import TermDocument
from pathways_ld.web import contexts, pages, terms
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import TEXT, Answer, Operation, Parameter, Sample
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.overviews import as_json
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, link, redirect_to, represent
from pathways_ld.web.schemas import ADDRESS, FLAG, IRI, STRING, array, one_of, record

blueprint = Blueprint("snippets", __name__)

END: Final = "/embed"
FORMATS: Final = (HTML, JSON)
_BUILT: Final = "embed.js"
_PATH_SAFE: Final = "/-._~!$&'()*+,;=:@"


@dataclass(frozen=True)
class Successor:
    """What replaces a deprecated term; `path` is where its own snippets are, empty for terms elsewhere."""

    iri: str
    name: str
    lang: str
    path: str


def register(app: Flask) -> None:
    """Tell the templates whether the script of the page was built, which is looked up once, and the forms."""
    built = files("pathways_ld.web").joinpath("static", "dist", _BUILT).is_file()
    app.jinja_env.globals.update(embed_script=lambda: built, embed_forms=_forms)


def _forms(view: PageView) -> list[Form]:
    is_concept = any(each["iri"] == SKOS.Concept for each in view["types"])
    return [each for each in FORMS if is_concept or not each.concepts_only]


@blueprint.get(f"/<path:local_id>{END}")
@blueprint.get('/<path:local_id>/<any("embed.html", "embed.json"):name>')
def show_snippets(local_id: str, name: str = "embed") -> Response:
    """Show what can be copied of a term, or one of it alone.

    A term whose own IRI ends in the same way keeps its address.
    """
    source = reader()
    if terms.document_at(source, f"{local_id}/{name}") is not None:
        return terms.show_term(f"{local_id}/{name}")
    document = terms.document_at(source, local_id)
    if document is None:
        raise TermNotFound(f"There is no term with the IRI {source.space.iri(local_id)} in this vocabulary.")
    if document.withdrawn:
        raise terms.withdrawn(document)
    helper = pages.page()
    subject = subject_of(source, document.view, helper.languages, _context())
    read = datetime.now(UTC).date()
    wanted = request.args.get("format")
    if wanted is not None:
        return _represent_one(document, subject, _form(wanted, subject), read)
    path = address(document)
    choice = choose(path, FORMATS, by_suffix(name.rpartition(".")[2], FORMATS) if "." in name else None)
    found = list(snippets(subject, read))
    if choice.format is JSON:
        return _represent_all(document, choice, as_json(_listed(document, subject, found)))
    body = pages.render(
        "embed.html",
        view=document.view,
        subject=subject,
        groups=[(group, list(each)) for group, each in groupby(found, lambda each: each.form.group)],
        successors=_successors(document),
        path=path,
        term_path=source.space.path(document.iri) or "/",
        language=helper.languages.best(document.view["title"]) or "",
    )
    return _represent_all(document, choice, body)


@blueprint.get(f"/<path:local_id>{END}/")
def snippets_with_slash(local_id: str) -> Response:
    """Send to the address without the slash."""
    if terms.document_at(reader(), f"{local_id}{END}/") is not None:
        return terms.show_term(f"{local_id}{END}/")
    return redirect_to("/" + quote(f"{local_id}{END}", safe=_PATH_SAFE), 301)


def address(document: TermDocument) -> str:
    """Give the path of the snippets of a term."""
    return _embed(reader().space.path(document.iri) or "/")


def _embed(path: str) -> str:
    return path.partition("#")[0].rstrip("/") + END


def _context() -> str:
    """Give the address of the context: its IRI where the setting says that it resolves, else the one here."""
    cites = contexts.cited_context()
    if cites is not None:
        return cites.iri
    last = published(reader())
    return f"{request.url_root.rstrip('/')}{last.path}" if last else ""


def _form(wanted: str, subject: Subject) -> Form:
    suitable = [each for each in FORMS if suits(each, subject)]
    found = next((each for each in suitable if each.name == wanted), None)
    if found is None:
        names = ", ".join(each.name for each in suitable)
        raise BadRequest(f'"format" is "{wanted[:40]}"; for this term there is: {names}.')
    return found


def _represent_one(document: TermDocument, subject: Subject, form: Form, read: date) -> Response:
    body = form.write(subject, read).encode()
    return represent(
        Representation(
            etag=pages.digest(body + form.content_type.encode()),
            content_type=form.content_type,
            render=lambda: body,
            vary="Accept-Language",
            language=subject.name["lang"],
            links=[link(document.iri, "cite-as"), *_successor_links(document)],
            headers=terms.deprecation(document),
        )
    )


def _represent_all(document: TermDocument, choice: Choice, body: bytes) -> Response:
    base = f"{request.script_root}{address(document)}"
    other = next(each for each in FORMATS if each is not choice.format)
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            language=interface_language() if choice.format is HTML else "",
            links=[
                link(f"{base}.{other.suffix}", "alternate", type=other.media_type),
                link(document.iri, "cite-as"),
                *_successor_links(document),
            ],
            headers=terms.deprecation(document),
        )
    )


def _successor_links(document: TermDocument) -> list[str]:
    return [link(each.iri, "successor-version") for each in _successors(document)]


def _successors(document: TermDocument) -> list[Successor]:
    if not document.deprecated:
        return []
    helper = pages.page()
    found = []
    for each in document.view["replaced_by"]:
        text, lang = helper.languages.pick(each["title"])
        path = _embed(each["path"]) if each["path"] else ""
        found.append(Successor(each["iri"], text or helper.compact(each["iri"]), lang, path))
    return found


def _listed(document: TermDocument, subject: Subject, found: list[Snippet]) -> dict[str, Any]:
    root = request.url_root.rstrip("/")
    here = f"{root}{address(document)}"
    return {
        "id": subject.iri,
        "name": subject.name["text"],
        "lang": subject.name["lang"],
        "deprecated": bool(document.deprecated),
        "successors": [
            {"id": each.iri, "name": each.name, "snippets": f"{root}{each.path}" if each.path else ""}
            for each in _successors(document)
        ],
        "snippets": [
            {
                "name": each.form.name,
                "title": each.form.title,
                "group": each.form.group,
                "note": each.form.note,
                "mediaType": each.form.media_type,
                "url": f"{here}?format={each.form.name}",
                "text": each.text,
            }
            for each in found
        ],
    }


_SNIPPET: Final = record(
    {
        "name": one_of(form.name for form in FORMS),
        "title": STRING,
        "group": STRING,
        "note": STRING,
        "mediaType": one_of(sorted({form.media_type for form in FORMS})),
        "url": ADDRESS,
        "text": STRING,
    }
)
_LIST: Final = record(
    {
        "id": IRI,
        "name": STRING,
        "lang": STRING,
        "deprecated": FLAG,
        "successors": array(record({"id": IRI, "name": STRING, "snippets": STRING})),
        "snippets": array(_SNIPPET),
    }
)
OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/{kind}/{name}/embed",
        id="snippets",
        summary="A term ready to be copied",
        tag="Embedding",
        description="With format, one snippet alone, under its own media type; a term that no such snippet"
        " can be made of answers 400 with the names of those that there are.",
        parameters=(
            Parameter("kind", "path", "The kind of the term.", STRING, True, Sample.KIND),
            Parameter("name", "path", "What follows the kind in its IRI.", STRING, True, Sample.NAME),
            Parameter("format", "query", "One snippet alone.", one_of(form.name for form in FORMS)),
            Parameter("lang", "query", "A language, before those of Accept-Language.", STRING, example="en"),
        ),
        answers=(
            Answer(
                200,
                f"All snippets, in the groups {', '.join(GROUPS)}; or the one that was asked for",
                {
                    JSON.media_type: {"anyOf": [_LIST, record({"alignment": array(record({}))})]},
                    HTML.media_type: TEXT,
                    **{
                        form.media_type: TEXT if form.media_type.startswith("text/") else {}
                        for form in FORMS
                        if form.media_type not in (JSON.media_type, HTML.media_type)
                    },
                },
            ),
        ),
    ),
)
