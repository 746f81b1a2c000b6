"""Names with several meanings: a list of them, and for each name a page that tells its meanings apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import ceil
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Flask, Response, request

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import HTML, JSON, Format, by_suffix
from pathways_ld.model import Link, PageView, Text
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.labels import (
    Meaning,
    SharedLabel,
    Use,
    label_key,
    meanings,
    shared_by,
    shared_labels,
)
from pathways_ld.web import pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import Answer, Operation, Parameter, Sample
from pathways_ld.web.listings import PAGE, page_number
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, link, redirect_to, represent

blueprint = Blueprint("labels", __name__)

PATH: Final = "/labels"
FORMATS: Final = (HTML, JSON)
LISTED: Final = 50
"""Names on one page of the list."""
SHOWN: Final = 20
"""Meanings on one page of a name."""


@blueprint.get(PATH)
@blueprint.get('/<any("labels.html", "labels.json"):name>')
def show_shared(name: str = "") -> Response:
    """List the names that several terms bear."""
    source = reader()
    choice = choose(PATH, FORMATS, _suffix_format(name))
    number = page_number()
    total, labels = shared_labels(source, limit=LISTED, offset=(number - 1) * LISTED)
    last = _last(total, LISTED, number)
    if choice.format is JSON:
        content = {"total": total, "labels": [_entry(label) for label in labels]}
        return _represent(_json(content), choice, PATH, number, last, total)
    body = pages.render("labels.html", labels=labels, address=address, number=number, last=last, total=total)
    return _represent(body, choice, PATH, number, last, total)


@blueprint.get(f"{PATH}/")
def shared_with_slash() -> Response:
    """Send to the list."""
    return redirect_to(PATH, 301)


@blueprint.get(f"{PATH}/<path:name>")
def show_label(name: str) -> Response:
    """Show what a name means: the terms that bear it, what they are, and who calls them so."""
    source = reader()
    number = page_number()
    key, suffix_format = _find(source, name)
    path = address(key)
    canonical = f"{path}.{suffix_format.suffix}" if suffix_format else path
    if address(name) != canonical:
        return redirect_to(canonical, 301)
    choice = choose(path, FORMATS, suffix_format)
    total, found = meanings(source, key, limit=SHOWN, offset=(number - 1) * SHOWN)
    last = _last(total, SHOWN, number)
    spelt = _spelling(source, key, found)
    if choice.format is JSON:
        content = {
            "label": spelt,
            "total": total,
            "meanings": [_meaning(each) for each in found],
        }
        return _represent(_json(content), choice, path, number, last, total)
    body = pages.render(
        "label.html",
        spelt=spelt,
        meanings=found,
        number=number,
        last=last,
        total=total,
        path=path,
        shown=SHOWN,
    )
    return _represent(body, choice, path, number, last, total)


def address(key: str) -> str:
    """Give the path of a name's page."""
    return f"{PATH}/{quote(key, safe='')}"


def addresses(source: Reader, view: PageView) -> dict[str, str]:
    """Give, for those names of a term that others bear too, the paths of their pages, by their spelling."""
    return {text: address(name.key) for text, name in shared_by(source, view).items()}


def shared_name(words: str) -> dict[str, object] | None:
    """Give the name with several meanings that somebody searched for: its text, `meanings` and `path`."""
    name = next(iter(reader().shared_among([label_key(words)]).values()), None)
    return {"text": name.text, "meanings": name.meanings, "path": address(name.key)} if name else None


def register(app: Flask) -> None:
    """Give the templates their function."""
    app.jinja_env.globals.update(shared_name=shared_name)


def _find(source: Reader, name: str) -> tuple[str, Format | None]:
    """Find the name that an address spells, with or without the suffix of a format; as it is comes first."""
    candidates: list[tuple[str, Format | None]] = [(name, None)]
    suffix_format = _suffix_format(name)
    if suffix_format is not None:
        candidates.append((name.rpartition(".")[0], suffix_format))
    for spelt, found_format in candidates:
        key = label_key(spelt)
        if key and source.bearers(key, limit=1)[0]:
            return key, found_format
    raise TermNotFound(
        f'Nothing in this vocabulary is called "{name[:60]}"; expected a preferred or alternative label.'
        f" {request.script_root}/search looks for parts of names and for other words."
    )


def _suffix_format(name: str) -> Format | None:
    return by_suffix(name.rpartition(".")[2], FORMATS) if "." in name else None


def _last(total: int, size: int, number: int) -> int:
    last = max(1, ceil(total / size))
    if number > last:
        raise TermNotFound(f"The list has {last} pages; page {number} was asked for.")
    return last


