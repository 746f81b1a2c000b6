"""A form with values: what stands in each of its fields, what is wrong, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from pathways_ld.forms.model import Field, Form
from pathways_ld.ledger import Delta
from pathways_ld.model import Link
from pathways_ld.rdfio import Statement

VALUE = "value"
"""The part of a row that has only one."""


@dataclass
class Cell:
    """One control: what was typed, and the RDF term it stands for (empty for nothing, or for what is wrong).

    `iri` is the term that a reference was found to mean when `text` was `asked`. `title` is that of a source
    which is new.
    """

    field: Field
    text: str = ""
    lang: str = ""
    iri: str = ""
    asked: str = ""
    title: str = ""
    term: str = ""
    problem: str = ""
    options: tuple[Link, ...] = ()
    is_new: bool = False


@dataclass
class Row:
    """One value of a field, with one control or several.

    `was` is what is asserted and shown here, empty for a new value. `note` is something to know about it.
    """

    number: int
    cells: dict[str, Cell]
    was: str = ""
    removed: bool = False
    note: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed."""
        return not any(
            each.text.strip()
            for each in self.cells.values()
            if each.field.kind != "choice" or len(self.cells) == 1
        )

    @property
    def cell(self) -> Cell:
        """The control of a row that has only one."""
        return self.cells[VALUE]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a control, in words; `row` is None where it is the field as a whole."""

    field: Field
    message: str
    row: int | None = None
    part: str = VALUE

    @property
    def control(self) -> str:
        """The name of the control that has to be changed."""
        return self.field.name if self.row is None else f"{self.field.name}.{self.row}.{self.part}"


@dataclass
class Filled:
    """A form as it is shown or was sent.

    `kept` are the asserted statements about the term that no field shows. `base` names the state of the term
    that the form was made from; `changed`: it is another one by now, and what was sent has been fitted to it.
    """

    form: Form
    iri: str
    is_new: bool
    rows: dict[str, list[Row]]
    kept: tuple[Statement, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    delta: Delta = field(default_factory=Delta)
    base: str = ""
    changed: bool = False

    def problems_at(self, name: str, row: int | None = None, part: str = VALUE) -> list[str]:
        """Give what is wrong with a control."""
        wanted = (name, row, part)
        return [each.message for each in self.problems if (each.field.name, each.row, each.part) == wanted]

    def controls(self) -> list[tuple[Field, Row, str, Cell]]:
        """Give all controls with where they stand."""
        return [
            (self.form.by_name[name], row, part, cell)
            for name, rows in self.rows.items()
            for row in rows
            for part, cell in row.cells.items()
        ]
