"""A filled form as its page shows it: controls with their choices, problems with links to them, a preview."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from pathways_ld.forms import Cell, Field, Filled, Problem
from pathways_ld.forms.parts import part_name
from pathways_ld.forms.terms import source_form
from pathways_ld.forms.values import choices
from pathways_ld.model import LanguageMap, PageView, Text
from pathways_ld.rdfio import Statement, iri_value, is_literal, literal_parts
from pathways_ld.report import ValidationResult
from pathways_ld.web import differences
from pathways_ld.web.edit_terms import PublishedTerms, folded
from pathways_ld.web.interface_language import gettext, language_name
from pathways_ld.wording import N_

if TYPE_CHECKING:
    from pathways_ld.contributions import Examination

LANGUAGES: Final = (
    "ar", "bn", "de", "en", "en-GB", "en-US", "es", "fa", "fil", "fr", "he", "hi", "ht", "it", "ja", "ko",
    "nl", "pl", "pt", "ru", "so", "tr", "uk", "ur", "vi", "zh", "zh-Hans", "zh-Hant",
)  # fmt: skip
"""Languages that are offered besides those of the vocabulary."""
_PARTS: Final = {"mapping": "#mapping-", "sourced-label": "#label-"}
FEW: Final = 7
"""Choices up to which all are shown at once."""
_IRI: Final = re.compile(r'" <[^<>\s]+>')
_SEVERITIES: Final = {"must fix": N_("Must be fixed"), "should fix": N_("Should be fixed"), "tip": N_("Tip")}


@dataclass(frozen=True)
class Option:
    """One of the values of a control; `lang` is the language of its label, empty where it needs no mark."""

    value: str
    label: str
    chosen: bool
    lang: str = ""


@dataclass(frozen=True)
class Remark:
    """What the examination says of a control, or of the whole where `control` is empty."""

    control: str
    severity: str
    message: str
    rule_path: str

    @property
    def kind(self) -> str:
        """The severity as a name for style sheets."""
        return self.severity.replace(" ", "-")

    @property
    def words(self) -> str:
        """The severity in words."""
        return gettext(_SEVERITIES[self.severity])


@dataclass
class Sender:
    """What somebody says besides the fields of the form, as it was typed."""

    reason: str = ""
    message: str = ""
    name: str = ""
    contact: str = ""
    named: bool = False
    slug: str = ""
    suggested: str = ""
    problems: dict[str, str] = field(default_factory=dict)


@dataclass
class Sheet:
    """Everything that the page of a form shows; `focus` is the control that comes first.

    `title` is `name` without markup. `failure` is what a view or an error says, `advice` what follows it.
    """

    filled: Filled
    terms: PublishedTerms
    sender: Sender
    title: str
    name: Markup
    action: str
    term_path: str = ""
    deprecated: bool = False
    notices: list[str] = field(default_factory=list)
    failure: str = ""
    advice: str = ""
    examination: Examination | None = None
    checked: bool = False
    focus: str = ""
    status: int = 200
    retry_after: str = ""

    # labels and choices

    def text(self, texts: LanguageMap) -> str:
        """Give a text of the form itself in the language of the interface."""
        return self.terms.page.plain_wording(texts)

    def _option(self, value: str, chosen: bool) -> Option:
        label, lang = self.terms.page.languages.pick(self.terms.label(value))
        return Option(value, label or self.terms.page.compact(value), chosen, lang)

    def options(self, cell: Cell) -> list[Option]:
        """Give the choices of a control; what stands in it is among them, whatever it is."""
        known = choices(cell.field, self.terms)
        values = list(known) if cell.text.strip() in ("", *known) else [*known, cell.text.strip()]
        return [self._option(each, each == cell.text.strip()) for each in values]

    def is_choice(self, cell: Cell) -> bool:
        """Tell whether a control offers some values only."""
        return cell.field.kind == "choice" or bool(
            cell.field.kind == "reference" and self.terms.members(cell.field.class_iri)
        )

    def as_buttons(self, name: str, cell: Cell) -> bool:
        """Tell whether the choices are few enough to be shown as radio buttons."""
        single = name in self.filled.form.by_name and self.filled.form.by_name[name].most == 1
        return single and len(self.options(cell)) <= FEW

    def languages(self, cell: Cell) -> list[Option]:
        """Give the languages a text may be in: those of the vocabulary first, and the one that it has."""
        own = self.terms.reader.manifest.languages
        others = sorted(LANGUAGES, key=lambda tag: folded(language_name(tag)))
        tags = [*(each for each in own if each), *others]
        if cell.field.untagged or (not cell.lang and cell.term):
            tags.append("")
        tags = list(dict.fromkeys(tags))
        if cell.lang not in tags:
            tags.insert(0, cell.lang)
        optional = cell.field.untagged or cell.term
        unknown = gettext("no language") if optional else gettext("Choose a language …")
        return [Option(each, _named(each) or unknown, each == cell.lang) for each in tags]

    def kind_of(self, each: Field) -> str:
        """Give the kind of term that a field refers to, or an empty text."""
        return self.terms.kind_of_class(each.class_iri) if each.class_iri else ""

    def takes_addresses(self, each: Field) -> bool:
        """Tell whether a reference may be a web address that is not described yet."""
        return source_form(each.class_iri, self.terms) is not None

    def part_name(self, part: Field) -> str:
        """Give the name of a part's controls."""
        return part_name(part)

    def may_repeat(self, each: Field) -> bool:
        """Tell whether a field can have one more row."""
        return each.most == 0 or len(self.filled.rows[each.name]) < each.most

    def required(self, each: Field) -> bool:
        """Tell whether a field must have a value."""
        return each.least > 0

    def lines(self, cell: Cell) -> int:
        """Give the height of a text with several lines."""
        rows = sum(1 + len(line) // 90 for line in cell.text.split("\n"))
        return min(max(rows + 1, 3), 14)

    @property
    def space(self) -> str:
        """Give what the IRI of a new term begins with."""
        return self.terms.space_of(self.filled.form.kind)

    # what is wrong, and what is known

    def label_of(self, problem: Problem) -> str:
        """Name the control of a problem."""
        found = next((part for part in problem.field.parts if part_name(part) == problem.part), None)
        label = self.text(problem.field.label)
        return f"{label}, {self.text(found.label)}" if found is not None else label

    def control_of(self, problem: Problem) -> str:
        """Give the id of the element that a problem leads to."""
        return f"{problem.control}.text" if problem.row is not None else f"field.{problem.field.name}"

    def remarks(self) -> list[Remark]:
        """Give what the examination found, each with its control."""
        return [
            Remark(self._control(each), each.severity, _in_words(each), _rule_path(each.rule))
            for each in (self.examination.report.results if self.examination else ())
        ]

    def remarks_at(self, control: str) -> list[Remark]:
        """Give what the examination found about one control."""
        return self._remarks_by_control.get(control, [])

    def invalid_at(self, control: str) -> bool:
        """Tell whether something must be fixed at a control."""
        return any(each.severity == "must fix" for each in self.remarks_at(control))

    def name_of(self, control: str) -> str:
        """Name a control that a result is about."""
        name = control.removeprefix("field.").partition(".")[0]
        return self.text(self.filled.form.by_name[name].label)

    @cached_property
    def _remarks_by_control(self) -> dict[str, list[Remark]]:
        found: dict[str, list[Remark]] = {}
        for each in self.remarks():
            found.setdefault(each.control, []).append(each)
        return found

    def _control(self, result: ValidationResult) -> str:
        """Find the control of a result: by its value, else the field of its property."""
        owner, focus = self.filled.iri, result.focus.strip("<>")
        if focus.partition("#")[0] != owner.partition("#")[0]:
            return ""
        if focus != owner:
            parts = (f"field.{name}" for name, mark in _PARTS.items() if mark in focus)
            return next(
                (each for each in parts if each.removeprefix("field.") in self.filled.form.by_name), ""
            )
        # A path may be one of several properties, or an inverse one.
        named = [each for each in self.filled.form.fields if _names(result.path, each.path)]
        for each in named:
            for row in self.filled.rows[each.name]:
                for part, cell in row.cells.items():
                    if result.value and cell.term == result.value:
                        return f"{each.name}.{row.number}.{part}.text"
        return f"field.{named[0].name}" if len(named) == 1 else ""

    @property
    def must_fix(self) -> int:
        """How many results of the examination must be fixed."""
        return self.examination.report.counts["must fix"] if self.examination else 0

    # the change itself

    @property
    def changes(self) -> bool:
        """Whether anything would change."""
        return bool(self.filled.delta.added or self.filled.delta.removed)

    @property
    def added(self) -> differences.Turtle:
        """What would be added, as Turtle."""
        return differences.turtle(self.filled.delta.added)

    @property
    def removed(self) -> differences.Turtle:
        """What would be removed, as Turtle."""
        return differences.turtle(self.filled.delta.removed)

    def preview(self) -> PageView | None:
        """Give the page of the term as it would be."""
        for each in self.examination.changes if self.examination else ():
            if each.link["iri"] == self.filled.iri:
                return each.after
        return None

    def kept(self) -> list[tuple[str, Markup]]:
        """Say in words what stays as it is because no field shows it."""
        found: dict[str, list[Markup]] = {}
        for each in self.filled.kept:
            heading = self.terms.page.heading(iri_value(each.predicate))
            found.setdefault(heading, []).append(self._words(each))
        return [(heading, Markup("; ").join(values[:20])) for heading, values in found.items()]

    def _words(self, statement: Statement) -> Markup:
        page = self.terms.page
        if is_literal(statement.object):
            text, lang, _ = literal_parts(statement.object)
            words = page.value(Text(text=text, lang=lang))
            return Markup("{} ({})").format(words, lang) if lang else words
        value = iri_value(statement.object)
        return page.text(self.terms.label(value), self.terms.name(value))

    def link_path(self, cell: Cell) -> str:
        """Give the address of the page of the term that a reference means."""
        if cell.field.kind != "reference" or not cell.term or cell.is_new:
            return ""
        return self.terms.reader.space.path(iri_value(cell.term)) or ""


def _named(tag: str) -> str:
    """Name a language, with its tag."""
    name = language_name(tag)
    return tag if name == tag else f"{name} ({tag})"


def _in_words(result: ValidationResult) -> str:
    """Give the message of a result without the IRIs that follow labels, and without whom it is about."""
    message = _IRI.sub('"', result.message)
    return message.removeprefix(f'"{result.focus_label}": ') if result.focus_label else message


def _names(path: str, iri: str) -> bool:
    """Tell whether a SHACL path, or an IRI, names a property."""
    return path == iri or f"<{iri}>" in path


def first_texts(filled_pairs: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Give what was typed into the rows of a field, in their order."""
    found = [
        (int(parts[1]), value)
        for control, value in filled_pairs
        if (parts := control.split("."))[0] == name and parts[2:] == ["value", "text"] and parts[1].isdigit()
    ]
    return [value for _, value in sorted(found) if value.strip()]


def _rule_path(rule: str) -> str:
    from pathways_ld.validation.rules import rule_path  # noqa: PLC0415 - slow to import

    return rule_path(rule)
