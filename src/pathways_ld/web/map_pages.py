"""The relational map: who works on what, of one term and of the whole vocabulary.

Drawn here, so that it is there without JavaScript, can be embedded as a picture, and looks the same wherever
its address is opened. As a page, as JSON and as SVG.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response
from markupsafe import Markup

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import HTML, JSON, Format, by_suffix
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.ecosystem import Ecosystem, ecosystem
from pathways_ld.vocabulary.relations import neighbourhood, shown_kinds
from pathways_ld.web import pages, schemas, terms
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import Answer, Operation
from pathways_ld.web.map_drawing import MapView
from pathways_ld.web.map_overview import OverviewView
from pathways_ld.web.map_parts import shape_path
from pathways_ld.web.map_state import PARAMETERS, MapState, read_state
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import VARY_PAGE, Representation, cache, choose, link, redirect_to, represent

blueprint = Blueprint("map", __name__)

SVG: Final = Format("svg", "image/svg+xml", ("svg",), "SVG drawing")
FORMATS: Final = (HTML, JSON, SVG)
PATH: Final = "/map"
_KEPT: Final = 4
_SVG_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


@blueprint.get(PATH)
@blueprint.get('/<any("map.html", "map.json", "map.svg"):name>')
def show_overview(name: str = "") -> Response:
    """Show the whole vocabulary."""
    source = reader()
    if name and terms.document_at(source, name) is not None:
        return terms.show_term(name)
    state = read_state(source, PATH)
    choice = choose(PATH, FORMATS, by_suffix(name.rpartition(".")[2], FORMATS) if name else None)
    helper = pages.page()

    def view() -> OverviewView:
        return OverviewView(_overview(source, frozenset(state.kinds)), state, helper)

    key = ("map", source.manifest.id, source.manifest.created)

    def body() -> bytes:
        return _body(view(), choice, "map_overview_body.html", "map_overview.svg", _hub_kind(source))

    return _represent(key, choice, state, body, "map_overview.html")


@blueprint.get("/<path:local_id>/map")
@blueprint.get('/<path:local_id>/<any("map.html", "map.json", "map.svg"):name>')
def show_map(local_id: str, name: str = "map") -> Response:
    """Show a term with what surrounds it; a term whose own IRI ends in "/map" keeps its address."""
    source = reader()
    if terms.document_at(source, f"{local_id}/{name}") is not None:
        return terms.show_term(f"{local_id}/{name}")
    document = terms.document_at(source, local_id)
    if document is None:
        raise TermNotFound(f"There is no term with the IRI {source.space.iri(local_id)} in this vocabulary.")
    if document.withdrawn:
        raise terms.withdrawn(document)
    path = f"{(source.space.path(document.iri) or '').partition('#')[0].rstrip('/')}{PATH}"
    state = read_state(source, path, document.kind)
    choice = choose(path, FORMATS, by_suffix(name.rpartition(".")[2], FORMATS) if "." in name else None)
    helper = pages.page()

    def view() -> MapView:
        return MapView(neighbourhood(source, document.view, state.wish(source, document.kind)), state, helper)

    key = ("map", source.manifest.id, source.manifest.created, document.iri)

    def body() -> bytes:
        return _body(view(), choice, "map_body.html", "map.svg", document.kind)

    middle = (helper.plain(document.view["title"], helper.compact(document.iri)), document.iri)
    return _represent(key, choice, state, body, "map.html", document.iri, middle=middle)


@blueprint.get(f"{PATH}/")
def overview_with_slash() -> Response:
    """Send to the overview."""
    return redirect_to(PATH, 301)


@blueprint.get("/<path:local_id>/map/")
def map_with_slash(local_id: str) -> Response:
    """Send to the map of a term."""
    if terms.document_at(reader(), f"{local_id}/map/") is not None:
        return terms.show_term(f"{local_id}/map/")
    return redirect_to("/" + quote(f"{local_id}/map", safe="/-._~!$&'()*+,;=:@"), 301)


def _body(
    view: MapView | OverviewView, choice: Choice, page_template: str, drawing_template: str, kind: str
) -> bytes:
    """Render what depends on the vocabulary and the state alone, which is kept: no reader's name is in it."""
    if choice.format is JSON:
        return json.dumps(view.document(), ensure_ascii=False, indent=1).encode() + b"\n"
    alone = choice.format is SVG
    source, state = reader(), view.state
    return pages.render(
        drawing_template if alone else page_template,
        map=view,
        state=state,
        shape_path=shape_path,
        alone=alone,
        style=Markup(_style()) if alone else "",  # noqa: S704 - our own file
        chosen_kinds=state.wish(source, kind).kinds,
        usual_kinds=shown_kinds(source, kind),
        leaf_choices=[
            each for each in source.manifest.kinds if each.name in shown_kinds(source) and each.name != kind
        ],
    )


