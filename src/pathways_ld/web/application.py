"""``create_app(settings)``: the application, with its blueprints, its error gate and its common headers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request

from pathways_ld import __version__
from pathways_ld.settings import Settings
from pathways_ld.validation.pool import ValidationPool
from pathways_ld.web import (
    browse,
    catalog,
    changes_pages,
    contexts,
    contribution_status,
    contributions,
    cookies,
    current,
    edit,
    editor,
    embedding_component,
    examples,
    feeds,
    frameworks,
    graphs,
    interface_language,
    jskos_api,
    labels,
    llms,
    lookup,
    map_pages,
    mcp,
    metrics,
    modules,
    oembed,
    openapi,
    overviews,
    pages,
    problems,
    reconcile,
    rest_skosmos,
    review,
    review_actions,
    rules,
    search,
    search_suggest,
    sign_in,
    signed_in,
    snippets,
    social,
    sparql,
    spreadsheets,
    statistics_pages,
    terms,
    timeline,
    update,
    validate,
)
from pathways_ld.web.compression import compress, understand_etags
from pathways_ld.web.current import CurrentSnapshot
from pathways_ld.web.record import finish
from pathways_ld.web.responses import EXTENSION_KEY, RepresentationCache

if TYPE_CHECKING:
    from pathways_ld.releases import Maintenance

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EXPOSED: Final = (
    "Link, ETag, Content-Location, Content-Language, X-Total-Count, Location, Retry-After, RateLimit,"
    " RateLimit-Policy, SPARQL-Timeout, Cache-Status, X-Request-Id"
)
ALLOWED_HEADERS: Final = (
    "Accept, Accept-Profile, Accept-Language, Content-Type, Authorization, If-Match, If-None-Match,"
    " MCP-Protocol-Version, MCP-Session-Id, Mcp-Method, Mcp-Name"
)


@dataclass
class State:
    """What all requests of one process share."""

    settings: Settings
    current: CurrentSnapshot
    cache: RepresentationCache
    fingerprint: str
    """Names this version of the software and its templates: the same content rendered by another
    version is another representation."""
    validation: ValidationPool
    """Processes that validate; the first one starts with the first document."""
    maintenance: Maintenance | None = None
    """What makes changes; made when the first one comes."""


def create_app(
    settings: Settings, snapshot: Path | None = None, *, maintenance: Maintenance | None = None
) -> Flask:
    """Make an application that serves the current snapshot, or always `snapshot` where that is given.

    `maintenance` makes the changes that maintainers ask for; without it, they are made under all rules.
    """
    app = Flask(__name__)
    # Werkzeug's own redirects are 308, which many RDF clients do not follow; ours are 301.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    state = State(
        settings,
        CurrentSnapshot(settings, snapshot),
        RepresentationCache(settings.representation_cache),
        _fingerprint(),
        ValidationPool.from_settings(settings),
        maintenance,
    )
    app.extensions[EXTENSION_KEY] = state
    interface_language.register(app)
    pages.register(app)
    browse.register(app)
    edit.register(app)
    editor.register(app)
    search_suggest.register(app)
    problems.register(app)
    metrics.register(app)
    labels.register(app)
    openapi.register(app)
    overviews.register(app)
    signed_in.register(app)
    snippets.register(app)
    social.register(app)
    for blueprint in (
        catalog.blueprint,
        contexts.blueprint,
        openapi.blueprint,
        interface_language.blueprint,
        browse.blueprint,
        search.blueprint,
        search_suggest.blueprint,
        sparql.blueprint,
        examples.blueprint,
        update.blueprint,
        graphs.blueprint,
        rules.blueprint,
        validate.blueprint,
        labels.blueprint,
        llms.blueprint,
        mcp.blueprint,
        snippets.blueprint,
        map_pages.blueprint,
        statistics_pages.blueprint,
        timeline.blueprint,
        frameworks.blueprint,
        modules.blueprint,
        sign_in.blueprint,
        feeds.blueprint,
        changes_pages.blueprint,
        contributions.blueprint,
        contribution_status.blueprint,
        review.blueprint,
        review_actions.blueprint,
        edit.blueprint,
        lookup.blueprint,
        reconcile.blueprint,
        spreadsheets.blueprint,
        social.blueprint,
        embedding_component.blueprint,
        oembed.blueprint,
        rest_skosmos.blueprint,
        jskos_api.blueprint,
        terms.blueprint,
    ):
        app.register_blueprint(blueprint)
    app.before_request(_speak_as_the_browser)
    app.before_request(_preflight)
    app.before_request(understand_etags)
    app.after_request(_common_headers)
    app.after_request(compress)
    app.after_request(finish)
    app.teardown_request(current.release)
    return app


def _fingerprint() -> str:
    digest = hashlib.blake2b(__version__.encode(), digest_size=4)
    here = Path(__file__).parent
    for folder in ("templates", "static"):
        for part in sorted(path for path in (here / folder).rglob("*") if path.is_file()):
            digest.update(part.read_bytes())
    return digest.hexdigest()


def _speak_as_the_browser() -> None:
    """Let whole addresses begin with https where the browser speaks it, with a trusted proxy before us."""
    if cookies.is_secure():
        request.scheme = "https"


def _preflight() -> Response | None:
    """Answer CORS preflight requests; everything here may be read from anywhere."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _common_headers(response: Response) -> Response:
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    headers["X-Content-Type-Options"] = "nosniff"
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    cookies.finish(response)
    return response
