"""What was typed into a control as an RDF term, or why it is none."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Final

from pathways_ld.forms.filled import Cell
from pathways_ld.forms.model import Field
from pathways_ld.forms.terms import FormTerms, source_form
from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import XSD, split_iri
from pathways_ld.rdfio import iri, iri_value, is_iri, is_literal, literal, literal_parts
from pathways_ld.wording import N_, Said

LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_LINES: Final = re.compile(r"\r\n?")
_DATES: Final = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
_EXAMPLES: Final = {XSD.gYear: "2014", XSD.gYearMonth: "2014-06", XSD.date: "2014-06-30"}
_STRING: Final = XSD.string
_LONGEST_SHOWN: Final = 80
_NO_SOURCE: Final = N_(
    'There is nothing called "%(text)s" here. Write the whole web address of the source, such as'
    " https://example.org/page, or the name of one that is here."
)
_NO_PATTERN: Final = N_('"%(text)s" is not written as it has to be. Write it as the help says.')


class ValueProblem(ValueError):
    """A control that cannot be used as it stands; the message says what to do."""

    def __init__(self, message: Said) -> None:
        super().__init__(message)
        self.message = message


def shows(field: Field, term: str) -> bool:
    """Tell whether a field can show an asserted value without losing anything of it."""
    if field.kind in ("choice", "reference", "address"):
        return is_iri(term)
    if not is_literal(term):
        return False
    _, lang, datatype = literal_parts(term)
    if field.kind == "text":
        return datatype in ("", _STRING)
    if field.kind == "plain":
        return not lang and datatype in ("", _STRING)
    return not lang and datatype in field.datatypes


def cell_of(field: Field, term: str, terms: FormTerms) -> Cell:
    """Make the control that shows a value."""
    if not term:
        return Cell(field, lang=terms.language if field.kind == "text" else "")
    if is_literal(term):
        text, lang, _ = literal_parts(term)
        return Cell(field, text, lang, term=term)
    value = iri_value(term)
    if field.kind == "reference" and not terms.members(field.class_iri):
        name = terms.name(value)
        return Cell(field, name, iri=value, asked=name, term=term)
    return Cell(field, value, iri=value, term=term)


def evaluate(cell: Cell, was: str, terms: FormTerms) -> None:
    """Find out what a control stands for; `was` is the value that it showed, if it did.

    What is as it was stays exactly so, whatever browsers do to the ends of lines.
    """
    cell.term = cell.problem = ""
    cell.options = ()
    try:
        _check_characters(cell)
        cell.term = _KINDS[cell.field.kind](cell, was, terms) if cell.text.strip() else ""
    except ValueProblem as problem:
        cell.problem = problem.message


def _check_characters(cell: Cell) -> None:
    for character in cell.text + cell.title:
        if unicodedata.category(character) == "Cc" and character not in "\r\n\t":
            raise ValueProblem(
                Said(
                    N_("There is an invisible character (U+%(code)s). Type the text again."),
                    code=f"{ord(character):04X}",
                )
            )


def _one_line(text: str) -> str:
    return _LINES.sub("\n", text)


def _text(cell: Cell, was: str, terms: FormTerms) -> str:
    del terms
    if was:
        text, lang, _ = literal_parts(was)
        if lang == cell.lang and _one_line(text) == _one_line(cell.text):
            return was
    text, field = _one_line(cell.text).strip(), cell.field
    if cell.lang and not LANGUAGE.fullmatch(cell.lang):
        raise ValueProblem(
            Said(N_('"%(tag)s" is not a language tag. Choose a language.'), tag=cell.lang[:30])
        )
    if not cell.lang and not field.untagged:
        raise ValueProblem(Said(N_("Choose the language of the text.")))
    _check_length(text, field)
    if "\n" in text and not field.long:
        raise ValueProblem(Said(N_("There is a line break in the text. Write it in one line.")))
    _check_pattern(text, field)
    return literal(text, lang=cell.lang)


def _plain(cell: Cell, was: str, terms: FormTerms) -> str:
    del terms
    text = cell.text.strip()
    if was and literal_parts(was)[0] == cell.text:
        return was
    _check_length(text, cell.field)
    _check_pattern(text, cell.field)
    return literal(text)


def _date(cell: Cell, was: str, terms: FormTerms) -> str:
    del terms
    text, field = cell.text.strip(), cell.field
    if was and literal_parts(was)[0] == text:
        return was
    datatype = _DATES.get(len(text), "")
    try:
        # A shorter date is completed to see whether it exists.
        datetime.date.fromisoformat(text + "-01-01"[len(text) - 4 :] if 4 <= len(text) < 10 else text)
    except ValueError:
        datatype = ""
    if datatype not in field.datatypes or "W" in text or not text.isascii():
        known = [_EXAMPLES[each] for each in _DATES.values() if each in field.datatypes]
        raise ValueProblem(
            Said(
                N_('"%(text)s" is not a date as it is written here. Write %(examples)s.'),
                text=_shown(text),
                examples=_alternatives(known),
            )
        )
    return literal(text, datatype=datatype)


def _alternatives(known: list[str]) -> str:
    said = known[0]
    for each in known[1:]:
        said = Said(N_("%(one)s or %(other)s"), one=said, other=each)
    return said


def _address(cell: Cell, was: str, terms: FormTerms) -> str:
    del terms
    text = cell.text.strip()
    if was and iri_value(was) == text:
        return was
    if not is_absolute_iri(text):
        raise ValueProblem(
            Said(
                N_('"%(text)s" is not a web address. Write all of it, such as https://example.org/page.'),
                text=_shown(text),
            )
        )
    advice = N_(
        '"%(text)s" is not written as it has to be. Write a web address that starts with https:// or http://.'
    )
    _check_pattern(text, cell.field, advice)
    return iri(text)


def choices(field: Field, terms: FormTerms) -> dict[str, str]:
    """Give the values that a field offers, as RDF terms, by their IRIs; empty where it offers none."""
    found = field.choices or (terms.members(field.class_iri) if field.class_iri else ())
    return {iri_value(each.term): each.term for each in found}


def _choice(cell: Cell, was: str, terms: FormTerms) -> str:
    text = cell.text.strip()
    if was and iri_value(was) == text:
        return was
    found = choices(cell.field, terms).get(text)
    if found is None:
        words = ", ".join(word_of(value, terms) for value in choices(cell.field, terms))
        raise ValueProblem(
            Said(
                N_('"%(text)s" is not one of the choices. Choose one of %(choices)s.'),
                text=_shown(text),
                choices=words,
            )
        )
    return found


def word_of(value: str, terms: FormTerms) -> str:
    """Give the word for one of the values of a list."""
    labels = terms.label(value)
    return labels.get("en") or next(iter(labels.values()), split_iri(value)[1])


def _reference(cell: Cell, was: str, terms: FormTerms) -> str:
    field, text = cell.field, cell.text.strip()
    if terms.members(field.class_iri):
        return _choice(cell, was, terms)
    if (
        was
        and (text in (iri_value(was), terms.name(iri_value(was)).strip()))
        and cell.iri in ("", iri_value(was))
    ):
        return was
    # The choice among several holds only for the words that it was made for.
    if cell.iri and cell.asked.strip() == text and terms.is_a(cell.iri, field.class_iri):
        return iri(cell.iri)
    found = terms.find(text, field.class_iri)
    cell.options = found.options
    cell.is_new = bool(found.address)
    if found.iri:
        cell.iri = found.iri
        return iri(found.iri)
    cell.iri = ""
    if found.options:
        raise ValueProblem(
            Said(
                N_('"%(text)s" is not the name of exactly one term here. Choose what you mean.'),
                text=_shown(text),
            )
        )
    message = (
        _NO_SOURCE
        if source_form(field.class_iri, terms) is not None
        else N_(
            'There is nothing called "%(text)s" here. Search for it, and write its name as its page has it,'
            " or propose it first."
        )
    )
    raise ValueProblem(Said(message, text=_shown(text)))


def _check_length(text: str, field: Field) -> None:
    if field.max_length and len(text) > field.max_length:
        raise ValueProblem(
            Said(
                N_("The text has %(number)s characters; at most %(most)s are taken. Shorten it."),
                number=len(text),
                most=field.max_length,
            )
        )


def _check_pattern(text: str, field: Field, message: str = _NO_PATTERN) -> None:
    if field.expression is not None and field.expression.search(text) is None:
        raise ValueProblem(Said(message, text=_shown(text)))


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} …"


_KINDS: Final = {
    "text": _text,
    "plain": _plain,
    "date": _date,
    "address": _address,
    "choice": _choice,
    "reference": _reference,
}
