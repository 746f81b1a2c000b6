"""The language of the interface: what pages say around the content, and which languages content is wanted in.

Texts are written in English, in templates and in Python, and looked up in catalogues in the way of GNU
gettext (https://babel.pocoo.org/en/latest/messages.html). The catalogues are read from their sources when
their language is first asked for: there is nothing to compile, and so nothing that can be out of date.

A reader's browser says which languages it prefers, for both; a reader who has chosen others says so in two
cookies, one for the interface and one for the content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask import Blueprint, Flask, Response, has_request_context, request
from flask import g as request_state
from markupsafe import Markup

from pathways_ld.errors import BadRequest, UnsupportedMediaType
from pathways_ld.formats import HTML
from pathways_ld.vocabulary import Languages
from pathways_ld.web import bodies
from pathways_ld.web.current import reader
from pathways_ld.web.negotiation import parse_languages
from pathways_ld.web.responses import VARY_WORDED, WORDED
from pathways_ld.wording import Said

blueprint = Blueprint("interface_language", __name__)

SOURCE: Final = "en"
AVAILABLE: Final = {"en": "English", "es": "Español"}
"""The languages there are, each with its own name for itself."""
COOKIE: Final = "pathways-language"
CONTENT_COOKIE: Final = "pathways-content-language"
RIGHT_TO_LEFT: Final = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ps", "sd", "ug", "ur", "yi"}
)
_A_YEAR: Final = 31_536_000
_FORM_SIZE: Final = 1_000
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_SCRIPTS: Final = "frontend/"


def interface_language() -> str:
    """Give the language of this request's interface: what was chosen, then what the browser prefers."""
    if not has_request_context():
        return SOURCE
    found = request_state.get("interface_language")
    if found is None:
        found = request_state.interface_language = _wanted()
    return str(found)


def _wanted() -> str:
    chosen = request.cookies.get(COOKIE, "")
    if chosen in AVAILABLE:
        return chosen
    return best_interface(parse_languages(request.headers.get("Accept-Language", "")))


def content_language() -> str:
    """Give the language that was chosen for content; only pages heed it, programs say it each time."""
    if HTML.media_type not in request.headers.get("Accept", ""):
        return ""
    request_state.content_cookie_counts = True
    chosen = request.cookies.get(CONTENT_COOKIE, "")
    return chosen if _LANGUAGE.fullmatch(chosen) else ""


@lru_cache(maxsize=1_024)
def best_interface(ranges: tuple[str, ...]) -> str:
    """Give the first language that is wanted and there is; English where there is none."""
    return Languages(ranges, SOURCE).best(AVAILABLE) or SOURCE


@lru_cache
def source_of(language: str) -> Catalog:
    """Read the catalogue of a language as translators write it."""
    source = files("pathways_ld.web").joinpath("translations", language, "LC_MESSAGES", "messages.po")
    with source.open("rb") as opened:
        return read_po(opened, locale=language)


@lru_cache
def catalogue(language: str) -> NullTranslations:
    """Give the texts of a language; those that are missing stay English."""
    if language == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, source_of(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def script_words() -> Markup:
    """Give what the scripts of the pages say, as JSON for ``frontend/src/words.js``; nothing for English."""
    return _script_words(interface_language())


@lru_cache
def _script_words(language: str) -> Markup:
    if language == SOURCE:
        return Markup()
    words = {
        message.id[0] if isinstance(message.id, tuple) else message.id: message.string
        for message in source_of(language)
        if message.id and any(place.startswith(_SCRIPTS) for place, _ in message.locations)
    }
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 - escaped here


def gettext(text: str) -> str:
    """Give a text in the language of the interface."""
    language = interface_language()
    # The empty text is where a catalogue keeps what is said about itself.
    return text if language == SOURCE or not text else catalogue(language).gettext(text)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Give the text that goes with a number in the language of the interface."""
    return catalogue(interface_language()).ngettext(singular, plural, number)


def say(said: Said) -> str:
    """Give a text with values in it in the language of the interface."""
    if interface_language() == SOURCE:
        return str(said)
    values = {
        name: say(each) if isinstance(each, Said) else show_number(each) if isinstance(each, int) else each
        for name, each in said.values.items()
    }
    return gettext(said.text) % values


def show_number(number: float) -> str:
    """Write a number as the language of the interface does."""
    return format_decimal(number, locale=interface_language())


def show_date(moment: date | datetime) -> str:
    """Write a day as the language of the interface does."""
    return format_date(moment, format="long", locale=interface_language())


def language_name(tag: str) -> str:
    """Name the language of a tag in the language of the interface; the tag itself where it has no name."""
    return _language_name(tag, interface_language())


@lru_cache(maxsize=4_096)
def _language_name(tag: str, interface: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name(interface) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def direction(tag: str) -> str:
    """Give the direction in which a language is written: "ltr" or "rtl"."""
    return "rtl" if tag.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"


@blueprint.post("/language")
def choose_language() -> Response:
    """Remember the language somebody chose, of the interface or of the content, and send back there.

    The answer to a form without scripts; it changes nothing but how pages are worded for this browser, so
    it needs no token.
    """
    name, known = "language", tuple(AVAILABLE)
    form = _form()
    if "content" in form:
        name, known = "content", ("", *reader().manifest.languages)
    wanted = form.get(name, "?")
    if wanted not in known:
        raise BadRequest(f'"{name}" is "{wanted[:20]}"; expected one of {", ".join(filter(None, known))}.')
    response = Response(status=303)
    response.headers["Location"] = _back()
    response.headers["Cache-Control"] = "no-store"
    response.autocorrect_location_header = False
    cookie = COOKIE if name == "language" else CONTENT_COOKIE
    response.set_cookie(cookie, wanted, max_age=_A_YEAR if wanted else 0, samesite="Lax", httponly=True)
    return response


def _form() -> dict[str, str]:
    """Read the form, which is small."""
    if request.mimetype != bodies.FORM:
        raise UnsupportedMediaType(f'The body is "{request.mimetype[:80]}"; expected a form, {bodies.FORM}.')
    return dict(bodies.pairs(bodies.read(_FORM_SIZE), "the form"))


def _back() -> str:
    """Give the page of ours that the form was on, the home page where the browser does not say."""
    start = f"{request.script_root}/"
    try:
        came = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return start
    if came.netloc != request.host or not came.path.startswith(start) or came.path.startswith("//"):
        return start
    return came.path + (f"?{came.query}" if came.query else "")


def _tell_caches(response: Response) -> Response:
    """Say that the wording of a page depends on what the browser sends.

    Data is the same for everybody, except that a browser gets its names in the language chosen for content.
    """
    if response.mimetype in WORDED and "interface_language" in request_state:
        response.vary.update(VARY_WORDED)
    if "content_cookie_counts" in request_state:
        response.vary.update(("Accept", *VARY_WORDED))
    return response


def register(app: Flask) -> None:
    """Teach the templates to translate."""
    app.after_request(_tell_caches)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    install: Callable[..., Any] = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install(gettext, ngettext, newstyle=True)
    app.jinja_env.globals.update(
        content_language=content_language,
        interface_language=interface_language,
        interface_languages=AVAILABLE,
        language_name=language_name,
        show_date=show_date,
        script_words=script_words,
        show_number=show_number,
    )
