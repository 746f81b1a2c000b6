"""From a checked query and a chosen format to an answer.

The caller checks the query first (`guard.check_query`), then negotiates one of `result_formats(form)`, and
only then evaluates: a request that no format suits costs no evaluation.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathways_ld.errors import BadRequest, QuerySyntaxError
from pathways_ld.iris import is_absolute_iri
from pathways_ld.sparql.diagnosis import explain
from pathways_ld.store.base import RESULT_FORMATS, Query

if TYPE_CHECKING:
    from pathways_ld.formats import Format
    from pathways_ld.sparql.guard import CheckedQuery
    from pathways_ld.store.base import Answer, Cancellation, Limits, QueryForm, Store


@dataclass(frozen=True)
class QueryRequest:
    """A query with the format of its answer and the graphs the request names (SPARQL 1.1 Protocol, 2.1.4)."""

    checked: CheckedQuery
    format: Format
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """A name of the query and its dataset, whatever the format, the white space and the comments."""
        parts = (
            self.checked.normalised,
            self.checked.base_iri,
            sorted(set(self.default_graphs)),
            sorted(set(self.named_graphs)),
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def cache_key(self) -> str | None:
        """A name of the answer among those from the same snapshot; None if it must not be kept."""
        return None if self.checked.volatile else f"{self.identity} {self.format.media_type}"


def result_formats(form: QueryForm) -> tuple[Format, ...]:
    """Give what a query of this form can be answered with, in our order of preference."""
    return RESULT_FORMATS[form]


def evaluate(
    store: Store,
    request: QueryRequest,
    limits: Limits | None = None,
    cancellation: Cancellation | None = None,
) -> Answer:
    """Evaluate a request; the caller closes the answer.

    Raises :class:`BadRequest` for a graph that is no IRI, and what :meth:`Store.query` raises.
    """
    for iri in (*request.default_graphs, *request.named_graphs):
        if not is_absolute_iri(iri):
            raise BadRequest(f'"{iri[:200]}" is no absolute IRI; a graph is named by one, such as http://...')
    checked = request.checked
    query = Query(
        text=checked.text,
        form=checked.form,
        media_type=request.format.media_type,
        default_graphs=request.default_graphs,
        named_graphs=request.named_graphs,
        dataset_given=bool(request.default_graphs or request.named_graphs or checked.has_dataset_clause),
        prefixes=checked.prefixes,
        base_iri=checked.base_iri,
        cheap=checked.cheap,
    )
    try:
        return store.query(query, limits, cancellation)
    except QuerySyntaxError as error:
        raise explain(checked, error) from None
