"""Everything that is offered for copying: each form of snippet with its name, its words, its media type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from pathways_ld.embedding import citations, snippets_json, snippets_text
from pathways_ld.embedding.snippets_subject import Subject
from pathways_ld.formats import JSON, JSONLD, TURTLE
from pathways_ld.wording import N_

WEB: Final = N_("Web pages and registries")
DATA: Final = N_("Data")
CITATIONS: Final = N_("Citations")
GROUPS: Final = (WEB, DATA, CITATIONS)

_IN_PAGE: Final = N_("Put it into the page as it is; search engines read it there.")


@dataclass(frozen=True)
class Form:
    """A form of snippet; `note` says in a sentence where it goes and what to replace."""

    name: str
    title: str
    group: str
    note: str
    media_type: str
    write: Callable[[Subject, date], str]
    language: str = ""
    """The language of the code, for those who mark it up."""
    concepts_only: bool = False
    in_script: bool = False
    """Whether web pages hold it in a script element."""

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


@dataclass(frozen=True)
class Snippet:
    """A snippet of one term; `paste` is what goes into a web page, where that is more than the text."""

    form: Form
    text: str

    @property
    def paste(self) -> str:
        """The text as it is copied."""
        return snippets_json.in_script(self.text) if self.form.in_script else self.text


def _undated(write: Callable[[Subject], str]) -> Callable[[Subject, date], str]:
    return lambda subject, _: write(subject)


FORMS: Final = (
    Form(
        "ctdl", N_("CTDL alignment"), WEB,
        N_("Stands among the subjects of what you publish in CTDL. Replace the program by yours."),
        JSONLD.media_type, _undated(snippets_json.ctdl), "json", concepts_only=True,
    ),
    Form(
        "schema", N_("schema.org: the term"), WEB, _IN_PAGE,
        JSONLD.media_type, _undated(snippets_json.schema), "html", in_script=True,
    ),
    Form(
        "schema-program", N_("schema.org: in a program"), WEB,
        N_("An educational program of the type that the term names. Replace the program by yours."),
        JSONLD.media_type, _undated(snippets_json.schema_program), "html",
        concepts_only=True, in_script=True,
    ),
    Form(
        "schema-course", N_("schema.org: in a course"), WEB,
        N_("A course about the term; “teaches” instead of “about” says more. Replace the course by yours."),
        JSONLD.media_type, _undated(snippets_json.schema_course), "html",
        concepts_only=True, in_script=True,
    ),
    Form(
        "schema-job", N_("schema.org: in a job posting"), WEB,
        N_("A job that asks for knowledge of the term. Replace the job by yours."),
        JSONLD.media_type, _undated(snippets_json.schema_job), "html",
        concepts_only=True, in_script=True,
    ),
    Form(
        "badge", N_("Open Badges 3.0 alignment"), WEB,
        N_("Belongs into an achievement. The IRI is a text there and no link: queries look for that text."),
        JSON.media_type, _undated(snippets_json.badge), "json", concepts_only=True,
    ),
    Form(
        "rdfa", N_("HTML with RDFa"), WEB,
        N_("A link that says to machines what the page is about."),
        "text/html", _undated(snippets_text.rdfa), "html",
    ),
    Form(
        "dcat", N_("DCAT and Dublin Core (Turtle)"), DATA,
        N_("A dataset with the term as its theme and subject. Replace the dataset by yours."),
        TURTLE.media_type, _undated(snippets_text.dcat), "turtle",
    ),
    Form(
        "dcat-jsonld", N_("DCAT and Dublin Core (JSON-LD)"), DATA,
        N_("A dataset with the term as its theme and subject. Replace the dataset by yours."),
        JSONLD.media_type, _undated(snippets_text.dcat_jsonld), "json",
    ),
    Form(
        "skos", N_("Mapping from another SKOS vocabulary"), DATA,
        N_("Replace the concept by yours, and the relation by the one that holds."),
        TURTLE.media_type, _undated(snippets_text.mapping), "turtle", concepts_only=True,
    ),
    Form(
        "json", N_("JSON with our context"), DATA,
        N_("Plain JSON that is RDF too, by the context that it names. Replace the record by yours."),
        JSONLD.media_type, _undated(snippets_json.with_context), "json",
    ),
    Form(
        "csv", N_("Columns of a table (CSV)"), DATA,
        N_("One column holds the IRI, one the name for people."),
        "text/csv", _undated(snippets_text.table), "csv",
    ),
    Form(
        "csvw", N_("Description of the table (CSVW)"), DATA,
        N_("Put it beside your-table.csv, as your-table.csv-metadata.json."),
        "application/csvm+json", _undated(snippets_json.csvw), "json",
    ),
    Form(
        "apa", N_("APA"), CITATIONS,
        N_("The day is the one on which you see this; in print, the title of the vocabulary is in italics."),
        "text/plain", citations.apa, "text",
    ),
    Form(
        "bibtex", N_("BibTeX"), CITATIONS, N_("For LaTeX."),
        "application/x-bibtex", citations.bibtex, "bibtex",
    ),
    Form(
        "csl", N_("CSL-JSON"), CITATIONS, N_("For Zotero and other reference managers."),
        "application/vnd.citationstyles.csl+json", citations.csl, "json",
    ),
)  # fmt: skip
"""All forms, in the order in which they are shown."""


def snippets(subject: Subject, read: date) -> Iterator[Snippet]:
    """Write every snippet that suits a term; `read` is the day that citations give."""
    for form in FORMS:
        if suits(form, subject):
            yield Snippet(form, form.write(subject, read))


def suits(form: Form, subject: Subject) -> bool:
    """Tell whether a form can be written of a term: alignments and mappings are for concepts."""
    return (subject.is_concept or not form.concepts_only) and (bool(subject.context) or form.name != "json")
