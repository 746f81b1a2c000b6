"""oEmbed: who pastes the address of a term into an article gets a card (https://oembed.com/).

The card is a page for an ``iframe``, without scripts. A frame, because that is what publishing systems let
through from sites they do not know: WordPress takes ``rich`` only with one, and hides it where a
``blockquote`` stands before it and no script of the framed page says how high it is. A frame also keeps
what we write out of the page of others, and theirs out of ours.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import unquote, urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup

from pathways_ld.errors import BadRequest, FormatNotOffered, TermNotFound
from pathways_ld.formats import HTML
from pathways_ld.vocabulary import TermDocument
from pathways_ld.web import pages, schemas, terms
from pathways_ld.web.cards import LONGEST_NAME, Card, card_of, document_named, language_in
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import direction, interface_language
from pathways_ld.web.interfaces import Answer, Operation, Parameter, Sample
from pathways_ld.web.responses import VARY_PAGE, Representation, link, represent
from pathways_ld.web.social import public_root

blueprint = Blueprint("oembed", __name__)

MEDIA_TYPE: Final = "application/json+oembed"
"""What pages call the link to their oEmbed answer; the answer itself is application/json."""
WIDTH: Final = 600
CACHE_AGE: Final = 3_600
"""Seconds for which a card may be kept."""
_MOST: Final = 100_000
_LETTERS_PER_PIXEL: Final = 0.125
_LINE: Final = 25
_AROUND: Final = 116
_HIGHEST: Final = 420
SANDBOX: Final = "allow-popups allow-popups-to-escape-sandbox"
POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
"""The policy of cards: anybody may frame them, and nothing in them runs."""


@blueprint.get("/oembed")
def show_oembed() -> Response:
    """Tell how the page of a term is embedded; raises :class:`TermNotFound` for addresses not ours."""
    address = request.args.get("url", "")
    if not address:
        raise BadRequest('"url" is missing; expected the address or the IRI of a term.')
    if len(address) > LONGEST_NAME:
        raise BadRequest(f'"url" has {len(address)} characters; expected at most {LONGEST_NAME}.')
    wanted = request.args.get("format", "json")
    if wanted != "json":
        raise FormatNotOffered(f'"format" is "{wanted[:20]}"; this server writes oEmbed as json only.')
    most_width, most_height = _most("maxwidth"), _most("maxheight")
    source, root = reader(), public_root()
    document = document_named(source, address, root)
    if document is None:
        raise TermNotFound(
            f"{address[:200]} is not the address of a term here; expected one that begins with"
            f" {source.space.base} or {root}/."
        )
    if document.withdrawn:
        raise terms.withdrawn(document)
    page = source.space.path(document.iri) or "/"
    if page == "/" or terms.document_at(source, unquote(f"{page[1:].partition('#')[0]}/card")) is not None:
        raise TermNotFound(f"{address[:200]} has no card: its address is that of something else.")
    lang = language_in(address)
    helper = pages.Page(source, pages.languages(lang), request.script_root)
    card = card_of(document, helper)
    width = min(WIDTH, most_width)
    height = min(_height(card, width), most_height)
    body = json.dumps(
        {
            "version": "1.0",
            "type": "rich",
            "title": card.label,
            "provider_name": helper.vocabulary_title(),
            "provider_url": f"{root}/",
            "cache_age": CACHE_AGE,
            "width": width,
            "height": height,
            "html": _frame(_card_address(f"{root}{page}", lang), card.label, width, height),
        },
        ensure_ascii=False,
    ).encode()
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type="application/json",
            render=lambda: body + b"\n",
            vary="Accept-Language",
            links=[link(document.iri, "cite-as")],
        )
    )


def _most(name: str) -> int:
    text = request.args.get(name, str(_MOST))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise BadRequest(f'"{name}" is "{text[:20]}"; expected a whole number of pixels from 1.')
    return int(text)


def _height(card: Card, width: int) -> int:
    """Estimate how high a card is, so that neither its end is cut off nor much room left."""
    letters = max(1.0, (width - 40) * _LETTERS_PER_PIXEL)
    lines = -(-len(card.definition) // letters) - (-len(card.label) // (letters * 0.7))
    lines += 2 if card.is_deprecated else 0
    return min(_HIGHEST, int(_AROUND + lines * _LINE))


def _card_address(page: str, lang: str) -> str:
    query = f"?{urlencode({'lang': lang})}" if lang else ""
    return f"{page.partition('#')[0].rstrip('/')}/card{query}"


def _frame(address: str, title: str, width: int, height: int) -> str:
    """Write the frame; the attributes that give it less to do come from us, whatever its consumer adds."""
    frame = Markup(
        '<iframe src="{}" title="{}" width="{}" height="{}" frameborder="0"'
        ' sandbox="{}" loading="lazy"></iframe>'
    )
    return frame.format(address, title, width, height, SANDBOX)


@blueprint.get("/<path:local_id>/card")
def show_card(local_id: str) -> Response:
    """Show a term in short, for frames; a term whose own IRI ends in "/card" keeps its address."""
    source = reader()
    if terms.document_at(source, f"{local_id}/card") is not None:
        return terms.show_term(f"{local_id}/card")
    document = terms.document_at(source, local_id)
    if document is None:
        raise TermNotFound(f"There is no term with the IRI {source.space.iri(local_id)} in this vocabulary.")
    if document.withdrawn:
        raise terms.withdrawn(document)
    return _show(document)


def _show(document: TermDocument) -> Response:
    helper = pages.page()
    card = card_of(document, helper)
    body = pages.render("card.html", card=card, direction=direction(card.lang))
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type=HTML.content_type(),
            render=lambda: body,
            vary=VARY_PAGE,
            language=card.lang or interface_language(),
            links=[link(document.iri, "cite-as")],
            headers={
                "Content-Security-Policy": POLICY,
                "Cross-Origin-Resource-Policy": "cross-origin",
                # The page with the term is the one to be found.
                "X-Robots-Tag": "noindex",
            },
        )
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        "/oembed",
        "getOembed",
        "How the page of a term is embedded, for publishing systems",
        "Embedding",
        (
            Parameter(
                "url",
                "query",
                "The IRI of a term, or the address of its page here.",
                {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
                required=True,
                example=Sample.IRI,
            ),
            Parameter("maxwidth", "query", "Pixels that there are.", schemas.number(1, 999_999_999)),
            Parameter("maxheight", "query", "Pixels that there are.", schemas.number(1, 999_999_999)),
            Parameter("format", "query", "Only json is written.", schemas.one_of(("json",))),
        ),
        answers=(
            schemas.json_answer(
                "oEmbed 1.0 (https://oembed.com/)",
                schemas.record(
                    {
                        "version": schemas.one_of(("1.0",)),
                        "type": schemas.one_of(("rich",)),
                        "title": schemas.STRING,
                        "provider_name": schemas.STRING,
                        "provider_url": schemas.ADDRESS,
                        "cache_age": schemas.COUNT,
                        "width": schemas.number(1),
                        "height": schemas.number(1),
                        "html": schemas.STRING,
                    }
                ),
            ),
            Answer(404, "Not the address of a term here"),
            Answer(410, "The term was withdrawn"),
            Answer(501, "Another format than json"),
        ),
    ),
)