def _represent(
    key: tuple[str, ...],
    choice: Choice,
    state: MapState,
    body: Callable[[], bytes],
    page_template: str,
    about: str = "",
    **context: object,
) -> Response:
    helper = pages.page()
    around = (helper.languages, helper.interface, pages.fingerprint(), helper.reader.frame)
    full = (*key, choice.format.name, state, *around)
    content = cache().get(full, body)
    if choice.format is HTML:
        body_text = Markup(content.decode())  # noqa: S704 - rendered above, and escaped there
        content = pages.render(
            page_template,
            body=body_text,
            state=state,
            script=_script(),
            **context,
        )
    links = [
        link(state.url(each.suffix), "alternate", type=each.media_type)
        for each in FORMATS
        if each is not choice.format
    ]
    return represent(
        Representation(
            etag=pages.digest(content + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: content,
            vary=VARY_PAGE,
            content_location=state.url(choice.format.suffix),
            language=interface_language() if choice.format is HTML else "",
            links=[*([link(about, "about")] if about else []), *links],
            headers={"Content-Security-Policy": _SVG_POLICY} if choice.format is SVG else {},
        )
    )


_overviews: OrderedDict[tuple[str, ...], Ecosystem] = OrderedDict()
_lock = threading.Lock()


def _overview(source: Reader, kinds: frozenset[str]) -> Ecosystem:
    """Work out the overview once for each snapshot, whoever asks for it first; a few are kept."""
    key = (str(source.folder), source.manifest.id, source.manifest.created, *sorted(kinds))
    with _lock:
        found = _overviews.get(key)
        if found is None:
            found = _overviews[key] = ecosystem(source, kinds)
        _overviews.move_to_end(key)
        while len(_overviews) > _KEPT:
            _overviews.popitem(last=False)
        return found


def _hub_kind(source: Reader) -> str:
    present = [each.name for each in source.manifest.kinds if each.name in shown_kinds(source)]
    return present[0] if present else ""


def _static(*parts: str) -> Any:
    return files("pathways_ld.web").joinpath("static", *parts)


def _style() -> str:
    """Give the rules that a drawing needs when it stands alone."""
    text = str(_static("map-drawing.css").read_text(encoding="utf-8"))
    assert "<" not in text  # noqa: S101 - it goes into a style element unescaped
    return text


def _script() -> bool:
    return bool(_static("dist", "map.js").is_file())


_NODE: Final = {
    "iri": schemas.IRI,
    "label": schemas.STRING,
    "lang": schemas.STRING,
    "kind": schemas.STRING,
    "url": schemas.ADDRESS,
}
_EDGE: Final = {"from": schemas.IRI, "to": schemas.IRI, "relation": schemas.IRI}
_OVERVIEW: Final = schemas.record(
    {
        "label": schemas.STRING,
        "snapshot": schemas.STRING,
        "nodes": schemas.array(schemas.record(_NODE)),
        "edges": schemas.array(schemas.record(_EDGE)),
    }
)
_AROUND: Final = schemas.record(
    {
        "iri": schemas.IRI,
        "label": schemas.STRING,
        "snapshot": schemas.STRING,
        "depth": schemas.COUNT,
        "nodes": schemas.array(schemas.record({**_NODE, "step": schemas.COUNT, "deprecated": schemas.FLAG})),
        "edges": schemas.array(schemas.record({**_EDGE, "label": schemas.STRING, "directed": schemas.FLAG})),
    }
)

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "getMap",
        "What is connected with what, all over the vocabulary",
        "Whole vocabulary",
        (*PARAMETERS, schemas.media_type(FORMATS)),
        answers=(Answer(200, "Nodes and edges, or a drawing", schemas.contents(FORMATS, _OVERVIEW)),),
    ),
    Operation(
        "GET",
        f"/{{kind}}/{{name}}{PATH}",
        "getMapOfTerm",
        "What surrounds a term",
        "Terms",
        (*terms.TERM, *PARAMETERS, schemas.media_type(FORMATS)),
        answers=(
            Answer(200, "Nodes and edges, or a drawing", schemas.contents(FORMATS, _AROUND)),
            Answer(410, "The term was withdrawn"),
        ),
    ),
)
