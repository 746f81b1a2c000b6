"""The columns of a form's spreadsheet: the same fields, with the same names."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Final

from pathways_ld.forms.filled import VALUE
from pathways_ld.forms.model import Field, Form
from pathways_ld.forms.parts import part_name
from pathways_ld.model import LanguageMap

IDENTIFIER: Final = "Identifier"
SEPARATOR: Final = "|"
"""What stands between several values in a cell; a value that holds it has \\| in its place."""
EXAMPLE: Final = "EXAMPLE"
"""What the identifier of a row that is not read begins with."""
_TAGGED: Final = re.compile(r"(.+?)\s*\(([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\)")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class Column:
    """A column: `field` is None for the identifier; `part` names one of the controls of a row."""

    header: str
    field: Field | None = None
    part: str = VALUE
    control: Field | None = None
    lang: str = ""

    @property
    def is_many(self) -> bool:
        """Whether a cell may hold several values."""
        return self.field is not None and self.field.most != 1 and not self.field.unique_lang


def columns_of(form: Form, language: str) -> list[Column]:
    """Give the columns of a form, texts in one language."""
    found = [Column(IDENTIFIER)]
    for field in form.fields:
        label = _word(field.label, field.name)
        if field.kind == "parts":
            found += [
                _column(f"{label}: {_word(part.label, part.name)}", field, part_name(part), part, language)
                for part in field.parts
            ]
        else:
            found.append(_column(label, field, VALUE, field, language))
    return found


def _column(label: str, field: Field, part: str, control: Field, language: str) -> Column:
    if control.kind != "text":
        return Column(label, field, part, control)
    return Column(f"{label} ({language})", field, part, control, language)


def _word(texts: LanguageMap, otherwise: str) -> str:
    return texts.get("en") or next(iter(texts.values()), otherwise)


def find_column(header: str, known: list[Column], language: str) -> Column | None:
    """Find the column of a header; one of texts may name another language than the template's."""
    wanted = _key(header)
    tagged = _TAGGED.fullmatch(header.strip())
    for each in known:
        bare = each.header.removesuffix(f" ({language})") if each.lang else each.header
        names = {_key(bare), each.field.name if each.field is not None and each.part == VALUE else ""}
        if wanted in names or wanted == _key(each.header):
            return each
        if each.lang and tagged is not None and _key(tagged[1]) in names:
            return Column(header.strip(), each.field, each.part, each.control, tagged[2])
    return None


def nearest_header(header: str, known: list[Column]) -> str:
    """Give the header most like one that is not known, or an empty text."""
    found = difflib.get_close_matches(header.strip(), [each.header for each in known], n=1)
    return found[0] if found else ""


def split_cell(text: str) -> list[str]:
    r"""Take the values of a cell apart: a | separates, \| does not."""
    found = [""]
    position = 0
    while position < len(text):
        if text.startswith(f"\\{SEPARATOR}", position):
            found[-1] += SEPARATOR
            position += 2
        elif text[position] == SEPARATOR:
            found.append("")
            position += 1
        else:
            found[-1] += text[position]
            position += 1
    return [each.strip() for each in found]


def join_cell(values: list[str]) -> str:
    """Write values into one cell."""
    return f" {SEPARATOR} ".join(each.replace(SEPARATOR, f"\\{SEPARATOR}") for each in values)


def letters(number: int) -> str:
    """Give the name that spreadsheets have for a column, counted from 0: A, B, ..., Z, AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _key(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()
