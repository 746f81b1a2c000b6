"""Spreadsheets of the current snapshot: templates to download, and what was sent back."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest
from pathways_ld.forms import (
    CSV,
    XLSX,
    Filled,
    Form,
    TableDraft,
    fill,
    read_spreadsheet,
    template_csv,
    template_xlsx,
)
from pathways_ld.web import schemas
from pathways_ld.web.edit_terms import PublishedTerms
from pathways_ld.web.interfaces import Answer, Operation, Parameter, Sample
from pathways_ld.web.responses import settings

blueprint = Blueprint("spreadsheets", __name__)

TEMPLATE: Final = "/contributions/template"
_EXAMPLES: Final = 2
_MAX_LOOKUPS: Final = 3_000
"""Different names of terms in one spreadsheet."""


@blueprint.get(f"{TEMPLATE}.csv")
def csv_template() -> Response:
    """Give the CSV template of a kind."""
    terms, form = _asked()
    return _file(
        template_csv(form, terms, _examples(terms, form)),
        f"{CSV}; charset=utf-8; header=present",
        form,
        "csv",
    )


@blueprint.get(f"{TEMPLATE}.xlsx")
def xlsx_template() -> Response:
    """Give the XLSX template of a kind."""
    terms, form = _asked()
    return _file(template_xlsx(form, terms, _examples(terms, form)), XLSX, form, "xlsx")


def read_table(content: bytes, media_type: str, kind: str, name: str = "spreadsheet") -> TableDraft:
    """Read a spreadsheet about terms of a kind.

    Raises :class:`BadRequest` for a kind that there is not, :class:`TableError` with the cells that cannot be
    used, and what reading the file raises.
    """
    terms = PublishedTerms(_MAX_LOOKUPS)
    form = _form(terms, kind)
    limit = settings().contribution_size
    return read_spreadsheet(
        content, media_type, form, terms, space=terms.space_of(kind), limit=limit, name=name
    )


def _asked() -> tuple[PublishedTerms, Form]:
    terms = PublishedTerms()
    return terms, _form(terms, request.args.get("kind", ""))


def _form(terms: PublishedTerms, kind: str) -> Form:
    known = [each.name for each in terms.reader.manifest.kinds if each.name in terms.forms]
    if kind not in known:
        said = f'"kind" is "{kind[:60]}"' if kind else '"kind" is missing'
        raise BadRequest(f"{said}; say what the rows are: one of {', '.join(known)}.")
    return terms.forms[kind]


def _examples(terms: PublishedTerms, form: Form) -> list[Filled]:
    """Take well-described terms of the vocabulary itself as examples."""
    return [fill(form, hit.link["iri"], terms) for hit in terms.well_described(form.kind, _EXAMPLES)]


def _file(body: bytes, content_type: str, form: Form, suffix: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{form.kind}-template.{suffix}"'
    response.headers["Cache-Control"] = "no-cache"
    return response


OPERATIONS: Final = tuple(
    Operation(
        "GET",
        f"{TEMPLATE}.{suffix}",
        f"{suffix}Template",
        f"A spreadsheet to fill in and send to /contributions, as {suffix.upper()}",
        "Contributions",
        (Parameter("kind", "query", "What its rows are.", schemas.KIND, required=True, example=Sample.KIND),),
        answers=(Answer(200, "The file, with two examples", {name: schemas.ANY}),),
    )
    for suffix, name in (("csv", CSV), ("xlsx", XLSX))
)
