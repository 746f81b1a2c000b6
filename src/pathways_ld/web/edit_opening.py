"""The sheet of a form: of a term that is there, or of a new one with the IRI it would have."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote

from flask import current_app

from pathways_ld.errors import Forbidden, TermNotFound, TermWithdrawn
from pathways_ld.forms import Form, fill, read_form
from pathways_ld.iris import RESERVED, SLUG, suggest_slug
from pathways_ld.namespaces import DCT, FOAF, SKOS
from pathways_ld.vocabulary import TermDocument
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.edit_sheet import Sender, Sheet, first_texts
from pathways_ld.web.edit_terms import PublishedTerms, bare_address
from pathways_ld.web.responses import EXTENSION_KEY, settings
from pathways_ld.web.sent_form import SentForm
from pathways_ld.wording import N_, Said

EDIT: Final = "/edit"
PROPOSE: Final = "/propose"
LONGEST_SLUG: Final = 100
_PATH_SAFE: Final = "/-._~!$&'()*+,;=:@"
_BAD_SLUG: Final = N_("Use small letters and digits, joined by single hyphens, at most %(most)s.")
_BAD_SLUG_WITH_EXAMPLE: Final = N_(
    "Use small letters and digits, joined by single hyphens, at most %(most)s, for example %(example)s."
)
_NAMES: Final = (SKOS.prefLabel, DCT.title)


def takes_contributions() -> bool:
    """Tell whether anything can be contributed here."""
    return settings().contributions != "off" and not current_app.extensions[EXTENSION_KEY].current.fixed


def check_open() -> None:
    """Raise :class:`Forbidden` where nothing can be contributed."""
    if settings().contributions == "off":
        raise Forbidden("Contributions are not taken here at the moment.")
    if not takes_contributions():
        raise Forbidden("This server shows one fixed snapshot, so nothing can be changed here.")


def find_document(local_id: str) -> TermDocument | None:
    """Find the document of a local id; raises :class:`TermWithdrawn`."""
    held = reader()
    for name in dict.fromkeys((local_id, quote(unquote(local_id), safe=_PATH_SAFE))):
        try:
            document = held.document(held.space.iri(name))
        except TermNotFound:
            continue
        if document.withdrawn:
            raise TermWithdrawn(
                "This term was withdrawn, so it is not edited any more.",
                iri=document.iri,
                title=pages.page().plain(document.view["title"]),
            )
        return document
    return None


def edit_sheet(document: TermDocument, sent: SentForm | None = None) -> Sheet:
    """Open the form of a term, with what was sent if there is any."""
    check_open()
    known = PublishedTerms()
    form = known.forms.get(document.kind) or Form(document.kind, "", {}, {}, ())
    if sent is None:
        filled = fill(form, document.iri, known)
    else:
        filled = read_form(form, document.iri, sent.controls, known, base=sent.value("base"))
    path = known.reader.space.path(document.iri) or "/"
    return Sheet(
        filled=filled,
        terms=known,
        sender=_sender(sent),
        title=known.page.plain(document.view["title"], document.iri),
        name=known.page.text(document.view["title"], document.iri),
        action=f"{path.rstrip('/')}{EDIT}",
        term_path=path,
        deprecated=document.deprecated,
    )


def new_sheet(kind: str, sent: SentForm | None = None) -> Sheet:
    """Open the form of a kind for a new term; raises :class:`TermNotFound` where there is none."""
    check_open()
    known = PublishedTerms()
    form = known.forms.get(kind)
    if form is None or known.reader.manifest.kind(kind) is None:
        names = ", ".join(each.name for each in known.reader.manifest.kinds if each.name in known.forms)
        raise TermNotFound(f'There is no form for "{kind[:60]}"; there is one for {names}.')
    sender = _sender(sent)
    if sent is None:
        filled = fill(form, known.space_of(kind), known, is_new=True)
    else:
        _suggest(sender, form, sent)
        filled = read_form(form, f"{known.space_of(kind)}{sender.slug}", sent.controls, known, is_new=True)
    sheet = Sheet(
        filled,
        known,
        sender,
        title=known.page.plain_wording(form.label),
        name=known.page.wording(form.label),
        action=f"{PROPOSE}/{kind}",
    )
    if sent is not None:
        _check_slug(sheet)
    return sheet


def _sender(sent: SentForm | None) -> Sender:
    if sent is None:
        return Sender()
    return Sender(
        reason=sent.value("reason"),
        message=sent.value("message"),
        name=sent.value("name"),
        contact=sent.value("contact"),
        named=bool(sent.value("named")),
        slug=sent.value("slug").strip(),
        suggested=sent.value("suggested"),
    )


def _suggest(sender: Sender, form: Form, sent: SentForm) -> None:
    """Make the last part of the IRI from the label, or the address, as long as nobody writes another."""
    page = form.at(FOAF.page)
    if page is not None and page.least:
        found = [bare_address(each.strip()) for each in first_texts(sent.controls, page.name)]
    else:
        named = [field for path in _NAMES if (field := form.at(path)) is not None]
        found = [text for field in named for text in first_texts(sent.controls, field.name)]
    if sender.slug in ("", sender.suggested):
        sender.slug = sender.suggested = suggest_slug(found[0]) if found else ""


def _check_slug(sheet: Sheet) -> None:
    """Tell what is wrong with the IRI of a new term."""
    slug, known = sheet.sender.slug, sheet.terms
    taken = known.document(sheet.filled.iri)
    if not slug and any(each.field.path in (*_NAMES, FOAF.page) for each in sheet.filled.problems):
        return  # it will be made from what is missing now
    if not slug:
        sheet.sender.problems["slug"] = Said(
            N_("Write the last part of the address: small letters and digits, joined by single hyphens.")
        )
    elif not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        advice = suggest_slug(slug)
        sheet.sender.problems["slug"] = (
            Said(_BAD_SLUG_WITH_EXAMPLE, most=LONGEST_SLUG, example=advice)
            if advice
            else Said(_BAD_SLUG, most=LONGEST_SLUG)
        )
    elif taken is not None:
        sheet.sender.problems["slug"] = Said(
            N_(
                "There is “%(name)s” at this address. Edit that, or choose another address for something"
                " else."
            ),
            name=known.name(taken.iri),
        )
    elif (known.reader.space.path(sheet.filled.iri) or "/")[1:] in RESERVED:
        sheet.sender.problems["slug"] = Said(N_("This address is used by the server itself. Choose another."))
