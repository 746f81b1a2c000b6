"""``/browse``: ways into the vocabulary besides searching, as pages and as JSON.

All of them stand below one address that is reserved, so that no term of any vocabulary can have the same one:
below ``/topic/`` every name could be that of a topic.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, request

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import JSON
from pathways_ld.namespaces import SKOS
from pathways_ld.settings import Kind
from pathways_ld.vocabulary import Reader
from pathways_ld.web import browse_new, differences, pages
from pathways_ld.web.browse_groups import Groups
from pathways_ld.web.browse_index import IndexView
from pathways_ld.web.browse_interfaces import FORMATS, OPERATIONS, PATH
from pathways_ld.web.browse_state import chosen_kind, filled_kinds, ident, query
from pathways_ld.web.browse_tree import PATH as TREE_PATH
from pathways_ld.web.browse_tree import TreeView
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.listings import page_number
from pathways_ld.web.responses import (
    VARY_PAGE,
    Representation,
    choose,
    link,
    redirect_to,
    represent,
    settings,
)

__all__ = ["FORMATS", "OPERATIONS", "PATH", "blueprint", "register"]

blueprint = Blueprint("browse", __name__)

_CHANGES: Final = 10
_FRESH: Final = "public, max-age=60, must-revalidate"


@blueprint.get(PATH)
def show_ways() -> Response:
    """Offer the ways in."""
    source = reader()
    choice = choose(PATH, FORMATS, suffixes=False)
    kinds = filled_kinds(source)
    if choice.format is JSON:
        root = request.url_root.rstrip("/")
        document = {
            "kinds": [
                {
                    "kind": each.name,
                    "total": source.manifest.counts[each.name],
                    "listing": f"{root}/{each.name}",
                    "tree": f"{root}{PATH}/tree?kind={each.name}" if has_tree(source, each) else None,
                    "index": f"{root}{PATH}/index?kind={each.name}",
                }
                for each in kinds
            ],
            "groups": f"{root}{PATH}/groups",
            "new": f"{root}{PATH}/new",
        }
        return _represent(choice.content_type, _json(document))
    body = pages.render(
        "browse.html",
        kinds=kinds,
        trees=[each.name for each in kinds if has_tree(source, each)],
        groups=[(each, _sections(source, each)) for each in kinds],
        news=browse_new.news(source),
        moment=differences.moment,
    )
    return _represent(choice.content_type, body, cache_control=_FRESH)


@blueprint.get(f"{PATH}/")
def ways_with_slash() -> Response:
    """Send to the ways in."""
    return redirect_to(PATH, 301)


@blueprint.get(TREE_PATH)
def show_tree() -> Response:
    """Show the hierarchy of a kind or a concept scheme; as JSON, one level of it."""
    source = reader()
    choice = choose(TREE_PATH, FORMATS, suffixes=False)
    view = TreeView(source, chosen_kind(source), settings().page_size)
    if choice.format is JSON:
        body = _json(view.document())
    else:
        body = pages.render(
            "browse_tree.html",
            tree=view,
            nodes=view.nodes(),
            schemes=_schemes(source, view),
            script=tree_script(),
        )
    return _represent(choice.content_type, body, _neighbours(view.page, view.last, view.page_url), view.total)


def _schemes(source: Reader, view: TreeView) -> list[tuple[str, object]]:
    """Give the schemes to choose from, where there are several."""
    iris = source.browser.schemes(view.kind.name)
    if len(iris) < 2:
        return []
    groups = Groups(source, view.kind)
    return [(ident(source, iri), groups.link(iri)) for iri in iris[:_MOST_SCHEMES]]


@blueprint.get(f"{PATH}/index")
def show_index() -> Response:
    """Show the labels of a kind in alphabetical order."""
    source = reader()
    choice = choose(f"{PATH}/index", FORMATS, suffixes=False)
    view = IndexView(source, chosen_kind(source), settings().page_size * 2)

    def address(page: int) -> str:
        return view.url(letter=view.letter, page=page)

    if choice.format is JSON:
        body = _json(view.document())
    else:
        body = pages.render("browse_index.html", index=view, kinds=filled_kinds(source))
    return _represent(choice.content_type, body, _neighbours(view.page, view.last, address), view.total)


@blueprint.get(f"{PATH}/groups")
def show_groups() -> Response:
    """List schemes, collections and what else sorts the terms."""
    source = reader()
    choice = choose(f"{PATH}/groups", FORMATS, suffixes=False)
    kinds = [chosen_kind(source)] if request.args.get("kind") else filled_kinds(source)
    if choice.format is JSON:
        helper = pages.page()
        body = _json({"groups": [part for each in kinds for part in Groups(source, each).document(helper)]})
    else:
        groups = [(each, _sections(source, each)) for each in kinds]
        body = pages.render("browse_groups.html", groups=[pair for pair in groups if pair[1]])
    return _represent(choice.content_type, body)


@blueprint.get(f"{PATH}/new")
def show_new() -> Response:
    """Tell what changed last, and which dates the vocabulary states of its terms."""
    source = reader()
    choice = choose(f"{PATH}/new", FORMATS, suffixes=False)
    size, number = settings().page_size, page_number()
    total = source.browser.count_dated()
    last = max(1, -(-total // size))
    if number > last:
        raise TermNotFound(f"The list has {last} pages; page {number} was asked for.")
    changes = browse_new.latest_changes(source, _CHANGES) if number == 1 else []
    days = browse_new.latest_dates(source, size, (number - 1) * size)
    if choice.format is JSON:
        dated = [
            {"at": each.at, "what": each.what, "iri": each.link["iri"], "prefLabel": each.link["title"]}
            for _, terms in days
            for each in terms
        ]
        body = _json({"changes": changes, "total": total, "page": number, "pages": last, "dated": dated})
    else:
        body = pages.render(
            "browse_new.html",
            changes=changes,
            days=days,
            total=total,
            number=number,
            last=last,
            moment=differences.moment,
        )

    def address(page: int) -> str:
        asked = query(("page", str(page) if page > 1 else ""))
        return f"{request.script_root}{PATH}/new" + (f"?{asked}" if asked else "")

    feed = link(f"{request.script_root}/changes.atom", "alternate", type="application/atom+xml")
    links = [feed, *_neighbours(number, last, address)]
    return _represent(choice.content_type, body, links, total, cache_control=_FRESH)


@blueprint.get(f"{PATH}/<path:rest>")
def show_nothing(rest: str) -> Response:
    """Refuse other addresses, which would be taken for those of terms."""
    raise TermNotFound(f'There is no way "{rest[:50]}" to browse; expected tree, index, groups or new.')


def has_tree(source: Reader, kind: Kind) -> bool:
    """Tell whether the terms of a kind can stand in a hierarchy: SKOS has one of concepts."""
    del source
    return kind.class_iri == SKOS.Concept


def _sections(source: Reader, kind: Kind) -> list[Any]:
    return Groups(source, kind).sections(pages.page())


def _neighbours(page: int, last: int, address: Callable[[int], str]) -> Iterator[str]:
    for relation, number in (("prev", page - 1), ("next", page + 1)):
        if 1 <= number <= last:
            yield link(address(number), relation)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _represent(
    content_type: str,
    body: bytes,
    links: Iterable[str] = (),
    total: int | None = None,
    cache_control: str = "",
) -> Response:
    answer = Representation(
        etag=pages.digest(body + content_type.encode()),
        content_type=content_type,
        render=lambda: body,
        vary=VARY_PAGE,
        language=interface_language() if content_type.startswith("text/html") else "",
        links=links,
        headers={} if total is None else {"X-Total-Count": str(total)},
    )
    if cache_control:
        answer.cache_control = cache_control
    return represent(answer)


def tree_script() -> bool:
    """Tell whether the script of the tree was built."""
    return (Path(__file__).parent / "static" / "dist" / "tree.js").is_file()


def register(app: Flask) -> None:
    """Give the templates their functions."""

    def term_ident(iri: str) -> str:
        return ident(reader(), iri)

    app.jinja_env.globals.update(tree_script=tree_script, term_ident=term_ident)


_MOST_SCHEMES: Final = 200
