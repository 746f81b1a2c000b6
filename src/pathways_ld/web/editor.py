"""What the page ``/sparql`` gives to its editor; where that was not built, the plain form is all there is."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from pathways_ld.formats import GRAPH_RESULT_FORMATS, SOLUTION_FORMATS, Format
from pathways_ld.namespaces import PREFIXES, SKOS
from pathways_ld.sparql.about import query_about
from pathways_ld.web import pages

if TYPE_CHECKING:
    from flask import Flask

_LABELS: Final = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
"""Properties that pages show without a heading."""
_KEY: Final = "pathways_ld_editor"


def register(app: Flask) -> None:
    """Give the templates what they need; whether the editor was built is looked up once."""
    built = files("pathways_ld.web").joinpath("static", "dist", "sparql.js")
    app.extensions[_KEY] = built.is_file()
    app.jinja_env.globals.update(
        query_about=query_about, sparql_editor=sparql_editor, sparql_formats=sparql_formats
    )


def sparql_editor() -> dict[str, Any] | None:
    """Give the editor its addresses, prefixes, names and formats; None where there is no editor."""
    if not current_app.extensions[_KEY]:
        return None
    page = pages.page()
    return {
        "root": page.root,
        "base": page.manifest.base,
        "endpoint": page.url("/sparql"),
        "examples": page.url("/sparql/examples"),
        "prefixes": {**PREFIXES, **page.reader.prefixes},
        "kinds": [kind.name for kind in page.manifest.kinds],
        "names": {iri: page.heading(iri) for iri in (*page.reader.headings, *_LABELS)},
        "resultFormats": sparql_formats(graph=False),
        "graphFormats": sparql_formats(graph=True),
    }


def sparql_formats(graph: bool) -> list[tuple[str, str, str]]:
    """Give name, title and file suffix of the formats of an answer: of a graph or of solutions."""
    formats: tuple[Format, ...] = GRAPH_RESULT_FORMATS[:4] if graph else SOLUTION_FORMATS
    return [(each.name, each.title, each.suffix if graph else each.suffixes[-1]) for each in formats]
