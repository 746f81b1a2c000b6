"""``/update``: the SPARQL 1.1 Protocol's update operation (https://www.w3.org/TR/sparql11-protocol/#update-operation).

For maintainers only. What is asked for is validated like a release, and published as one, or refused whole.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from pathways_ld.errors import BadRequest, Forbidden, UnsupportedMediaType
from pathways_ld.iris import is_absolute_iri
from pathways_ld.sparql.guard import QueryLimits
from pathways_ld.sparql.updates import check_update
from pathways_ld.web import bearer, bodies, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import TEXT, Answer, Body, Operation, Parameter
from pathways_ld.web.responses import EXTENSION_KEY, settings

if TYPE_CHECKING:
    from pathways_ld.releases import Maintenance, Published

blueprint = Blueprint("update", __name__)

FORM = bodies.FORM
DIRECT = "application/sparql-update"
_PARAMETERS = ("using-graph-uri", "using-named-graph-uri")


@blueprint.post("/update")
@blueprint.post("/update/")
def update() -> Response:
    """Apply an update."""
    token = bearer.require("update")
    text, parameters = _read()
    for values in parameters.values():
        for iri in values:
            if not is_absolute_iri(iri):
                raise BadRequest(
                    f'"{iri[:200]}" is no absolute IRI; a graph is named by one, such as http://...'
                )
    held = reader()
    checked = check_update(
        text,
        limits=QueryLimits(query_bytes=settings().update_size),
        known_prefixes=held.prefixes,
        base_iri=held.manifest.base,
        using_graphs=parameters["using-graph-uri"],
        using_named_graphs=parameters["using-named-graph-uri"],
    )
    return answer(maintenance().update(checked, token))


@blueprint.get("/update")
@blueprint.get("/update/")
def no_update() -> Response:
    """Refuse what is no update; without this, the address would be taken for that of a term."""
    raise MethodNotAllowed(["POST"])


def maintenance() -> Maintenance:
    """Give what makes changes. Raises :class:`Forbidden` where this server shows one fixed snapshot."""
    state = current_app.extensions[EXTENSION_KEY]
    if state.current.fixed:
        raise Forbidden("This server shows one fixed snapshot, so nothing can be changed here.")
    if state.maintenance is None:
        # The libraries of the checks take longer to load than all the rest: only who changes something waits.
        from pathways_ld.releases import Maintenance as Made  # noqa: PLC0415

        state.maintenance = Made(state.settings)
    found: Maintenance = state.maintenance
    return found


def answer(published: Published, *, status: int = 200, location: str = "") -> Response:
    """Say what a change did."""
    body = {
        "change": published.change,
        "snapshot": published.snapshot,
        "added": published.added,
        "removed": published.removed,
        "remarks": [str(finding) for finding in published.findings[:50]],
    }
    response = Response(
        json.dumps(body, ensure_ascii=False, indent=1) + "\n", status=status, content_type="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    if location:
        response.headers["Location"] = location
        response.autocorrect_location_header = False
    return response


def _read() -> tuple[bytes | str, dict[str, tuple[str, ...]]]:
    """Read the operation: POST with a form, or POST of the update itself (2.2.1, 2.2.2)."""
    pairs = bodies.pairs(request.query_string, "the query string")
    if any(name in ("query", "update") for name, _ in pairs):
        raise BadRequest('"query" or "update" stands in the address; expected the update in the body.')
    body = bodies.read(settings().update_size * 3 + 10_000)
    if request.mimetype == DIRECT:
        if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("The update is not in UTF-8, the only encoding that is read.")
        return body, _graphs(pairs)
    if request.mimetype != FORM:
        raise UnsupportedMediaType(
            f'The body is "{request.mimetype[:80] or "of no stated type"}"; expected {DIRECT} with the update'
            f" as the body, or {FORM} with an update parameter."
        )
    form = bodies.pairs(body, "the form")
    updates = [value for name, value in form if name == "update"]
    if any(name == "query" for name, _ in form):
        raise BadRequest('Queries are answered at /sparql; expected an "update" parameter here.')
    if len(updates) != 1:
        raise BadRequest(f'"update" was sent {len(updates)} times; expected it once.')
    return updates[0], _graphs(form + pairs)


def _graphs(pairs: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    return {each: tuple(value for name, value in pairs if name == each) for each in _PARAMETERS}


CHANGED: Final = schemas.record(
    {
        "change": schemas.maybe(schemas.COUNT),
        "snapshot": schemas.STRING,
        "added": schemas.COUNT,
        "removed": schemas.COUNT,
        "remarks": schemas.array(schemas.STRING),
    }
)
"""What `answer` says."""

OPERATIONS: Final = (
    Operation(
        "POST",
        "/update",
        "update",
        "Change what is published (SPARQL 1.1 Update)",
        "SPARQL",
        tuple(
            Parameter(
                each,
                "query",
                "The IRI of a graph that WHERE looks at; may be repeated.",
                schemas.array(schemas.IRI),
            )
            for each in _PARAMETERS
        ),
        Body(
            {DIRECT: TEXT, FORM: schemas.record({"update": schemas.STRING})},
            "The update, or a form with it. It is validated and published like a release, or refused whole.",
        ),
        (
            schemas.json_answer("It is published", CHANGED),
            Answer(422, "What it would lead to breaks a rule; nothing was changed"),
        ),
        security=("token",),
    ),
)
