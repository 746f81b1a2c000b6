"""Texts with values in them: English as they are, and in any language that has a translation of them."""

from __future__ import annotations

import json
from gettext import NullTranslations

import pytest
from flask.testing import FlaskClient

from pathways_ld.web import interface_language
from pathways_ld.web.interface_language import say
from pathways_ld.web.pages import page
from pathways_ld.wording import Said

SPANISH = {
    "The text has %(number)s characters; write %(examples)s.": "El texto tiene %(number)s caracteres; escriba %(examples)s.",
    "%(one)s or %(other)s": "%(one)s o %(other)s",
    "Nobody.": "Nadie.",
}


class _Catalogue(NullTranslations):
    def gettext(self, message: str) -> str:
        return SPANISH.get(message, message)


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a catalogue with what is said here."""
    monkeypatch.setattr(interface_language, "catalogue", lambda language: _Catalogue())


def said(one: str) -> Said:
    """Make a text with a number in it, and with another such text."""
    examples = Said("%(one)s or %(other)s", one=one, other="2014-06")
    return Said("The text has %(number)s characters; write %(examples)s.", number=12_345, examples=examples)


def test_it_is_english_wherever_it_is_read_as_a_string() -> None:
    english = "The text has 12,345 characters; write 2014 or 2014-06."
    assert said("2014") == english
    assert f"{said('2014')}" == english
    assert json.loads(json.dumps(said("2014"))) == english


def test_a_page_says_it_in_its_language_with_its_numbers(client: FlaskClient) -> None:
    with client.application.test_request_context(headers={"Accept-Language": "es"}):
        assert say(said("2014")) == "El texto tiene 12.345 caracteres; escriba 2014 o 2014-06."
        assert page().message(Said("Nobody.")) == "Nadie."
    with client.application.test_request_context(headers={"Accept-Language": "en"}):
        assert say(said("2014")) == said("2014")


def test_values_are_text_and_never_markup_or_places_for_values(client: FlaskClient) -> None:
    with client.application.test_request_context(headers={"Accept-Language": "es"}):
        written = page().message(said("<b>100% %(other)s"))
    assert "escriba &lt;b&gt;100% %(other)s o 2014-06." in written


def test_what_has_no_translation_is_marked_as_the_english_it_is(client: FlaskClient) -> None:
    with client.application.test_request_context(headers={"Accept-Language": "es"}):
        assert page().message("It failed <b>.") == '<span lang="en">It failed &lt;b&gt;.</span>'
    with client.application.test_request_context(headers={"Accept-Language": "en"}):
        assert page().message("It failed <b>.") == "It failed &lt;b&gt;."