def _spelling(source: Reader, key: str, found: list[Meaning]) -> str:
    """Spell a name as those spell it who prefer it."""
    shared = source.shared_among([key]).get(key)
    return shared.text if shared else next((use.text for each in found for use in each.uses), key)


def _entry(label: SharedLabel) -> dict[str, Any]:
    return {
        "label": label.name.text,
        "meanings": label.name.meanings,
        "page": _absolute(address(label.name.key)),
        "terms": [_reference(each) for each in label.terms],
    }


def _meaning(meaning: Meaning) -> dict[str, Any]:
    view = meaning.view
    return {
        "id": view["iri"],
        "kind": view["kind"],
        "prefLabel": view["title"],
        "deprecated": view["deprecated"],
        "definition": _texts(view["texts"][0]["texts"] if view["texts"] else []),
        "broader": [[_reference(each) for each in path] for path in view["breadcrumbs"]],
        "labels": [_use(each) for each in meaning.uses],
        "sources": [_reference(each) for each in view["sources"]],
    }


def _use(use: Use) -> dict[str, Any]:
    return {
        "text": use.text,
        "language": use.lang,
        "type": "prefLabel" if use.is_preferred else "altLabel",
        "sources": [_reference(each) for each in use.sources],
    }


def _texts(texts: list[Text]) -> list[dict[str, str]]:
    return [{"text": each["text"], "language": each["lang"]} for each in texts]


def _reference(target: Link) -> dict[str, Any]:
    return {"id": target["iri"], "prefLabel": target["title"]}


def _absolute(path: str) -> str:
    return request.host_url.rstrip("/") + request.script_root + path


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def _represent(body: bytes, choice: Choice, path: str, number: int, last: int, total: int) -> Response:
    base, query = f"{request.script_root}{path}", f"?page={number}" if number > 1 else ""
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            content_location=f"{base}.{choice.format.suffix}{query}",
            language=interface_language() if choice.format is HTML else "",
            links=_links(base, choice.format, number, last, query),
            headers={"X-Total-Count": str(total)},
        )
    )


def _links(base: str, shown: Format, number: int, last: int, query: str) -> Iterator[str]:
    for each in FORMATS:
        if each is not shown:
            yield link(f"{base}.{each.suffix}{query}", "alternate", type=each.media_type)
    for relation, target in (("prev", number - 1), ("next", number + 1)):
        if 1 <= target <= last:
            yield link(f"{base}?page={target}", relation)


_USE: Final = schemas.record(
    {
        "text": schemas.STRING,
        "language": schemas.STRING,
        "type": schemas.one_of(["prefLabel", "altLabel"]),
        "sources": schemas.array(schemas.REFERENCE),
    }
)
_NAME: Final = Parameter(
    "name", "path", "The name, in any case.", {"type": "string", "minLength": 1}, example=Sample.LABEL
)

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "listSharedNames",
        "Names that several terms bear",
        "Browsing",
        (PAGE, schemas.media_type(FORMATS)),
        answers=(
            schemas.json_answer(
                "The names, with the terms that bear them",
                schemas.record(
                    {
                        "total": schemas.COUNT,
                        "labels": schemas.array(
                            schemas.record(
                                {
                                    "label": schemas.STRING,
                                    "meanings": schemas.COUNT,
                                    "page": schemas.ADDRESS,
                                    "terms": schemas.array(schemas.REFERENCE),
                                }
                            )
                        ),
                    }
                ),
                page=True,
            ),
        ),
    ),
    Operation(
        "GET",
        f"{PATH}/{{name}}",
        "getMeanings",
        "What a name means: the terms that bear it, and who calls them so",
        "Browsing",
        (_NAME, PAGE, schemas.media_type(FORMATS)),
        answers=(
            schemas.json_answer(
                "Its meanings",
                schemas.record(
                    {
                        "label": schemas.STRING,
                        "total": schemas.COUNT,
                        "meanings": schemas.array(
                            schemas.record(
                                {
                                    "id": schemas.IRI,
                                    "kind": schemas.STRING,
                                    "prefLabel": schemas.LABELS,
                                    "deprecated": schemas.FLAG,
                                    "definition": schemas.array(schemas.table(schemas.STRING)),
                                    "broader": schemas.array(schemas.array(schemas.REFERENCE)),
                                    "labels": schemas.array(_USE),
                                    "sources": schemas.array(schemas.REFERENCE),
                                }
                            )
                        ),
                    }
                ),
                page=True,
            ),
            Answer(301, "To the address in the usual spelling"),
        ),
    ),
)
